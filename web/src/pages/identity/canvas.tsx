import { useEffect, useRef, useState, type KeyboardEvent, type RefObject } from 'react'
import { useCommands } from '../../lib/keys'
import { onTheme } from '../../lib/prefs'
import { Button, Skeleton } from '../../ui/parts'
import type { GraphLink, GraphNode, Shown } from './model'
import type { Picture } from './picture'

interface Props {
  picture: RefObject<Picture | null>
  nodes: GraphNode[]
  links: GraphLink[]
  root: string
  selected: string[]
  way: string[]
  hidden: Shown
  onHidden: (hidden: Shown) => void
  onSelect: (ids: string[]) => void
  onFocus: (id: string) => void
  onExpand: (id: string | null) => void
  onPropose: (kind: 'join' | 'part') => void
}

/** From here on elements are too many to be drawn in every frame. */
const manyFrom = 500
/** A month in ms: so far do [ and ] move the date. */
const month = 30 * 86_400_000

/** The picture with its keys. The library is loaded when it is needed. */
export function Canvas({ picture, nodes, links, root, selected, way, hidden, onHidden, onSelect, onFocus, onExpand, onPropose }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const [ready, setReady] = useState(false)
  const many = nodes.length > manyFrom
  const events = useRef({ select: onSelect, focus: onFocus, expand: onExpand as (id: string) => void })
  events.current = { select: onSelect, focus: onFocus, expand: onExpand }

  useEffect(() => {
    let gone = false
    let stop = () => {}
    void import('./picture').then(({ Picture }) => {
      if (gone || !box.current) return
      const made = new Picture(box.current, { select: (s) => events.current.select(s), focus: (f) => events.current.focus(f), expand: (e) => events.current.expand(e) }, many)
      picture.current = made
      const untheme = onTheme(() => made.restyle())
      stop = () => {
        untheme()
        made.destroy()
        picture.current = null
      }
      setReady(true)
    })
    return () => {
      gone = true
      stop()
      setReady(false)
    }
  }, [picture, many])

  useEffect(() => {
    if (ready) picture.current?.show(nodes, links, root)
  }, [ready, nodes, links, root, picture])
  useEffect(() => {
    if (ready) picture.current?.choose(selected)
  }, [ready, selected, nodes, picture])
  useEffect(() => {
    if (ready) picture.current?.path(way)
  }, [ready, way, nodes, picture])

  function flip(id: string | null) {
    if (id) onSelect(selected.includes(id) ? selected.filter((s) => s !== id) : [...selected, id])
  }
  function date(by: number) {
    const at = (hidden.asOf ?? Date.now()) + by
    onHidden({ ...hidden, asOf: at >= Date.now() ? null : at })
  }
  function key(e: KeyboardEvent) {
    const p = picture.current
    if (!p || e.ctrlKey || e.metaKey || e.altKey) return
    const steps: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
    const to = steps[e.key]
    if (to && e.shiftKey) p.pan(-60 * to[0], -60 * to[1])
    else if (to) p.step(...to)
    else if (e.key === 'Enter') onExpand(p.focused())
    else if (e.key === ' ') flip(p.focused())
    else return
    e.preventDefault()
  }

  useCommands('Identity explorer', [
    { keys: 'j', name: 'Join what is selected', run: () => onPropose('join') },
    { keys: 'x', name: 'Part what is selected', run: () => onPropose('part') },
    { keys: '+', name: 'Nearer', run: () => picture.current?.zoom(1.25) },
    { keys: '-', name: 'Farther', run: () => picture.current?.zoom(0.8) },
    { keys: '0', name: 'All of it', run: () => picture.current?.fit() },
    { keys: '[', name: 'A month earlier', run: () => date(-month) },
    { keys: ']', name: 'A month later', run: () => date(month) },
  ])

  return (
    <div className="canvas">
      <div
        ref={box}
        className="canvas-box"
        tabIndex={0}
        role="application"
        aria-label="Picture of the identity graph. Arrows go to the nearest identifier, Space selects, Enter opens its customer. The list beside it says the same."
        onKeyDown={key}
        data-own-keys
      />
      {!ready && (
        <div className="canvas-wait">
          <Skeleton height="100%" />
        </div>
      )}
      <div className="canvas-tools" role="group" aria-label="Zoom">
        <Button slim icon="plus" aria-label="Nearer" onPress={() => picture.current?.zoom(1.25)} />
        <Button slim icon="minus" aria-label="Farther" onPress={() => picture.current?.zoom(0.8)} />
        <Button slim icon="fit" aria-label="All of it" onPress={() => picture.current?.fit()} />
      </div>
    </div>
  )
}
