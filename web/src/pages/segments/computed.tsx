import { useCallback, useEffect, useState } from 'react'
import { ComputedTraits as List, DeleteComputed, type ComputedTraitsQuery } from '../../api/api.gen'
import { ask, words } from '../../lib/api'
import { useCommands } from '../../lib/keys'
import { useScope } from '../../lib/session'
import { useTitle } from '../../lib/title'
import { Button, Chip, Failure, SkeletonRows } from '../../ui/parts'
import { Sheet } from '../../ui/sheet'
import { toast } from '../../ui/toast'
import { ComputedForm, says } from './computed-form'
import { Sections } from './sections'

type Line = ComputedTraitsQuery['computedTraits'][number]

/** How often the list is read again: while one is worked out, and else. */
const soon = 1000
const later = 10_000

/** Traits that no source states: counts, sums and others of what customers do. */
export function ComputedTraits() {
  useTitle('Computed traits')
  const [list, setList] = useState<Line[] | null>(null)
  const [trouble, setTrouble] = useState<unknown>(null)
  const [open, setOpen] = useState<Line | 'new' | null>(null)
  const [deleting, setDeleting] = useState<Line | null>(null)
  const mayWrite = useScope('segments:write')
  const load = useCallback(() => {
    ask(List, {}).then((a) => (setList(a.computedTraits), setTrouble(null)), setTrouble)
  }, [])
  const working = list?.some((t) => t.status !== 'LIVE') ?? false
  useEffect(load, [load])
  useEffect(() => {
    const timer = window.setInterval(load, working ? soon : later)
    return () => window.clearInterval(timer)
  }, [load, working])
  useCommands('Computed traits', mayWrite ? [{ keys: 'c', name: 'Make a computed trait', run: () => setOpen('new') }] : [])

  async function remove(trait: Line) {
    setDeleting(null)
    try {
      const mistake = (await ask(DeleteComputed, { key: trait.key })).computedTraitDelete.userErrors[0]
      toast(mistake ? mistake.message : `${trait.name} is deleted.`, mistake ? { kind: 'bad' } : {})
      load()
    } catch (e) {
      toast(words(e), { kind: 'bad' })
    }
  }

  return (
    <div className="page">
      <div className="page-head">
        <h1>Computed traits</h1>
        <p>Made of what customers do, and kept up to date as they do it</p>
        <span className="grow" />
        {mayWrite && (
          <Button kind="primary" icon="plus" hint="c" onPress={() => setOpen('new')}>
            Make one
          </Button>
        )}
      </div>
      <Sections />
      {trouble && !list ? <Failure error={trouble} onRetry={load} /> : null}
      {!list && !trouble && <SkeletonRows rows={10} />}
      {list && (
        <div className="panel scroll" tabIndex={0} role="region" aria-label="Computed traits, a table">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Trait</th>
                <th scope="col">How it is made</th>
                <th scope="col" className="wide-only">
                  Key
                </th>
                <th scope="col" className="right">
                  <span className="unseen">Status, change, delete</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {[...list]
                .sort((a, b) => Number(a.builtIn) - Number(b.builtIn))
                .map((t) => (
                  <tr key={t.key} data-trait={t.key}>
                    <td className="strong">{t.name}</td>
                    <td>{says(t)}</td>
                    <td className="mono muted wide-only">{t.key}</td>
                    <td className="right">
                      {t.status !== 'LIVE' && <Chip kind="warn">being worked out</Chip>} {t.builtIn && <span className="chip wide-only">always there</span>}
                      {!t.builtIn && mayWrite && (
                        <>
                          <Button slim aria-label={`Change ${t.name}`} onPress={() => setOpen(t)}>
                            Change
                          </Button>{' '}
                          <Button slim kind="danger" aria-label={`Delete ${t.name}`} onPress={() => setDeleting(t)}>
                            Delete …
                          </Button>
                        </>
                      )}
                    </td>
                  </tr>
                ))}
            </tbody>
          </table>
        </div>
      )}
      {open && <ComputedForm trait={open === 'new' ? null : open} onClose={() => setOpen(null)} onDone={load} />}
      {deleting && (
        <Sheet title={`Delete ${deleting.name}?`} onClose={() => setDeleting(null)}>
          <p>Customers do not have it any more. Segments that look at it must be changed first. It can be made again at any time: the events stay.</p>
          <div className="row">
            <Button kind="danger" onPress={() => void remove(deleting)}>
              Delete
            </Button>
            <Button autoFocus onPress={() => setDeleting(null)}>
              Keep
            </Button>
          </div>
        </Sheet>
      )}
    </div>
  )
}
