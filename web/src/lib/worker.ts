/** Workers are scripts to a browser with Trusted Types: the one policy of the page lets in those of its own server. */
const policy = window.trustedTypes?.createPolicy('kith-worker', {
  createScriptURL: (url) => {
    if (new URL(url, location.href).origin !== location.origin) throw new TypeError('not a worker of this server')
    return url
  },
})

export function startWorker(url: string): Worker {
  return new Worker((policy?.createScriptURL(url) ?? url) as string, { type: 'module' })
}

declare global {
  interface Window {
    trustedTypes?: { createPolicy: (name: string, rules: { createScriptURL: (url: string) => string }) => { createScriptURL: (url: string) => unknown } }
  }
}
