import { createClient, type Client } from 'graphql-ws'
import { session } from './session'
import { Store } from './store'

export interface Connection {
  state: 'idle' | 'connecting' | 'live' | 'lost'
  /** When it became so, in ms. */
  since: number
}

/** What the dot shows. */
export const connection = new Store<Connection>({ state: 'idle', since: Date.now() })

function became(state: Connection['state']) {
  connection.set((now) => (now.state === state ? now : { state, since: Date.now() }))
}

let wake: (() => void) | null = null

/** Waits before the next attempt: longer each time up to 10 s, with jitter; not at all once the network is back. */
function backOff(retries: number): Promise<void> {
  const ms = Math.min(10_000, 300 * 2 ** retries) * (0.5 + Math.random() / 2)
  return new Promise((resolve) => {
    const timer = window.setTimeout(done, ms)
    function done() {
      window.clearTimeout(timer)
      wake = null
      resolve()
    }
    wake = done
  })
}

const pongWithin = 5000
let pongDue = 0
let open: WebSocket | null = null

/** The one socket of the page. It is there while something is watched. */
export const socket: Client = createClient({
  url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
  connectionParams: () => ({ Authorization: `Bearer ${session.get().token}` }),
  retryAttempts: Infinity,
  // 4401 and 4403 want another token: whoever watches waits for it.
  shouldRetry: (e) => !(e instanceof CloseEvent && (e.code === 4401 || e.code === 4403)),
  retryWait: backOff,
  lazyCloseTimeout: 2000,
  keepAlive: 10_000,
  on: {
    connecting: () => became(connection.get().state === 'lost' ? 'lost' : 'connecting'),
    connected: (s) => {
      open = s as WebSocket
      became('live')
    },
    ping: (received) => {
      if (!received) {
        window.clearTimeout(pongDue)
        pongDue = window.setTimeout(() => socket.terminate(), pongWithin)
      }
    },
    pong: (received) => {
      if (received) window.clearTimeout(pongDue)
    },
    closed: (event) => {
      open = null
      window.clearTimeout(pongDue)
      const wanted = event instanceof CloseEvent && event.wasClean && event.code === 1000
      became(wanted ? 'idle' : 'lost')
    },
  },
})

/** Until the socket has been asked what it was opened for, at most `ms`. */
export function asked(ms: number): Promise<void> {
  return new Promise((resolve) => {
    // A task later: the questions are sent when who waits for the connection is told.
    const done = () => (stop(), window.clearTimeout(timer), window.setTimeout(resolve))
    const timer = window.setTimeout(done, ms)
    const stop = connection.subscribe(() => connection.get().state === 'live' && done())
  })
}

/** A laptop back from sleep has a socket that looks open and is dead: asks at once. */
function probe() {
  wake?.()
  if (!open || open.readyState !== WebSocket.OPEN) return
  window.clearTimeout(pongDue)
  pongDue = window.setTimeout(() => socket.terminate(), pongWithin)
  open.send('{"type":"ping"}')
}
window.addEventListener('online', probe)
window.addEventListener('offline', () => {
  if (connection.get().state === 'live') socket.terminate()
})
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') probe()
})

// A renewed token: the old socket would end with the old one.
let tokenOf = session.get().token
session.subscribe(() => {
  const { token, state } = session.get()
  if (state !== 'in' || token === tokenOf) return
  tokenOf = token
  if (open) socket.terminate()
})
