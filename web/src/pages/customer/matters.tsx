import { useEffect, useState } from 'react'
import { Touchpoints } from '../../api/api.gen'
import { ask } from '../../lib/api'
import { useNow } from '../../lib/clock'
import { ago, exactTime } from '../../lib/format'
import { lines, type Touchpoint } from './model'

/** The names that help desks give to the start and the end of a matter. */
const opening = ['Support Ticket Created', 'Support Ticket Opened', 'Support Ticket Reopened', 'Ticket Created', 'Case Created', 'Case Opened', 'Conversation Started']
const closing = ['Support Ticket Solved', 'Support Ticket Closed', 'Ticket Solved', 'Ticket Closed', 'Case Closed', 'Conversation Closed']

interface Matter {
  id: string
  subject: string
  at: string
  source: string
}

function text(t: Touchpoint, ...keys: string[]): string {
  const properties = (t.properties ?? {}) as Record<string, unknown>
  for (const key of keys) if (typeof properties[key] === 'string' || typeof properties[key] === 'number') return String(properties[key])
  return ''
}

/** Matters that were opened and not closed since, latest first. */
export function openMatters(list: Touchpoint[]): Matter[] {
  const closed = new Set<string>()
  const out: Matter[] = []
  for (const t of list) {
    const id = text(t, 'ticket_id', 'ticketId', 'case_id', 'caseId', 'conversation_id', 'id') || t.id
    if (closing.includes(t.name)) closed.add(id)
    else if (!closed.has(id) && !out.some((m) => m.id === id)) out.push({ id, subject: text(t, 'subject', 'title', 'topic') || t.name, at: t.at, source: t.source })
  }
  return out
}

/** Open support matters. They are read again as the customer does something. */
export function Matters({ customer, lastSeenAt }: { customer: string; lastSeenAt: string | null }) {
  const [list, setList] = useState<Matter[]>([])
  const now = useNow()
  useEffect(() => {
    const stop = new AbortController()
    const timer = window.setTimeout(() => {
      ask(Touchpoints, { id: customer, first: 100, after: null, filter: { names: [...opening, ...closing] } }, stop.signal).then(
        (a) => setList(openMatters(a.customer ? lines(a.customer.touchpoints) : [])),
        () => {},
      )
    }, 200)
    return () => {
      window.clearTimeout(timer)
      stop.abort()
    }
  }, [customer, lastSeenAt])
  return (
    <section>
      <h2 className="sec">Open matters</h2>
      {list.length === 0 ? (
        <p className="small muted">None.</p>
      ) : (
        <ul className="facts">
          {list.map((m) => (
            <li key={m.id}>
              <p className="strong wrap">{m.subject}</p>
              <p className="tiny muted">
                {m.source} · <span title={exactTime(m.at)}>opened {ago(m.at, now)}</span>
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
