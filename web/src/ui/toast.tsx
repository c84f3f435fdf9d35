import { announce } from '../lib/announce'
import { Store } from '../lib/store'
import { Button } from './parts'

interface Toast {
  id: number
  text: string
  kind: '' | 'bad'
  action?: { name: string; run: () => void }
}

const toasts = new Store<Toast[]>([])
let latest = 0

/** Says what came of something, for as long as it takes to read; with an action, until it is closed. */
export function toast(text: string, options: { kind?: '' | 'bad'; action?: Toast['action'] } = {}) {
  const id = ++latest
  toasts.set((now) => [...now.slice(-3), { id, text, kind: options.kind ?? '', action: options.action }])
  announce(text, true)
  if (!options.action) window.setTimeout(() => dismiss(id), 6000)
}

function dismiss(id: number) {
  toasts.set((now) => now.filter((t) => t.id !== id))
}

export function Toasts() {
  const list = toasts.use()
  return (
    <section className="toasts" aria-label="Notices">
      {list.map((t) => (
        <div key={t.id} className={`notice ${t.kind}`}>
          <p className="grow">{t.text}</p>
          {t.action && (
            <Button
              slim
              icon="undo"
              onPress={() => {
                t.action?.run()
                dismiss(t.id)
              }}
            >
              {t.action.name}
            </Button>
          )}
          <Button kind="quiet" slim icon="close" aria-label="Dismiss" onPress={() => dismiss(t.id)} />
        </div>
      ))}
    </section>
  )
}
