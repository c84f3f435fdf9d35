import { useEffect, useMemo, useRef, useState } from 'react'
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import { Link, useLocation } from 'wouter'
import { CreateSegment, DeleteSegment, PreviewSegment, SegmentById, Segments, UpdateSegment, type PreviewSegmentQuery, type SegmentByIdQuery } from '../../api/api.gen'
import { ask, words } from '../../lib/api'
import { useNow } from '../../lib/clock'
import { ago, count, nameOf, number } from '../../lib/format'
import { useCommands } from '../../lib/keys'
import { useScope } from '../../lib/session'
import { useTitle } from '../../lib/title'
import { Button, Empty, Face, Failure, Field, Skeleton, SkeletonRows } from '../../ui/parts'
import { Sheet } from '../../ui/sheet'
import { toast } from '../../ui/toast'
import { blank, complete, decode, encode, move, nextId, replace, sentence, type Group, type Part } from './condition'
import { keyOf } from './key'
import { Members } from './members'
import { Why } from './why'
import { Parts } from './rows'

interface Draft {
  name: string
  key: string
  root: Group
}

const fresh = (): Draft => ({ name: '', key: '', root: { id: nextId(), kind: 'group', not: false, all: true, parts: [blank('trait')] } })

/** Long enough after the last edit that a word is not asked for letter by letter. */
const pause = 300

export function SegmentBuilder({ id }: { id: string | null }) {
  const [saved, setSaved] = useState<NonNullable<SegmentByIdQuery['segment']> | null>(null)
  const [missing, setMissing] = useState(false)
  const [trouble, setTrouble] = useState<unknown>(null)
  const { draft, edit, undo, reset } = useDraft()
  useTitle(saved?.name ?? 'New segment')
  useEffect(() => {
    if (!id) return
    const stop = new AbortController()
    ask(SegmentById, { id }, stop.signal).then(
      ({ segment }) => {
        if (!segment) return setMissing(true)
        setSaved(segment)
        reset({ name: segment.name, key: segment.key, root: decode(segment.condition) })
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
  return <Builder saved={saved} onSaved={setSaved} draft={draft} edit={edit} undo={undo} />
}

/** What is being built, every step of which can be undone. */
function useDraft() {
  const [steps, setSteps] = useState<Draft[]>(() => [fresh()])
  const draft = steps[steps.length - 1] as Draft
  const edit = (change: (d: Draft) => Draft) => setSteps((s) => [...s, change(s[s.length - 1] as Draft)].slice(-200))
  const undo = () => setSteps((s) => (s.length > 1 ? s.slice(0, -1) : s))
  const reset = (d: Draft) => setSteps([d])
  return { draft, edit, undo, reset }
}

interface Props {
  saved: NonNullable<SegmentByIdQuery['segment']> | null
  onSaved: (segment: NonNullable<SegmentByIdQuery['segment']>) => void
  draft: Draft
  edit: (change: (d: Draft) => Draft) => void
  undo: () => void
}

function Builder({ saved, onSaved, draft, edit, undo }: Props) {
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
          <div className="row">
            <Button kind="primary" hint="Ctrl Enter" isDisabled={busy} onPress={() => void save()}>
              {busy ? 'Saving …' : saved ? 'Save' : 'Make it'}
            </Button>
            <Link href="/segments" className="button quiet">
              All segments
            </Link>
          </div>
        ) : (
          <p className="small muted">To save it needs segments:write.</p>
        )}
      </section>
      <aside className="builder-right scroll" aria-label="Who is in" tabIndex={0}>
        <Preview condition={condition} saved={saved} root={draft.root} />
        {saved && <Members id={saved.id} keyName={saved.key} />}
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

/** How many and whom, while one builds; against what is saved. */
function Preview({ condition, saved, root }: { condition: ReturnType<typeof encode>; saved: { id: string; size: number } | null; root: Group }) {
  const [answer, setAnswer] = useState<PreviewSegmentQuery['segmentPreview'] | null>(null)
  const [trouble, setTrouble] = useState('')
  const [at, setAt] = useState(0)
  const [alone, setAlone] = useState('')
  const now = useNow()
  const key = JSON.stringify(condition)
  useEffect(() => {
    if (!condition) return setAnswer(null)
    const stop = new AbortController()
    const timer = window.setTimeout(() => {
      ask(PreviewSegment, { condition }, stop.signal).then(
        (a) => {
          setAnswer(a.segmentPreview)
          setAt(Date.now())
          setTrouble('')
        },
        (e: unknown) => !stop.signal.aborted && setTrouble(words(e)),
      )
    }, pause)
    return () => {
      window.clearTimeout(timer)
      stop.abort()
    }
  }, [key])
  // Nobody: which of the conditions is it?
  const nobody = answer?.size === 0 && root.all && root.parts.length > 1
  useEffect(() => {
    setAlone('')
    if (!nobody) return
    const stop = new AbortController()
    void (async () => {
      for (const [i, p] of root.parts.entries()) {
        const one = encode(p)
        if (one && (await ask(PreviewSegment, { condition: one }, stop.signal)).segmentPreview.size === 0) return setAlone(`Condition ${i + 1} alone gives nobody.`)
      }
      setAlone('Each alone gives somebody; together they give nobody.')
    })().catch(() => {})
    return () => stop.abort()
  }, [nobody, key])

  const difference = answer && saved ? answer.size - saved.size : 0
  return (
    <section className="stack" aria-label="Preview">
      <h2>Who would be in</h2>
      {!condition ? (
        <p className="muted">Nothing is complete yet.</p>
      ) : trouble ? (
        <div className="notice bad" role="alert">
          {trouble}
        </div>
      ) : !answer ? (
        <Skeleton height={60} />
      ) : (
        <>
          <p role="status">
            {answer.estimated && <span className="muted">about </span>}
            <span className="builder-size num">{number(answer.size)}</span>{' '}
            <span className="muted small">
              {answer.size === 1 ? 'customer' : 'customers'} · {answer.estimated ? `worked out from ${count(answer.checked, 'customer')}` : `counted ${ago(at, Math.max(now, at))}`}
            </span>
            {difference !== 0 && !answer.estimated && (
              <span className={`chip ${difference > 0 ? 'good' : 'warn'}`}>
                {difference > 0 ? '+' : '−'}
                {number(Math.abs(difference))} against what is saved
              </span>
            )}
          </p>
          {alone && <p className="small warn-text">{alone}</p>}
          <ul className="stack" style={{ gap: 4 }}>
            {answer.customers.map((c) => (
              <li key={c.id} className="row">
                <Face name={nameOf(c)} known={c.known} />
                <Link className="cut grow" href={`/customers/${c.id}`}>
                  {nameOf(c)}
                </Link>
                {saved ? <Why segment={saved.id} customer={c.id} name={nameOf(c)} /> : c.lastSeenAt && <span className="tiny muted">{ago(c.lastSeenAt, now)}</span>}
              </li>
            ))}
          </ul>
          {answer.size > answer.customers.length && <p className="tiny muted">and {count(answer.size - answer.customers.length, 'other')}</p>}
        </>
      )}
    </section>
  )
}
