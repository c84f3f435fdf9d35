import { useEffect, useState } from 'react'
import { blank, nextId, type Group } from './condition'

/** What is being built. */
export interface Draft {
  name: string
  key: string
  root: Group
}

interface Kept {
  /** What it was begun from: of something else it is no draft any more. */
  from: string
  steps: Draft[]
}

/** So many steps can be undone. */
const most = 200

/** Whoever looks at one of the people in a preview finds what they were building when they come back. */
const kept = new Map<string, Kept>()

const fresh = (): Draft => ({ name: '', key: '', root: { id: nextId(), kind: 'group', not: false, all: true, parts: [blank('trait')] } })

/** The draft of a segment, or of a new one; every step can be undone, and it stays until it is saved or begun anew. */
export function useDraft(of: string | null) {
  const key = of ?? 'new'
  const [{ from, steps }, set] = useState<Kept>(() => kept.get(key) ?? { from: '', steps: [fresh()] })
  const dirty = steps.length > 1
  const update = (change: (now: Kept) => Kept) =>
    set((now) => {
      const next = change(now)
      if (next.steps.length > 1) kept.set(key, next)
      else kept.delete(key)
      return next
    })

  useEffect(() => {
    if (!dirty) return
    const ask = (e: BeforeUnloadEvent) => e.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [dirty])

  return {
    draft: steps[steps.length - 1] as Draft,
    dirty,
    edit: (change: (d: Draft) => Draft) => update((now) => ({ ...now, steps: [...now.steps, change(now.steps[now.steps.length - 1] as Draft)].slice(-most) })),
    undo: () => update((now) => (now.steps.length > 1 ? { ...now, steps: now.steps.slice(0, -1) } : now)),
    /** Begins from what is saved, unless there is a draft that did: one that somebody else's change came between is none. */
    begin: (saved: Draft, version: string) => update((now) => (now.steps.length > 1 && now.from === version ? now : { from: version, steps: [saved] })),
    /** Takes one that is not to be undone, and nothing of which is lost: what is saved, or a new one. */
    settle: (d: Draft = fresh()) => update(() => ({ from, steps: [d] })),
  }
}
