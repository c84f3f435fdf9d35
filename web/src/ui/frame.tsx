import { Suspense, lazy, useEffect, useRef, useState, type ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import icon from '../icon.svg'
import { spoken } from '../lib/announce'
import { useNow } from '../lib/clock'
import { clockTime } from '../lib/format'
import { useCommands, type Command } from '../lib/keys'
import { has, session, type Scope } from '../lib/session'
import { connection } from '../lib/socket'
import { Icon, type IconName } from './icon'
import { Search } from './search'
import { Toasts } from './toast'

const Help = lazy(() => import('./help'))
const AccountMenu = lazy(() => import('./account-menu'))

interface Place {
  path: string
  name: string
  icon: IconName
  key: string
  needs: Scope
}

/** What the token may not see is not there. */
const places: Place[] = [
  { path: '/', name: 'Overview', icon: 'overview', key: 'o', needs: 'customers:read' },
  { path: '/customers', name: 'Customers', icon: 'customers', key: 'c', needs: 'customers:read' },
  { path: '/identity', name: 'Identity', icon: 'identity', key: 'i', needs: 'pii:read' },
  { path: '/review', name: 'Review', icon: 'review', key: 'r', needs: 'identity:write' },
  { path: '/segments', name: 'Segments', icon: 'segments', key: 's', needs: 'customers:read' },
  { path: '/quarantine', name: 'Quarantine', icon: 'quarantine', key: 'q', needs: 'sources:write' },
]

export function Frame({ children }: { children: ReactNode }) {
  const [path, go] = useLocation()
  const [help, setHelp] = useState(false)
  const main = useRef<HTMLElement>(null)
  session.use()
  const mine = places.filter((p) => has(p.needs))
  const first = useRef(true)

  // A new page is read from its start.
  useEffect(() => {
    if (first.current) first.current = false
    else if (document.activeElement === document.body || !main.current?.contains(document.activeElement)) main.current?.focus({ preventScroll: true })
  }, [path])

  const commands: Command[] = mine.map((p) => ({ keys: `g ${p.key}`, name: `Go to ${p.name}`, run: () => go(p.path) }))
  useCommands('Everywhere', [...commands, { keys: '?', name: 'What can be pressed', run: () => setHelp(true) }])

  return (
    <>
      <div className="frame">
        <nav aria-label="Main">
          <Link href="/" className="brand" aria-label="Kith, overview">
            <img src={icon} alt="" width="24" height="24" />
            <span>Kith</span>
          </Link>
          {mine.map((p) => (
            <Link key={p.path} href={p.path} className="nav-item" title={`${p.name} (g ${p.key})`} aria-current={here(path, p.path) ? 'page' : undefined}>
              <Icon name={p.icon} size={18} />
              <span>{p.name}</span>
            </Link>
          ))}
        </nav>
        <header>
          <Search />
          <span className="grow" />
          <Dot />
          <Account onHelp={() => setHelp(true)} />
        </header>
        <main ref={main} tabIndex={-1}>
          {children}
        </main>
      </div>
      {help && (
        <Suspense>
          <Help onClose={() => setHelp(false)} />
        </Suspense>
      )}
      <Toasts />
      <Spoken />
    </>
  )
}

function here(path: string, place: string): boolean {
  return place === '/' ? path === '/' : path === place || path.startsWith(`${place}/`)
}

function Spoken() {
  return (
    <div className="unseen" role="status" aria-live="polite">
      {spoken.use()}
    </div>
  )
}

/** The connection's state in words. */
function Dot() {
  const { state, since } = connection.use()
  const { state: signed } = session.use()
  const now = useNow()
  const offline = state === 'lost' && Math.max(now, Date.now()) - since > 10_000
  const [kind, text] =
    signed === 'ended'
      ? (['off', 'Signed out'] as const)
      : state === 'live'
        ? (['live', 'Live'] as const)
        : offline
          ? (['off', `Offline since ${clockTime(since)}`] as const)
          : state === 'lost'
            ? (['wait', 'Reconnecting'] as const)
            : state === 'connecting'
              ? (['wait', 'Connecting'] as const)
              : (['', 'Nothing watched'] as const)
  return (
    <span className={`dot ${kind}`} data-connection={state} role="status">
      <span className="words">{text}</span>
    </span>
  )
}

function Account({ onHelp }: { onHelp: () => void }) {
  const { me } = session.use()
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  return (
    <>
      <button
        ref={button}
        type="button"
        className="button quiet"
        aria-label={`Signed in as ${me?.subject ?? ''}: theme, help, sign out`}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="user" />
        <Icon name="down" size={10} />
      </button>
      {open && (
        <Suspense>
          <AccountMenu button={button} onHelp={onHelp} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}
