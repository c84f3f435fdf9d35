import { useEffect, useState } from 'react'
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import { Link } from 'wouter'
import { IdentityConflict, IdentityPath, type IdentityConflictQuery, type IdentityPathQuery } from '../../api/api.gen'
import { ask } from '../../lib/api'
import { useCommands } from '../../lib/keys'
import { count, nameOf, typeName } from '../../lib/format'
import { useScope } from '../../lib/session'
import { Button, Chip, Failure, Skeleton } from '../../ui/parts'
import { TypeMark } from '../../ui/type-mark'
import { Happened } from './happened'
import { sentence, type Explored, type GraphLink, type GraphNode } from './model'
import { TreeGrid } from './tree-grid'

interface Props {
  explored: Explored
  nodes: GraphNode[]
  links: GraphLink[]
  selected: string[]
  focus: string | null
  readOnly: boolean
  onSelect: (ids: string[]) => void
  onFocus: (id: string) => void
  onExpand: (id: string) => void
  onWay: (ids: string[]) => void
  onPropose: (kind: 'join' | 'part') => void
}

/** The same graph in words, always there. */
export function Side(props: Props) {
  const { explored, nodes, links, selected, focus, readOnly, onSelect, onFocus, onExpand } = props
  const chosen = selected.map((s) => explored.nodes.get(s)).filter((n) => n !== undefined)
  return (
    <Tabs className="side">
      <TabList aria-label="Identity" className="tabs">
        <Tab id="list" className="tab">
          Identifiers
        </Tab>
        <Tab id="history" className="tab">
          History
        </Tab>
      </TabList>
      <TabPanel id="list" className="side-panel">
        <TreeGrid nodes={nodes} links={links} all={explored.nodes} root={explored.root?.id ?? ''} selected={selected} focus={focus} onSelect={onSelect} onFocus={onFocus} onExpand={onExpand} />
        {chosen.length > 0 && <Chosen {...props} chosen={chosen} readOnly={readOnly} />}
      </TabPanel>
      <TabPanel id="history" className="side-panel scroll">
        {explored.root && <Happened customer={explored.root.id} />}
      </TabPanel>
    </Tabs>
  )
}

function Chosen({ chosen, selected, readOnly, onSelect, onWay, onPropose, onExpand }: Props & { chosen: GraphNode[] }) {
  const steward = useScope('identity:write')
  const [a, b] = chosen
  return (
    <section className="chosen scroll" aria-label="Selected" tabIndex={0}>
      <div className="row spread">
        <h2>{count(chosen.length, 'identifier')} selected</h2>
        <Button kind="quiet" slim icon="close" aria-label="Select nothing" onPress={() => onSelect([])} />
      </div>
      <ul className="stack" style={{ gap: 3 }}>
        {chosen.slice(0, 6).map((n) => (
          <li key={n.id} className="row small">
            <TypeMark type={n.type} />
            <span className="cut grow">
              {typeName(n.type)} <strong>{n.value}</strong>
            </span>
            {n.customer ? <Link href={`/identity/${n.customer.id}`}>{nameOf(n.customer)}</Link> : <Chip kind="bad">blocked</Chip>}
          </li>
        ))}
        {chosen.length > 6 && <li className="tiny muted">and {chosen.length - 6} others</li>}
      </ul>
      {a && b && chosen.length === 2 && <Between a={a} b={b} onWay={onWay} />}
      <div className="row flow">
        {chosen.length === 1 && a && (
          <Button slim hint="Enter" onPress={() => onExpand(a.id)}>
            Open its customer
          </Button>
        )}
        {steward && !readOnly && chosen.length > 1 && (
          <>
            <Button slim icon="join" hint="j" onPress={() => onPropose('join')}>
              Join …
            </Button>
            <Button slim icon="part" hint="x" onPress={() => onPropose('part')}>
              Part …
            </Button>
          </>
        )}
        {selected.length === 1 && <span className="tiny muted">Select another to see what connects the two.</span>}
      </div>
    </section>
  )
}

type Answer = { path: IdentityPathQuery['identityPath']; conflict: IdentityConflictQuery['identityConflict'] }

/** The chain between two identifiers with its evidence in words; or what keeps them apart. */
function Between({ a, b, onWay }: { a: GraphNode; b: GraphNode; onWay: (ids: string[]) => void }) {
  const [answer, setAnswer] = useState<Answer | null>(null)
  const [trouble, setTrouble] = useState<unknown>(null)
  const show = () => onWay(answer?.path?.nodes.map((n) => n.id) ?? [])
  useCommands('Two selected', [{ keys: 'p', name: 'Draw the path between them', run: show }])
  useEffect(() => {
    const stop = new AbortController()
    const [from, to] = [
      { type: a.type, value: a.value },
      { type: b.type, value: b.value },
    ]
    setAnswer(null)
    setTrouble(null)
    void (async () => {
      try {
        const { identityPath: path } = await ask(IdentityPath, { from, to }, stop.signal)
        const conflict = path ? null : (await ask(IdentityConflict, { from, to }, stop.signal)).identityConflict
        setAnswer({ path, conflict })
        onWay(path?.nodes.map((n) => n.id) ?? [])
      } catch (e) {
        if (!stop.signal.aborted) setTrouble(e)
      }
    })()
    return () => {
      stop.abort()
      onWay([])
    }
  }, [a.id, b.id])
  if (trouble) return <Failure error={trouble} />
  if (!answer) return <Skeleton height={48} />
  const { path, conflict } = answer
  if (path) {
    return (
      <div data-between="path">
        <h3>One person, because</h3>
        <ol className="sentences">
          {path.links.map((l, i) => {
            const [from, to] = [path.nodes[i], path.nodes[i + 1]]
            return <li key={i}>{from && to ? sentence(l, from, to) : null}</li>
          })}
        </ol>
      </div>
    )
  }
  return (
    <div data-between="conflict">
      <h3>Not one person, because</h3>
      <ol className="sentences">
        {conflict?.reasons.map((r, i) => (
          <li key={i}>
            {r.text}
            {r.decision && ` ${r.decision.by}: “${r.decision.reason}”`}
          </li>
        ))}
        {!conflict && <li>Nothing connects them.</li>}
      </ol>
    </div>
  )
}

