import { measureElement, useVirtualizer, type Virtualizer } from '@tanstack/react-virtual'
import { memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type RefObject } from 'react'
import { useNow } from '../../lib/clock'
import { ago, capital, clockTime, count, dayHeading, span, valueText } from '../../lib/format'
import { useCommands } from '../../lib/keys'
import { useRem } from '../../lib/media'
import { Icon, type IconName } from '../../ui/icon'
import { Button, exactly, Failure } from '../../ui/parts'
import { mostHeld, rows, summary, type Row, type Touchpoint, type View } from './model'
import { Opened } from './touchpoint'

const icons: Record<Touchpoint['type'], IconName> = {
  IDENTIFY: 'identify',
  TRACK: 'track',
  PAGE: 'page',
  SCREEN: 'screen',
  GROUP: 'group',
  ALIAS: 'alias',
  RECORD: 'record',
}

/** What the calls that name no event say. */
const titles: Partial<Record<Touchpoint['type'], string>> = { IDENTIFY: 'Said who they are', GROUP: 'Tied to an account', ALIAS: 'Ids tied together' }

/** Nearer to the top than this the reader follows what comes. */
const top = 8

interface Props {
  view: View
  list: Touchpoint[]
  more: (() => void) | null
  busy: boolean
  trouble: unknown
  /** How many rows are drawn beyond those in sight. */
  ahead: number
  /** The list is longer than it need be for a reader at its top. */
  onTrim: () => void
}

/** How high rows are, in rem (see customer.css), and all that stands above them. */
const heights = { touchpoint: 3, session: 2, day: 2.125 }
const above = 10

function estimated(virtual: Virtualizer<HTMLDivElement, Element>, element: Element): number {
  const index = virtual.indexFromElement(element)
  return virtual.itemSizeCache.get(virtual.options.getItemKey(index)) ?? virtual.options.estimateSize(index)
}

function flip(set: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(set)
  if (!next.delete(key)) next.add(key)
  return next
}

/** Everything on every channel, newest first. What is being read does not move when something comes. */
export function Timeline({ view, list, more, busy, trouble, ahead, onTrim }: Props) {
  const scroll = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const lines = useMemo(() => rows(list, folded), [list, folded])
  const atTop = useRef(true)
  const held = useRef(false)
  const [unseen, setUnseen] = useState(0)
  const now = useNow()

  // At the top the reader follows, unless something there is in use.
  const follow = atTop.current && !held.current && open.size === 0
  const size = useRem()
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroll.current,
    estimateSize: (i) => heights[lines[i]?.kind ?? 'day'] * size,
    // What is estimated is so, but for rows that are open or wrap, and of those the observer tells before they are painted:
    // the page is laid out once.
    measureElement: (element, entry, v) => (entry ? measureElement(element, entry, v) : estimated(v, element)),
    initialRect: { width: innerWidth, height: innerHeight - above * size },
    getItemKey: (i) => lines[i]?.key ?? i,
    overscan: ahead,
  })
  const shown = virtual.getVirtualItems()
  useAnchor(scroll, virtual, lines, follow)
  useForget(virtual, lines)

  // What came while the reader was elsewhere.
  const before = useRef(view.fresh)
  useEffect(() => {
    const n = view.fresh.size - before.current.size
    before.current = view.fresh
    if (n > 0 && !follow) setUnseen((u) => u + n)
  }, [view.fresh, follow])

  const last = shown[shown.length - 1]?.index ?? 0
  useEffect(() => {
    if (more && !busy && !trouble && last >= lines.length - 6) more()
  }, [last, lines.length, more, busy, trouble])

  useEffect(() => {
    // What is folded takes no room: the rows below it may be in sight.
    if (atTop.current && folded.size === 0 && list === view.list && list.length > mostHeld) onTrim()
  }, [view.list, list, folded, onTrim])

  function onScroll() {
    atTop.current = (scroll.current?.scrollTop ?? 0) < top
    if (atTop.current) setUnseen(0)
  }

  function toTop() {
    setUnseen(0)
    scroll.current?.scrollTo({ top: 0 })
    focusRow(0)
  }

  function focusRow(index: number) {
    for (let i = index; i < lines.length; i++) {
      if (lines[i]?.kind === 'day') continue
      virtual.scrollToIndex(i)
      requestAnimationFrame(() => scroll.current?.querySelector<HTMLElement>(`[data-index="${i}"] button`)?.focus({ preventScroll: true }))
      return
    }
  }

  function step(by: 1 | -1) {
    const at = Number(document.activeElement?.closest('[data-index]')?.getAttribute('data-index') ?? NaN)
    if (Number.isNaN(at)) return focusRow(shown.find((s) => s.end > (scroll.current?.scrollTop ?? 0))?.index ?? 0)
    for (let i = at + by; i >= 0 && i < lines.length; i += by) if (lines[i]?.kind !== 'day') return focusRow(i)
  }

  useCommands('Timeline', [
    { keys: 'j', name: 'Next touchpoint', run: () => step(1) },
    { keys: 'k', name: 'Touchpoint before', run: () => step(-1) },
    { keys: 'n', name: 'Show what is new', run: toTop },
  ])

  const onOpen = useCallback((key: string) => setOpen((now) => flip(now, key)), [])
  const onFold = useCallback((key: string) => setFolded((now) => flip(now, key)), [])
  const firstSeen = lines[shown.find((s) => s.end > (virtual.scrollOffset ?? 0) + 2)?.index ?? 0]
  const heading = firstSeen && (firstSeen.kind === 'touchpoint' ? firstSeen.touchpoint.at : firstSeen.kind === 'day' ? firstSeen.at : firstSeen.end)

  return (
    <div className="timeline" onMouseEnter={() => (held.current = true)} onMouseLeave={() => (held.current = false)} onFocus={() => (held.current = true)} onBlur={() => (held.current = false)}>
      <div className="timeline-now">
        <h2>{heading ? dayHeading(heading, now) : 'Timeline'}</h2>
        <span className="grow" />
        <span className="unseen-slot">
          {unseen > 0 && (
            <Button slim kind="primary" icon="up" hint="n" onPress={toTop}>
              {unseen} new
            </Button>
          )}
        </span>
      </div>
      <div ref={scroll} className="scroll" onScroll={onScroll} tabIndex={0} role="region" aria-label="Timeline, newest first">
        <ul style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {shown.map((item) => {
            const row = lines[item.index]
            if (!row) return null
            return (
              <li key={item.key} ref={virtual.measureElement} data-index={item.index} className="timeline-row" style={{ transform: `translateY(${item.start}px)` }}>
                <Line row={row} now={now} mark={view.merged.has(row.key) ? 'merged' : view.fresh.has(row.key) ? 'fresh' : ''} open={open.has(row.key)} onOpen={onOpen} onFold={onFold} />
              </li>
            )
          })}
        </ul>
        {trouble ? <Failure error={trouble} onRetry={more ?? undefined} /> : null}
        {list.length === 0 && !busy && <p className="empty muted">Nothing here. A filter may hide what there is.</p>}
      </div>
    </div>
  )
}

/**
 * Keeps the row at the upper edge where it is when rows come above it. The virtualizer's own anchor loses rows where a
 * touchpoint becomes a session: the row's key stays, and what stands above it changes by two.
 */
function useAnchor(scroll: RefObject<HTMLDivElement | null>, virtual: Virtualizer<HTMLDivElement, Element>, lines: Row[], follow: boolean) {
  const anchor = useRef<{ key: string; below: number } | null>(null)
  useLayoutEffect(() => {
    const box = scroll.current
    const held = anchor.current
    if (!box || !held || follow) return
    const index = lines.findIndex((l) => l.key === held.key)
    // Rows have been measured since they were laid out: this lays them out anew.
    virtual.getTotalSize()
    const start = virtual.measurementsCache[index]?.start
    if (start === undefined || Math.abs(start - held.below - box.scrollTop) < 0.5) return
    // The virtualizer corrects from where it believes to be when rows turn out smaller or larger.
    virtual.scrollOffset = start - held.below
    box.scrollTop = start - held.below
  }, [lines])
  useLayoutEffect(() => {
    const top = scroll.current?.scrollTop ?? 0
    const item = virtual.getVirtualItems().find((i) => i.start >= top && lines[i.index]?.kind === 'touchpoint')
    anchor.current = item ? { key: String(item.key), below: item.start - top } : null
  })
}

/** The virtualizer keeps the size of every row there ever was: the list lets rows go, and their sizes go with them. */
function useForget(virtual: Virtualizer<HTMLDivElement, Element>, lines: Row[]) {
  useEffect(() => {
    const sizes = virtual.itemSizeCache
    if (sizes.size < lines.length + mostHeld) return
    const held = new Set<unknown>(lines.map((l) => l.key))
    for (const key of sizes.keys()) if (!held.has(key)) sizes.delete(key)
  }, [virtual, lines])
}

interface LineProps {
  row: Row
  now: number
  mark: 'merged' | 'fresh' | ''
  open: boolean
  onOpen: (key: string) => void
  onFold: (key: string) => void
}

const Line = memo(function Line({ row, now, mark, open, onOpen, onFold }: LineProps) {
  if (row.kind === 'day') return <div className="timeline-day">{dayHeading(row.at, now)}</div>
  if (row.kind === 'session') {
    const ms = new Date(row.end).getTime() - new Date(row.start).getTime()
    return (
      <button type="button" className={`timeline-session${row.folded ? '' : ' open'}`} aria-expanded={!row.folded} onClick={() => onFold(row.key)}>
        <Icon name="chevron" size={12} />
        <span className="strong">{row.channel === 'server' ? capital(row.source) : `${capital(row.channel || row.source)} session`}</span>
        <span className="muted">
          {clockTime(row.start)} · {span(ms)}
          {row.channel && row.channel !== 'server' && row.channel !== row.source ? ` · ${row.source}` : ''}
        </span>
        <span className="chip">{count(row.count, 'event')}</span>
      </button>
    )
  }
  const t = row.touchpoint
  return (
    <article className={`touchpoint ${row.inSession ? 'inside' : ''} ${mark} ${open ? 'open' : ''}`}>
      <button type="button" className="touchpoint-line" aria-expanded={open} onClick={() => onOpen(t.id)}>
        <span className={`touchpoint-icon of-${t.type.toLowerCase()}`}>
          <Icon name={icons[t.type]} size={14} />
        </span>
        <span className="touchpoint-text">
          <span className="strong">{titles[t.type] ?? (t.name || capital(t.type.toLowerCase()))}</span>
          {mark === 'merged' && <span className="chip accent">from the other history</span>}
          <span className="touchpoint-summary cut">
            {summary(t).map(([key, value]) => (
              <span key={key}>
                <i>{key.replaceAll('_', ' ')}</i> {valueText(value)}
              </span>
            ))}
          </span>
        </span>
        <span className="touchpoint-side">
          <time dateTime={t.at} onPointerEnter={exactly}>
            {ago(t.at, now)}
          </time>
          <span>{[t.channel, t.source].filter(Boolean).join(' · ')}</span>
        </span>
      </button>
      {open && <Opened touchpoint={t} />}
    </article>
  )
})
