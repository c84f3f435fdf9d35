import { ById, Find, JournalNow, Lookup, type FindQuery } from '../api/api.gen'
import { ask } from './api'

export type Hit = FindQuery['customers']['nodes'][number]

export interface Found {
  hits: Hit[]
  /** How many of them, at the start, hold exactly what was typed. */
  exact: number
  /** Messages that have not reached the graph yet, when nothing was found. */
  waiting: number
}

/** Looks for a customer by id, by `type:value`, by exact identifier, and by words of name, e-mail and phone. */
export async function find(text: string, mayReadPersonal: boolean, signal: AbortSignal): Promise<Found> {
  const hits: Hit[] = []
  const add = (hit: Hit | null | undefined) => {
    if (hit && !hits.some((h) => h.id === hit.id)) hits.push(hit)
  }
  let exact = 0
  if (/^cus_\w+$/.test(text)) {
    add((await ask(ById, { id: text }, signal)).customer)
    exact = hits.length
  } else if (mayReadPersonal) {
    const typed = /^([a-z][a-z0-9_]*):(\S.*)$/.exec(text)
    if (typed) add((await ask(Lookup, { type: typed[1] ?? '', value: typed[2] ?? '' }, signal, true).catch(quiet(signal)))?.customer)
    const email = text.includes('@')
    const phone = /^\+?[\d\s()./-]{6,}$/.test(text)
    const found = await ask(Find, { text, email, phone, other: !email && !text.includes(' ') && text.length > 2 }, signal, true)
    for (const one of [found.email, found.phone, found.user, found.visitor, found.device, found.record]) add(one)
    exact = hits.length
    for (const one of found.customers?.nodes ?? []) add(one)
  }
  const waiting = hits.length === 0 && mayReadPersonal ? (await ask(JournalNow, {}, signal)).journal.lag : 0
  return { hits, exact, waiting }
}

/** A type nobody sends is no error here. */
function quiet(signal: AbortSignal) {
  return (e: unknown) => {
    if (signal.aborted) throw e
    return null
  }
}

export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

/** The identifier that what was typed is part of. */
export function matching(hit: Hit, text: string) {
  const wanted = fold(text.replace(/^[a-z_]+:/, ''))
  const digits = wanted.replace(/\D/g, '')
  return hit.identifiers.nodes.find((i) => fold(i.value).includes(wanted) || (i.type === 'phone' && digits.length > 3 && i.value.includes(digits)))
}
