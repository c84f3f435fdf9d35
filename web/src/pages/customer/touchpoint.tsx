import { useEffect, useState } from 'react'
import { TouchpointContext, type TouchpointContextQuery } from '../../api/api.gen'
import { ask } from '../../lib/api'
import { exactTime, span, typeName, valueText } from '../../lib/format'
import { Copy, Failure, Skeleton } from '../../ui/parts'
import type { Touchpoint } from './model'

/** All that a call said, opened in place. */
export function Opened({ touchpoint: t }: { touchpoint: Touchpoint }) {
  const [more, setMore] = useState<TouchpointContextQuery['touchpoint']>(null)
  const [trouble, setTrouble] = useState<unknown>(null)
  useEffect(() => {
    const stop = new AbortController()
    ask(TouchpointContext, { id: t.id }, stop.signal).then(
      (a) => setMore(a.touchpoint),
      (e: unknown) => !stop.signal.aborted && setTrouble(e),
    )
    return () => stop.abort()
  }, [t.id])
  const late = new Date(t.receivedAt).getTime() - new Date(t.at).getTime()
  return (
    <div className="touchpoint-open">
      <Values title="Properties" of={t.properties} />
      {trouble ? <Failure error={trouble} /> : more ? <Values title="Context" of={more.context} /> : <Skeleton height={60} />}
      <dl className="pairs">
        <dt>when</dt>
        <dd className="num">
          {exactTime(t.at)}
          {Math.abs(late) > 60_000 && <span className="muted"> · arrived {span(Math.abs(late))} later</span>}
        </dd>
        <dt>of</dt>
        <dd>
          {typeName(t.identifier.type)} <span className="mono">{t.identifier.value}</span>
        </dd>
        <dt>message id</dt>
        <dd className="row mono">
          <span className="cut">{more?.messageId ?? '…'}</span>
          {more && <Copy text={more.messageId} label="Copy the message id" />}
        </dd>
      </dl>
    </div>
  )
}

/** An object of any depth, as pairs; what is below the first level with its path. */
function Values({ title, of }: { title: string; of: unknown }) {
  const pairs = flat(of)
  if (pairs.length === 0) return null
  return (
    <section>
      <h3>{title}</h3>
      <dl className="pairs">
        {pairs.map(([path, value]) => (
          <div key={path} style={{ display: 'contents' }}>
            <dt>{path}</dt>
            <dd>{valueText(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

const most = 200

function flat(of: unknown, path = ''): [string, unknown][] {
  if (of === null || typeof of !== 'object') return path ? [[path, of]] : []
  if (Array.isArray(of) && of.every((v) => v === null || typeof v !== 'object')) return path ? [[path, of]] : []
  return Object.entries(of)
    .flatMap(([key, value]) => flat(value, path ? `${path}.${key}` : key))
    .slice(0, most)
}
