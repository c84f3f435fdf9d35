import { useEffect, useState } from 'react'
import { WhyIn, type WhyInQuery } from '../../api/api.gen'
import { ask } from '../../lib/api'
import { valueText } from '../../lib/format'
import { Button, Failure, SkeletonRows } from '../../ui/parts'
import { Sheet } from '../../ui/sheet'

interface Asked {
  segment: string
  customer: string
  name: string
}

export function Why(of: Asked) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button kind="quiet" slim aria-label={`Why is ${of.name} in?`} onPress={() => setOpen(true)}>
        Why?
      </Button>
      {open && <Because {...of} onClose={() => setOpen(false)} />}
    </>
  )
}

/** Why somebody is in a segment as it is saved, or not: each part with what they have. */
export default function Because({ segment, customer, name, onClose }: Asked & { onClose: () => void }) {
  const [answer, setAnswer] = useState<WhyInQuery['segmentExplanation'] | undefined>()
  const [trouble, setTrouble] = useState<unknown>(null)
  useEffect(() => {
    const stop = new AbortController()
    ask(WhyIn, { segment, customer }, stop.signal).then(
      (a) => setAnswer(a.segmentExplanation),
      (e: unknown) => !stop.signal.aborted && setTrouble(e),
    )
    return () => stop.abort()
  }, [segment, customer])
  return (
    <Sheet title={answer && !answer.met ? `${name} is not in, because` : `${name} is in, because`} onClose={onClose}>
      {trouble ? <Failure error={trouble} /> : null}
      {answer === undefined && !trouble && <SkeletonRows rows={3} />}
      {answer === null && <p>There is no such customer or segment any more.</p>}
      <ul className="stack" style={{ gap: 6 }}>
        {answer?.parts.map((p, i) => (
          <li key={i} className="row" style={{ paddingLeft: 10 * p.path.length }}>
            <span className={`chip ${p.met ? 'good' : 'bad'}`}>{p.met ? 'yes' : 'no'}</span>
            <span className="grow">{p.description}</span>
            {p.actual !== null && p.actual !== undefined && <span className="muted small">has {valueText(p.actual)}</span>}
          </li>
        ))}
      </ul>
    </Sheet>
  )
}
