import { useMemo } from 'react'
import { Label, Slider, SliderOutput, SliderThumb, SliderTrack } from 'react-aria-components'
import { day, typeName } from '../../lib/format'
import { Button, Toggle } from '../../ui/parts'
import { TypeMark } from '../../ui/type-mark'
import { statusNames, type Explored, type GraphLink, type Shown } from './model'

/** An hour, in ms. */
const step = 3_600_000

/** What the marks mean, which is also the filter; below it the date. */
export function Legend({ explored, hidden, onChange }: { explored: Explored; hidden: Shown; onChange: (hidden: Shown) => void }) {
  const { types, statuses, first } = useMemo(() => counts(explored), [explored])
  const last = Date.now()
  const flip = <T,>(set: ReadonlySet<T>, value: T) => {
    const next = new Set(set)
    if (!next.delete(value)) next.add(value)
    return next
  }
  return (
    <section className="legend scroll" aria-label="Legend and filter" tabIndex={0}>
      <h2 className="sec">Identifiers</h2>
      <div className="legend-list">
        {types.map(([type, n]) => (
          <Toggle key={type} on={!hidden.types.has(type)} onChange={() => onChange({ ...hidden, types: flip(hidden.types, type) })}>
            <TypeMark type={type} /> {typeName(type)} <span className="num">{n}</span>
          </Toggle>
        ))}
      </div>
      <h2 className="sec">Links</h2>
      <div className="legend-list">
        {statuses.map(([status, n]) => (
          <Toggle key={status} on={!hidden.statuses.has(status)} onChange={() => onChange({ ...hidden, statuses: flip(hidden.statuses, status) })}>
            <span className={`stroke ${status.toLowerCase()}`} aria-hidden="true" /> {statusNames[status]} <span className="num">{n}</span>
          </Toggle>
        ))}
      </div>
      {first < last - step && (
        <>
          <Slider className="slider" minValue={first} maxValue={last} step={step} value={hidden.asOf ?? last} onChange={(v) => onChange({ ...hidden, asOf: v >= last - step ? null : v })}>
            <div className="row spread">
              <Label>
                <h2 className="sec">As of</h2>
              </Label>
              <SliderOutput className="tiny">{hidden.asOf === null ? 'now' : day(hidden.asOf)}</SliderOutput>
            </div>
            <SliderTrack className="slider-track">
              <SliderThumb className="slider-thumb" aria-label="Date" />
            </SliderTrack>
          </Slider>
          {hidden.asOf !== null && (
            <div className="stack" style={{ gap: 6 }}>
              <p className="tiny muted">Who is one person by what had been seen by then, under the rules of today. When it was applied is under History.</p>
              <Button slim onPress={() => onChange({ ...hidden, asOf: null })}>
                Back to now
              </Button>
            </div>
          )}
        </>
      )}
    </section>
  )
}

function counts(explored: Explored) {
  const types = new Map<string, number>()
  const statuses = new Map<GraphLink['status'], number>()
  let first = Infinity
  for (const n of explored.nodes.values()) {
    types.set(n.type, (types.get(n.type) ?? 0) + 1)
    first = Math.min(first, new Date(n.firstSeenAt).getTime())
  }
  for (const l of explored.links.values()) statuses.set(l.status, (statuses.get(l.status) ?? 0) + 1)
  return { types: [...types], statuses: [...statuses].sort(), first }
}
