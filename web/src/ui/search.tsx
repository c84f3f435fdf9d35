import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { useLocation } from 'wouter'
import { words } from '../lib/api'
import { useNow } from '../lib/clock'
import { find, fold, matching, type Found, type Hit } from '../lib/find'
import { ago, count, nameOf, typeName } from '../lib/format'
import { useCommands } from '../lib/keys'
import { recent } from '../lib/recent'
import { useScope } from '../lib/session'
import { Glance } from './glance'
import { Icon } from './icon'
import { Face, KeyCap, SkeletonRows } from './parts'

/** Long enough to be between two keys, short enough not to be noticed. */
const pause = 50

/** One box for name, e-mail, phone and any identifier. A combo box: the focus stays in it, the arrows move in the list. */
export function Search() {
  const [, go] = useLocation()
  const personal = useScope('pii:read')
  const box = useRef<HTMLInputElement>(null)
  const [text, setText] = useState('')
  const [open, setOpen] = useState(false)
  const [found, setFound] = useState<(Found & { of: string }) | null>(null)
  const [trouble, setTrouble] = useState('')
  const [at, setAt] = useState(0)
  const [glance, setGlance] = useState(false)
  const seen = recent.use()
  const typed = text.trim()
  /** Enter was pressed before the answer was there: to what. */
  const hasty = useRef('')

  useCommands('Find', [
    { keys: '/', name: 'Find a customer', run: () => box.current?.focus() },
    { keys: 'Ctrl k', name: 'Find a customer', always: true, run: () => box.current?.focus() },
  ])

  useEffect(() => {
    if (!typed) {
      setFound(null)
      setTrouble('')
      return
    }
    const stop = new AbortController()
    const timer = window.setTimeout(() => {
      find(typed, personal, stop.signal).then(
        (f) => {
          setFound({ ...f, of: typed })
          setTrouble('')
          setAt(0)
        },
        (e: unknown) => {
          if (!stop.signal.aborted) setTrouble(words(e))
        },
      )
    }, pause)
    return () => {
      window.clearTimeout(timer)
      stop.abort()
    }
  }, [typed, personal])

  const lines: { id: string; hit?: Hit; name: string; known: boolean }[] = typed
    ? (found?.hits ?? []).map((hit) => ({ id: hit.id, hit, name: nameOf(hit), known: hit.known }))
    : seen.map((s) => ({ id: s.id, name: s.name, known: s.known }))

  useEffect(() => {
    if (!found || hasty.current !== found.of) return
    hasty.current = ''
    // Unseen only whom there is no doubt about: of several one chooses.
    const [first, second] = found.hits
    if (first && (!second || found.exact === 1)) choose(first.id)
  }, [found])

  function choose(id: string, tab = false) {
    if (tab) return void window.open(`/customers/${id}`, '_blank', 'noopener')
    setOpen(false)
    setText('')
    box.current?.blur()
    go(`/customers/${id}`)
  }

  function key(e: KeyboardEvent) {
    const line = lines[at]
    hasty.current = ''
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault()
      setOpen(true)
      if (lines.length > 0) setAt((at + (e.key === 'ArrowDown' ? 1 : lines.length - 1)) % lines.length)
    } else if (e.key === 'Enter' && line && (!typed || found?.of === typed)) {
      e.preventDefault()
      choose(line.id, e.ctrlKey || e.metaKey)
    } else if (e.key === 'Enter' && typed) {
      e.preventDefault()
      hasty.current = typed
    } else if (e.key === 'ArrowRight' && line && !glance && box.current?.selectionStart === text.length) {
      // At the end of what is typed the key has nothing else to do.
      e.preventDefault()
      setGlance(true)
    } else if (e.key === 'ArrowLeft' && glance) {
      e.preventDefault()
      setGlance(false)
    } else if (e.key === 'Escape') {
      e.preventDefault()
      setGlance(false)
      if (text) setText('')
      else box.current?.blur()
      setOpen(false)
    }
  }

  const shown = open && (typed !== '' || seen.length > 0)
  return (
    <div className="search" role="search">
      <Icon name="search" />
      <input
        ref={box}
        className="input"
        type="text"
        role="combobox"
        aria-label="Find a customer"
        aria-expanded={shown}
        aria-controls="search-results"
        aria-autocomplete="list"
        aria-activedescendant={shown && lines[at] ? `hit-${at}` : undefined}
        placeholder={personal ? 'Name, e-mail, phone or any identifier' : 'Customer id (cus_…)'}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(e) => {
          setText(e.target.value)
          setOpen(true)
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => {
          hasty.current = ''
          setOpen(false)
          setGlance(false)
        }}
        onKeyDown={key}
      />
      <KeyCap keys="/" />
      {shown && (
        // Pressing inside keeps the focus in the box.
        <div className={`search-results${glance && lines[at] ? ' wide' : ''}`} onMouseDown={(e) => e.preventDefault()}>
          <ul id="search-results" role="listbox" aria-label={typed ? 'Customers found' : 'Customers of this session'}>
            {lines.map((line, i) => (
              <li key={line.id} id={`hit-${i}`} role="option" aria-selected={i === at} className="hit" onClick={(e) => choose(line.id, e.ctrlKey || e.metaKey)}>
                <HitLine line={line} text={typed} exact={!!found && typed !== '' && i < found.exact} />
              </li>
            ))}
          </ul>
          {glance && lines[at] && <Glance id={lines[at].id} />}
          <SearchNote typed={typed} found={found} trouble={trouble} personal={personal} />
        </div>
      )}
    </div>
  )
}

function HitLine({ line, text, exact }: { line: { hit?: Hit; name: string; known: boolean; id: string }; text: string; exact: boolean }) {
  const now = useNow()
  const { hit } = line
  const by = hit && matching(hit, text)
  const account = hit?.accounts.nodes[0]
  const company = account && ((account.traits as { name?: unknown })?.name ?? account.groupId)
  return (
    <>
      <Face name={line.name} known={line.known} />
      <span className="cut">
        <span className="row">
          <span className="cut">
            <Marked text={line.name} part={text} />
          </span>
          {exact && <span className="chip accent">exact</span>}
          {hit?.shared && <span className="chip warn">shared</span>}
        </span>
        {hit && (
          <span className="tiny muted cut" style={{ display: 'block' }}>
            {by ? (
              <>
                {typeName(by.type)} <Marked text={by.value} part={text} />
              </>
            ) : (
              hit.identifiers.nodes
                .slice(0, 2)
                .map((i) => i.value)
                .join(' · ')
            )}
            {typeof company === 'string' && ` · ${company}`}
          </span>
        )}
      </span>
      <span className="tiny muted">{hit?.lastSeenAt ? ago(hit.lastSeenAt, now) : ''}</span>
    </>
  )
}

/** A text with what was typed in bold. */
function Marked({ text, part }: { text: string; part: string }) {
  const first = part.split(/\s+/)[0] ?? ''
  const i = first && fold(text).length === text.length ? fold(text).indexOf(fold(first)) : -1
  if (i < 0) return <>{text}</>
  return (
    <>
      {text.slice(0, i)}
      <b>{text.slice(i, i + first.length)}</b>
      {text.slice(i + first.length)}
    </>
  )
}

function SearchNote({ typed, found, trouble, personal }: { typed: string; found: (Found & { of: string }) | null; trouble: string; personal: boolean }) {
  if (trouble) return <p className="search-foot bad-text">{trouble}</p>
  if (!typed) return <p className="search-foot">Looked at in this session. ↑↓ choose, → shows more, Enter opens, Ctrl Enter in a new tab.</p>
  if (!personal && !typed.startsWith('cus_')) return <p className="search-foot">Without the scope pii:read customers are found by their id alone.</p>
  if (!found) return <SkeletonRows rows={2} />
  if (found.hits.length > 0) return null
  const what = typed.includes('@') ? 'with this e-mail' : 'like this'
  return (
    <p className="search-foot">
      No customer {what}.{found.waiting > 0 && ` It may not have arrived yet (${count(found.waiting, 'message')} waiting).`}
    </p>
  )
}
