import { useRef, useState } from 'react'
import { Resend } from '../../api/api.gen'
import { ask, words } from '../../lib/api'
import { count, number } from '../../lib/format'
import { Button, Field, Select } from '../../ui/parts'
import { Sheet } from '../../ui/sheet'
import { toast } from '../../ui/toast'
import { apply, at, missing, type Remedy } from './remedy'
import type { Call } from './page'

/** So many calls are shown before anything is sent. */
const shown = 5
/** So many are under way at once. */
const atOnce = 4

export interface Outcome {
  accepted: string[]
  refused: { id: string; code: string; field: string | null; message: string }[]
}

/** One change for many calls, seen on some before it is sent for all. */
export function FixMany({ calls, onClose, onDone }: { calls: Call[]; onClose: () => void; onDone: (outcome: Outcome) => void }) {
  const [remedy, setRemedy] = useState<Remedy>({ kind: 'set', field: calls[0]?.field ?? '', to: '' })
  const [done, setDone] = useState<number | null>(null)
  const stop = useRef<AbortController | null>(null)
  const set = (change: Partial<Remedy>) => setRemedy((r) => ({ ...r, ...change }))
  const lacks = missing(remedy)
  const fits = lacks ? [] : calls.filter((c) => apply(c.call, remedy))

  async function send() {
    const signal = (stop.current = new AbortController()).signal
    const outcome: Outcome = { accepted: [], refused: [] }
    const queue = [...fits]
    let finished = 0
    setDone(0)
    async function worker() {
      for (let call = queue.shift(); call && !signal.aborted; call = queue.shift()) {
        const { quarantineResend: answer } = await ask(Resend, { input: { ids: [call.id], call: apply(call.call, remedy) } }, signal)
        const mistake = answer.userErrors[0]
        if (mistake) throw new Error(mistake.message)
        outcome.accepted.push(...answer.accepted)
        outcome.refused.push(...answer.refused)
        setDone(++finished)
      }
    }
    try {
      await Promise.all(Array.from({ length: atOnce }, worker))
    } catch (e) {
      if (!signal.aborted) toast(words(e), { kind: 'bad' })
      queue.length = 0
    }
    setDone(null)
    onDone(outcome)
  }

  return (
    <Sheet title={`Fix ${count(calls.length, 'call')}`} wide onClose={() => (done === null ? onClose() : stop.current?.abort())}>
      <div className="remedy">
        <Select
          label="The change"
          value={remedy.kind}
          onChange={(kind) => set({ kind: kind as Remedy['kind'] })}
          options={[
            { id: 'set', name: 'give a field a value' },
            { id: 'rename', name: 'give a field another name' },
            { id: 'remove', name: 'take a field out' },
          ]}
        />
        <Field label="Field" mono value={remedy.field} onChange={(field) => set({ field })} placeholder="properties.total" />
        {remedy.kind !== 'remove' && <Field label={remedy.kind === 'set' ? 'Its value' : 'Its new name'} mono value={remedy.to} onChange={(to) => set({ to })} hint={remedy.kind === 'set' ? 'A text, or JSON: 5, true, {"a": 1}.' : undefined} />}
      </div>
      {!lacks && (
        <section className="stack" style={{ gap: 6 }} aria-label="What it does">
          <h3>
            {fits.length === calls.length ? (calls.length > shown ? `The first ${shown} of ${number(calls.length)}` : 'What it does') : `${count(fits.length, 'call')} have this field; the others stay as they are`}
          </h3>
          <ul className="stack" style={{ gap: 6 }}>
            {fits.slice(0, shown).map((c) => (
              <li key={c.id} className="remedy-line mono small" data-remedy>
                <Change call={c} remedy={remedy} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {lacks && <p className="small muted">{lacks}</p>}
      <div className="row">
        <Button kind="primary" isDisabled={done !== null || fits.length === 0} onPress={() => void send()}>
          {done === null ? `Send ${fits.length > 0 ? count(fits.length, 'call') : ''} again` : `${number(done)} of ${number(fits.length)} sent …`}
        </Button>
        <Button onPress={() => (done === null ? onClose() : stop.current?.abort())}>{done === null ? 'Leave it' : 'Stop'}</Button>
        <span className="unseen" role="status">
          {done !== null && `${done} of ${fits.length} sent`}
        </span>
      </div>
    </Sheet>
  )
}

/** The field before and after. */
function Change({ call, remedy }: { call: Call; remedy: Remedy }) {
  const path = remedy.field.trim().split('.')
  const after = apply(call.call, remedy)
  const text = (v: unknown) => (v === undefined ? 'nothing' : JSON.stringify(v))
  const field = remedy.kind === 'rename' ? remedy.to.trim() : remedy.field.trim()
  return (
    <>
      <del>
        {remedy.field}: {text(at(call.call, path))}
      </del>{' '}
      <ins>
        {field}: {text(at(after, field.split('.')))}
      </ins>
    </>
  )
}
