import { useEffect, useMemo, useState } from 'react'
import { Link } from 'wouter'
import '../../styles/overview.css'
import { Quarantine, Sources, type QuarantineQuery, type SourcesQuery } from '../../api/api.gen'
import { ask } from '../../lib/api'
import { useNow } from '../../lib/clock'
import { figures, watchFigures } from '../../lib/figures'
import { ago, compactNumber, count, exactTime, number, span } from '../../lib/format'
import { refusal } from '../../lib/refusals'
import { has } from '../../lib/session'
import { useTitle } from '../../lib/title'
import { Chip, Copy, Failure, Skeleton, SkeletonRows } from '../../ui/parts'
import { Chart } from './chart'

/** Longer than this a source that used to send is quiet. */
const quiet = 2 * 3_600_000
/** From here on the oldest that waits is late, in seconds. */
const late = 10

export default function OverviewPage() {
  useTitle('Overview')
  const { now, journal, samples, trouble } = figures.use()
  useEffect(watchFigures, [])
  const at = useMemo(() => samples.map((s) => s.at), [samples])
  const rate = useMemo(() => samples.map((s) => s.perSecond), [samples])
  const lag = useMemo(() => samples.map((s) => s.oldest), [samples])

  if (trouble && !now) return <Failure error={trouble} />
  if (now && Number(now.touchpoints) === 0 && Number(now.identifiers) === 0) return <Waiting />
  const joined = now ? Number(now.identifiers) - Number(now.customers) - Number(now.sharedIdentifiers) : 0
  return (
    <div className="page">
      <div className="page-head">
        <h1>Overview</h1>
        {trouble ? <Chip kind="warn">The server does not answer; these are the last figures.</Chip> : null}
      </div>
      <div className="figures">
        <Figure name="Customers" value={now?.customers} to="/customers" />
        <Figure name="Identifiers joined" value={now ? joined : undefined} note="into a customer with others" />
        <Figure name="Shared identifiers" value={now?.sharedIdentifiers} note="used by many, join nobody" />
        <Figure name="Wait for a steward" value={now?.candidates} to={has('identity:write') ? '/review' : undefined} />
        <Figure name="In quarantine" value={now?.quarantined} to={has('sources:write') ? '/quarantine' : undefined} warn={Number(now?.quarantined ?? 0) > 0} />
        <Figure name="Touchpoints" value={now?.touchpoints} />
      </div>
      <div className="charts">
        <Chart title="Events a second" at={at} values={rate} unit="/s" />
        <Chart title="Oldest that waits" at={at} values={lag} unit="s" />
      </div>
      <p className="small muted" role="status">
        {!journal ? (
          <Skeleton width={320} height={18} />
        ) : journal.oldestPendingSeconds > late ? (
          <span className="bad-text">
            {number(journal.lag)} messages wait, the oldest for {span(journal.oldestPendingSeconds * 1000)}: the graph lags behind what was accepted. Nothing is lost.
          </span>
        ) : (
          'The graph has caught up with everything that was accepted.'
        )}
      </p>
      {Number(now?.deadLetters ?? 0) > 0 && (
        <p className="small bad-text" role="status">
          {count(Number(now?.deadLetters), 'message')} could not be applied. They are kept with the reason: ask the API for <code>deadLetters</code>, and have them replayed once it is mended.
        </p>
      )}
      <SourcesTable />
    </div>
  )
}

function Figure({ name, value, note, to, warn }: { name: string; value: number | string | undefined; note?: string; to?: string; warn?: boolean }) {
  const n = Number(value ?? 0)
  const content = (
    <>
      <span className="figure-name">{name}</span>
      <span className={`figure-value num${warn ? ' warn-text' : ''}`} title={value === undefined ? undefined : number(n)}>
        {value === undefined ? <Skeleton width={70} height={28} /> : n >= 100_000 ? compactNumber(n) : number(n)}
      </span>
      <span className="figure-note">{note ?? '\u00a0'}</span>
    </>
  )
  return to ? (
    <Link href={to} className="panel figure">
      {content}
    </Link>
  ) : (
    <div className="panel figure">{content}</div>
  )
}

function SourcesTable() {
  const [list, setList] = useState<SourcesQuery['sources']['nodes'] | null>(null)
  const [refused, setRefused] = useState<QuarantineQuery['quarantine']['nodes']>([])
  const [trouble, setTrouble] = useState<unknown>(null)
  const now = useNow()
  const mayFix = has('sources:write')
  useEffect(() => {
    const stop = new AbortController()
    const read = () => {
      ask(Sources, {}, stop.signal).then(
        (a) => setList(a.sources.nodes),
        (e: unknown) => !stop.signal.aborted && setTrouble(e),
      )
      if (mayFix) ask(Quarantine, { first: 200, after: null, source: null }, stop.signal).then((a) => setRefused(a.quarantine.nodes), () => {})
    }
    read()
    const timer = window.setInterval(read, 5000)
    return () => {
      window.clearInterval(timer)
      stop.abort()
    }
  }, [mayFix])
  if (trouble && !list) return <Failure error={trouble} />
  return (
    <section className="panel" aria-label="Sources">
      <header>
        <h2>Sources</h2>
      </header>
      {!list ? (
        <div className="body">
          <SkeletonRows rows={5} />
        </div>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label="Sources, a table">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Source</th>
                <th scope="col">Last seen</th>
                <th scope="col" className="wide-only">
                  Since
                </th>
                {mayFix && <th scope="col">Refused of late</th>}
              </tr>
            </thead>
            <tbody>
              {list.map((s) => {
                const mine = refused.filter((q) => q.source === s.name)
                const reasons = [...Map.groupBy(mine, (q) => q.code)].sort((a, b) => b[1].length - a[1].length)
                return (
                  <tr key={s.id}>
                    <td className="strong">{s.name}</td>
                    <td>
                      <time dateTime={s.lastSeenAt} title={exactTime(s.lastSeenAt)}>
                        {ago(s.lastSeenAt, now)}
                      </time>{' '}
                      {now - new Date(s.lastSeenAt).getTime() > quiet && <Chip kind="warn">quiet</Chip>}
                    </td>
                    <td className="wide-only muted">{exactTime(s.firstSeenAt)}</td>
                    {mayFix && (
                      <td>
                        {mine.length === 0 ? (
                          <span className="muted">none</span>
                        ) : (
                          <Link href={`/quarantine?source=${encodeURIComponent(s.name)}`}>
                            {reasons
                              .slice(0, 2)
                              .map(([code, l]) => `${l.length} × ${refusal(code)}`)
                              .join(', ')}
                          </Link>
                        )}
                      </td>
                    )}
                  </tr>
                )
              })}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

/** Nothing was ever sent: how to, until something comes. */
function Waiting() {
  const command = `curl -u WRITE_KEY: ${location.origin}/v1/identify -d '{"userId":"ada","traits":{"name":"Ada Byron","email":"ada@example.org"}}'`
  return (
    <div className="page">
      <h1>Waiting for the first event …</h1>
      <p className="muted">Send one with the write key of a source; this page turns into the overview as soon as it has arrived.</p>
      <div className="row command" style={{ maxWidth: 900 }}>
        <code className="grow wrap">{command}</code>
        <Copy text={command} label="Copy the command" />
      </div>
    </div>
  )
}
