import { type Document, WhoAmI } from '../api/api.gen'
import { session, sessionEnded, signedIn } from './session'

/** One question. Rejects with what went wrong, in words; what came of the rest does with `partial`. */
export async function ask<D, V extends Record<string, unknown>>(document: Document<D, V>, variables: V, signal?: AbortSignal, partial = false): Promise<D> {
  const response = await fetch('/graphql', {
    method: 'POST',
    signal,
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${session.get().token}` },
    body: JSON.stringify({ query: document, variables }),
  }).catch((e: unknown) => {
    if (signal?.aborted) throw e
    throw new Trouble('The server cannot be reached.', 'UNREACHABLE')
  })
  const answer = (await response.json().catch(() => null)) as { data?: D | null; errors?: { message: string; extensions?: { code?: string } }[] } | null
  const error = answer?.errors?.[0]
  if (response.status === 401) sessionEnded(error?.message ?? 'The token is not valid.')
  if (error && !(partial && answer?.data)) throw new Trouble(error.message, error.extensions?.code ?? 'INTERNAL')
  if (!answer?.data) throw new Trouble(`The server answered ${response.status}.`, 'INTERNAL')
  return answer.data
}

/** Something the server refused, or that kept it from answering. */
export class Trouble extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message)
  }
}

/** What an error says to people. */
export function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export function codeOf(error: unknown): string {
  return error instanceof Trouble ? error.code : ''
}

/** Asks the server who the token is of. */
export async function checkToken(token: string) {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: WhoAmI }),
  }).catch(() => null)
  if (!response) throw new Trouble('The server cannot be reached. It may be starting; try again.', 'UNREACHABLE')
  const answer = (await response.json().catch(() => null)) as { data?: { me: Parameters<typeof signedIn>[0] }; errors?: { message: string }[] } | null
  if (!answer?.data?.me) throw new Trouble(answer?.errors?.[0]?.message ?? `The server answered ${response.status}.`, response.status < 500 ? 'UNAUTHENTICATED' : 'UNREACHABLE')
  signedIn(answer.data.me, token)
}
