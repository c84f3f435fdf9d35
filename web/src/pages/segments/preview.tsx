import { useEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import { PreviewSegment, type PreviewSegmentQuery, type SegmentSavedFragment } from '../../api/api.gen'
import { ask, words } from '../../lib/api'
import { useNow } from '../../lib/clock'
import { ago, count, nameOf, number } from '../../lib/format'
import { Face, Skeleton } from '../../ui/parts'
import { decode, encode, type Group } from './condition'
import { Why } from './why'

/** Long enough after the last edit that a word is not asked for letter by letter. */
const pause = 300
/** So long after somebody entered or left it is counted again, for all who did until then. */
const settle = 2000

interface Props {
  condition: ReturnType<typeof encode>
  saved: SegmentSavedFragment | null
  root: Group
  /** What was heard of those in the saved one: how many they are, and how often that changed. */
  live: { size: number | null; changes: number } | null
}

/** How many and whom, while one builds; against what is saved. */
export function Preview({ condition, saved, root, live }: Props) {
  const [answer, setAnswer] = useState<PreviewSegmentQuery['segmentPreview'] | null>(null)
  const [trouble, setTrouble] = useState('')
  const [at, setAt] = useState(0)
  const [alone, setAlone] = useState('')
  const now = useNow()
  const key = JSON.stringify(condition)
  const round = useSettled(live?.changes ?? 0)
  useEffect(() => {
    if (!condition) return setAnswer(null)
    const stop = new AbortController()
    const timer = window.setTimeout(() => {
      ask(PreviewSegment, { condition }, stop.signal).then(
        (a) => {
          setAnswer(a.segmentPreview)
          setAt(Date.now())
          setTrouble('')
        },
        (e: unknown) => !stop.signal.aborted && setTrouble(words(e)),
      )
    }, pause)
    return () => {
      window.clearTimeout(timer)
      stop.abort()
    }
  }, [key, round])
  // Nobody: which of the conditions is it?
  const nobody = answer?.size === 0 && root.all && root.parts.length > 1
  useEffect(() => {
    setAlone('')
    if (!nobody) return
    const stop = new AbortController()
    void (async () => {
      for (const [i, p] of root.parts.entries()) {
        const one = encode(p)
        if (one && (await ask(PreviewSegment, { condition: one }, stop.signal)).segmentPreview.size === 0) return setAlone(`Condition ${i + 1} alone gives nobody.`)
      }
      setAlone('Each alone gives somebody; together they give nobody.')
    })().catch(() => {})
    return () => stop.abort()
  }, [nobody, key])

  const differs = saved !== null && key !== JSON.stringify(encode(decode(saved.condition)))
  const difference = answer && saved && differs ? answer.size - (live?.size ?? saved.size) : 0
  return (
    <section className="stack" aria-label="Preview">
      <h2>Who would be in</h2>
      {!condition ? (
        <p className="muted">Nothing is complete yet.</p>
      ) : trouble ? (
        <div className="notice bad" role="alert">
          {trouble}
        </div>
      ) : !answer ? (
        <Skeleton height={60} />
      ) : (
        <>
          <p role="status">
            {answer.estimated && <span className="muted">about </span>}
            <span className="builder-size num">{number(answer.size)}</span>{' '}
            <span className="muted small">
              {answer.size === 1 ? 'customer' : 'customers'} · {answer.estimated ? `worked out from ${count(answer.checked, 'customer')}` : `counted ${ago(at, Math.max(now, at))}`}
            </span>
            {difference !== 0 && !answer.estimated && (
              <span className={`chip ${difference > 0 ? 'good' : 'warn'}`}>
                {difference > 0 ? '+' : '−'}
                {number(Math.abs(difference))} against what is saved
              </span>
            )}
          </p>
          {alone && <p className="small warn-text">{alone}</p>}
          <ul className="stack" style={{ gap: 4 }}>
            {answer.customers.map((c) => (
              <li key={c.id} className="row">
                <Face name={nameOf(c)} known={c.known} />
                <Link className="cut grow" href={`/customers/${c.id}`}>
                  {nameOf(c)}
                </Link>
                {saved ? <Why segment={saved.id} customer={c.id} name={nameOf(c)} /> : c.lastSeenAt && <span className="tiny muted">{ago(c.lastSeenAt, now)}</span>}
              </li>
            ))}
          </ul>
          {answer.size > answer.customers.length && <p className="tiny muted">and {count(answer.size - answer.customers.length, 'other')}</p>}
        </>
      )}
    </section>
  )
}

/** Follows a number that may change all the time, once in a while. */
function useSettled(n: number): number {
  const [settled, setSettled] = useState(n)
  const latest = useRef(n)
  latest.current = n
  const due = n !== settled
  useEffect(() => {
    if (!due) return
    const timer = window.setTimeout(() => setSettled(latest.current), settle)
    return () => window.clearTimeout(timer)
  }, [due])
  return settled
}
