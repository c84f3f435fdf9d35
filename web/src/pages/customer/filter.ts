import type { TouchpointFilter, TouchpointType } from '../../api/api.gen'
import type { Touchpoint } from './model'

export interface Filter {
  types: TouchpointType[]
  name: string
  source: string
  channel: string
  /** Only so many days back; 0 is all. */
  days: number
}

export const everything: Filter = { types: [], name: '', source: '', channel: '', days: 0 }

export function isEverything(f: Filter): boolean {
  return f.types.length === 0 && !f.name && !f.source && !f.channel && f.days === 0
}

const from = (f: Filter, now: number) => (f.days ? new Date(now - f.days * 86_400_000).toISOString() : null)

/** What the server can narrow by; the channel it cannot. */
export function asked(f: Filter, now: number): TouchpointFilter {
  const start = from(f, now)
  return {
    ...(f.types.length > 0 && { types: f.types }),
    ...(f.name && { names: [f.name] }),
    ...(f.source && { sources: [f.source] }),
    ...(start && { from: start }),
  }
}

export function matches(f: Filter, t: Touchpoint, now: number): boolean {
  const start = from(f, now)
  return (
    (f.types.length === 0 || f.types.includes(t.type)) &&
    (!f.name || t.name === f.name) &&
    (!f.source || t.source === f.source) &&
    (!f.channel || (t.channel ?? '') === f.channel) &&
    (!start || t.at >= start)
  )
}

/** What most customers have; the list may begin after the last of them. */
const usual: TouchpointType[] = ['IDENTIFY', 'PAGE', 'SCREEN', 'TRACK']

/** What there is to choose from in what was read. */
export function choices(list: Touchpoint[]) {
  const distinct = (of: (t: Touchpoint) => string | null) => [...new Set(list.map(of))].filter((v): v is string => !!v).sort((a, b) => a.localeCompare(b))
  return { types: [...new Set([...usual, ...(distinct((t) => t.type) as TouchpointType[])])], names: distinct((t) => t.name), sources: distinct((t) => t.source), channels: distinct((t) => t.channel) }
}
