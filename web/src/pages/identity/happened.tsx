import { useCallback, useEffect, useState } from 'react'
import { Link } from 'wouter'
import { Decision, IdentityHistory, type IdentityHistoryQuery } from '../../api/api.gen'
import { ask } from '../../lib/api'
import { count, exactTime } from '../../lib/format'
import { useScope } from '../../lib/session'
import { Button, Failure, SkeletonRows } from '../../ui/parts'
import { revoke } from './revoke'

type Event = IdentityHistoryQuery['identityHistory']['nodes'][number]

const causes: Record<Event['cause'], string> = {
  CALLS: 'Calls that came',
  RECORDS: 'Records that came, changed or went',
  DECISION: 'A steward’s decision',
  REVOCATION: 'A decision that was taken back',
  RULES: 'New identity rules',
}

/** Every merge and split that made the customer, newest first. */
export function Happened({ customer }: { customer: string }) {
  const [list, setList] = useState<Event[] | null>(null)
  const [more, setMore] = useState<string | null>(null)
  const [trouble, setTrouble] = useState<unknown>(null)
  const load = useCallback(
    (after: string | null) => {
      ask(IdentityHistory, { id: customer, after }).then(({ identityHistory: h }) => {
        setList((now) => (after ? [...(now ?? []), ...h.nodes] : h.nodes))
        setMore(h.pageInfo.hasNextPage ? h.pageInfo.endCursor : null)
      }, setTrouble)
    },
    [customer],
  )
  useEffect(() => load(null), [load])
  if (trouble) return <Failure error={trouble} onRetry={() => (setTrouble(null), load(null))} />
  if (!list) return <SkeletonRows rows={6} height={48} />
  if (list.length === 0) return <p className="empty muted">Nobody was ever joined to this customer or parted from it.</p>
  return (
    <>
      <ol className="happened">
        {list.map((e) => (
          <li key={e.id}>
            <p>
              <strong>{e.kind === 'MERGE' ? `${count(e.before.length, 'customer')} became one` : `One became ${count(e.after.length, 'customer')}`}</strong>
            </p>
            <p className="tiny muted">
              {exactTime(e.at)} · {causes[e.cause]}
              {e.kind === 'SPLIT' &&
                e.after
                  .filter((id) => id !== customer)
                  .slice(0, 3)
                  .map((id) => (
                    <span key={id}>
                      {' · '}
                      <Link href={`/identity/${id}`}>{id.slice(0, 10)}…</Link>
                    </span>
                  ))}
            </p>
            {e.reference && e.cause === 'DECISION' && <Said decision={e.reference} />}
          </li>
        ))}
      </ol>
      {more && (
        <Button slim onPress={() => load(more)}>
          Show more
        </Button>
      )}
    </>
  )
}

interface Answer {
  id: string
  reason: string
  by: string
  revokedAt: string | null
}

/** What the steward said, and a way to take it back. */
function Said({ decision }: { decision: string }) {
  const [answer, setAnswer] = useState<Answer | null>(null)
  const steward = useScope('identity:write')
  const read = useCallback(() => {
    ask(Decision, { id: decision }).then(
      ({ node }) => node && 'reason' in node && setAnswer(node as Answer),
      () => {},
    )
  }, [decision])
  useEffect(read, [read])
  if (!answer) return null
  return (
    <div className="row flow small">
      <span>
        {answer.by}: “{answer.reason}”
      </span>
      {answer.revokedAt ? (
        <span className="chip">taken back</span>
      ) : (
        steward && (
          <Button slim icon="undo" onPress={() => void revoke(answer.id).then(read)}>
            Take back
          </Button>
        )
      )}
    </div>
  )
}
