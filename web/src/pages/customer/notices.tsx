import { Link } from 'wouter'
import { clockTime, count, exactTime, nameOf } from '../../lib/format'
import { useScope } from '../../lib/session'
import { Button } from '../../ui/parts'
import type { Notice, View } from './model'

/** What happened to who this is, while it was watched: a bar, no dialog. */
export function Notices({ view, onDismiss }: { view: View; onDismiss: (id: string) => void }) {
  const personal = useScope('pii:read')
  const name = view.card ? nameOf(view.card) : ''
  return (
    <div className="notices">
      {view.notices.slice(0, 3).map((n) => (
        <div key={n.id} className={`notice${n.kind === 'split' ? ' warn' : ''}`} data-notice={n.kind}>
          <div className="grow">
            <Text notice={n} name={name} known={view.card?.known ?? false} />
            <time className="muted small" dateTime={n.at} title={exactTime(n.at)}>
              {' '}
              {clockTime(n.at)}
            </time>
          </div>
          {n.kind !== 'resync' && personal && view.card && (
            <Link className="button slim" href={`/identity/${view.card.id}`}>
              Why?
            </Link>
          )}
          <Button kind="quiet" slim icon="close" aria-label="Dismiss" onPress={() => onDismiss(n.id)} />
        </div>
      ))}
    </div>
  )
}

function Text({ notice: n, name, known }: { notice: Notice; name: string; known: boolean }) {
  if (n.kind === 'resync') return <>The page was away for longer than changes are kept, and has been read anew.</>
  if (n.kind === 'split') {
    return (
      <>
        This customer was split.{' '}
        {n.created.map((c, i) => (
          <span key={c.id}>
            {i > 0 && ', '}
            <Link href={`/customers/${c.id}`}>{nameOf(c)}</Link>
          </span>
        ))}{' '}
        {n.created.length === 1 ? 'is another customer' : 'are other customers'} now.
      </>
    )
  }
  // Whether those who are no more were visitors is not known any more.
  const who = n.absorbed.length === 1 ? `Customer ${n.absorbed[0]?.slice(4, 9)}… is` : `${count(n.absorbed.length, 'customer')} are`
  const became = !n.wasKnown && known
  return (
    <>
      <strong>{became ? `This visitor is ${name}` : `${who} ${name}, too`}</strong>: two histories are now one.{' '}
      {n.added === null ? 'Reading what came with it …' : n.added > 0 ? `${count(n.added, 'touchpoint')} added, marked below.` : 'It brought no touchpoints.'}
    </>
  )
}
