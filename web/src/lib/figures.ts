import { FiguresNow, type FiguresNowQuery } from '../api/api.gen'
import { ask } from './api'
import { Store } from './store'

export interface Sample {
  /** In ms. */
  at: number
  perSecond: number
  lag: number
  oldest: number
}

export interface Figures {
  now: FiguresNowQuery['figures'] | null
  journal: FiguresNowQuery['journal'] | null
  /** The last quarter of an hour, oldest first. It goes on while other pages are looked at. */
  samples: Sample[]
  trouble: unknown
}

const every = 1000
const most = 15 * 60

export const figures = new Store<Figures>({ now: null, journal: null, samples: [], trouble: null })

let readers = 0
let timer = 0
let last: { at: number; touchpoints: number } | null = null

async function take() {
  try {
    const { figures: now, journal } = await ask(FiguresNow, {})
    const at = new Date(now.at).getTime()
    const touchpoints = Number(now.touchpoints)
    const seconds = last ? (at - last.at) / 1000 : 0
    // Erasure may take some away; a pause of the page is no rate.
    const perSecond = last && seconds > 0 && seconds < 10 ? Math.max(0, (touchpoints - last.touchpoints) / seconds) : null
    last = { at, touchpoints }
    figures.set((f) => ({
      now,
      journal,
      trouble: null,
      samples: perSecond === null ? f.samples : [...f.samples, { at, perSecond, lag: journal.lag, oldest: journal.oldestPendingSeconds }].slice(-most),
    }))
  } catch (trouble) {
    figures.set((f) => ({ ...f, trouble }))
  }
  if (readers > 0) timer = window.setTimeout(() => void take(), document.hidden ? 5 * every : every)
}

/** Keeps the figures coming while somebody looks. */
export function watchFigures(): () => void {
  if (++readers === 1) void take()
  return () => {
    if (--readers === 0) window.clearTimeout(timer)
  }
}
