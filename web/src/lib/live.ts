import { useEffect, useSyncExternalStore } from 'react'
import type { Document } from '../api/api.gen'
import { session, sessionEnded } from './session'
import { socket } from './socket'
import { Store } from './store'

/** An event of a subscription. All but ResyncRequired carry a cursor. */
type Event = { __typename: string; cursor?: string; reason?: string }

export interface Live<S> {
  state: S
  phase: 'loading' | 'live' | 'gone' | 'failed'
  /** What went wrong, in words. */
  trouble: string
}

export interface Spec<D, V extends Record<string, unknown>, E extends Event, S> {
  /** The same key shares one subscription, and has one meaning. */
  key: string
  document: Document<D, V>
  variables: V
  /** The event in an answer. */
  event: (data: D) => E | null | undefined
  initial: S
  /** All that came since the last frame becomes one new state. */
  fold: (state: S, events: E[]) => S
  /** The stream has a gap: the next event is a snapshot, and what is on the page stays until then. */
  resync?: (state: S, reason: string) => S
}

/** How long a topic is kept without a reader: switching between tabs costs no new subscription. */
const keep = 1000
/** Hidden tabs get no frames; so much may wait there, and so long. */
const most = 1000
const longest = 1000

/** A subscription outside React. It resumes by cursor: `after` goes into the payload that graphql-ws sends again. */
class Topic<D, V extends Record<string, unknown>, E extends Event, S> {
  private readonly store: Store<Live<S>>
  private readonly variables: V & { after?: string | null }
  private waiting: E[] = []
  private frame = 0
  private timer = 0
  private readers = 0
  private release = 0
  private stop: (() => void) | null = null
  private again: (() => void) | null = null

  constructor(private readonly spec: Spec<D, V, E, S>) {
    this.store = new Store<Live<S>>({ state: spec.initial, phase: 'loading', trouble: '' })
    this.variables = { ...spec.variables }
  }

  get = () => this.store.get()
  subscribe = (listener: () => void) => this.store.subscribe(listener)

  /** Changes the state from elsewhere: older pages, a notice read. */
  update(change: (state: S) => S) {
    this.flush()
    this.store.set((now) => ({ ...now, state: change(now.state) }))
  }

  hold() {
    this.readers++
    window.clearTimeout(this.release)
    if (!this.stop && !this.again) this.start()
    return () => {
      if (--this.readers > 0) return
      this.release = window.setTimeout(() => this.end(), keep)
    }
  }

  private end() {
    this.stop?.()
    this.again?.()
    this.stop = this.again = null
    cancelAnimationFrame(this.frame)
    window.clearTimeout(this.timer)
    topics.delete(this.spec.key)
  }

  start() {
    this.stop?.()
    let ended = false
    const dispose = socket.subscribe<D>(
      { query: this.spec.document, variables: this.variables },
      {
        next: (answer) => {
          if (ended) return
          const error = answer.errors?.[0]
          if (error && !answer.data) return this.failed(error.message, codeIn(error))
          const event = answer.data && this.spec.event(answer.data)
          if (event) this.take(event)
        },
        error: (e) => {
          if (!ended) this.lost(e)
        },
        complete: () => {},
      },
    )
    this.stop = () => {
      ended = true
      dispose()
    }
  }

  private take(event: E) {
    if (event.__typename === 'ResyncRequired') {
      this.flush()
      const { resync } = this.spec
      if (resync) this.store.set((now) => ({ ...now, state: resync(now.state, event.reason ?? '') }))
      delete this.variables.after
      queueMicrotask(() => this.start())
      return
    }
    this.waiting.push(event)
    if (event.cursor) this.variables.after = event.cursor
    if (this.waiting.length >= most) return this.flush()
    if (this.frame) return
    this.frame = requestAnimationFrame(() => this.flush())
    this.timer = window.setTimeout(() => this.flush(), longest)
  }

  private flush() {
    cancelAnimationFrame(this.frame)
    window.clearTimeout(this.timer)
    this.frame = this.timer = 0
    if (this.waiting.length === 0) return
    const events = this.waiting
    this.waiting = []
    this.store.set((now) => ({ state: this.spec.fold(now.state, events), phase: 'live', trouble: '' }))
  }

  private lost(e: unknown) {
    if (Array.isArray(e)) {
      const first = e[0] as { message: string; extensions?: { code?: string } } | undefined
      return this.failed(first?.message ?? 'The subscription was refused.', first ? codeIn(first) : '')
    }
    if (e instanceof CloseEvent && (e.code === 4401 || e.code === 4403)) {
      sessionEnded(e.reason || 'The token has ended.')
      this.again = session.subscribe(() => {
        if (session.get().state !== 'in') return
        this.again?.()
        this.again = null
        this.start()
      })
      this.stop = null
      return
    }
    // Whatever it is, it may be over in a while.
    const timer = window.setTimeout(() => {
      this.again = null
      this.start()
    }, 3000)
    this.again = () => window.clearTimeout(timer)
    this.stop = null
  }

  private failed(message: string, code: string) {
    this.flush()
    this.store.set((now) => ({ ...now, phase: code === 'NOT_FOUND' ? 'gone' : 'failed', trouble: message }))
  }

  retry() {
    this.store.set((now) => ({ ...now, phase: 'loading', trouble: '' }))
    this.start()
  }
}

function codeIn(error: { extensions?: unknown }): string {
  return (error.extensions as { code?: string } | undefined)?.code ?? ''
}

const topics = new Map<string, Topic<never, never, never, never>>()

export interface Handle<S> extends Live<S> {
  update: (change: (state: S) => S) => void
  retry: () => void
}

function topicOf<D, V extends Record<string, unknown>, E extends Event, S>(spec: Spec<D, V, E, S>): Topic<D, V, E, S> {
  const known = topics.get(spec.key) as unknown as Topic<D, V, E, S> | undefined
  if (known) return known
  const topic = new Topic(spec)
  topics.set(spec.key, topic as never)
  return topic
}

/** How long what was begun waits for its first reader. */
const patience = 30_000

/** Subscribes before there is anything that reads it. */
export function begin<D, V extends Record<string, unknown>, E extends Event, S>(spec: Spec<D, V, E, S>) {
  window.setTimeout(topicOf(spec).hold(), patience)
}

/** What a subscription has brought so far. */
export function useLive<D, V extends Record<string, unknown>, E extends Event, S>(spec: Spec<D, V, E, S>): Handle<S> {
  const live = topicOf(spec)
  const now = useSyncExternalStore(live.subscribe, live.get)
  useEffect(() => {
    // A topic that was released since it was drawn is started again.
    topics.set(spec.key, live as never)
    return live.hold()
  }, [spec.key, live])
  return { ...now, update: (change) => live.update(change), retry: () => live.retry() }
}
