import type { CustomerCardFragment, CustomerLineFragment, TouchpointLineFragment, WatchCustomerSubscription } from '../../api/api.gen'

export type Card = CustomerCardFragment
/** With the cursor behind which older ones lie. */
export type Touchpoint = TouchpointLineFragment & { cursor: string }
export type CustomerEvent = WatchCustomerSubscription['customerChanged']

/** Something that happened to who this is, while it was watched. */
export interface Notice {
  id: string
  at: string
  kind: 'merge' | 'split' | 'resync'
  before: string
  /** Whether one knew who it was. */
  wasKnown: boolean
  absorbed: string[]
  created: CustomerLineFragment[]
  /** The identifiers there were before: what others did came with the merge. */
  own: ReadonlySet<string>
  /** How many touchpoints came with it; null until they are read. */
  added: number | null
}

export interface View {
  card: Card | null
  /** Newest first; equal times by id. */
  list: Touchpoint[]
  /** Whether older ones are left, and where they begin. */
  older: string | null
  /** Ids that came while watching, and those that a merge brought. */
  fresh: ReadonlySet<string>
  merged: ReadonlySet<string>
  /** Names of traits with when they changed here, in ms. */
  changed: ReadonlyMap<string, number>
  notices: Notice[]
  /** The list has a gap, or a merge mixed another's history in: it is to be read again. */
  stale: number
  /** Something of long ago may have come, below what a change shows. */
  late: number
}

export const nobody: View = { card: null, list: [], older: null, fresh: new Set(), merged: new Set(), changed: new Map(), notices: [], stale: 0, late: 0 }

/** The touchpoints of a page. */
export const lines = (page: { edges: { cursor: string; node: TouchpointLineFragment }[] }): Touchpoint[] => page.edges.map(({ cursor, node }) => ({ ...node, cursor }))

const newer = (a: Touchpoint, b: Touchpoint) => (a.at === b.at ? (a.id < b.id ? 1 : -1) : a.at < b.at ? 1 : -1)

/** The union of two lists, newest first. Of two with one id the second counts. */
export function union(list: Touchpoint[], more: Touchpoint[]): Touchpoint[] {
  if (more.length === 0) return list
  const byId = new Map(list.map((t) => [t.id, t]))
  for (const t of more) byId.set(t.id, t)
  return [...byId.values()].sort(newer)
}

const mostNotices = 20

/** Folds all that came since the last frame into one new view. */
export function fold(view: View, events: CustomerEvent[]): View {
  let { card, list, older, fresh, merged, changed, notices, stale, late } = view
  for (const event of events) {
    switch (event.__typename) {
      case 'CustomerChanged': {
        const page = event.customer.touchpoints
        const newest = lines(page)
        const snapshot = event.reasons.includes('SNAPSHOT')
        if (snapshot && list.length === 0) {
          list = newest
          older = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
        } else {
          // While a merge is being read, it is the reading that tells whose is whose.
          const merging = notices.some((n) => n.kind === 'merge' && n.added === null)
          const known = new Set(list.map((t) => t.id))
          const unknown = newest.filter((t) => !known.has(t.id))
          if (merging && unknown.length > 0) stale++
          else {
            if (unknown.length > 0) fresh = new Set([...fresh, ...unknown.map((t) => t.id)])
            // More than a page came at once.
            const gap = unknown.length === newest.length && page.pageInfo.hasNextPage
            if (unknown.length === 0 && event.reasons.includes('TOUCHPOINT')) late++
            if (gap || snapshot || event.reasons.includes('IDENTITY')) stale++
            list = union(list, newest)
          }
        }
        if (event.changedTraits.length > 0) {
          const next = new Map(changed)
          for (const key of event.changedTraits) next.set(key, Date.now())
          changed = next
        }
        card = event.customer
        break
      }
      case 'CustomerMerged':
        notices = [notice(event.cursor, event.at, 'merge', card, event.absorbed, []), ...notices].slice(0, mostNotices)
        card = event.customer
        stale++
        break
      case 'CustomerSplit':
        notices = [notice(event.cursor, event.at, 'split', card, [], event.created), ...notices].slice(0, mostNotices)
        card = event.customer
        stale++
        break
    }
  }
  return { card, list, older, fresh, merged, changed, notices, stale, late }
}

function notice(id: string, at: string, kind: Notice['kind'], before: Card | null, absorbed: string[], created: CustomerLineFragment[]): Notice {
  return { id, at, kind, before: before?.displayName ?? '', wasKnown: before?.known ?? false, absorbed, created, own: new Set(before?.identifiers.nodes.map((i) => i.id)), added: null }
}

/** After a gap in the stream: what is shown stays until the snapshot is there. */
export function resync(view: View, reason: string): View {
  const one: Notice = { ...notice(`resync-${Date.now()}`, new Date().toISOString(), 'resync', view.card, [], []), before: reason }
  return { ...view, notices: [one, ...view.notices.filter((n) => n.kind !== 'resync')].slice(0, mostNotices), stale: view.stale + 1 }
}

/** The list as it was read again. Of what nobody knew, the merge brought what other identifiers did. */
export function reread(view: View, list: Touchpoint[], older: string | null): View {
  const known = new Set(view.list.map((t) => t.id))
  const open = view.notices.find((n) => n.kind === 'merge' && n.added === null)
  const merged = new Set(view.merged)
  const fresh = new Set(view.fresh)
  // Older pages may come with it: what lies below all that was read before is not new.
  const last = view.older === null ? undefined : view.list[view.list.length - 1]
  let added = 0
  for (const t of list) {
    if (known.has(t.id)) continue
    if (open && !open.own.has(t.identifier.id)) {
      merged.add(t.id)
      added++
    } else if (!last || newer(t, last) < 0) fresh.add(t.id)
  }
  // What came between the reading and now is kept.
  const youngest = list[0]?.at ?? ''
  const since = view.list.filter((t) => t.at > youngest)
  return { ...view, list: union(list, since), older, merged, fresh, notices: view.notices.map((n) => (n.added === null ? { ...n, added: n === open ? added : 0 } : n)) }
}

/** More than this the list does not hold while its reader is at its top. */
export const mostHeld = 1000

/** Lets the older half go: it is read again when somebody scrolls to it. */
export function trim(view: View): View {
  if (view.list.length <= mostHeld) return view
  const list = view.list.slice(0, mostHeld / 2)
  const held = new Set(list.map((t) => t.id))
  const some = (ids: ReadonlySet<string>) => new Set([...ids].filter((id) => held.has(id)))
  return { ...view, list, older: list[list.length - 1]?.cursor ?? null, fresh: some(view.fresh), merged: some(view.merged) }
}

export function dismiss(view: View, id: string): View {
  const gone = view.notices.find((n) => n.id === id)
  return { ...view, notices: view.notices.filter((n) => n !== gone), merged: gone?.kind === 'merge' ? new Set() : view.merged }
}

/** No more than half an hour lies between two touchpoints of a session. */
const pause = 30 * 60_000

export type Row =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'session'; key: string; start: string; end: string; count: number; channel: string; source: string; folded: boolean; ids: string[] }
  | { kind: 'touchpoint'; key: string; touchpoint: Touchpoint; inSession: boolean }

/** The list in rows: day headings, sessions of two and more on one channel, touchpoints. */
export function rows(list: Touchpoint[], folded: ReadonlySet<string>): Row[] {
  const out: Row[] = []
  let today = ''
  for (let i = 0; i < list.length; ) {
    const first = list[i] as Touchpoint
    const date = new Date(first.at).toDateString()
    // The bar above the list says the first day.
    if (date !== today && i > 0) out.push({ kind: 'day', key: `day ${date}`, at: first.at })
    today = date
    let end = i + 1
    while (end < list.length && together(list[end - 1] as Touchpoint, list[end] as Touchpoint)) end++
    const session = list.slice(i, end)
    const oldest = session[session.length - 1] as Touchpoint
    if (session.length > 1) {
      // Named by its oldest, so that it stays itself while it grows.
      const key = `session ${oldest.id}`
      const shut = folded.has(key)
      out.push({ kind: 'session', key, start: oldest.at, end: first.at, count: session.length, channel: first.channel ?? '', source: first.source, folded: shut, ids: session.map((t) => t.id) })
      if (!shut) for (const touchpoint of session) out.push({ kind: 'touchpoint', key: touchpoint.id, touchpoint, inSession: true })
    } else out.push({ kind: 'touchpoint', key: first.id, touchpoint: first, inSession: false })
    i = end
  }
  return out
}

const browsing = new Set(['TRACK', 'PAGE', 'SCREEN', 'IDENTIFY', 'ALIAS', 'GROUP'])

function together(later: Touchpoint, earlier: Touchpoint): boolean {
  const ms = new Date(later.at).getTime() - new Date(earlier.at).getTime()
  const oneDay = new Date(later.at).toDateString() === new Date(earlier.at).toDateString()
  return ms <= pause && oneDay && later.source === earlier.source && later.channel === earlier.channel && browsing.has(later.type) && browsing.has(earlier.type)
}

/** One line of what a call said: the properties that tell most come first. */
const telling = ['name', 'title', 'product', 'total', 'revenue', 'value', 'currency', 'subject', 'reason', 'plan', 'query', 'order_id', 'path', 'url', 'category', 'email']

export function summary(t: Touchpoint): [string, unknown][] {
  const properties = t.properties && typeof t.properties === 'object' ? (t.properties as Record<string, unknown>) : {}
  const rank = (key: string) => {
    const i = telling.indexOf(key)
    return i < 0 ? telling.length : i
  }
  return Object.entries(properties)
    .filter(([, v]) => v !== null && typeof v !== 'object')
    .sort((a, b) => rank(a[0]) - rank(b[0]))
    .slice(0, 4)
}
