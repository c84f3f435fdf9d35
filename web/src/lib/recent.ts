import { Store } from './store'

/** Whom the reader looked at in this session, latest first. */
export interface Seen {
  id: string
  name: string
  known: boolean
}

const kept = 'kith.recent'
const most = 8

function read(): Seen[] {
  try {
    return JSON.parse(sessionStorage.getItem(kept) ?? '[]') as Seen[]
  } catch {
    return []
  }
}

export const recent = new Store<Seen[]>(read())

export function remember(seen: Seen) {
  recent.set((now) => [seen, ...now.filter((s) => s.id !== seen.id)].slice(0, most))
  sessionStorage.setItem(kept, JSON.stringify(recent.get()))
}
