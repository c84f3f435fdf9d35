import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** The page names what its first script will load, so that it comes at the same time. */
const preload: Plugin = {
  name: 'preload-app',
  transformIndexHtml: {
    order: 'post',
    handler(html, { bundle }) {
      const files = new Set<string>()
      const add = (file: string) => {
        const chunk = bundle?.[file]
        if (files.has(file) || chunk?.type !== 'chunk') return
        files.add(file)
        chunk.imports.forEach(add)
      }
      for (const chunk of Object.values(bundle ?? {})) if (chunk.type === 'chunk' && chunk.name === 'app') add(chunk.fileName)
      return [...files].filter((f) => !html.includes(f)).map((f) => ({ tag: 'link', attrs: { rel: 'modulepreload', crossorigin: true, href: `/${f}` }, injectTo: 'head' as const }))
    },
  },
}

export default defineConfig({
  plugins: [react(), preload],
  // Nothing inline: the page's policy admits files of its own server and nothing else.
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
    // Two files make the first page: what asks the server, and what draws. Many small ones wait for each other.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'ask', test: /\/node_modules\/(react|graphql-ws)\/|\/src\/(lib|api)\/|\/src\/pages\/customer\/(model|topic)\.ts|vite\/preload-helper|rolldown.runtime/ },
            { name: 'draw', test: /\/node_modules\/(react-dom|scheduler|wouter|regexparam|use-sync-external-store|@tanstack\/[\w-]+)\/|\/src\/(ui\/(parts|icon|type-mark|toast)|icon)\./ },
          ],
        },
      },
    },
  },
  worker: { format: 'es' },
  // `npm run dev` beside a Kith on its usual address.
  server: { proxy: { '/graphql': { target: 'http://127.0.0.1:8080', ws: true }, '/v1': 'http://127.0.0.1:8080' } },
})
