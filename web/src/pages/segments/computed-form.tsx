import { useState } from 'react'
import { CreateComputed, UpdateComputed, type ComputedFunction, type ComputedTraitInput } from '../../api/api.gen'
import { ask, words } from '../../lib/api'
import { useCommands } from '../../lib/keys'
import { Button, Field, Select } from '../../ui/parts'
import { Sheet } from '../../ui/sheet'
import { toast } from '../../ui/toast'
import { compare, compared, property, type Property } from './condition'
import { keyOf } from './key'
import { decodeLength, encodeLength, lengthWords } from './length'
import { Length, Where, Word } from './rows'

export interface Computed {
  key: string
  name: string
  function: ComputedFunction
  events: string[]
  where: unknown
  property: string | null
  within: string | null
  of: string[]
  builtIn: boolean
}

/** How a trait is made, in words; `of` needs a property whose values count. */
const functions: { id: ComputedFunction; name: string; of: boolean }[] = [
  { id: 'COUNT', name: 'how many', of: false },
  { id: 'SUM', name: 'the sum of', of: true },
  { id: 'AVERAGE', name: 'the average of', of: true },
  { id: 'MIN', name: 'the least', of: true },
  { id: 'MAX', name: 'the greatest', of: true },
  { id: 'FIRST', name: 'the first', of: true },
  { id: 'LAST', name: 'the latest', of: true },
  { id: 'MOST_FREQUENT', name: 'the most frequent', of: true },
  { id: 'UNIQUE_LIST', name: 'every different', of: true },
  { id: 'UNIQUE_COUNT', name: 'how many different', of: true },
  { id: 'DAYS_SINCE', name: 'days since the latest', of: false },
]

/** "the sum of revenue of Order Completed in the last 30 days". */
export function says(c: Computed): string {
  if (c.function === 'SCORE') return `1 to 5 points for ${c.of.join(', ')}`
  if (c.function === 'JOIN') return `the digits of ${c.of.join(', ')}, one behind the other`
  const f = functions.find((x) => x.id === c.function)
  const events = c.events.join(' or ')
  const what = f?.of ? `${f.name} ${c.property} of ${events || 'any event'}` : `${f?.name} ${events || (c.function === 'COUNT' ? 'events' : 'event')}`
  const where = (Array.isArray(c.where) ? c.where : []).map(property).map(compared).join(' and ')
  return `${what}${where && ` where ${where}`}${c.within ? ` in the last ${lengthWords(decodeLength(c.within))}` : ''}`
}

interface Draft {
  name: string
  key: string
  function: ComputedFunction
  events: string[]
  where: Property[]
  property: string
  within: string
}

function draftOf(c: Computed | null): Draft {
  if (!c) return { name: '', key: '', function: 'COUNT', events: [''], where: [], property: '', within: '' }
  const where = Array.isArray(c.where) ? c.where.map(property) : []
  return { name: c.name, key: c.key, function: c.function, events: c.events.length > 0 ? c.events : [''], where, property: c.property ?? '', within: decodeLength(c.within) }
}

/** What the API takes; or what is missing, in words. */
function inputOf(d: Draft): ComputedTraitInput | string {
  const f = functions.find((x) => x.id === d.function)
  const where = d.where.map(compare)
  const within = d.within.trim() ? encodeLength(d.within) : null
  const events = d.events.map((e) => e.trim()).filter(Boolean)
  if (!d.name.trim()) return 'Give it a name.'
  if (f?.of && !d.property.trim()) return 'Name the property whose values count.'
  if (where.some((w) => w === null)) return 'A comparison is incomplete: finish it, or take it out.'
  if (d.within.trim() && !within) return 'Say how far back, or choose ever.'
  return {
    key: d.key || keyOf(d.name),
    name: d.name.trim(),
    function: d.function,
    ...(events.length > 0 && { events }),
    ...(where.length > 0 && { where: where as NonNullable<ComputedTraitInput['where']> }),
    ...(f?.of && { property: d.property.trim() }),
    ...(within && { within }),
  }
}

/** Makes a computed trait, or changes one. */
export function ComputedForm({ trait, onClose, onDone }: { trait: Computed | null; onClose: () => void; onDone: () => void }) {
  const [draft, setDraft] = useState(() => draftOf(trait))
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const set = (change: Partial<Draft>) => setDraft((d) => ({ ...d, ...change }))
  const f = functions.find((x) => x.id === draft.function)
  const input = inputOf(draft)
  const first = draft.events[0] ?? ''

  async function save() {
    if (busy) return
    if (typeof input === 'string') return setWrong(input)
    setBusy(true)
    setWrong('')
    try {
      const answer = trait ? (await ask(UpdateComputed, { input })).computedTraitUpdate : (await ask(CreateComputed, { input })).computedTraitCreate
      const mistake = answer.userErrors[0]
      if (mistake) setWrong(mistake.message)
      else {
        toast(trait ? 'Saved. It is worked out anew.' : 'Made. It is worked out for everybody who was there before, and live from now on.')
        onDone()
        onClose()
      }
    } catch (e) {
      setWrong(words(e))
    }
    setBusy(false)
  }
  useCommands('Computed trait', [{ keys: 'Ctrl Enter', name: 'Save', always: true, run: () => void save() }])

  return (
    <Sheet title={trait ? `Change ${trait.name}` : 'A trait made of events'} wide onClose={onClose}>
      <div className="builder-names">
        <Field label="Name" value={draft.name} onChange={(name) => set({ name })} autoFocus={!trait} />
        {trait ? (
          <div className="field">
            <span className="label">Key, for machines</span>
            <span className="mono">{trait.key}</span>
          </div>
        ) : (
          <Field label="Key, for machines" mono value={draft.key || keyOf(draft.name)} onChange={(key) => set({ key: key.replace(/[^A-Za-z0-9_]/g, '') })} />
        )}
      </div>
      <div className="sentence" role="group" aria-label="How it is made">
        <span>It is</span>
        <Select hideLabel label="How it is made" value={draft.function} onChange={(id) => set({ function: id as ComputedFunction })} options={functions} />
        {f?.of && (
          <>
            <Word label="Property" value={draft.property} onChange={(p) => set({ property: p })} of={{ kind: 'PROPERTY', event: first }} />
            <span>of</span>
          </>
        )}
        {draft.events.map((e, i) => (
          <span key={i} className="sentence">
            {i > 0 && <span>or</span>}
            <Word label={`Event ${i + 1}; none is any event`} hint="any event" value={e} onChange={(name) => set({ events: draft.events.map((x, j) => (j === i ? name : x)) })} of={{ kind: 'EVENT' }} />
            {draft.events.length > 1 && <Button kind="quiet" slim icon="close" aria-label={`Without event ${i + 1}`} onPress={() => set({ events: draft.events.filter((_, j) => j !== i) })} />}
          </span>
        ))}
        {draft.events.length < 20 && (
          <Button kind="quiet" slim icon="plus" onPress={() => set({ events: [...draft.events, ''] })}>
            or
          </Button>
        )}
        <Where list={draft.where} onChange={(where) => set({ where })} event={first} />
        <Length label="How far back" value={draft.within} onChange={(within) => set({ within })} ever="ever" before="in the last" />
      </div>
      {typeof input !== 'string' && (
        <p className="builder-says" role="status">
          {input.name}: {says({ of: [], builtIn: false, where: input.where ?? [], events: input.events ?? [], property: input.property ?? null, within: input.within ?? null, key: input.key, name: input.name, function: input.function })}.
        </p>
      )}
      {wrong && (
        <div className="notice bad" role="alert">
          {wrong}
        </div>
      )}
      <div className="row">
        <Button kind="primary" hint="Ctrl Enter" isDisabled={busy} onPress={() => void save()}>
          {busy ? 'Saving …' : trait ? 'Save' : 'Make it'}
        </Button>
        <Button onPress={onClose}>Leave it</Button>
      </div>
    </Sheet>
  )
}
