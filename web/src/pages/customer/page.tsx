import { useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { useMedia } from '../../lib/media'
import { nameOf } from '../../lib/format'
import { useCommands } from '../../lib/keys'
import { remember } from '../../lib/recent'
import { useScope } from '../../lib/session'
import { useTitle } from '../../lib/title'
import { Empty, Failure, Skeleton, SkeletonRows } from '../../ui/parts'
import { toast } from '../../ui/toast'
import { CardPanel } from './card'
import { everything, type Filter } from './filter'
import { FilterBar } from './filter-bar'
import { dismiss, trim } from './model'
import { Notices } from './notices'
import { Timeline } from './timeline'
import { TraitsPanel } from './traits'
import { useCustomer } from './use-customer'

type Column = 'card' | 'timeline' | 'traits'

/** One person, live. */
export function CustomerPage({ id: asked }: { id: string }) {
  // After a merge the address has another id, and the page goes on under the one it was opened with.
  const held = useRef({ opened: asked, answers: asked })
  if (asked !== held.current.answers && asked !== held.current.opened) held.current = { opened: asked, answers: asked }
  const id = held.current.opened
  const [filter, setFilter] = useState<Filter>(everything)
  const { view, list, phase, trouble, retry, update, more, busy, listTrouble } = useCustomer(id, filter)
  const [column, setColumn] = useState<Column>('timeline')
  const wide = useMedia('(min-width: 1200px)')
  const [, go] = useLocation()
  const personal = useScope('pii:read')
  const page = useRef<HTMLDivElement>(null)
  const { card } = view
  const name = card ? nameOf(card) : ''
  const drawn = useDrawn(card !== null)
  useTitle(name)

  useEffect(() => {
    if (card) remember({ id: card.id, name: nameOf(card), known: card.known })
  }, [card?.id, card?.displayName, card?.known])

  // The id that answers is the one in the address; the subscription goes on under the one that was asked for.
  useEffect(() => {
    if (!card || card.id === asked) return
    held.current.answers = card.id
    history.replaceState(history.state, '', `/customers/${card.id}${location.search}`)
  }, [card?.id, asked])

  const show = (to: Column) => {
    setColumn(to)
    requestAnimationFrame(() => page.current?.querySelector<HTMLElement>(`[data-column="${to}"] .scroll, [data-column="${to}"].scroll`)?.focus())
  }
  useCommands('Customer', [
    { keys: 'f', name: 'Filter the timeline', run: () => (setColumn('timeline'), requestAnimationFrame(() => page.current?.querySelector<HTMLElement>('.filter-bar button')?.focus())) },
    { keys: 't', name: 'Traits', run: () => show('traits') },
    ...(personal ? [{ keys: 'i', name: 'Open in the identity explorer', run: () => go(`/identity/${card?.id ?? id}`) }] : []),
    { keys: 'c', name: 'Copy the id', run: () => void navigator.clipboard?.writeText(card?.id ?? id).then(() => toast('The id is copied.')) },
    { keys: '1', name: 'Who it is', run: () => show('card') },
    { keys: '2', name: 'Timeline', run: () => show('timeline') },
    { keys: '3', name: 'Traits', run: () => show('traits') },
  ])

  if (phase === 'gone') {
    return (
      <Empty title={card ? 'This customer is no more' : 'There is no such customer'}>
        <p>{card ? 'They were erased, or the last fact about them was taken back. Nothing of them is left.' : 'The id is mistyped, or nothing is known of them any more.'}</p>
      </Empty>
    )
  }
  if (phase === 'failed' && !card) return <Failure error={new Error(trouble)} onRetry={retry} />
  if (!card) return <CustomerSkeleton />

  const columns: { id: Column; name: string }[] = [
    { id: 'card', name: 'Who' },
    { id: 'timeline', name: 'Timeline' },
    { id: 'traits', name: 'Traits' },
  ]
  return (
    <div className="customer" ref={page} data-phase={phase}>
      {!wide && (
        <div className="customer-tabs">
          {column !== 'card' ? <h1 className="cut grow">{name}</h1> : <span className="grow" />}
          <div role="tablist" aria-label="Parts of the customer">
            {columns.map((c) => (
              <button key={c.id} type="button" role="tab" id={`tab-${c.id}`} aria-controls={`panel-${c.id}`} aria-selected={column === c.id} onClick={() => setColumn(c.id)}>
                {c.name}
              </button>
            ))}
          </div>
        </div>
      )}
      {(wide || column === 'card') && (
        <section {...panel('card', wide)} className="customer-card scroll" tabIndex={0}>
          <CardPanel card={card} />
        </section>
      )}
      {(wide || column === 'timeline') && (
        <section {...panel('timeline', wide)} className="customer-timeline">
          <Notices view={view} onDismiss={(notice) => update((v) => dismiss(v, notice))} />
          <FilterBar list={view.list} filter={filter} onChange={setFilter} />
          <Timeline ahead={drawn ? 8 : 1} view={view} list={list} more={more} busy={busy} trouble={listTrouble} onTrim={() => update(trim)} />
        </section>
      )}
      {(wide || column === 'traits') && (
        <section {...panel('traits', wide)} className="customer-traits scroll" tabIndex={0}>
          {drawn ? <TraitsPanel card={card} changed={view.changed} /> : <SkeletonRows rows={10} height={28} />}
        </section>
      )}
    </div>
  )
}

/** Whether a frame has been drawn since `on`: what stands beside the timeline waits for that. */
function useDrawn(on: boolean): boolean {
  const [drawn, setDrawn] = useState(false)
  useEffect(() => {
    if (!on) return
    let timer = 0
    const frame = requestAnimationFrame(() => {
      timer = window.setTimeout(() => setDrawn(true))
    })
    return () => {
      cancelAnimationFrame(frame)
      window.clearTimeout(timer)
    }
  }, [on])
  return drawn
}

function panel(id: Column, wide: boolean) {
  const names = { card: 'Who it is', timeline: 'Timeline', traits: 'Traits and accounts' }
  return wide ? { 'data-column': id, 'aria-label': names[id] } : { 'data-column': id, role: 'tabpanel', id: `panel-${id}`, 'aria-labelledby': `tab-${id}` }
}

function CustomerSkeleton() {
  return (
    <div className="customer" role="status" aria-label="Loading the customer">
      <div className="customer-card">
        <div className="stack">
          <Skeleton width={44} height={44} />
          <Skeleton width="70%" height={24} />
          <SkeletonRows rows={8} height={30} />
        </div>
      </div>
      <div className="customer-timeline">
        <div style={{ padding: 16 }}>
          <SkeletonRows rows={14} height={46} />
        </div>
      </div>
      <div className="customer-traits">
        <SkeletonRows rows={10} height={30} />
      </div>
    </div>
  )
}
