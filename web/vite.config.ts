import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react()],
  // Nothing inline: the page's policy admits files of its own server and nothing else.
  build: { target: 'es2023', assetsInlineLimit: 0, modulePreload: { polyfill: false }, sourcemap: false, reportCompressedSize: false, chunkSizeWarningLimit: 2000 },
  worker: { format: 'es' },
  // `npm run dev` beside a Kith on its usual address.
  server: { proxy: { '/graphql': { target: 'http://127.0.0.1:8080', ws: true }, '/v1': 'http://127.0.0.1:8080' } },
})
