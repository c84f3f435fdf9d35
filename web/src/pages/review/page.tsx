import { useCallback, useEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import '../../styles/review.css'
import { Accept, Reject, ReviewQueue, type IdentityReviewKind, type ReviewQueueQuery } from '../../api/api.gen'
import { announce } from '../../lib/announce'
import { ask, words } from '../../lib/api'
import { useNow } from '../../lib/clock'
import { ago, capital, decimals, nameOf, share } from '../../lib/format'
import { useCommands } from '../../lib/keys'
import { useTitle } from '../../lib/title'
import { Button, Chip, Empty, Failure, Field, Select, SkeletonRows } from '../../ui/parts'
import { toast } from '../../ui/toast'
import { revoke } from '../identity/revoke'
import { Compare } from './compare'

export type Item = ReviewQueueQuery['identityReviewQueue']['nodes'][number]

export const kinds: Record<IdentityReviewKind, string> = {
  CANDIDATE: 'Records look alike',
  REFUSED: 'Alike, but contradicted',
  EXCLUSIVE: 'Alike, but each has its own',
  WEAK_BRIDGE: 'Held together by one weak likeness',
  LOW_COHESION: 'Records that agree little',
  LARGE: 'Unusually many identifiers',
}

interface Decided {
  accepted: boolean
  decision: string
  /** Somebody else was first. */
  words: string
}

/** What waits for a steward: one after the other, from the keyboard. */
export default function ReviewPage() {
  useTitle('Review')
  const [list, setList] = useState<Item[] | null>(null)
  const [more, setMore] = useState<string | null>(null)
  const [kind, setKind] = useState<IdentityReviewKind | ''>('')
  const [at, setAt] = useState<string | null>(null)
  const [done, setDone] = useState<ReadonlyMap<string, Decided>>(new Map())
  const [reason, setReason] = useState('')
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<unknown>(null)
  const why = useRef<HTMLDivElement>(null)
  const now = useNow()

  const load = useCallback(
    (after: string | null) => {
      setTrouble(null)
      ask(ReviewQueue, { after, kinds: kind ? [kind] : null }).then(({ identityReviewQueue: q }) => {
        setList((before) => (after ? [...(before ?? []), ...q.nodes] : q.nodes))
        setMore(q.pageInfo.hasNextPage ? q.pageInfo.endCursor : null)
        if (!after) setAt(q.nodes[0]?.id ?? null)
      }, setTrouble)
    },
    [kind],
  )
  useEffect(() => {
    setList(null)
    load(null)
  }, [load])

  const items = list ?? []
  const index = items.findIndex((i) => i.id === at)
  const item = items[index]
  // Further pages come before they are needed.
  useEffect(() => {
    if (more && index >= items.length - 5) {
      setMore(null)
      load(more)
    }
  }, [index, items.length, more, load])

  function step(by: 1 | -1) {
    for (let i = index + by; i >= 0 && i < items.length; i += by) {
      const next = items[i]
      if (next && !done.has(next.id)) {
        setAt(next.id)
        requestAnimationFrame(() => document.getElementById(`review-${next.id}`)?.scrollIntoView({ block: 'nearest' }))
        return
      }
    }
  }

  async function decide(accepted: boolean) {
    if (!item || busy || done.has(item.id)) return
    if (item.identifiers.length === 0) return announce('This one is looked at in the explorer: there are no two identifiers to join or part.', true)
    if (!reason.trim()) {
      setWrong('Say why once; it is kept for the next ones.')
      why.current?.querySelector('input')?.focus()
      return
    }
    setBusy(true)
    setWrong('')
    try {
      const input = { id: item.id, input: { reason } }
      const answer = accepted ? (await ask(Accept, input)).identityReviewAccept : (await ask(Reject, input)).identityReviewReject
      const mistake = answer.userErrors[0]
      const decision = answer.decision?.id ?? ''
      setDone((d) => new Map(d).set(item.id, { accepted, decision, words: mistake ? mistake.message : accepted ? 'joined' : 'kept apart' }))
      if (!mistake) {
        toast(accepted ? 'Joined: they are one person now.' : 'Kept apart for good.', { action: { name: 'Undo', run: () => void undo(item.id, decision) } })
        step(1)
      }
    } catch (e) {
      toast(words(e), { kind: 'bad' })
    }
    setBusy(false)
  }

  async function undo(id: string, decision: string) {
    if (!(await revoke(decision))) return
    setDone((d) => {
      const next = new Map(d)
      next.delete(id)
      return next
    })
    setAt(id)
  }
  const last = [...done].findLast(([, d]) => d.decision)

  useCommands('Review', [
    { keys: 'ArrowDown', name: 'Next', run: () => step(1) },
    { keys: 'ArrowUp', name: 'The one before', run: () => step(-1) },
    { keys: 'a', name: 'Accept: one person', run: () => void decide(true) },
    { keys: 'r', name: 'Reject: two people', run: () => void decide(false) },
    { keys: 's', name: 'Later', run: () => step(1) },
    { keys: 'u', name: 'Undo the last decision', run: () => last && void undo(last[0], last[1].decision) },
  ])

  return (
    <div className="review">
      <section className="review-list" aria-label="What waits">
        <header>
          <h1>Review</h1>
          <Select hideLabel label="Kind" value={kind} onChange={(k) => setKind(k as IdentityReviewKind | '')} options={[{ id: '', name: 'Everything' }, ...Object.entries(kinds).map(([id, name]) => ({ id, name }))]} />
        </header>
        {trouble ? <Failure error={trouble} onRetry={() => load(null)} /> : null}
        {!list && !trouble && (
          <div style={{ padding: 12 }}>
            <SkeletonRows rows={9} height={52} />
          </div>
        )}
        <ul className="scroll" tabIndex={0} aria-label="Waiting">
          {items.map((i) => {
            const d = done.get(i.id)
            return (
              <li key={i.id}>
                <button type="button" id={`review-${i.id}`} className={`review-item${d ? ' done' : ''}`} aria-current={i.id === at ? 'true' : undefined} onClick={() => setAt(i.id)}>
                  <span className="row spread">
                    <span className="strong cut">{i.customers.map(nameOf).join(' · ')}</span>
                    {i.link && <span className="num small">{share(i.link.confidence)}</span>}
                  </span>
                  <span className="row spread tiny muted">
                    <span className="cut">{d ? d.words : kinds[i.kind]}</span>
                    {i.link && <span>{ago(i.link.firstSeenAt, now)}</span>}
                  </span>
                </button>
              </li>
            )
          })}
        </ul>
      </section>
      <section className="review-item-open scroll" aria-label="Compared" tabIndex={0}>
        {list?.length === 0 && (
          <Empty title="Nothing waits">
            <p>Records that look alike, but not so much that they join by themselves, appear here, and customers that may be several people.</p>
            <Link href="/identity">To the identity explorer</Link>
          </Empty>
        )}
        {item && (
          <>
            <header className="review-head">
              <div className="grow">
                <h2>{kinds[item.kind]}</h2>
                <p className="muted small">{capital(item.reason)}</p>
              </div>
              {done.has(item.id) && <Chip kind="good">{done.get(item.id)?.words}</Chip>}
            </header>
            <Compare item={item} />
            <p className="small muted">{item.advice}</p>
            <footer className="review-decide">
              {item.identifiers.length > 0 ? (
                <>
                  <div ref={why} className="grow">
                    <Field label="Why" value={reason} onChange={setReason} error={wrong || undefined} placeholder="Kept with the decision, and for the next one" />
                  </div>
                  <Button kind="primary" hint="a" isDisabled={busy || done.has(item.id)} onPress={() => void decide(true)}>
                    One person
                  </Button>
                  <Button hint="r" isDisabled={busy || done.has(item.id)} onPress={() => void decide(false)}>
                    Two people
                  </Button>
                  <Button kind="quiet" hint="s" onPress={() => step(1)}>
                    Later
                  </Button>
                </>
              ) : (
                item.customers[0] && (
                  <Link className="button" href={`/identity/${item.customers[0].id}`}>
                    Look at it in the explorer
                  </Link>
                )
              )}
            </footer>
            {item.link?.comparison && (
              <p className="tiny muted">
                Weight {decimals(item.link.comparison.weight)} bits; from {decimals(item.link.comparison.joinsFrom)} on they join by themselves. Weighed against {item.link.comparison.against}.
              </p>
            )}
          </>
        )}
      </section>
    </div>
  )
}
