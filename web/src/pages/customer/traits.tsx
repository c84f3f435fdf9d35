import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import { AccountPeople, Household as HouseholdOf, TraitHistory, type AccountPeopleQuery, type HouseholdQuery, type TraitHistoryQuery } from '../../api/api.gen'
import { ask } from '../../lib/api'
import { useNow } from '../../lib/clock'
import { ago, exactTime, nameOf, typeName, valueText } from '../../lib/format'
import { Icon } from '../../ui/icon'
import { Failure, Skeleton } from '../../ui/parts'
import type { Card } from './model'
import { Matters } from './matters'

/** For so long a trait that changed is marked. */
const marked = 5000

export function TraitsPanel({ card, changed }: { card: Card; changed: ReadonlyMap<string, number> }) {
  const computed = new Set(card.computed.map((c) => c.key))
  const traits = Object.entries((card.traits ?? {}) as Record<string, unknown>)
    .filter(([key]) => !computed.has(key))
    .sort(([a], [b]) => a.localeCompare(b))
  const [open, setOpen] = useState<string | null>(null)
  useUnmark(changed)
  const now = Date.now()
  return (
    <div className="stack" style={{ gap: 20 }}>
      <Matters customer={card.id} lastSeenAt={card.lastSeenAt} />
      <section>
        <h2 className="sec">Traits</h2>
        {traits.length === 0 && <p className="small muted">Nobody has stated anything yet.</p>}
        <ul className="traits">
          {traits.map(([key, value]) => {
            const fresh = now - (changed.get(key) ?? 0) < marked
            return (
              <li key={key} className={fresh ? 'changed' : undefined}>
                <button type="button" className="trait" aria-expanded={open === key} onClick={() => setOpen(open === key ? null : key)}>
                  <span className="trait-key cut">{key.replaceAll('_', ' ')}</span>
                  <span className="trait-value">{valueText(value)}</span>
                  <Icon name="chevron" size={11} />
                </button>
                {open === key && <History customer={card.id} trait={key} version={changed.get(key) ?? 0} />}
              </li>
            )
          })}
        </ul>
      </section>
      <Computed card={card} changed={changed} />
      <section>
        <h2 className="sec">Accounts and household</h2>
        {card.accounts.nodes.length === 0 && <p className="small muted">Tied to no account.</p>}
        {card.accounts.nodes.map((a) => (
          <AccountLine key={a.id} account={a} self={card.id} />
        ))}
        <Household customer={card.id} />
      </section>
    </div>
  )
}

/** Traits that no source states: they are made of events. Those that have no value say nothing. */
function Computed({ card, changed }: { card: Card; changed: ReadonlyMap<string, number> }) {
  const now = Date.now()
  const some = card.computed.filter((c) => c.value !== null && c.value !== undefined && !(Array.isArray(c.value) && c.value.length === 0))
  if (some.length === 0) return null
  return (
    <section aria-label="Computed traits">
      <div className="row spread">
        <h2 className="sec">Computed from events</h2>
        <Link href="/segments/computed" className="small">
          How?
        </Link>
      </div>
      <dl className="traits computed">
        {some.map((c) => (
          <div key={c.key} className={now - (changed.get(c.key) ?? 0) < marked ? 'trait changed' : 'trait'} data-computed={c.key}>
            <dt className="trait-key cut">{c.name}</dt>
            <dd className="trait-value">{valueText(c.value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

/** Draws again when the marks are over. */
function useUnmark(changed: ReadonlyMap<string, number>) {
  const [, again] = useState(0)
  useEffect(() => {
    if (changed.size === 0) return
    const timer = window.setTimeout(() => again((n) => n + 1), marked + 50)
    return () => window.clearTimeout(timer)
  }, [changed])
}

/** Where a value came from, and what it was before. */
function History({ customer, trait, version }: { customer: string; trait: string; version: number }) {
  const [answer, setAnswer] = useState<NonNullable<TraitHistoryQuery['customer']>['trait'] | undefined>()
  const [trouble, setTrouble] = useState<unknown>(null)
  const now = useNow()
  useEffect(() => {
    const stop = new AbortController()
    ask(TraitHistory, { id: customer, key: trait }, stop.signal).then(
      (a) => setAnswer(a.customer?.trait ?? null),
      (e: unknown) => !stop.signal.aborted && setTrouble(e),
    )
    return () => stop.abort()
  }, [customer, trait, version])
  if (trouble) return <Failure error={trouble} />
  if (answer === undefined) return <Skeleton height={52} />
  if (answer === null) return <p className="small muted">Nothing is stated any more.</p>
  return (
    <ol className="trait-history">
      {answer.history.map((h, i) => {
        const wins = h.at === answer.at && h.source === answer.source && JSON.stringify(h.value) === JSON.stringify(answer.value)
        return (
          <li key={i} className={wins ? 'wins' : undefined}>
            <span className="wrap">{h.value === null ? <i>taken back</i> : valueText(h.value)}</span>
            <span className="tiny muted">
              {h.source} · <span title={exactTime(h.at)}>{ago(h.at, now)}</span> · {typeName(h.identifier.type)} {h.identifier.value}
            </span>
          </li>
        )
      })}
    </ol>
  )
}

/** Who lives with them. */
function Household({ customer }: { customer: string }) {
  const [people, setPeople] = useState<NonNullable<HouseholdQuery['customer']>['household']['nodes']>([])
  useEffect(() => {
    const stop = new AbortController()
    ask(HouseholdOf, { id: customer }, stop.signal).then(
      (a) => setPeople(a.customer?.household.nodes ?? []),
      () => {},
    )
    return () => stop.abort()
  }, [customer])
  if (people.length === 0) return null
  return (
    <>
      <p className="small muted">In the same household</p>
      <ul className="people">
        {people.map((p) => (
          <li key={p.id}>
            <Link href={`/customers/${p.id}`}>{nameOf(p)}</Link>
          </li>
        ))}
      </ul>
    </>
  )
}

type Account = Card['accounts']['nodes'][number]

function AccountLine({ account, self }: { account: Account; self: string }) {
  const [people, setPeople] = useState<NonNullable<Extract<AccountPeopleQuery['node'], { customers: unknown }>>['customers'] | null>(null)
  const [open, setOpen] = useState(false)
  useEffect(() => {
    if (!open) return
    const stop = new AbortController()
    ask(AccountPeople, { id: account.id }, stop.signal).then(
      (a) => a.node && 'customers' in a.node && setPeople(a.node.customers),
      () => setPeople(null),
    )
    return () => stop.abort()
  }, [open, account.id])
  const traits = (account.traits ?? {}) as { name?: unknown }
  const name = typeof traits.name === 'string' ? traits.name : account.groupId
  const others = people?.nodes.filter((p) => p.id !== self)
  return (
    <div>
      <button type="button" className="trait" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="group" size={14} />
        <span className="trait-value cut">{name}</span>
        <Icon name="chevron" size={11} />
      </button>
      {open &&
        (others ? (
          <ul className="people">
            {others.map((p) => (
              <li key={p.id}>
                <Link href={`/customers/${p.id}`}>{nameOf(p)}</Link>
              </li>
            ))}
            {others.length === 0 && <li className="small muted">Nobody else.</li>}
            {people?.pageInfo.hasNextPage && <li className="small muted">and more</li>}
          </ul>
        ) : (
          <Skeleton height={24} />
        ))}
    </div>
  )
}
