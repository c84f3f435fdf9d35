import { useEffect, useState } from 'react'
import { NamesInUse } from '../../api/api.gen'
import { ask } from '../../lib/api'

export interface Names {
  traits: string[]
  events: string[]
  properties: string[]
}

/** Names of what was really sent of late, to choose from; others may be typed. */
export function useNames(): Names {
  const [names, setNames] = useState<Names>({ traits: [], events: [], properties: [] })
  useEffect(() => {
    const stop = new AbortController()
    ask(NamesInUse, {}, stop.signal).then(
      ({ customers }) => {
        const traits = new Set<string>()
        const events = new Set<string>()
        const properties = new Set<string>()
        for (const c of customers.nodes) {
          for (const key of Object.keys((c.traits ?? {}) as object)) traits.add(key)
          for (const t of c.touchpoints.nodes) {
            if (t.type === 'IDENTIFY' || t.type === 'GROUP' || t.type === 'ALIAS') continue
            events.add(t.name)
            for (const key of Object.keys((t.properties ?? {}) as object)) properties.add(key)
          }
        }
        const sorted = (set: Set<string>) => [...set].sort((a, b) => a.localeCompare(b))
        setNames({ traits: sorted(traits), events: sorted(events), properties: sorted(properties) })
      },
      () => {},
    )
    return () => stop.abort()
  }, [])
  return names
}
