import { useCallback, useEffect, useRef, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { Segments, type SegmentsQuery, type SegmentsQueryVariables } from '../../api/api.gen'
import { ask } from '../../lib/api'
import { number } from '../../lib/format'
import { useCommands } from '../../lib/keys'
import { useScope } from '../../lib/session'
import { useTitle } from '../../lib/title'
import { Sections } from './sections'
import { Button, Empty, Failure, SkeletonRows } from '../../ui/parts'

const page = 100
/** Sizes are read again so often, in ms, of all that is shown. */
const every = 10_000

type Line = SegmentsQuery['segments']['nodes'][number]

export function SegmentList() {
  useTitle('Segments')
  const [list, setList] = useState<Line[] | null>(null)
  const [more, setMore] = useState(false)
  const [trouble, setTrouble] = useState<unknown>(null)
  const [, go] = useLocation()
  const mayWrite = useScope('segments:write')
  const latest = useRef<AbortController | null>(null)
  const shown = useRef(page)
  const load = useCallback(async () => {
    latest.current?.abort()
    const { signal } = (latest.current = new AbortController())
    try {
      let lines: Line[] = []
      const next: SegmentsQueryVariables = { first: page, after: null }
      do {
        const { segments }: SegmentsQuery = await ask(Segments, next, signal)
        lines = [...lines, ...segments.nodes]
        next.after = segments.pageInfo.hasNextPage ? segments.pageInfo.endCursor : null
      } while (next.after && lines.length < shown.current)
      setList(lines)
      setMore(!!next.after)
      setTrouble(null)
    } catch (e) {
      if (!signal.aborted) setTrouble(e)
    }
  }, [])
  useEffect(() => {
    void load()
    const timer = window.setInterval(() => void load(), every)
    return () => {
      window.clearInterval(timer)
      latest.current?.abort()
    }
  }, [load])
  useCommands('Segments', mayWrite ? [{ keys: 'c', name: 'Make a segment', run: () => go('/segments/new') }] : [])

  return (
    <div className="page">
      <div className="page-head">
        <h1>Segments</h1>
        <p>Who meets a condition, kept up to date as they change</p>
        <span className="grow" />
        {mayWrite && (
          <Button kind="primary" icon="plus" hint="c" onPress={() => go('/segments/new')}>
            Make a segment
          </Button>
        )}
      </div>
      <Sections />
      {trouble && !list ? <Failure error={trouble} onRetry={() => void load()} /> : null}
      {!list && !trouble && <SkeletonRows rows={8} />}
      {list?.length === 0 && (
        <Empty title="No segments yet">
          <p>A segment is everybody who meets a condition: of a plan, who ordered twice this month, who looked and did not buy.</p>
        </Empty>
      )}
      {list && list.length > 0 && (
        <div className="panel">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Segment</th>
                <th scope="col" className="wide-only">
                  Key
                </th>
                <th scope="col" className="wide-only">
                  30 days
                </th>
                <th scope="col" className="right wide-only">
                  Today
                </th>
                <th scope="col" className="right">
                  In now
                </th>
              </tr>
            </thead>
            <tbody>
              {list.map((s) => (
                <tr key={s.id}>
                  <td>
                    <Link href={`/segments/${s.id}`} className="strong">
                      {s.name}
                    </Link>
                  </td>
                  <td className="mono muted wide-only">{s.key}</td>
                  <td className="wide-only">
                    <Trend of={s.trend.map((d) => d.size)} />
                  </td>
                  <td className="right num wide-only">
                    +{number(s.today.entered)} −{number(s.today.left)}
                  </td>
                  <td className="right num">
                    {s.status !== 'LIVE' && <span className="chip warn">{Math.round(s.percent)} % looked at</span>} {number(s.size)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {more && (
        <div>
          <Button
            onPress={() => {
              shown.current += page
              void load()
            }}
          >
            Show more
          </Button>
        </div>
      )}
    </div>
  )
}

/** A line of how many were in, day by day. */
function Trend({ of }: { of: number[] }) {
  if (of.length < 2) return <span className="muted">–</span>
  const most = Math.max(1, ...of)
  const points = of.map((n, i) => `${((i / (of.length - 1)) * 96 + 2).toFixed(1)},${(22 - (n / most) * 20).toFixed(1)}`).join(' ')
  return (
    <svg width="6.25rem" height="1.5rem" viewBox="0 0 100 24" role="img" aria-label={`From ${of[0]} to ${of[of.length - 1]}, at most ${most}`}>
      <polyline points={points} fill="none" stroke="var(--accent)" strokeWidth="1.5" strokeLinejoin="round" />
    </svg>
  )
}
