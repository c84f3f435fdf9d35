import { useRef, useState } from 'react'
import { Link } from 'wouter'
import { WatchSegment, type WatchSegmentSubscription } from '../../api/api.gen'
import { words } from '../../lib/api'
import { useNow } from '../../lib/clock'
import { ago, nameOf, number } from '../../lib/format'
import { useLive } from '../../lib/live'
import { Button, Face } from '../../ui/parts'
import { toast } from '../../ui/toast'
import { exportMembers, save } from './export'

type Event = WatchSegmentSubscription['segmentMembershipChanged']
type Change = Extract<Event, { __typename: 'SegmentMembershipChanged' }>

interface State {
  size: number | null
  /** How many entered and left since the page was opened. */
  changes: number
  list: Change[]
}

const most = 50

function fold(state: State, events: Event[]): State {
  const changes = events.filter((e): e is Change => e.__typename === 'SegmentMembershipChanged')
  const last = changes[changes.length - 1]
  return { size: last?.segment.size ?? state.size, changes: state.changes + changes.length, list: [...changes.reverse(), ...state.list].slice(0, most) }
}

const nobody: State = { size: null, changes: 0, list: [] }

/** Who enters and leaves a segment, as it happens. */
export const useMembers = (id: string) =>
  useLive({ key: `segment ${id}`, document: WatchSegment, variables: { id }, event: (d) => d.segmentMembershipChanged, initial: nobody, fold })

/** Who entered and left; and all who are in as a file. */
export function Members({ id, keyName, live: { state, phase, trouble } }: { id: string; keyName: string; live: ReturnType<typeof useMembers> }) {
  const [progress, setProgress] = useState('')
  const stop = useRef<AbortController | null>(null)
  const now = useNow()

  async function run() {
    stop.current = new AbortController()
    setProgress('Reading …')
    try {
      const blob = await exportMembers(id, (rows, of) => setProgress(`${number(rows)} of ${number(of)} rows`), stop.current.signal)
      save(blob, `${keyName}.csv`)
      toast('The members are in the file.')
    } catch (e) {
      if (!stop.current.signal.aborted) toast(words(e), { kind: 'bad' })
    }
    stop.current = null
    setProgress('')
  }

  return (
    <section className="stack" aria-label="Members">
      <div className="row spread">
        <h2>Entering and leaving</h2>
        {progress ? (
          <span className="row small" role="status">
            {progress}
            <Button slim onPress={() => stop.current?.abort()}>
              Cancel
            </Button>
          </span>
        ) : (
          <Button id="export-members" slim icon="download" hint="e" onPress={() => void run()}>
            Export
          </Button>
        )}
      </div>
      {phase === 'failed' || phase === 'gone' ? <p className="small warn-text">{trouble}</p> : null}
      {state.list.length === 0 && phase !== 'failed' && phase !== 'gone' && <p className="small muted">Nobody since this page was opened.</p>}
      <ul className="stack" style={{ gap: 4 }}>
        {state.list.map((c) => (
          <li key={c.cursor} className="row" data-membership={c.entered ? 'entered' : 'left'}>
            <span className={`chip ${c.entered ? 'good' : ''}`}>{c.entered ? 'entered' : 'left'}</span>
            <Face name={nameOf(c.customer)} known={c.customer.known} />
            <Link className="cut grow" href={`/customers/${c.customer.id}`}>
              {nameOf(c.customer)}
            </Link>
            <span className="tiny muted">{ago(c.at, Math.max(now, new Date(c.at).getTime()))}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
