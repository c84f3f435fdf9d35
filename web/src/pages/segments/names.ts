import { useEffect, useState } from 'react'
import { NamesInUse, type NameKind, type NamesInUseQuery } from '../../api/api.gen'
import { ask } from '../../lib/api'

export type Name = NamesInUseQuery['names']['nodes'][number]

/** Names of what: traits, events, or the properties of an event. */
export interface Kind {
  kind: NameKind
  event?: string
}

/** What was asked is kept for so long, in ms: rows of one page ask for the same. */
const keep = 30_000
const kept = new Map<string, { at: number; answer: Promise<NamesInUseQuery['names']> }>()

function read({ kind, event }: Kind, contains: string): Promise<NamesInUseQuery['names']> {
  const key = JSON.stringify([kind, event, contains])
  const known = kept.get(key)
  if (known && Date.now() - known.at < keep) return known.answer
  const answer = ask(NamesInUse, { kind, event: event ?? null, contains: contains || null }).then((a) => a.names)
  kept.set(key, { at: Date.now(), answer })
  answer.catch(() => kept.delete(key))
  return answer
}

/** Names of what was really sent, to choose from. Where there are more than a page, those with what is typed in them. */
export function useNames(of: Kind, typed: string, wanted: boolean): Name[] {
  const [names, setNames] = useState<Name[]>([])
  const { kind, event } = of
  useEffect(() => {
    if (!wanted || (kind === 'PROPERTY' && !event)) return
    let gone = false
    const timer = window.setTimeout(() => {
      read({ kind, event }, '')
        .then((all) => (all.pageInfo.hasNextPage && typed ? read({ kind, event }, typed) : all))
        .then(
          (some) => !gone && setNames(some.nodes),
          // Any name may be typed all the same.
          () => {},
        )
    }, 100)
    return () => {
      gone = true
      window.clearTimeout(timer)
    }
  }, [kind, event, typed, wanted])
  return names
}
