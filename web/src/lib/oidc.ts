import { checkToken } from './api'
import { session } from './session'

/** Sign-in through OpenID Connect: authorisation code with PKCE, in the page alone. */
interface Settings {
  oidcIssuer?: string
  oidcClient?: string
}

const settings = JSON.parse(document.querySelector('meta[name="kith-settings"]')?.getAttribute('content') || '{}') as Settings
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

/** Goes to the provider; it comes back to /sign-in, and from there to the page that was asked for. */
export async function startProvider() {
  const { authorization_endpoint } = await discover()
  const pending: Pending = { state: random(), verifier: random(), page: location.pathname + location.search }
  sessionStorage.setItem(kept, JSON.stringify(pending))
  const challenge = base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(pending.verifier))))
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: settings.oidcClient ?? '',
    redirect_uri: back,
    scope: 'openid',
    state: pending.state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })
  location.assign(`${authorization_endpoint}?${query}`)
}

/** Finishes a sign-in that comes back from the provider. Answers whether there was one. */
export async function finishProvider(): Promise<boolean> {
  const query = new URLSearchParams(location.search)
  const pending = JSON.parse(sessionStorage.getItem(kept) ?? 'null') as Pending | null
  if (location.pathname !== '/sign-in' || !pending) return false
  sessionStorage.removeItem(kept)
  history.replaceState(null, '', pending.page === '/sign-in' ? '/' : pending.page)
  try {
    if (query.get('state') !== pending.state) throw new Error('The answer of the provider is not to our question. Sign in again.')
    const refused = query.get('error_description') ?? query.get('error')
    if (refused) throw new Error(refused)
    const { token_endpoint } = await discover()
    const response = await fetch(token_endpoint, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: query.get('code') ?? '',
        redirect_uri: back,
        client_id: settings.oidcClient ?? '',
        code_verifier: pending.verifier,
      }),
    })
    const answer = (await response.json()) as { access_token?: string; error_description?: string; error?: string }
    if (!answer.access_token) throw new Error(answer.error_description ?? answer.error ?? 'The provider gave no token.')
    await checkToken(answer.access_token)
  } catch (e) {
    session.set((s) => ({ ...s, state: 'out', token: '', reason: e instanceof Error ? e.message : String(e) }))
  }
  return true
}
