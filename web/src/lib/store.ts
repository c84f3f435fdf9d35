import { useSyncExternalStore } from 'react'

/** A value outside React that components read with `use`. */
export class Store<T> {
  private readonly listeners = new Set<() => void>()
  constructor(private value: T) {}

  get = () => this.value

  set(next: T | ((now: T) => T)) {
    const value = typeof next === 'function' ? (next as (now: T) => T)(this.value) : next
    if (Object.is(value, this.value)) return
    this.value = value
    for (const listener of [...this.listeners]) listener()
  }

  subscribe = (listener: () => void) => {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  use(): T {
    return useSyncExternalStore(this.subscribe, this.get)
  }
}
