import { Store } from './store'

export interface Prefs {
  theme: 'system' | 'light' | 'dark'
  /** Single-key commands (WCAG 2.1.4 asks for a way to switch them off). */
  keys: boolean
}

const kept = 'kith.prefs'

function read(): Prefs {
  const fallback: Prefs = { theme: 'system', keys: true }
  try {
    return { ...fallback, ...(JSON.parse(localStorage.getItem(kept) ?? '{}') as Partial<Prefs>) }
  } catch {
    return fallback
  }
}

export const prefs = new Store<Prefs>(read())

function apply() {
  const { theme } = prefs.get()
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}
apply()
prefs.subscribe(() => {
  localStorage.setItem(kept, JSON.stringify(prefs.get()))
  apply()
})

/** Whether the page is dark now, whoever decided it. */
export function isDark(): boolean {
  const { theme } = prefs.get()
  return theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
}

/** Calls back when the colours may have changed. */
export function onTheme(listener: () => void): () => void {
  const media = matchMedia('(prefers-color-scheme: dark)')
  media.addEventListener('change', listener)
  const stop = prefs.subscribe(listener)
  return () => {
    media.removeEventListener('change', listener)
    stop()
  }
}

/** A colour of the design, as it is now. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}
