import { useSyncExternalStore } from 'react'

/** The time, as often as relative times need it: one timer for the whole page. */
let now = Date.now()
const listeners = new Set<() => void>()
let timer = 0

function subscribe(listener: () => void) {
  listeners.add(listener)
  if (listeners.size === 1) {
    timer = window.setInterval(() => {
      now = Date.now()
      for (const l of [...listeners]) l()
    }, 15_000)
  }
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) window.clearInterval(timer)
  }
}

export const useNow = () => useSyncExternalStore(subscribe, () => now)
