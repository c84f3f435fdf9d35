import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Link, useLocation } from 'wouter'
import '../../styles/identity.css'
import { IdentityGraph } from '../../api/api.gen'
import { announce } from '../../lib/announce'
import { ask, words } from '../../lib/api'
import { count, day, nameOf, typeName } from '../../lib/format'
import { recent, remember } from '../../lib/recent'
import { useTitle } from '../../lib/title'
import { Button, Empty, Failure, SkeletonRows } from '../../ui/parts'
import { Sheet } from '../../ui/sheet'
import { toast } from '../../ui/toast'
import { Another } from './another'
import { Canvas } from './canvas'
import { Decide, type Proposal } from './decide'
import { Legend } from './legend'
import { askFrom, explore, people, unexplored, visible, type Explored, type GraphNode, type Shown } from './model'
import type { Picture } from './picture'
import { Side } from './side'

const nothingHidden: Shown = { types: new Set(), statuses: new Set(), asOf: null }

/** Why is this one person, and what nearly was? */
export default function IdentityPage({ id }: { id?: string }) {
  useTitle('Identity')
  return id ? <Explorer key={id} id={id} /> : <Choose />
}

function Choose() {
  const seen = recent.use()
  return (
    <Empty title="Whose identity?">
      <p>Find a customer with / and press i on their page, or take one of those you looked at.</p>
      <ul className="stack" style={{ gap: 4 }}>
        {seen.map((s) => (
          <li key={s.id}>
            <Link href={`/identity/${s.id}`}>{s.name}</Link>
          </li>
        ))}
      </ul>
    </Empty>
  )
}

function then(at: number, n: number): string {
  return n === 0 ? `nothing was seen by ${day(at)}` : `${n === 1 ? 'one person' : `${n} people`} by ${day(at)}`
}

/** Long enough that a slider on its way is not asked for at every step. */
const settle = 150

/** The same customers as of a past time, resolved by the server; null for now, and until they are there. */
function usePast(explored: Explored, at: number | null): Explored | null {
  const [past, setPast] = useState<{ at: number; of: Explored; explored: Explored } | null>(null)
  useEffect(() => {
    const root = explored.root?.id
    if (at === null || !root) return setPast(null)
    const stop = new AbortController()
    const timer = window.setTimeout(() => {
      const others = [...explored.opened].filter((c) => c !== root)
      Promise.all([root, ...others].map((c) => ask(IdentityGraph, { id: c, at: new Date(at).toISOString() }, stop.signal))).then(
        (answers) => {
          let of = unexplored
          for (const { customer } of answers) if (customer) of = explore(of, customer, of.root === null)
          setPast({ at, of, explored })
        },
        (e: unknown) => !stop.signal.aborted && toast(words(e), { kind: 'bad' }),
      )
    }, settle)
    return () => {
      window.clearTimeout(timer)
      stop.abort()
    }
  }, [explored, at])
  return past && past.at === at && past.explored === explored ? past.of : null
}

function Explorer({ id }: { id: string }) {
  const [explored, setExplored] = useState(unexplored)
  const [hidden, setHidden] = useState<Shown>(nothingHidden)
  const [selected, setSelected] = useState<string[]>([])
  const [focus, setFocus] = useState<string | null>(null)
  const [way, setWay] = useState<string[]>([])
  const [missing, setMissing] = useState(false)
  const [trouble, setTrouble] = useState<unknown>(null)
  const [asking, setAsking] = useState<{ node: GraphNode; size: number; go: () => void } | null>(null)
  const [proposal, setProposal] = useState<Proposal | null>(null)
  const picture = useRef<Picture | null>(null)
  const [, go] = useLocation()

  const load = useCallback(
    (customer: string, asRoot: boolean) => {
      setTrouble(null)
      ask(IdentityGraph, { id: customer, at: null }).then(({ customer: answer }) => {
        if (!answer) return setMissing(true)
        if (asRoot) {
          remember({ id: answer.id, name: nameOf(answer), known: answer.known })
          if (answer.id !== id) history.replaceState(history.state, '', `/identity/${answer.id}`)
        }
        const add = () => setExplored((now) => explore(now, answer, asRoot))
        const size = answer.identityGraph.nodes.length
        if (asRoot || size <= askFrom) return add()
        setAsking({ node: answer.identityGraph.nodes[0] as GraphNode, size, go: add })
      }, setTrouble)
    },
    [id],
  )
  useEffect(() => load(id, true), [id, load])

  const past = usePast(explored, hidden.asOf)
  // Until the server has resolved it, what had been seen by then.
  const shown = useMemo(() => visible(past ?? explored, hidden), [past, explored, hidden])
  const node = (n: string | undefined) => (n ? explored.nodes.get(n) : undefined)

  function expand(target: string | null) {
    const n = target ? explored.nodes.get(target) : undefined
    if (!n) return
    if (n.status === 'SHARED') return announce('A shared identifier is not opened: it joins nobody.', true)
    if (!n.customer) return announce('A blocked identifier has no customer.', true)
    if (!explored.opened.has(n.customer.id)) load(n.customer.id, false)
  }

  /** After a decision everything is read again. */
  function again() {
    setSelected([])
    setWay([])
    load(explored.root?.id ?? id, true)
  }

  function propose(kind: Proposal['kind']) {
    const list = selected.map(node).filter((n) => n !== undefined)
    if (list.length < 2) return announce(`Select two identifiers to ${kind}.`, true)
    setProposal({ kind, identifiers: list })
  }

  if (missing) {
    return (
      <Empty title="There is no such customer">
        <p>The id is mistyped, or nothing is known of them any more.</p>
      </Empty>
    )
  }
  if (trouble && !explored.root) return <Failure error={trouble} onRetry={() => load(id, true)} />
  const { root } = explored
  return (
    <div className={`explorer${hidden.asOf === null ? '' : ' past'}`}>
      <Legend explored={explored} hidden={hidden} onChange={setHidden} />
      <section className="explorer-middle" aria-label="Picture">
        <header className="explorer-head">
          <h1 className="cut">{root ? nameOf(root) : 'Identity'}</h1>
          <span className={hidden.asOf === null && explored.cut === 0 ? 'muted small wide-only' : 'muted small'}>
            {root && `${count(shown.nodes.length, 'identifier')}, ${count(shown.links.length, 'link')}`}
            {root && hidden.asOf !== null && past && ` · ${then(hidden.asOf, people(shown, root.id))}`}
            {explored.cut > 0 && ` · ${count(explored.cut, 'identifier')} left out: more than 2,000 are no picture`}
          </span>
          <span className="grow" />
          {root && hidden.asOf === null && <Another onChoose={(c) => !explored.opened.has(c) && load(c, false)} />}
          {root && (
            <Button slim onPress={() => go(`/customers/${root.id}`)}>
              Watch live
            </Button>
          )}
        </header>
        <Canvas
          picture={picture}
          nodes={shown.nodes}
          links={shown.links}
          root={root?.id ?? ''}
          selected={selected}
          way={way}
          hidden={hidden}
          onHidden={setHidden}
          onSelect={setSelected}
          onFocus={setFocus}
          onExpand={expand}
          onPropose={propose}
        />
        {root && explored.nodes.size === 1 && <p className="explorer-note">One identifier only: there is nothing to join yet.</p>}
        {trouble ? <Failure error={trouble} /> : null}
      </section>
      <aside className="explorer-side" aria-label="Identifiers and links">
        {root ? (
          <Side
            explored={explored}
            nodes={shown.nodes}
            links={shown.links}
            selected={selected}
            focus={focus}
            readOnly={hidden.asOf !== null}
            onSelect={setSelected}
            onFocus={(n) => picture.current?.focusOn(n)}
            onExpand={expand}
            onWay={setWay}
            onPropose={propose}
          />
        ) : (
          <div style={{ padding: 16 }}>
            <SkeletonRows rows={10} height={34} />
          </div>
        )}
      </aside>
      {asking && (
        <Sheet title={`Open ${count(asking.size, 'identifier')}?`} onClose={() => setAsking(null)}>
          <p>
            {typeName(asking.node.type)} {asking.node.value} belongs to a customer of {count(asking.size, 'identifier')}. The picture will be crowded; the legend hides what you do not need.
          </p>
          <div className="row">
            <Button
              kind="primary"
              onPress={() => {
                asking.go()
                setAsking(null)
              }}
            >
              Open
            </Button>
            <Button onPress={() => setAsking(null)}>Leave it</Button>
          </div>
        </Sheet>
      )}
      {proposal && <Decide proposal={proposal} onClose={() => setProposal(null)} onDone={again} />}
    </div>
  )
}
