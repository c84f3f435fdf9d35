import { useEffect, useState } from 'react'
import { IdentityPreview, Join, Part, type IdentityPreviewQuery } from '../../api/api.gen'
import { ask, words } from '../../lib/api'
import { count, nameOf, typeName } from '../../lib/format'
import { Button, Failure, Field, SkeletonRows } from '../../ui/parts'
import { Sheet } from '../../ui/sheet'
import { toast } from '../../ui/toast'
import { TypeMark } from '../../ui/type-mark'
import type { GraphNode } from './model'
import { revoke } from './revoke'

export interface Proposal {
  kind: 'join' | 'part'
  /** Of a part: the first from the others. */
  identifiers: GraphNode[]
}

type Preview = IdentityPreviewQuery['identityPreview']
const named = (n: { type: string; value: string }) => ({ type: n.type, value: n.value })

/** What a join or a part would do, before it is done; then why, then what came of it. */
export function Decide({ proposal, onClose, onDone }: { proposal: Proposal; onClose: () => void; onDone: () => void }) {
  const [preview, setPreview] = useState<Preview | null>(null)
  const [trouble, setTrouble] = useState<unknown>(null)
  const [reason, setReason] = useState('')
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const join = proposal.kind === 'join'
  const all = proposal.identifiers.map(named)
  const [first, ...rest] = all

  useEffect(() => {
    const stop = new AbortController()
    const input = join ? { join: all } : { part: { identifiers: all.slice(0, 1), from: all.slice(1) } }
    ask(IdentityPreview, { input }, stop.signal).then(
      (a) => setPreview(a.identityPreview),
      (e: unknown) => !stop.signal.aborted && setTrouble(e),
    )
    return () => stop.abort()
  }, [])

  async function decide() {
    if (!reason.trim()) return setWrong('Say why, for those who ask later.')
    setBusy(true)
    setWrong('')
    try {
      const answer = join ? (await ask(Join, { input: { identifiers: all, reason } })).identityJoin : (await ask(Part, { input: { identifiers: first ? [first] : [], from: rest, reason } })).identityPart
      const mistake = answer.userErrors[0]
      if (mistake) setWrong(mistake.message)
      else {
        const id = answer.decision?.id
        const done = join ? `Joined: they are ${answer.customers[0] ? nameOf(answer.customers[0]) : 'one person'} now.` : `Parted: they are ${count(answer.customers.length, 'customer')} now.`
        toast(done, id ? { action: { name: 'Undo', run: () => void revoke(id).then(onDone) } } : {})
        onDone()
        onClose()
      }
    } catch (e) {
      setWrong(words(e))
    }
    setBusy(false)
  }

  const stands = preview?.userErrors ?? []
  return (
    <Sheet title={join ? 'Join: these are one person' : 'Part: these are not one person'} wide onClose={onClose}>
      {trouble ? <Failure error={trouble} /> : null}
      {!preview && !trouble && <SkeletonRows rows={4} />}
      {stands.map((e) => (
        <div key={e.message} className="notice bad" role="alert">
          {e.message}
        </div>
      ))}
      {preview && stands.length === 0 && <BeforeAfter preview={preview} />}
      <Field label="Why" value={reason} onChange={setReason} error={wrong || undefined} hint="Kept with the decision. It can be taken back at any time." lines={2} autoFocus />
      <div className="row">
        <Button kind="primary" isDisabled={busy || !preview || stands.length > 0} onPress={() => void decide()}>
          {busy ? 'Deciding …' : join ? 'Join' : 'Part'}
        </Button>
        <Button onPress={onClose}>Leave it</Button>
      </div>
    </Sheet>
  )
}

const most = 12

/** Two lists of customers; what moves is marked. */
export function BeforeAfter({ preview }: { preview: Preview }) {
  const home = new Map(preview.before.flatMap((c) => c.identifiers.nodes.map((i) => [i.id, c.id] as const)))
  const names = new Map(preview.before.map((c) => [c.id, nameOf(c)]))
  if (preview.after.length === 0) return <p className="notice">This changes nobody.</p>
  return (
    <div className="what-if">
      <section>
        <h3>Now</h3>
        {preview.before.map((c) => (
          <div key={c.id} className="panel">
            <header>
              <span className="strong cut">{nameOf(c)}</span>
              <span className="muted small">{count(c.identifiers.nodes.length, 'identifier')}</span>
            </header>
            <Identifiers list={c.identifiers.nodes} moved={() => false} />
          </div>
        ))}
      </section>
      <section>
        <h3>Then</h3>
        {preview.after.map((c) => (
          <div key={c.id} className="panel">
            <header>
              <span className="strong cut">{names.get(c.id) ?? 'A customer of its own'}</span>
              <span className="muted small">{count(c.identifiers.length, 'identifier')}</span>
            </header>
            <Identifiers list={c.identifiers} moved={(i) => home.get(i) !== c.id} />
          </div>
        ))}
      </section>
    </div>
  )
}

function Identifiers({ list, moved }: { list: { id: string; type: string; value: string }[]; moved: (id: string) => boolean }) {
  const sorted = [...list].sort((a, b) => Number(moved(b.id)) - Number(moved(a.id)))
  return (
    <ul className="what-if-list">
      {sorted.slice(0, most).map((i) => (
        <li key={i.id} className={moved(i.id) ? 'moves' : undefined}>
          <TypeMark type={i.type} />
          <span className="cut">
            <span className="unseen">{typeName(i.type)} </span>
            {i.value}
          </span>
          {moved(i.id) && <span className="chip accent">moves</span>}
        </li>
      ))}
      {list.length > most && <li className="muted tiny">and {list.length - most} more</li>}
    </ul>
  )
}
