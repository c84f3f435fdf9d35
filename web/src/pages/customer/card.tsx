import { Suspense, lazy, useState } from 'react'
import { Link } from 'wouter'
import { useNow } from '../../lib/clock'
import { ago, count, day, nameOf, typeName } from '../../lib/format'
import { useScope } from '../../lib/session'
import { Icon } from '../../ui/icon'
import { Button, Chip, Copy, exactly, Face } from '../../ui/parts'
import { TypeMark } from '../../ui/type-mark'
import { reach, worth } from './facts'
import type { Card } from './model'

const Because = lazy(() => import('../segments/why'))

/** Who it is, and how to reach them. */
export function CardPanel({ card }: { card: Card }) {
  const now = useNow()
  const personal = useScope('pii:read')
  const traits = (card.traits ?? {}) as Record<string, unknown>
  const byType = Map.groupBy(card.identifiers.nodes, (i) => i.type)
  return (
    <div className="stack" style={{ gap: 20 }}>
      <header className="row" style={{ gap: 12, alignItems: 'flex-start' }}>
        <Face name={nameOf(card)} known={card.known} big />
        <div className="grow">
          <h1 className="wrap">{nameOf(card)}</h1>
          <div className="row flow" style={{ marginTop: 6, gap: 6 }}>
            {card.shared ? <Chip kind="warn">used by many</Chip> : card.known ? <Chip kind="accent">known</Chip> : <Chip>anonymous</Chip>}
            {card.lastSeenAt && (
              <time className="small muted" dateTime={card.lastSeenAt} onPointerEnter={exactly}>
                seen {ago(card.lastSeenAt, now)}
              </time>
            )}
          </div>
        </div>
      </header>

      <dl className="pairs">
        {card.firstSeenAt && (
          <>
            <dt>since</dt>
            <dd>{day(card.firstSeenAt)}</dd>
          </>
        )}
        {worth(traits).map(([name, value]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd className="num">{value}</dd>
          </div>
        ))}
        <dt>id</dt>
        <dd className="row mono tiny">
          <span className="cut">{card.id}</span>
          <Copy text={card.id} label="Copy the customer id" />
        </dd>
      </dl>

      <section>
        <h2 className="sec">Reach and consent</h2>
        <ul className="facts">
          {reach(card.identifiers.nodes, traits).map((r) => (
            <li key={r.channel} className="row spread">
              <span>{r.channel}</span>
              <Chip kind={r.kind}>{r.text}</Chip>
            </li>
          ))}
        </ul>
      </section>

      <section>
        <h2 className="sec">Segments</h2>
        <Segments card={card} />
      </section>

      <section>
        <div className="row spread">
          <h2 className="sec">Identifiers</h2>
          {personal && (
            <Link href={`/identity/${card.id}`} className="small row" style={{ gap: 4 }}>
              <Icon name="identity" size={13} /> Explore
            </Link>
          )}
        </div>
        {[...byType].map(([type, list]) => (
          <div key={type} className="identifiers">
            <p className="tiny row" style={{ gap: 5 }}>
              <TypeMark type={type} /> <span className="muted">{typeName(type)}</span>
              {list.length > 4 && <span className="muted">· {count(list.length, 'value')}</span>}
            </p>
            <ul>
              {list.slice(0, 8).map((i) => (
                <li key={i.id} className="mono small cut" title={i.value}>
                  {i.value}
                  {i.status !== 'ACTIVE' && <Chip kind="warn">{i.status.toLowerCase()}</Chip>}
                </li>
              ))}
              {list.length > 8 && <li className="tiny muted">and {count(list.length - 8, 'other')}</li>}
            </ul>
          </div>
        ))}
        {card.identifiers.pageInfo.hasNextPage && <p className="tiny muted">Only the first 200 are shown.</p>}
      </section>
    </div>
  )
}

/** Which segments they are in, and why. */
function Segments({ card }: { card: Card }) {
  const [asked, setAsked] = useState<string | null>(null)
  const { edges } = card.segments
  if (edges.length === 0) return <p className="small muted">In none.</p>
  return (
    <>
      <ul className="facts">
        {edges.map(({ node, since }) => (
          <li key={node.id} className="row spread">
            <Link href={`/segments/${node.id}`} className="chip accent" style={{ minWidth: 0 }} title={`since ${day(since)}`}>
              <span className="cut">{node.name}</span>
            </Link>
            <Button kind="quiet" slim aria-label={`Why in ${node.name}?`} onPress={() => setAsked(node.id)}>
              Why?
            </Button>
          </li>
        ))}
      </ul>
      {asked && (
        <Suspense>
          <Because segment={asked} customer={card.id} name={nameOf(card)} onClose={() => setAsked(null)} />
        </Suspense>
      )}
    </>
  )
}
