/** The pages that are loaded when they are gone to, by the first part of their address. */
export const pages: Record<string, () => Promise<unknown>> & Loads = {
  '': () => import('./overview/page'),
  identity: () => import('./identity/page'),
  review: () => import('./review/page'),
  segments: () => import('./segments/page'),
  quarantine: () => import('./quarantine/page'),
}

interface Loads {
  '': () => Promise<typeof import('./overview/page')>
  identity: () => Promise<typeof import('./identity/page')>
  review: () => Promise<typeof import('./review/page')>
  segments: () => Promise<typeof import('./segments/page')>
  quarantine: () => Promise<typeof import('./quarantine/page')>
}
