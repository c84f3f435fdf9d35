import { useId, useState, type ReactNode } from 'react'
import type { Operator } from '../../api/api.gen'
import { Button, Select, Toggle } from '../../ui/parts'
import { blank, complete, emptyFor, operators, type Count, type Part, type Property } from './condition'
import { split, units } from './length'
import { useNames, type Kind } from './names'
import { number } from '../../lib/format'

export interface Edit {
  change: (id: number, change: (part: Part) => Part | null) => void
  move: (id: number, by: 1 | -1) => void
  segments: { id: string; name: string }[]
}

const kinds: { id: Part['kind']; name: string }[] = [
  { id: 'trait', name: 'Trait' },
  { id: 'event', name: 'Event' },
  { id: 'sequence', name: 'Events in order' },
  { id: 'segment', name: 'In a segment' },
  { id: 'connected', name: 'Connected to' },
  { id: 'group', name: 'Group' },
]

/** All or any of a list of parts, with what adds to it. */
export function Parts({ of, edit, label, tools }: { of: Extract<Part, { parts: Part[] }>; edit: Edit; label: string; tools?: ReactNode }) {
  const update = (change: Partial<typeof of>) => edit.change(of.id, (p) => ({ ...p, ...change }) as Part)
  return (
    <div className="parts" role="group" aria-label={label}>
      <div className="row flow small">
        <span className="muted">{label}</span>
        <Select hideLabel label={`${label}: all or any`} value={of.all ? 'all' : 'any'} onChange={(v) => update({ all: v === 'all' })} options={[{ id: 'all', name: 'all' }, { id: 'any', name: 'any' }]} />
        <span className="muted">of</span>
        {tools}
      </div>
      <ol className="part-list">
        {of.parts.map((p, i) => (
          <li key={p.id} className={`part${complete(p) ? '' : ' open'}`}>
            <Row part={p} edit={edit} tools={<Tools part={p} edit={edit} at={i} last={i === of.parts.length - 1} />} />
          </li>
        ))}
      </ol>
      <div className="row flow" role="group" aria-label={`Add to ${label}`} style={{ gap: 4 }}>
        {kinds.map((k) => (
          <Button key={k.id} slim icon="plus" onPress={() => update({ parts: [...of.parts, k.id === 'connected' || k.id === 'group' ? { ...blank(k.id), parts: [blank('trait')] } as Part : blank(k.id)] })}>
            {k.name}
          </Button>
        ))}
      </div>
    </div>
  )
}

/** What can be done with a condition as a whole. */
function Tools({ part, edit, at, last }: { part: Part; edit: Edit; at: number; last: boolean }) {
  const name = `condition ${at + 1}`
  return (
    <div className="part-tools">
      {!complete(part) && <span className="chip warn">incomplete</span>}
      <Toggle on={part.not} label={`Not this: ${name}`} onChange={(not) => edit.change(part.id, (x) => ({ ...x, not }))}>
        not
      </Toggle>
      <Button kind="quiet" slim icon="up" aria-label={`Move ${name} up`} isDisabled={at === 0} onPress={() => edit.move(part.id, -1)} />
      <Button kind="quiet" slim icon="down" aria-label={`Move ${name} down`} isDisabled={last} onPress={() => edit.move(part.id, 1)} />
      <Button kind="quiet" slim icon="close" aria-label={`Take ${name} out`} onPress={() => edit.change(part.id, () => null)} />
    </div>
  )
}

/** A condition with its tools: those of a nested one stand in its first line, and the nested ones have the whole width. */
function Row({ part, edit, tools }: { part: Part; edit: Edit; tools: ReactNode }) {
  if (part.kind === 'group') return <Parts of={part} edit={edit} label="People who match" tools={tools} />
  if (part.kind === 'connected') return <Connected part={part} edit={edit} tools={tools} />
  return (
    <div className="part-line">
      <Sentence part={part} edit={edit} />
      {tools}
    </div>
  )
}

function Connected({ part, edit, tools }: { part: Extract<Part, { kind: 'connected' }>; edit: Edit; tools: ReactNode }) {
  const through = (to: string) => edit.change(part.id, (p) => ({ ...p, through: to as 'ACCOUNT' | 'HOUSEHOLD' }) as Part)
  return (
    <div className="stack" style={{ gap: 6 }}>
      <div className="sentence">
        <span>someone in the same</span>
        <Select hideLabel label="How they are tied" value={part.through} onChange={through} options={[{ id: 'ACCOUNT', name: 'account' }, { id: 'HOUSEHOLD', name: 'household' }]} />
        {tools}
      </div>
      <Parts of={part} edit={edit} label="who matches" />
    </div>
  )
}

type Flat = Exclude<Part, { parts: Part[] }>

function Sentence({ part, edit }: { part: Flat; edit: Edit }) {
  const set = <P extends Part>(change: Partial<P>) => edit.change(part.id, (p) => ({ ...p, ...change }) as Part)
  switch (part.kind) {
    case 'trait':
      return (
        <div className="sentence">
          <Word label="Trait" value={part.key} onChange={(key) => set({ key })} of={{ kind: 'TRAIT' }} />
          <Compare value={part} onChange={set} />
        </div>
      )
    case 'event':
      return <EventRow part={part} set={set} />
    case 'sequence':
      return (
        <div className="sentence">
          <span>did</span>
          {part.steps.map((s, i) => {
            const step = (change: Partial<typeof s>) => set<typeof part>({ steps: part.steps.map((x, j) => (j === i ? { ...x, ...change } : x)) })
            return (
              <span key={i} className="sentence">
                {i > 0 && <span>then</span>}
                <Word label={`Event ${i + 1}`} value={s.name} onChange={(name) => step({ name })} of={{ kind: 'EVENT' }} />
                <Where list={s.where} onChange={(where) => step({ where })} event={s.name} />
                {part.steps.length > 2 && <Button kind="quiet" slim icon="close" aria-label={`Take step ${i + 1} out`} onPress={() => set<typeof part>({ steps: part.steps.filter((_, j) => j !== i) })} />}
              </span>
            )
          })}
          {part.steps.length < 10 && (
            <Button kind="quiet" slim icon="plus" onPress={() => set<typeof part>({ steps: [...part.steps, { name: '', where: [] }] })}>
              then
            </Button>
          )}
          <span>, all within</span>
          <Length label="The whole may take" value={part.within} onChange={(within) => set({ within })} />
          <span>, begun</span>
          <Length label="How old the first may be" value={part.lookback} onChange={(lookback) => set({ lookback })} ever="at any time" before="in the last" />
        </div>
      )
    case 'segment':
      return (
        <div className="sentence">
          <span>is in</span>
          <Select hideLabel label="Segment" value={part.segment} onChange={(segment) => set({ segment })} options={[{ id: '', name: 'Choose a segment' }, ...edit.segments]} />
        </div>
      )
  }
}

type EventPart = Extract<Part, { kind: 'event' }>

function EventRow({ part, set }: { part: EventPart; set: (change: Partial<EventPart>) => void }) {
  const counts: { id: Count; name: string }[] = [
    { id: 'atLeast', name: 'at least' },
    { id: 'atMost', name: 'at most' },
    { id: 'between', name: 'between' },
    { id: 'exactly', name: 'exactly' },
    { id: 'never', name: 'never' },
    ...(part.sum || part.count === 'any' ? [{ id: 'any' as const, name: 'any number of' }] : []),
  ]
  return (
    <div className="sentence">
      <span>did</span>
      <Word label="Event" value={part.name} onChange={(name) => set({ name })} of={{ kind: 'EVENT' }} />
      <Select hideLabel label="How often" value={part.count} onChange={(count) => set({ count: count as Count })} options={counts} />
      {part.count !== 'never' && part.count !== 'any' && <Num label="Times" value={part.times} onChange={(times) => set({ times })} />}
      {part.count === 'between' && (
        <>
          <span>and</span>
          <Num label="Times at most" value={part.upTo} onChange={(upTo) => set({ upTo })} />
        </>
      )}
      {part.count !== 'never' && <span>times</span>}
      <Length label="How far back" value={part.within} onChange={(within) => set({ within })} ever="ever" before="in the last" />
      <Where list={part.where} onChange={(where) => set({ where })} event={part.name} />
      {part.sum ? (
        <span className="sentence">
          <span>with the sum of</span>
          <Word label="Property to add up" value={part.sum.property} onChange={(property) => part.sum && set({ sum: { ...part.sum, property } })} of={{ kind: 'PROPERTY', event: part.name }} />
          <Select
            hideLabel
            label="How to compare the sum"
            value={part.sum.op}
            onChange={(op) => part.sum && set({ sum: { ...part.sum, op: op as Operator } })}
            options={operators.filter((o) => ['EQ', 'GT', 'GTE', 'LT', 'LTE'].includes(o.id))}
          />
          <Num label="Sum" value={part.sum.value} onChange={(value) => part.sum && set({ sum: { ...part.sum, value } })} />
          <Button kind="quiet" slim icon="close" aria-label="Without the sum" onPress={() => set({ sum: null })} />
        </span>
      ) : (
        <Button kind="quiet" slim icon="plus" onPress={() => set({ sum: { property: '', op: 'GTE', value: '' } })}>
          sum
        </Button>
      )}
    </div>
  )
}

export function Where({ list, onChange, event }: { list: Property[]; onChange: (list: Property[]) => void; event: string }) {
  return (
    <>
      {list.map((p, i) => {
        const set = (change: Partial<Property>) => onChange(list.map((x, j) => (j === i ? { ...x, ...change } : x)))
        return (
          <span key={i} className="sentence">
            <span>{i === 0 ? 'where' : 'and'}</span>
            <Word label="Property" value={p.key} onChange={(key) => set({ key })} of={{ kind: 'PROPERTY', event }} />
            <Compare value={p} onChange={set} />
            <Button kind="quiet" slim icon="close" aria-label="Without this property" onPress={() => onChange(list.filter((_, j) => j !== i))} />
          </span>
        )
      })}
      <Button kind="quiet" slim icon="plus" onPress={() => onChange([...list, { key: '', op: 'EQ', value: '' }])}>
        where
      </Button>
    </>
  )
}

function Compare({ value, onChange }: { value: Property; onChange: (change: Partial<Property>) => void }) {
  const needed = (op: Operator) => operators.find((o) => o.id === op)?.needs ?? 'value'
  const needs = needed(value.op)
  // A text stays when one kind of comparison becomes another; a date or a length is none.
  const keeps = (op: Operator) => needed(op) === needs || (['value', 'list'].includes(needed(op)) && ['value', 'list'].includes(needs))
  const change = (op: Operator) => onChange(keeps(op) ? { op } : { op, value: emptyFor(op) })
  return (
    <>
      <Select hideLabel label="How to compare" value={value.op} onChange={(op) => change(op as Operator)} options={operators} />
      {needs === 'length' ? (
        <Length label="How long" value={value.value} onChange={(v) => onChange({ value: v })} />
      ) : needs === 'time' ? (
        <Plain label="Time" type="date" value={value.value.slice(0, 10)} onChange={(v) => onChange({ value: v })} />
      ) : (
        needs && <Plain label={needs === 'list' ? 'Values, with commas between' : 'Value'} value={value.value} onChange={(v) => onChange({ value: v })} placeholder={needs === 'list' ? 'one, another' : 'value'} />
      )}
    </>
  )
}

function Plain({ label, value, onChange, type = 'text', placeholder }: { label: string; value: string; onChange: (v: string) => void; type?: string; placeholder?: string }): ReactNode {
  return <input className="input word" type={type} aria-label={label} value={value} placeholder={placeholder} onChange={(e) => onChange(e.target.value)} spellCheck={false} autoComplete="off" />
}

function Num({ label, value, onChange, placeholder }: { label: string; value: string; onChange: (v: string) => void; placeholder?: string }) {
  return <input className="input number num" inputMode="decimal" aria-label={label} value={value} placeholder={placeholder} onChange={(e) => onChange(e.target.value)} autoComplete="off" />
}

/** A length of time with its unit; with `ever`, also none. */
export function Length({ label, value, onChange, ever, before }: { label: string; value: string; onChange: (v: string) => void; ever?: string; before?: string }) {
  const { n, unit } = split(value)
  const names = [...(ever ? [{ id: '', name: ever }] : []), ...[...units, ...(unit === 'as written' ? [unit] : [])].map((u) => ({ id: u, name: u }))]
  const none = ever !== undefined && value === ''
  return (
    <>
      {before && !none && <span>{before}</span>}
      {!none && <Num label={label} value={n} onChange={(v) => onChange(`${v.replaceAll(' ', '')} ${unit}`)} />}
      <Select hideLabel label={`${label}: unit`} value={none ? '' : unit} onChange={(u) => onChange(u === '' ? '' : `${unit === 'as written' ? '' : n} ${u}`)} options={names} />
    </>
  )
}

/** A name, completed from what was really sent; others may be typed. */
export function Word({ label, value, onChange, of, hint = label.toLowerCase() }: { label: string; value: string; onChange: (v: string) => void; of: Kind; hint?: string }) {
  const id = useId()
  const [used, setUsed] = useState(false)
  const names = useNames(of, value.trim(), used)
  return (
    <>
      <input
        className="input word"
        list={id}
        aria-label={label}
        placeholder={hint}
        value={value}
        onFocus={() => setUsed(true)}
        onChange={(e) => onChange(e.target.value)}
        spellCheck={false}
        autoComplete="off"
      />
      <datalist id={id}>
        {names.map((n) => (
          <option key={n.name} value={n.name} label={`${n.name}${n.types.length > 0 ? ` · ${n.types.join(', ').toLowerCase()}` : ''} · ${number(Number(n.count))}`} />
        ))}
      </datalist>
    </>
  )
}
