import { useMemo, useState } from 'react'
import { Resend } from '../../api/api.gen'
import { ask, words } from '../../lib/api'
import { exactTime } from '../../lib/format'
import { useCommands } from '../../lib/keys'
import { Button, Chip, Field } from '../../ui/parts'
import { toast } from '../../ui/toast'
import { reason, type Call } from './page'

/** One refused call: the fault at its place, and the call to be mended. */
export function Fix({ call, onSent }: { call: Call; onSent: () => void }) {
  const [now, setNow] = useState(call)
  const [text, setText] = useState(() => (typeof call.call === 'string' ? call.call : JSON.stringify(call.call, null, 2)))
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const parsed = useMemo(() => parse(text), [text])
  const line = useMemo(() => lineOf(text, now.field), [text, now.field])

  async function send() {
    if (busy) return
    if (!parsed.ok) return setWrong(parsed.wrong)
    setBusy(true)
    setWrong('')
    try {
      const { quarantineResend: answer } = await ask(Resend, { input: { ids: [call.id], call: parsed.value } })
      const again = answer.refused[0]
      const mistake = answer.userErrors[0]
      if (mistake) setWrong(mistake.message)
      else if (again) {
        setNow({ ...now, code: again.code, field: again.field, message: again.message })
        setWrong(`Refused again: ${again.message}`)
      } else {
        toast('Accepted: the call is on its way into the graph.')
        onSent()
      }
    } catch (e) {
      setWrong(words(e))
    }
    setBusy(false)
  }
  useCommands('This call', [{ keys: 'Ctrl Enter', name: 'Send it again', always: true, run: () => void send() }])

  return (
    <div className="fix">
      <header className="stack" style={{ gap: 6 }}>
        <div className="row flow">
          <h2>{reason(now)}</h2>
          <Chip>{now.source}</Chip>
          <span className="small muted">{exactTime(now.receivedAt)}</span>
        </div>
        <div className="notice bad">
          <div>
            <p>{now.message}</p>
            {now.field && (
              <p className="small muted">
                At <code>{now.field}</code>
                {line > 0 && `, line ${line}`}.
              </p>
            )}
          </div>
        </div>
      </header>
      <Field label="The call" value={text} onChange={setText} lines={18} mono error={wrong || (parsed.ok ? undefined : parsed.wrong)} hint="messageId and time of receipt stay, so it still counts once." />
      <div className="row">
        <Button kind="primary" hint="Ctrl Enter" isDisabled={busy || !parsed.ok} onPress={() => void send()}>
          {busy ? 'Sending …' : 'Send again'}
        </Button>
        <Button kind="quiet" onPress={() => setText(typeof call.call === 'string' ? call.call : JSON.stringify(call.call, null, 2))}>
          As it came
        </Button>
      </div>
    </div>
  )
}

function parse(text: string): { ok: true; value: unknown } | { ok: false; wrong: string } {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch (e) {
    return { ok: false, wrong: `This is not JSON: ${e instanceof Error ? e.message : ''}` }
  }
}

/** The line in which the field at fault is, or its nearest parent; 0 when neither is there. */
function lineOf(text: string, field: string | null): number {
  if (!field) return 0
  const lines = text.split('\n')
  for (const part of field.split('.').reverse()) {
    const i = lines.findIndex((l) => l.includes(`"${part}"`))
    if (i >= 0) return i + 1
  }
  return 0
}
