import { useEffect, useMemo, useRef, useState } from 'react'
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import { Link, useLocation } from 'wouter'
import { CreateSegment, DeleteSegment, SegmentById, Segments, UpdateSegment, type SegmentSavedFragment } from '../../api/api.gen'
import { ask, words } from '../../lib/api'
import { useCommands } from '../../lib/keys'
import { useScope } from '../../lib/session'
import { useTitle } from '../../lib/title'
import { Button, Empty, Failure, Field, SkeletonRows } from '../../ui/parts'
import { Sheet } from '../../ui/sheet'
import { toast } from '../../ui/toast'
import { complete, decode, encode, move, replace, sentence, type Group, type Part } from './condition'
import { useDraft, type Draft } from './draft'
import { keyOf } from './key'
import { Members, useMembers } from './members'
import { Preview } from './preview'
import { Parts } from './rows'

const draftOf = (s: SegmentSavedFragment): Draft => ({ name: s.name, key: s.key, root: decode(s.condition) })

export function SegmentBuilder({ id }: { id: string | null }) {
  const [saved, setSaved] = useState<SegmentSavedFragment | null>(null)
  const [missing, setMissing] = useState(false)
  const [trouble, setTrouble] = useState<unknown>(null)
  const of = useDraft(id)
  useTitle(saved?.name ?? 'New segment')
  useEffect(() => {
    if (!id) return
    const stop = new AbortController()
    ask(SegmentById, { id }, stop.signal).then(
      ({ segment }) => {
        if (!segment) return setMissing(true)
        setSaved(segment)
        of.begin(draftOf(segment), JSON.stringify([segment.name, segment.key, segment.condition]))
      },
      (e: unknown) => !stop.signal.aborted && setTrouble(e),
    )
    return () => stop.abort()
  }, [id])
  if (missing) return <Empty title="There is no such segment">It may have been deleted.</Empty>
  if (trouble) return <Failure error={trouble} />
  if (id && !saved) {
    return (
      <div className="page">
        <SkeletonRows rows={8} />
      </div>
    )
  }
  return <Builder saved={saved} onSaved={setSaved} of={of} />
}

interface Props {
  saved: SegmentSavedFragment | null
  onSaved: (segment: SegmentSavedFragment) => void
  of: ReturnType<typeof useDraft>
}

function Builder({ saved, onSaved, of }: Props) {
  const { draft, dirty, edit, undo, settle } = of
  const [segments, setSegments] = useState<{ id: string; name: string }[]>([])
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const [deleting, setDeleting] = useState(false)
  const [, go] = useLocation()
  const mayWrite = useScope('segments:write')
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    ask(Segments, { first: 200, after: null }).then(
      (a) => setSegments(a.segments.nodes.filter((s) => s.id !== saved?.id).map((s) => ({ id: s.id, name: s.name }))),
      () => {},
    )
  }, [saved?.id])
  const condition = useMemo(() => encode(draft.root), [draft.root])
  const nameOfSegment = (id: string) => segments.find((s) => s.id === id)?.name ?? 'a segment'
  const says = `People: ${sentence(draft.root, nameOfSegment)}.`
  const change = (id: number, f: (p: Part) => Part | null) => edit((d) => ({ ...d, root: d.root.id === id ? ((f(d.root) as Group | null) ?? d.root) : replace(d.root, id, f) }))

  async function save() {
    if (busy || !mayWrite) return
    if (!draft.name.trim()) return setWrong('Give it a name.')
    if (!condition) return setWrong('Say who is in: no condition is complete yet.')
    if (!allComplete(draft.root)) return setWrong('A condition is incomplete: finish it, or take it out.')
    setBusy(true)
    setWrong('')
    const input = { name: draft.name.trim(), key: draft.key || keyOf(draft.name), condition }
    try {
      const answer = saved ? (await ask(UpdateSegment, { id: saved.id, input })).segmentUpdate : (await ask(CreateSegment, { input })).segmentCreate
      const mistake = answer.userErrors[0]
      if (mistake || !answer.segment) setWrong(mistake?.message ?? 'It was not saved.')
      else {
        toast(saved ? 'Saved. Who is in follows.' : 'Made. It is live from now on.')
        onSaved(answer.segment)
        settle(saved ? draft : undefined)
        if (!saved) go(`/segments/${answer.segment.id}`, { replace: true })
      }
    } catch (e) {
      setWrong(words(e))
    }
    setBusy(false)
  }
  async function remove() {
    setDeleting(false)
    if (!saved) return
    try {
      const { segmentDelete: answer } = await ask(DeleteSegment, { id: saved.id })
      const mistake = answer.userErrors[0]
      if (mistake) return setWrong(mistake.message)
      settle()
      toast('The segment is deleted.')
      go('/segments')
    } catch (e) {
      setWrong(words(e))
    }
  }
  useCommands('Segment builder', [
    { keys: 'Ctrl Enter', name: 'Save', always: true, run: () => void save() },
    { keys: 'Ctrl z', name: 'Undo', always: true, run: undo },
    ...(saved ? [{ keys: 'e', name: 'Export the members', run: () => document.getElementById('export-members')?.click() }] : []),
  ])

  return (
    <div className="builder">
      <section className="builder-left scroll" aria-label="Condition" ref={box} tabIndex={0}>
        <div className="row flow">
          <h1>{saved ? saved.name : 'New segment'}</h1>
          <span className="grow" />
          <Button kind="quiet" slim icon="undo" hint="Ctrl Z" onPress={undo}>
            Undo
          </Button>
          {saved && mayWrite && (
            <Button kind="danger" slim onPress={() => setDeleting(true)}>
              Delete …
            </Button>
          )}
        </div>
        <div className="builder-names">
          <Field label="Name" value={draft.name} onChange={(name) => edit((d) => ({ ...d, name }))} />
          <Field label="Key, for machines" mono value={draft.key || keyOf(draft.name)} onChange={(key) => edit((d) => ({ ...d, key: key.replace(/[^a-z0-9_-]/g, '') }))} />
        </div>
        <Tabs>
          <TabList className="tabs" aria-label="As">
            <Tab id="words" className="tab">
              Words
            </Tab>
            <Tab id="json" className="tab">
              JSON
            </Tab>
          </TabList>
          <TabPanel id="words">
            <Parts of={draft.root} label="People who match" edit={{ change, move: (id, by) => edit((d) => ({ ...d, root: move(d.root, id, by) })), segments }} />
          </TabPanel>
          <TabPanel id="json">
            <pre className="json mono small" tabIndex={0}>
              {JSON.stringify(condition, null, 2)}
            </pre>
          </TabPanel>
        </Tabs>
        <p className="builder-says" role="status">
          {says}
        </p>
        {wrong && (
          <div className="notice bad" role="alert">
            {wrong}
          </div>
        )}
        {mayWrite ? (
          <div className="row flow">
            <Button kind="primary" hint="Ctrl Enter" isDisabled={busy} onPress={() => void save()}>
              {busy ? 'Saving …' : saved ? 'Save' : 'Make it'}
            </Button>
            <Link href="/segments" className="button quiet">
              All segments
            </Link>
            {dirty && (
              <Button kind="quiet" onPress={() => settle(saved ? draftOf(saved) : undefined)}>
                Start over
              </Button>
            )}
            {dirty && <span className="tiny muted">Not saved yet</span>}
          </div>
        ) : (
          <p className="small muted">To save it needs segments:write.</p>
        )}
      </section>
      <aside className="builder-right scroll" aria-label="Who is in" tabIndex={0}>
        {saved ? <Watched condition={condition} saved={saved} root={draft.root} /> : <Preview condition={condition} saved={null} root={draft.root} live={null} />}
      </aside>
      {deleting && (
        <Sheet title={`Delete ${saved?.name}?`} onClose={() => setDeleting(false)}>
          <p>Nobody is in it any more. Segments that use it must be changed first.</p>
          <div className="row">
            <Button kind="danger" onPress={() => void remove()}>
              Delete
            </Button>
            <Button autoFocus onPress={() => setDeleting(false)}>
              Keep
            </Button>
          </div>
        </Sheet>
      )}
    </div>
  )
}

function allComplete(part: Part): boolean {
  if ('parts' in part) return part.parts.length > 0 && part.parts.every(allComplete)
  return complete(part)
}

/** Who would be in, against who is: the same people come and go in both. */
function Watched({ condition, saved, root }: { condition: ReturnType<typeof encode>; saved: SegmentSavedFragment; root: Group }) {
  const live = useMembers(saved.id)
  return (
    <>
      <Preview condition={condition} saved={saved} root={root} live={live.state} />
      <Members id={saved.id} keyName={saved.key} live={live} />
    </>
  )
}
