import { Switch } from 'react-aria-components'
import { groups } from '../lib/keys'
import { prefs } from '../lib/prefs'
import { KeyCap } from './parts'
import { Sheet } from './sheet'

/** Every command of the page with its key. */
export default function Help({ onClose }: { onClose: () => void }) {
  const list = groups.use()
  const { keys } = prefs.use()
  return (
    <Sheet title="What can be pressed" onClose={onClose} wide>
      <div className="help">
        {list.map((group, i) => (
          <section key={`${group.title}${i}`}>
            <h3>{group.title}</h3>
            <dl>
              {group.commands().map((c) => (
                <div key={c.keys} className="row spread">
                  <dt>{c.name}</dt>
                  <dd className="row" style={{ gap: 3 }}>
                    {c.keys.split(' ').map((k) => (
                      <KeyCap key={k} keys={k} />
                    ))}
                    <span className="unseen">{c.keys}</span>
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <Switch className="switch" isSelected={keys} onChange={(on) => prefs.set((now) => ({ ...now, keys: on }))}>
        <span className="knob" />
        Commands of a single key
      </Switch>
    </Sheet>
  )
}
