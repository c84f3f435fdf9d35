import { useLayoutEffect, useState } from 'react'
import { createPortal } from 'react-dom'
import icon from '../icon.svg'
import { checkToken, words } from '../lib/api'
import { providerName, startProvider, startProviderBeside } from '../lib/oidc'
import { session } from '../lib/session'
import { Button, Copy, Field } from './parts'

const command = 'go run . token --role agent'

/** Over the page when a session has ended: what is behind it stays, out of reach. */
export function SignInAgain() {
  useLayoutEffect(() => {
    const had = document.activeElement
    const behind = [...document.body.children].filter((e): e is HTMLElement => e instanceof HTMLElement && !e.inert && !e.dataset['reactAriaTopLayer'])
    for (const e of behind) e.inert = true
    return () => {
      for (const e of behind) e.inert = false
      if (had instanceof HTMLElement) had.focus()
    }
  }, [])
  // A dialog may be open: beside it, and marked as what React Aria lets have the focus.
  return createPortal(
    <div data-react-aria-top-layer="true">
      <SignIn over />
    </div>,
    document.body,
  )
}

export function SignIn({ over }: { over?: boolean }) {
  const { reason, token: had } = session.use()
  const [text, setText] = useState('')
  const [shown, setShown] = useState(false)
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  const provider = providerName()
  // The server could not be asked about the token there is.
  const again = !over && had !== '' && text.trim() === ''

  async function submit() {
    const token = again ? had : text.trim().replace(/^Bearer\s+/i, '')
    if (!token) return setTrouble('Paste a token.')
    setBusy(true)
    setTrouble('')
    try {
      await checkToken(token)
    } catch (e) {
      setTrouble(words(e))
    }
    setBusy(false)
  }

  return (
    <div className={`sign-in${over ? ' over' : ''}`} role="dialog" aria-modal="true" aria-labelledby="sign-in-title">
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault()
          void submit()
        }}
      >
        <div className="brand">
          <img src={icon} alt="" width="34" height="34" />
          <h1 id="sign-in-title">{over ? 'Sign in again' : 'Kith'}</h1>
        </div>
        <p className="muted">{over ? 'Your session has ended. The page behind this stays as it is.' : 'One live picture of every customer.'}</p>
        {provider && (
          <Button kind="primary" onPress={() => void (over ? startProviderBeside() : startProvider()).catch((e: unknown) => setTrouble(words(e)))}>
            Sign in with {provider}
          </Button>
        )}
        <Field
          label="Token"
          type={shown ? 'text' : 'password'}
          value={text}
          onChange={setText}
          // Whoever was typing when the session ended has typed on in here; a token is pasted whole.
          onPaste={(e) => {
            e.preventDefault()
            setText(e.clipboardData.getData('text/plain').trim())
          }}
          error={trouble || reason || undefined}
          mono
          autoFocus
          name="token"
        />
        <div className="row spread">
          <Button kind="quiet" slim onPress={() => setShown(!shown)}>
            {shown ? 'Hide' : 'Show'} the token
          </Button>
          <Button kind={provider ? '' : 'primary'} type="submit" isDisabled={busy}>
            {busy ? 'Checking …' : again ? 'Try again' : 'Sign in'}
          </Button>
        </div>
        <div className="stack" style={{ gap: 4 }}>
          <p className="small muted">Where Kith runs with a secret of its own, this makes one:</p>
          <div className="row command">
            <code className="grow cut">{command}</code>
            <Copy text={command} label="Copy the command" />
          </div>
        </div>
      </form>
    </div>
  )
}
