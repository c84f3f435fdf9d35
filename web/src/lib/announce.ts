import { Store } from './store'

/** What a screen reader is told. One sentence in five seconds at most; what is urgent, at once. */
export const spoken = new Store('')

let last = 0
let waiting = ''
let timer = 0

export function announce(text: string, urgent = false) {
  const wait = urgent ? 0 : Math.max(0, last + 5000 - Date.now())
  waiting = text
  if (wait === 0) return speak()
  if (!timer) timer = window.setTimeout(speak, wait)
}

function speak() {
  window.clearTimeout(timer)
  timer = 0
  last = Date.now()
  // The same sentence twice is spoken twice only when the text differs.
  spoken.set((now) => (now === waiting ? `${waiting}\u00a0` : waiting))
}
