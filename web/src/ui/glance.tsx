import { useEffect, useState } from 'react'
import { Glance as Asked, type GlanceQuery } from '../api/api.gen'
import { announce } from '../lib/announce'
import { ask, words } from '../lib/api'
import { useNow } from '../lib/clock'
import { ago, capital, count, nameOf, typeName } from '../lib/format'
import { Chip, SkeletonRows } from './parts'

/** Long enough that arrows on their way down ask for nobody. */
const pause = 80

/** A customer in the search, before one opens them. */
export function Glance({ id }: { id: string }) {
  const [answer, setAnswer] = useState<GlanceQuery['customer'] | undefined>()
  const [trouble, setTrouble] = useState('')
  const now = useNow()
  useEffect(() => {
    setAnswer(undefined)
    setTrouble('')
    const stop = new AbortController()
    const timer = window.setTimeout(() => {
      ask(Asked, { id }, stop.signal).then(
        ({ customer: c }) => {
          setAnswer(c)
          if (c) announce(`${nameOf(c)}, ${c.known ? 'known' : 'anonymous'}, ${count(c.identifiers.nodes.length, 'identifier')}. Latest: ${c.touchpoints.nodes[0]?.name ?? 'nothing'}.`, true)
        },
        (e: unknown) => !stop.signal.aborted && setTrouble(words(e)),
      )
    }, pause)
    return () => {
      window.clearTimeout(timer)
      stop.abort()
    }
  }, [id])
  if (trouble) return <p className="glance bad-text">{trouble}</p>
  if (!answer) {
    return (
      <div className="glance">
        <SkeletonRows rows={5} height={28} />
      </div>
    )
  }
  return (
    <div className="glance" data-glance={answer.id}>
      <div className="row flow">
        <strong className="wrap">{nameOf(answer)}</strong>
        {answer.shared ? <Chip kind="warn">used by many</Chip> : answer.known ? <Chip kind="accent">known</Chip> : <Chip>anonymous</Chip>}
      </div>
      <ul className="tiny">
        {answer.identifiers.nodes.slice(0, 5).map((i) => (
          <li key={i.id} className="cut">
            <span className="muted">{typeName(i.type)}</span> {i.value}
          </li>
        ))}
      </ul>
      {answer.segments.edges.length > 0 && (
        <div className="row flow" style={{ gap: 4 }}>
          {answer.segments.edges.map(({ node }) => (
            <Chip key={node.id}>{node.name}</Chip>
          ))}
        </div>
      )}
      <ul className="tiny">
        {answer.touchpoints.nodes.map((t) => (
          <li key={t.id} className="row spread">
            <span className="cut">{t.name || capital(t.type.toLowerCase())}</span>
            <span className="muted">{ago(t.at, now)}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
