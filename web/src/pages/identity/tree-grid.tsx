import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { count, day, share, typeName } from '../../lib/format'
import { useRem } from '../../lib/media'
import { Icon } from '../../ui/icon'
import { TypeMark } from '../../ui/type-mark'
import { compact, kindNames, statusNames, type GraphLink, type GraphNode } from './model'

interface Props {
  nodes: GraphNode[]
  links: GraphLink[]
  all: ReadonlyMap<string, GraphNode>
  root: string
  selected: string[]
  focus: string | null
  onSelect: (ids: string[]) => void
  onFocus: (id: string) => void
  onExpand: (id: string) => void
}

type Row = { kind: 'node'; node: GraphNode; key: string; links: GraphLink[]; open: boolean } | { kind: 'link'; link: GraphLink; other: GraphNode; key: string }

/** Identifiers with their links below them: the accessible form of the picture, which shares its selection. */
export function TreeGrid({ nodes, links, all, root, selected, focus, onSelect, onFocus, onExpand }: Props) {
  const scroll = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const [at, setAt] = useState('')
  const rows = useMemo(() => tree(nodes, links, all, root, open), [nodes, links, all, root, open])
  const index = Math.max(0, rows.findIndex((r) => r.key === at))
  const height = 2.125 * useRem()
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroll.current, estimateSize: () => height, getItemKey: (i) => rows[i]?.key ?? i, overscan: 10 })

  useEffect(() => virtual.measure(), [height])

  // The picture's focus moves the list's, without taking the keyboard's.
  useEffect(() => {
    const i = rows.findIndex((r) => r.key === focus)
    if (i < 0 || !focus || scroll.current?.contains(document.activeElement)) return
    setAt(focus)
    virtual.scrollToIndex(i)
  }, [focus])

  function to(i: number) {
    const row = rows[i]
    if (!row) return
    setAt(row.key)
    virtual.scrollToIndex(i)
    // At once where it is drawn, so that the next key finds it.
    const drawn = () => scroll.current?.querySelector<HTMLElement>(`[data-index="${i}"]`)
    const there = drawn()
    if (there) there.focus()
    else requestAnimationFrame(() => drawn()?.focus())
    onFocus(row.kind === 'node' ? row.node.id : row.other.id)
  }
  function toggle(key: string, on?: boolean) {
    const next = new Set(open)
    if (on ?? !next.has(key)) next.add(key)
    else next.delete(key)
    setOpen(next)
  }
  function select(row: Row) {
    const id = row.kind === 'node' ? row.node.id : row.other.id
    onSelect(selected.includes(id) ? selected.filter((s) => s !== id) : [...selected, id])
  }
  function key(e: KeyboardEvent) {
    const row = rows[index]
    if (!row || e.ctrlKey || e.metaKey || e.altKey) return
    const parent = () => rows.slice(0, index).findLastIndex((r) => r.kind === 'node')
    if (e.key === 'ArrowDown') to(Math.min(rows.length - 1, index + 1))
    else if (e.key === 'ArrowUp') to(Math.max(0, index - 1))
    else if (e.key === 'Home') to(0)
    else if (e.key === 'End') to(rows.length - 1)
    else if (e.key === 'ArrowRight' && row.kind === 'node') row.open ? to(index + 1) : toggle(row.key, true)
    else if (e.key === 'ArrowLeft') row.kind === 'link' ? to(parent()) : toggle(row.key, false)
    else if (e.key === ' ') select(row)
    else if (e.key === 'Enter') onExpand(row.kind === 'node' ? row.node.id : row.other.id)
    else return
    e.preventDefault()
    e.stopPropagation()
  }

  return (
    <div ref={scroll} className="tree scroll">
      <div role="treegrid" aria-label="Identifiers and their links" aria-multiselectable="true" aria-rowcount={rows.length} onKeyDown={key} data-own-keys style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index]
          if (!row) return null
          const id = row.kind === 'node' ? row.node.id : row.other.id
          return (
            <div
              key={item.key}
              role="row"
              data-index={item.index}
              aria-level={row.kind === 'node' ? 1 : 2}
              aria-rowindex={item.index + 1}
              aria-expanded={row.kind === 'node' && row.links.length > 0 ? row.open : undefined}
              aria-selected={selected.includes(id)}
              tabIndex={item.index === index ? 0 : -1}
              className={`tree-row ${row.kind}`}
              style={{ transform: `translateY(${item.start}px)` }}
              onFocus={() => setAt(row.key)}
              onClick={() => {
                setAt(row.key)
                select(row)
                onFocus(id)
              }}
            >
              {row.kind === 'node' ? <NodeCells row={row} root={root} onToggle={() => toggle(row.key)} /> : <LinkCells row={row} />}
            </div>
          )
        })}
      </div>
    </div>
  )
}

function NodeCells({ row, root, onToggle }: { row: Extract<Row, { kind: 'node' }>; root: string; onToggle: () => void }) {
  const { node } = row
  const elsewhere = node.customer?.id !== root
  return (
    <>
      <span role="gridcell" className="tree-name">
        <span
          className={`tree-open${row.open ? ' open' : ''}`}
          onClick={(e) => {
            e.stopPropagation()
            onToggle()
          }}
        >
          {row.links.length > 0 && <Icon name="chevron" size={11} />}
        </span>
        <TypeMark type={node.type} />
        <span className="unseen">{typeName(node.type)}</span>
        <span className="cut mono">{node.value}</span>
      </span>
      <span role="gridcell" className="tree-more">
        {node.status !== 'ACTIVE' && <span className={`chip ${node.status === 'SHARED' ? 'warn' : 'bad'}`}>{node.status.toLowerCase()}</span>}
        {elsewhere && node.status === 'ACTIVE' && <span className="chip">another customer</span>}
        <span className="muted tiny">{count(row.links.length, 'link')}</span>
      </span>
    </>
  )
}

function LinkCells({ row }: { row: Extract<Row, { kind: 'link' }> }) {
  const { link, other } = row
  return (
    <>
      <span role="gridcell" className="tree-name">
        <span className={`stroke ${link.status.toLowerCase()}`} aria-hidden="true" />
        <TypeMark type={other.type} />
        <span className="unseen">{typeName(other.type)}</span>
        <span className="cut mono">{other.value}</span>
      </span>
      <span role="gridcell" className="tree-more muted tiny" title={link.evidence.join('\n')}>
        {link.kind === 'OBSERVED' ? `${count(link.count, 'call')} · ${day(link.lastSeenAt)}` : link.kind === 'MATCHED' ? `${link.comparison ? compact(link.comparison, 4) : 'alike'} ${share(link.confidence)}` : kindNames[link.kind]}
        {link.status !== 'FOLLOWED' && ` · ${statusNames[link.status]}`}
      </span>
    </>
  )
}

function tree(nodes: GraphNode[], links: GraphLink[], all: ReadonlyMap<string, GraphNode>, root: string, open: ReadonlySet<string>): Row[] {
  const of = new Map<string, GraphLink[]>()
  const add = (id: string, link: GraphLink) => {
    const list = of.get(id)
    if (list) list.push(link)
    else of.set(id, [link])
  }
  for (const l of links) {
    add(l.from.id, l)
    add(l.to.id, l)
  }
  const rank = (n: GraphNode) => (n.customer?.id === root ? 0 : 1)
  const rows: Row[] = []
  for (const node of [...nodes].sort((a, b) => rank(a) - rank(b))) {
    const mine = of.get(node.id) ?? []
    const isOpen = open.has(node.id)
    rows.push({ kind: 'node', node, key: node.id, links: mine, open: isOpen })
    if (!isOpen) continue
    for (const link of mine) {
      const other = all.get(link.from.id === node.id ? link.to.id : link.from.id)
      if (other) rows.push({ kind: 'link', link, other, key: `${node.id} ${link.key}` })
    }
  }
  return rows
}
