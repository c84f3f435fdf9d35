import { readBy } from './recent'
import { Store } from './store'

/** What the page may do, from the token's scopes. */
export type Scope = 'customers:read' | 'pii:read' | 'segments:write' | 'identity:write' | 'sources:write' | 'operations:read'

export interface Me {
  subject: string
  scopes: string[]
  expiresAt: string
}

export interface Session {
  /** `ended`: there was a session, and the page behind the sign-in keeps its state. */
  state: 'out' | 'checking' | 'in' | 'ended'
  token: string
  me: Me | null
  /** Why there is no session, for people. */
  reason: string
}

const kept = 'kith.token'

/** A token from the address, as #token=…; it leaves the address before anything else happens. */
function fromAddress(): string {
  const fragment = new URLSearchParams(location.hash.slice(1))
  const token = fragment.get('token')
  if (token === null) return ''
  fragment.delete('token')
  const rest = fragment.toString()
  history.replaceState(history.state, '', location.pathname + location.search + (rest ? `#${rest}` : ''))
  return token.trim()
}

const given = fromAddress()
if (given) sessionStorage.setItem(kept, given)
const first = given || sessionStorage.getItem(kept) || ''

// A link with a token in a tab that is already here is no new page to a browser.
window.addEventListener('hashchange', () => {
  const token = fromAddress()
  if (!token) return
  sessionStorage.setItem(kept, token)
  location.reload()
})

export const session = new Store<Session>({ state: first ? 'checking' : 'out', token: first, me: null, reason: '' })

export function signedIn(me: Me, token: string) {
  const { me: before } = session.get()
  sessionStorage.setItem(kept, token)
  readBy([me.subject, ...me.scopes].join(' '))
  // Somebody else, or one who may see less: what is on the page was read for whom it was before.
  if (before && (before.subject !== me.subject || before.scopes.some((s) => !me.scopes.includes(s)))) return location.reload()
  session.set({ state: 'in', token, me, reason: '' })
}

/** The server does not take the token any more. What is on the page stays. */
export function sessionEnded(reason: string) {
  const now = session.get()
  sessionStorage.removeItem(kept)
  if (now.state === 'in') session.set({ ...now, state: 'ended', reason })
  else if (now.state === 'checking') session.set({ ...now, state: 'out', token: '', reason })
}

export function signOut() {
  sessionStorage.removeItem(kept)
  readBy('')
  location.assign('/')
}

export function has(scope: Scope): boolean {
  return session.get().me?.scopes.includes(scope) ?? false
}

/** Whether the token has a scope; components are drawn anew when that changes. */
export function useScope(scope: Scope): boolean {
  return session.use().me?.scopes.includes(scope) ?? false
}
