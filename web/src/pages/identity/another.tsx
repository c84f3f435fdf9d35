import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { words } from '../../lib/api'
import { find, type Hit } from '../../lib/find'
import { nameOf } from '../../lib/format'
import { useCommands } from '../../lib/keys'
import { useScope } from '../../lib/session'
import { Button, Face } from '../../ui/parts'

/** Long enough to be between two keys. */
const pause = 50

/** Lays the graph of another customer beside this one: what nothing connects can only be joined so. */
export function Another({ onChoose }: { onChoose: (customer: string) => void }) {
  const [open, setOpen] = useState(false)
  const [text, setText] = useState('')
  const [hits, setHits] = useState<Hit[] | null>(null)
  const [trouble, setTrouble] = useState('')
  const [at, setAt] = useState(0)
  const box = useRef<HTMLDivElement>(null)
  const personal = useScope('pii:read')
  const typed = text.trim()
  useCommands('Another customer', [{ keys: 'b', name: 'Lay another customer beside', run: () => setOpen(true) }])

  useEffect(() => {
    setHits(null)
    setTrouble('')
    if (!typed) return
    const stop = new AbortController()
    const timer = window.setTimeout(() => {
      find(typed, personal, stop.signal).then(
        (f) => (setHits(f.hits.slice(0, 6)), setAt(0)),
        (e: unknown) => !stop.signal.aborted && setTrouble(words(e)),
      )
    }, pause)
    return () => {
      window.clearTimeout(timer)
      stop.abort()
    }
  }, [typed, personal])

  function close() {
    setOpen(false)
    setText('')
    requestAnimationFrame(() => box.current?.querySelector('button')?.focus())
  }
  function choose(hit: Hit) {
    onChoose(hit.id)
    close()
  }
  function key(e: KeyboardEvent) {
    const n = hits?.length ?? 0
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') n > 0 && setAt((at + (e.key === 'ArrowDown' ? 1 : n - 1)) % n)
    else if (e.key === 'Enter') hits?.[at] && choose(hits[at])
    else if (e.key === 'Escape') close()
    else return
    e.preventDefault()
  }

  return (
    <div ref={box} className="join-other">
      {!open ? (
        <Button slim icon="plus" hint="b" onPress={() => setOpen(true)}>
          <span className="words">Another customer</span>
        </Button>
      ) : (
        <>
          <input
            className="input"
            role="combobox"
            aria-label="Another customer"
            aria-expanded={!!hits}
            aria-controls="another-hits"
            aria-autocomplete="list"
            aria-activedescendant={hits?.[at] ? `another-${at}` : undefined}
            placeholder="Name, e-mail, phone or any identifier"
            autoFocus
            autoComplete="off"
            spellCheck={false}
            value={text}
            onChange={(e) => setText(e.target.value)}
            onKeyDown={key}
            onBlur={() => setOpen(false)}
          />
          {(hits || trouble) && (
            <div className="search-results" onMouseDown={(e) => e.preventDefault()}>
              <ul id="another-hits" role="listbox" aria-label="Customers found">
                {hits?.map((h, i) => (
                  <li key={h.id} id={`another-${i}`} role="option" aria-selected={i === at} className="hit" onClick={() => choose(h)}>
                    <Face name={nameOf(h)} known={h.known} />
                    <span className="cut">
                      {nameOf(h)}
                      <span className="tiny muted cut" style={{ display: 'block' }}>
                        {h.identifiers.nodes
                          .slice(0, 2)
                          .map((x) => x.value)
                          .join(' · ')}
                      </span>
                    </span>
                  </li>
                ))}
              </ul>
              {trouble ? <p className="search-foot bad-text">{trouble}</p> : hits?.length === 0 && <p className="search-foot">No customer like this.</p>}
            </div>
          )}
        </>
      )}
    </div>
  )
}
