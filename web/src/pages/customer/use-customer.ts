import { useCallback, useEffect, useRef, useState } from 'react'
import { Touchpoints, type TouchpointsQuery } from '../../api/api.gen'
import { announce } from '../../lib/announce'
import { ask } from '../../lib/api'
import { count } from '../../lib/format'
import { useLive } from '../../lib/live'
import { asked, isEverything, matches, type Filter } from './filter'
import { lines, reread, union, type Touchpoint, type View } from './model'
import { customerTopic } from './topic'

const page = 50
/** How much of a timeline is read again after a merge or a gap. */
const mostAgain = 2000

/** A customer, live: opened by the subscription's snapshot, older pages by query. */
export function useCustomer(id: string, filter: Filter) {
  const live = useLive(customerTopic(id))
  const view = live.state
  const { update } = live
  useReread(id, view, update)
  useSpoken(view)
  const older = useOlder(id, view, filter, update)
  return { ...live, view, ...older }
}

/** Reads the timeline again as often as the view says that it is stale, one at a time. */
function useReread(id: string, view: View, update: (change: (v: View) => View) => void) {
  const latest = useRef(view)
  latest.current = view
  const { stale, late } = view
  const seen = useRef(0)
  useEffect(() => {
    if (stale === 0 && late === 0) return
    // A change whose touchpoint an earlier one showed already looks like one of long ago: no haste, and once for many.
    const wait = stale === seen.current ? 1500 : 60
    const stop = new AbortController()
    // What fails is asked again with the next change; the list stays as it is.
    const timer = window.setTimeout(() => void again().catch(() => {}), wait)
    async function again() {
      seen.current = stale
      const wanted = Math.max(30, latest.current.list.length + 20)
      let list: Touchpoint[] = []
      let after: string | null = null
      do {
        const answer: TouchpointsQuery = await ask(Touchpoints, { id, first: Math.min(200, wanted), after, filter: null }, stop.signal)
        if (!answer.customer) return
        const { pageInfo } = answer.customer.touchpoints
        list = list.concat(lines(answer.customer.touchpoints))
        after = pageInfo.hasNextPage ? pageInfo.endCursor : null
      } while (after && list.length < Math.min(wanted, mostAgain))
      update((now) => reread(now, list, after))
    }
    return () => {
      window.clearTimeout(timer)
      stop.abort()
    }
    // A change of `update` is none of the view.
  }, [id, stale, late])
}

/** Older pages, and what a filter leaves of everything. */
function useOlder(id: string, view: View, filter: Filter, update: (change: (v: View) => View) => void) {
  const [filtered, setFiltered] = useState<{ list: Touchpoint[]; older: string | null } | null>(null)
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<unknown>(null)
  const all = isEverything(filter)
  const key = JSON.stringify(filter)

  const load = useCallback(
    async (after: string | null, signal?: AbortSignal) => {
      setBusy(true)
      setTrouble(null)
      try {
        const { customer } = await ask(Touchpoints, { id, first: page, after, filter: all ? null : asked(filter, Date.now()) }, signal)
        const nodes = customer ? lines(customer.touchpoints) : []
        const next = customer?.touchpoints.pageInfo.hasNextPage ? customer.touchpoints.pageInfo.endCursor : null
        if (all) update((now) => ({ ...now, list: union(now.list, nodes), older: next }))
        else setFiltered((now) => ({ list: after && now ? union(now.list, nodes) : nodes, older: next }))
      } catch (e) {
        if (!signal?.aborted) setTrouble(e)
      }
      setBusy(false)
    },
    [id, key],
  )
  useEffect(() => {
    setFiltered(null)
    if (all) return
    const stop = new AbortController()
    void load(null, stop.signal)
    return () => stop.abort()
  }, [all, load])

  const now = Date.now()
  const list = all ? view.list : union(filtered?.list ?? [], view.list).filter((t) => matches(filter, t, now))
  const next = all ? view.older : (filtered?.older ?? null)
  return { list, more: next ? () => void load(next) : null, busy, listTrouble: trouble }
}

/** One sentence for a screen reader about what came. */
function useSpoken(view: View) {
  const told = useRef(0)
  const notices = useRef('')
  useEffect(() => {
    const n = view.fresh.size - told.current
    if (n > 0) announce(count(n, 'new touchpoint'))
    told.current = view.fresh.size
    const first = view.notices[0]
    if (first && first.id !== notices.current && first.kind !== 'resync') announce(first.kind === 'merge' ? 'Two histories are now one.' : 'This customer was split.', true)
    notices.current = first?.id ?? ''
  }, [view])
}
