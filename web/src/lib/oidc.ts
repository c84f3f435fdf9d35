import { checkToken } from './api'
import { session, sessionEnded } from './session'

/** Sign-in through OpenID Connect: authorisation code with PKCE, in the page alone. */
interface Settings {
  oidcIssuer?: string
  oidcClient?: string
  oidcScopes?: string
}

const settings = JSON.parse(document.querySelector('meta[name="kith-settings"]')?.getAttribute('content') || '{}') as Settings
const client = settings.oidcClient ?? ''
const kept = 'kith.oidc'
const back = `${location.origin}/sign-in`

interface Discovered {
  authorization_endpoint: string
  token_endpoint: string
}

interface Pending {
  state: string
  verifier: string
  page: string
}

/** The provider's host, for the button; empty where none is configured. */
export function providerName(): string {
  return settings.oidcIssuer ? new URL(settings.oidcIssuer).host : ''
}

async function discover(): Promise<Discovered> {
  const base = (settings.oidcIssuer ?? '').replace(/\/$/, '')
  const response = await fetch(`${base}/.well-known/openid-configuration`)
  if (!response.ok) throw new Error(`The provider answered ${response.status} when asked how to sign in.`)
  return (await response.json()) as Discovered
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)))

/** Where one signs in, and what has to be known when one comes back. */
async function question(page: string): Promise<{ address: string; pending: Pending }> {
  const { authorization_endpoint } = await discover()
  const pending: Pending = { state: random(), verifier: random(), page }
  const challenge = base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(pending.verifier))))
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client,
    redirect_uri: back,
    scope: settings.oidcScopes ?? 'openid',
    state: pending.state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })
  return { address: `${authorization_endpoint}?${query}`, pending }
}

/** Goes to the provider; it comes back to /sign-in, and from there to the page that was asked for. */
export async function startProvider() {
  const { address, pending } = await question(location.pathname + location.search)
  sessionStorage.setItem(kept, JSON.stringify(pending))
  location.assign(address)
}

/** Windows of one origin talk here: the one that was opened for signing in says what the provider answered. */
const channel = () => new BroadcastChannel(kept)

/** Signs in again in a window of its own: the page stays as it is. Resolves when that is done. */
export async function startProviderBeside(): Promise<void> {
  // At once, while the press still counts: later a browser takes it for an advertisement.
  const beside = window.open('about:blank', 'kith-sign-in', 'popup,width=520,height=680')
  if (!beside) return startProvider()
  const { address, pending } = await question('')
  const answers = channel()
  beside.location.assign(address)
  await new Promise<void>((resolve, reject) => {
    answers.onmessage = ({ data }: MessageEvent<unknown>) => {
      const query = new URLSearchParams(String(data))
      if (query.get('state') !== pending.state) return
      answers.close()
      redeem(query, pending).then(resolve, reject)
    }
  })
}

/** Finishes a sign-in that comes back from the provider. Answers whether this window has nothing else to do. */
export async function finishProvider(): Promise<boolean> {
  if (location.pathname !== '/sign-in' || !location.search) return false
  const query = new URLSearchParams(location.search)
  const pending = JSON.parse(sessionStorage.getItem(kept) ?? 'null') as Pending | null
  if (query.get('state') && query.get('state') !== pending?.state) {
    // Another window asked.
    channel().postMessage(location.search)
    history.replaceState(null, '', '/sign-in')
    window.close()
    return true
  }
  if (!pending) return false
  sessionStorage.removeItem(kept)
  history.replaceState(null, '', pending.page.startsWith('/sign-in') ? '/' : pending.page)
  try {
    await redeem(query, pending)
  } catch (e) {
    session.set((s) => ({ ...s, state: 'out', token: '', reason: e instanceof Error ? e.message : String(e) }))
  }
  return false
}

async function redeem(query: URLSearchParams, pending: Pending) {
  const refused = query.get('error_description') ?? query.get('error')
  if (refused) throw new Error(refused)
  await tokens({ grant_type: 'authorization_code', code: query.get('code') ?? '', redirect_uri: back, client_id: client, code_verifier: pending.verifier })
}

/** Asks for a token, signs in with it, and sees to its renewal where the provider lets it be renewed. */
async function tokens(ask: Record<string, string>) {
  const { token_endpoint } = await discover()
  const response = await fetch(token_endpoint, { method: 'POST', body: new URLSearchParams(ask) })
  const answer = (await response.json()) as { access_token?: string; refresh_token?: string; error_description?: string; error?: string }
  if (!answer.access_token) throw new Error(answer.error_description ?? answer.error ?? 'The provider gave no token.')
  await checkToken(answer.access_token)
  renew(answer.refresh_token ?? ask['refresh_token'] ?? '')
}

let timer = 0
/** So long before its end a token is renewed, in ms; of one that lives shorter, half its life. */
const before = 60_000

/** The refresh token is nowhere but here: in no storage, and gone with the page. */
function renew(refresh: string) {
  window.clearTimeout(timer)
  const { me, token } = session.get()
  if (!refresh || !me) return
  const left = new Date(me.expiresAt).getTime() - Date.now()
  // A longer wait than a timer takes is none.
  const wait = Math.min(Math.max(left - before, left / 2, 0), 2 ** 31 - 1)
  timer = window.setTimeout(() => {
    if (session.get().token !== token) return
    tokens({ grant_type: 'refresh_token', refresh_token: refresh, client_id: client }).catch((e: unknown) => {
      // The session may go on until its end; then one signs in again.
      if (Date.now() > new Date(me.expiresAt).getTime()) sessionEnded(e instanceof Error ? e.message : String(e))
      else timer = window.setTimeout(() => renew(refresh), 5000)
    })
  }, wait)
}
