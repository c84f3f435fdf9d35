import { Store } from './store'

/** Whom the reader looked at in this session, latest first. */
export interface Seen {
  id: string
  name: string
  known: boolean
}

interface Kept {
  /** Who looked: names are shown to nobody else. */
  reader: string
  seen: Seen[]
}

const kept = 'kith.recent'
const most = 8

function read(): Kept {
  try {
    const { reader, seen } = JSON.parse(sessionStorage.getItem(kept) ?? '{}') as Partial<Kept>
    return { reader: reader ?? '', seen: seen ?? [] }
  } catch {
    return { reader: '', seen: [] }
  }
}

const before = read()
let reader = before.reader
export const recent = new Store<Seen[]>(before.seen)

/** Says who reads from now on. What somebody else looked at goes. */
export function readBy(now: string) {
  if (now === reader) return
  reader = now
  keep([])
}

export function remember(one: Seen) {
  keep([one, ...recent.get().filter((s) => s.id !== one.id)].slice(0, most))
}

function keep(seen: Seen[]) {
  recent.set(seen)
  sessionStorage.setItem(kept, JSON.stringify({ reader, seen } satisfies Kept))
}
