import { useCallback, useEffect, useMemo, useState } from 'react'
import { useSearch } from 'wouter'
import '../../styles/quarantine.css'
import { Discard, Quarantine, Resend, type QuarantineQuery } from '../../api/api.gen'
import { ask, words } from '../../lib/api'
import { useNow } from '../../lib/clock'
import { ago, count, exactTime } from '../../lib/format'
import { useCommands } from '../../lib/keys'
import { refusalAt } from '../../lib/refusals'
import { useTitle } from '../../lib/title'
import { Button, Empty, Failure, Select, SkeletonRows, Toggle } from '../../ui/parts'
import { Sheet } from '../../ui/sheet'
import { toast } from '../../ui/toast'
import { Fix } from './fix'
import { FixMany, type Outcome } from './fix-many'

export type Call = QuarantineQuery['quarantine']['nodes'][number]

const page = 100

/** Calls that were refused: read, fix, send again. */
export default function QuarantinePage() {
  useTitle('Quarantine')
  const asked = new URLSearchParams(useSearch()).get('source') ?? ''
  const [source, setSource] = useState(asked)
  const [wanted, setGroup] = useState('')
  const [list, setList] = useState<Call[] | null>(null)
  const [more, setMore] = useState<string | null>(null)
  const [at, setAt] = useState<string | null>(null)
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set())
  const [trouble, setTrouble] = useState<unknown>(null)
  const [discarding, setDiscarding] = useState<string[] | null>(null)
  const [fixing, setFixing] = useState<Call[] | null>(null)
  const [progress, setProgress] = useState('')
  const now = useNow()

  const load = useCallback(
    (after: string | null) => {
      setTrouble(null)
      ask(Quarantine, { first: page, after, source: source || null }).then(({ quarantine: q }) => {
        setList((before) => (after ? [...(before ?? []), ...q.nodes] : q.nodes))
        setMore(q.pageInfo.hasNextPage ? q.pageInfo.endCursor : null)
      }, setTrouble)
    },
    [source],
  )
  useEffect(() => {
    setList(null)
    load(null)
  }, [load])

  const reasons = useMemo(() => [...Map.groupBy(list ?? [], reason)].sort((a, b) => b[1].length - a[1].length), [list])
  const sources = useMemo(() => [...new Set([...(list ?? []).map((c) => c.source), ...(source ? [source] : [])])].sort(), [list, source])
  // When the last call of a reason has gone, there is nothing to narrow by.
  const group = reasons.some(([name]) => name === wanted) ? wanted : ''
  const shown = (list ?? []).filter((c) => !group || reason(c) === group)
  /** Nothing is done to what one does not see: what a filter hides is not marked any more. */
  const narrow = (change: () => void) => {
    setMarked(new Set())
    change()
  }
  const index = shown.findIndex((c) => c.id === at)
  const call = shown[index]

  function gone(ids: string[]) {
    setList((now) => (now ?? []).filter((c) => !ids.includes(c.id)))
    setMarked(new Set())
    if (at && ids.includes(at)) setAt(shown.find((c, i) => i > index && !ids.includes(c.id))?.id ?? null)
  }
  function step(by: 1 | -1) {
    const next = shown[index < 0 ? 0 : index + by]
    if (!next) return
    setAt(next.id)
    requestAnimationFrame(() => document.getElementById(next.id)?.scrollIntoView({ block: 'nearest' }))
  }
  function mark(id: string) {
    setMarked((m) => {
      const next = new Set(m)
      if (!next.delete(id)) next.add(id)
      return next
    })
  }
  const chosen = () => (marked.size > 0 ? [...marked] : call ? [call.id] : [])

  /** As they are: after the source's schema or the rules were mended. */
  async function resend(ids: string[]) {
    const accepted: string[] = []
    for (let i = 0; i < ids.length; i += page) {
      setProgress(`Sending ${i + 1} to ${Math.min(ids.length, i + page)} of ${ids.length} …`)
      try {
        const { quarantineResend: answer } = await ask(Resend, { input: { ids: ids.slice(i, i + page) } })
        accepted.push(...answer.accepted)
        for (const again of answer.refused) setList((now) => (now ?? []).map((c) => (c.id === again.id ? { ...c, code: again.code, field: again.field, message: again.message } : c)))
      } catch (e) {
        toast(words(e), { kind: 'bad' })
        break
      }
    }
    setProgress('')
    gone(accepted)
    const left = ids.length - accepted.length
    toast(`${count(accepted.length, 'call')} accepted${left > 0 ? `, ${left} refused again and kept` : ''}.`, { kind: left > 0 ? 'bad' : '' })
  }
  function fixed({ accepted, refused }: Outcome) {
    for (const again of refused) setList((now) => (now ?? []).map((c) => (c.id === again.id ? { ...c, code: again.code, field: again.field, message: again.message } : c)))
    gone(accepted)
    const [first] = refused
    if (accepted.length > 0 || first) toast(`${count(accepted.length, 'call')} accepted${first ? `, ${refused.length} refused again: ${first.message}` : ''}.`, { kind: first ? 'bad' : '' })
    setFixing(null)
  }
  async function discard(ids: string[]) {
    setDiscarding(null)
    const discarded: string[] = []
    try {
      for (let i = 0; i < ids.length; i += page) {
        const { quarantineDiscard: answer } = await ask(Discard, { input: { ids: ids.slice(i, i + page) } })
        discarded.push(...answer.discarded)
      }
      toast(`${count(discarded.length, 'call')} deleted for good.`)
    } catch (e) {
      toast(words(e), { kind: 'bad' })
    }
    gone(discarded)
  }

  useCommands('Quarantine', [
    { keys: 'j', name: 'Next call', run: () => step(1) },
    { keys: 'k', name: 'Call before', run: () => step(-1) },
    { keys: 'x', name: 'Mark', run: () => call && mark(call.id) },
    { keys: 'e', name: 'Edit', run: () => document.querySelector<HTMLElement>('.fix textarea')?.focus() },
    { keys: 'm', name: 'Fix all that are marked …', run: () => marked.size > 0 && setFixing(shown.filter((c) => marked.has(c.id))) },
    { keys: 'd', name: 'Delete …', run: () => chosen().length > 0 && setDiscarding(chosen()) },
  ])

  return (
    <div className="quarantine">
      <section className="quarantine-list" aria-label="Refused calls">
        <header>
          <div className="row spread">
            <h1>Quarantine</h1>
            <Select hideLabel label="Source" value={source} onChange={(s) => narrow(() => (setSource(s), setGroup('')))} options={[{ id: '', name: 'Every source' }, ...sources.map((s) => ({ id: s, name: s }))]} />
          </div>
          {reasons.length > 1 && (
            <div className="row flow" role="group" aria-label="Reasons" style={{ gap: 4 }}>
              {reasons.slice(0, 8).map(([name, calls]) => (
                <Toggle key={name} on={group === name} onChange={(on) => narrow(() => setGroup(on ? name : ''))}>
                  {calls.length} × {name}
                </Toggle>
              ))}
            </div>
          )}
          {shown.length > 0 && (
            <div className="row flow">
              <Button slim onPress={() => setMarked(marked.size === shown.length ? new Set() : new Set(shown.map((c) => c.id)))}>
                {marked.size === shown.length ? 'Mark none' : 'Mark all'}
              </Button>
              <Button slim isDisabled={chosen().length === 0 || progress !== ''} onPress={() => void resend(chosen())}>
                Send {marked.size > 0 ? marked.size : ''} again
              </Button>
              {marked.size > 1 && (
                <Button slim hint="m" onPress={() => setFixing(shown.filter((c) => marked.has(c.id)))}>
                  Fix all …
                </Button>
              )}
              <Button slim kind="danger" hint="d" isDisabled={chosen().length === 0} onPress={() => setDiscarding(chosen())}>
                Delete …
              </Button>
              <span className="tiny muted" role="status">
                {progress || (marked.size > 0 && `${marked.size} marked`)}
              </span>
            </div>
          )}
        </header>
        {trouble ? <Failure error={trouble} onRetry={() => load(null)} /> : null}
        {!list && !trouble && (
          <div style={{ padding: 12 }}>
            <SkeletonRows rows={8} height={52} />
          </div>
        )}
        {list?.length === 0 && (
          <Empty title="Nothing was refused">
            <p>Calls that break a rule of the wire format are kept here, to be read, fixed and sent again.</p>
          </Empty>
        )}
        <ul className="scroll" tabIndex={0} aria-label="Calls, newest first">
          {shown.map((c) => (
            <li key={c.id} id={c.id} className={`quarantine-item${c.id === at ? ' current' : ''}`}>
              <label>
                <input type="checkbox" aria-label={`Mark the call of ${exactTime(c.receivedAt)}`} checked={marked.has(c.id)} onChange={() => mark(c.id)} />
              </label>
              <button type="button" aria-current={c.id === at ? 'true' : undefined} onClick={() => setAt(c.id)}>
                <span className="row spread">
                  <span className="strong cut">{reason(c)}</span>
                  <span className="tiny muted" title={exactTime(c.receivedAt)}>
                    {ago(c.receivedAt, now)}
                  </span>
                </span>
                <span className="row spread tiny muted">
                  <span className="cut">{eventName(c)}</span>
                  <span>{c.source}</span>
                </span>
              </button>
            </li>
          ))}
          {more && (
            <li style={{ padding: 8 }}>
              <Button slim onPress={() => load(more)}>
                Show more
              </Button>
            </li>
          )}
        </ul>
      </section>
      <section className="quarantine-open" aria-label="The call">
        {call ? <Fix key={call.id} call={call} onSent={() => gone([call.id])} /> : list && list.length > 0 && <p className="empty muted">Choose a call with j and k.</p>}
      </section>
      {fixing && <FixMany calls={fixing} onClose={() => setFixing(null)} onDone={fixed} />}
      {discarding && (
        <Sheet title={`Delete ${count(discarding.length, 'call')}?`} onClose={() => setDiscarding(null)}>
          <p>They are gone for good, and what they said never reaches the graph.</p>
          <div className="row">
            <Button kind="danger" onPress={() => void discard(discarding)}>
              Delete
            </Button>
            <Button autoFocus onPress={() => setDiscarding(null)}>
              Keep
            </Button>
          </div>
        </Sheet>
      )}
    </div>
  )
}

export const reason = (c: Call) => refusalAt(c.code, c.field)

function eventName(c: Call): string {
  const call = (c.call ?? {}) as Record<string, unknown>
  const of = typeof call === 'object' ? call['event'] || call['name'] || call['type'] : ''
  return typeof of === 'string' ? of : ''
}
