import { useSyncExternalStore } from 'react'

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = matchMedia(query)
      media.addEventListener('change', listener)
      return () => media.removeEventListener('change', listener)
    },
    () => matchMedia(query).matches,
  )
}

/** Asked for once in each size of the window: to answer, the browser works out the style of all that has changed. */
let size = 0
window.addEventListener('resize', () => (size = 0))

/** A rem in px: more than usual where the window is very wide, or the reader wants larger text. */
export const rem = () => (size ||= parseFloat(getComputedStyle(document.documentElement).fontSize))

/** A length that grows with the text: numbers are px where a rem is 16 px. */
export const inRem = (size: number | string) => (typeof size === 'number' ? `${size / 16}rem` : size)

function onResize(listener: () => void) {
  window.addEventListener('resize', listener)
  return () => window.removeEventListener('resize', listener)
}

export const useRem = () => useSyncExternalStore(onResize, rem)
