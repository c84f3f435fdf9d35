import type { Condition, Operator } from '../../api/api.gen'
import { decodeLength, encodeLength, lengthWords } from './length'

/** A condition as it is built: every part has an id, and may be incomplete. */
export type Part =
  | { id: number; kind: 'group'; not: boolean; all: boolean; parts: Part[] }
  | { id: number; kind: 'trait'; not: boolean; key: string; op: Operator; value: string }
  | { id: number; kind: 'event'; not: boolean; name: string; count: Count; times: string; upTo: string; within: string; where: Property[]; sum: { property: string; op: Operator; value: string } | null }
  | { id: number; kind: 'sequence'; not: boolean; steps: { name: string; where: Property[] }[]; within: string; lookback: string }
  | { id: number; kind: 'segment'; not: boolean; segment: string }
  | { id: number; kind: 'connected'; not: boolean; through: 'ACCOUNT' | 'HOUSEHOLD'; parts: Part[]; all: boolean }

export type Group = Extract<Part, { kind: 'group' }>
/** `any`: as often as it may be, where only a sum counts. */
export type Count = 'atLeast' | 'atMost' | 'between' | 'exactly' | 'never' | 'any'
export interface Property {
  key: string
  op: Operator
  value: string
}

let latest = 0
export const nextId = () => ++latest

export const operators: { id: Operator; name: string; needs: 'value' | 'list' | 'length' | 'time' | '' }[] = [
  { id: 'EQ', name: 'is', needs: 'value' },
  { id: 'NE', name: 'is not', needs: 'value' },
  { id: 'GT', name: 'is more than', needs: 'value' },
  { id: 'GTE', name: 'is at least', needs: 'value' },
  { id: 'LT', name: 'is less than', needs: 'value' },
  { id: 'LTE', name: 'is at most', needs: 'value' },
  { id: 'IN', name: 'is one of', needs: 'list' },
  { id: 'NOT_IN', name: 'is none of', needs: 'list' },
  { id: 'CONTAINS', name: 'contains', needs: 'value' },
  { id: 'STARTS_WITH', name: 'begins with', needs: 'value' },
  { id: 'ENDS_WITH', name: 'ends with', needs: 'value' },
  { id: 'EXISTS', name: 'is known', needs: '' },
  { id: 'NOT_EXISTS', name: 'is not known', needs: '' },
  { id: 'BEFORE', name: 'is before', needs: 'time' },
  { id: 'AFTER', name: 'is after', needs: 'time' },
  { id: 'WITHIN_LAST', name: 'is within the last', needs: 'length' },
  { id: 'NOT_WITHIN_LAST', name: 'is not within the last', needs: 'length' },
]
const operator = (id: Operator) => operators.find((o) => o.id === id) ?? { id, name: id, needs: 'value' as const }

export const blank = (kind: Part['kind']): Part => {
  const base = { id: nextId(), not: false }
  switch (kind) {
    case 'group':
      return { ...base, kind, all: true, parts: [] }
    case 'trait':
      return { ...base, kind, key: '', op: 'EQ', value: '' }
    case 'event':
      return { ...base, kind, name: '', count: 'atLeast', times: '1', upTo: '', within: '30 days', where: [], sum: null }
    case 'sequence':
      return { ...base, kind, steps: [{ name: '', where: [] }, { name: '', where: [] }], within: '7 days', lookback: '' }
    case 'segment':
      return { ...base, kind, segment: '' }
    case 'connected':
      return { ...base, kind, through: 'ACCOUNT', all: true, parts: [] }
  }
}

/** A number with a point or a comma, as people type it. */
const decimal = (text: string) => Number(text.replace(',', '.'))

/** A typed value: a number, yes or no, or the text itself. In quotes it is always a text. */
function typed(text: string): unknown {
  const t = text.trim()
  if (/^".*"$/.test(t)) return t.slice(1, -1)
  if (/^-?\d+([.,]\d+)?$/.test(t) && !/^-?0\d/.test(t)) return decimal(t)
  if (t === 'yes' || t === 'true') return true
  if (t === 'no' || t === 'false') return false
  return t
}

function written(value: unknown): string {
  if (Array.isArray(value)) return value.map((v) => (typeof v === 'string' && v.includes(',') ? `"${v}"` : written(v))).join(', ')
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string') return typeof typed(value) === 'string' ? value : `"${value}"`
  return value === undefined || value === null ? '' : String(value)
}

/** How an operator begins where its value is typed anew: a length of time has a unit. */
export const emptyFor = (op: Operator) => (operator(op).needs === 'length' ? ' days' : '')

export function compare(p: Property): { key: string; op: Operator; value?: unknown } | null {
  const { needs } = operator(p.op)
  if (!p.key.trim()) return null
  if (needs === '') return { key: p.key.trim(), op: p.op }
  if (!p.value.trim()) return null
  if (needs === 'list') return { key: p.key.trim(), op: p.op, value: (p.value.match(/\s*"[^"]*"\s*|[^,]+/g) ?? []).map((v) => typed(v)).filter((v) => v !== '') }
  if (needs === 'length') {
    const value = encodeLength(p.value)
    return value === null ? null : { key: p.key.trim(), op: p.op, value }
  }
  if (needs === 'time') {
    const at = new Date(p.value)
    return Number.isNaN(at.getTime()) ? null : { key: p.key.trim(), op: p.op, value: at.toISOString() }
  }
  return { key: p.key.trim(), op: p.op, value: typed(p.value) }
}

/** Whether a part says something yet. */
export function complete(part: Part): boolean {
  return encode(part) !== null
}

/** The part as the API takes it; parts that are incomplete are left out, and null is nothing at all. */
export function encode(part: Part): Condition | null {
  const c = bare(part)
  return c && part.not ? { not: c } : c
}

function bare(part: Part): Condition | null {
  switch (part.kind) {
    case 'group': {
      const list = part.parts.map(encode).filter((c) => c !== null)
      if (list.length === 0) return null
      return part.all ? { all: list } : { any: list }
    }
    case 'trait': {
      const c = compare(part)
      return c && { trait: c }
    }
    case 'event': {
      const often = times(part)
      const where = part.where.map(compare)
      const within = part.within.trim() ? encodeLength(part.within) : undefined
      if (!part.name.trim() || where.some((w) => !w) || !often || within === null) return null
      if (part.sum && (!part.sum.property.trim() || part.sum.value.trim() === '' || Number.isNaN(decimal(part.sum.value)))) return null
      return {
        event: {
          name: part.name.trim(),
          ...(where.length > 0 && { where: where as { key: string; op: Operator }[] }),
          ...often,
          ...(within && { within }),
          ...(part.sum && { sum: { property: part.sum.property.trim(), op: part.sum.op, value: decimal(part.sum.value) } }),
        },
      }
    }
    case 'sequence': {
      const steps = part.steps.map((s) => ({ name: s.name.trim(), where: s.where.map(compare) }))
      const within = encodeLength(part.within)
      const lookback = part.lookback.trim() ? encodeLength(part.lookback) : undefined
      if (steps.length < 2 || steps.some((s) => !s.name || s.where.some((w) => !w)) || !within || lookback === null) return null
      return {
        sequence: {
          steps: steps.map((s) => ({ name: s.name, ...(s.where.length > 0 && { where: s.where as { key: string; op: Operator }[] }) })),
          within,
          ...(lookback && { lookback }),
        },
      }
    }
    case 'segment':
      return part.segment ? { segment: part.segment } : null
    case 'connected': {
      const where = bare({ id: 0, kind: 'group', not: false, all: part.all, parts: part.parts })
      return where && { connected: { through: part.through, where } }
    }
  }
}

/** How often, as the API takes it; null while it is incomplete. */
function times(part: Extract<Part, { kind: 'event' }>): { atLeast?: number; atMost?: number } | null {
  const whole = (text: string, least: number) => (/^\d+$/.test(text.trim()) && Number(text) >= least ? Number(text) : null)
  const [n, upTo] = [whole(part.times, part.count === 'atLeast' ? 1 : 0), whole(part.upTo, 0)]
  switch (part.count) {
    case 'never':
      return { atMost: 0 }
    case 'any':
      return part.sum ? {} : null
    case 'between':
      return n === null || upTo === null || upTo < n ? null : { atLeast: n, atMost: upTo }
    case 'exactly':
      return n === null ? null : { atLeast: n, atMost: n }
    default:
      return n === null ? null : { [part.count]: n }
  }
}

type Json = Record<string, unknown>
export const property = (p: unknown): Property => {
  const { key, op, value } = p as { key: string; op: Operator; value?: unknown }
  const { needs } = operator(op)
  return { key, op, value: needs === 'length' ? decodeLength(value) : needs === 'time' ? String(value) : written(value) }
}

/** What is stored, as it is built. The outermost is always a group. */
export function decode(condition: unknown): Group {
  const part = read(condition as Json)
  return part.kind === 'group' && !part.not ? part : { id: nextId(), kind: 'group', not: false, all: true, parts: [part] }
}

function read(c: Json): Part {
  const id = nextId()
  if (c['not']) {
    const inner = read(c['not'] as Json)
    return inner.not ? { id, kind: 'group', not: true, all: true, parts: [inner] } : { ...inner, not: true }
  }
  if (c['all'] || c['any']) return { id, kind: 'group', not: false, all: !!c['all'], parts: ((c['all'] ?? c['any']) as Json[]).map(read) }
  if (c['trait']) return { id, kind: 'trait', not: false, ...property(c['trait']) }
  if (c['event']) {
    const e = c['event'] as Json & { name: string; where?: unknown[]; atLeast?: number; atMost?: number; within?: string; sum?: { property: string; op: Operator; value: number } }
    const count = countOf(e)
    return {
      id,
      kind: 'event',
      not: false,
      name: e.name,
      count,
      times: String((count === 'atMost' ? e.atMost : e.atLeast) ?? 1),
      upTo: count === 'between' ? String(e.atMost) : '',
      within: decodeLength(e.within),
      where: (e.where ?? []).map(property),
      sum: e.sum ? { ...e.sum, value: String(e.sum.value) } : null,
    }
  }
  if (c['sequence']) {
    const s = c['sequence'] as Json & { steps: { name: string; where?: unknown[] }[]; within: string; lookback?: string }
    return { id, kind: 'sequence', not: false, steps: s.steps.map((x) => ({ name: x.name, where: (x.where ?? []).map(property) })), within: decodeLength(s.within), lookback: decodeLength(s.lookback) }
  }
  if (c['connected']) {
    const k = c['connected'] as { through: 'ACCOUNT' | 'HOUSEHOLD'; where: Json }
    const group = decode(k.where)
    return { id, kind: 'connected', not: false, through: k.through, all: group.all, parts: group.parts }
  }
  return { id, kind: 'segment', not: false, segment: String(c['segment'] ?? '') }
}

function countOf(e: { atLeast?: number; atMost?: number; sum?: unknown }): Count {
  if (e.atMost === 0 && !e.atLeast) return 'never'
  if (e.atLeast != null && e.atMost != null) return e.atLeast === e.atMost ? 'exactly' : 'between'
  if (e.atMost != null) return 'atMost'
  return e.atLeast == null && e.sum ? 'any' : 'atLeast'
}

/** The whole in a sentence: what a screen reader gets. */
export function sentence(part: Part, names: (segment: string) => string): string {
  const not = part.not ? 'not ' : ''
  const properties = (list: Property[]) => (list.length === 0 ? '' : ` where ${list.map(compared).join(' and ')}`)
  switch (part.kind) {
    case 'group': {
      const list = part.parts.filter(complete).map((p) => sentence(p, names))
      return list.length === 0 ? 'everybody' : `${not}${list.length > 1 ? '(' : ''}${list.join(part.all ? ' and ' : ' or ')}${list.length > 1 ? ')' : ''}`
    }
    case 'trait':
      return `${not}${compared(part)}`
    case 'event': {
      const often = { atLeast: `at least ${part.times}×`, atMost: `at most ${part.times}×`, between: `${part.times} to ${part.upTo}×`, exactly: `exactly ${part.times}×`, never: 'never', any: '' }[part.count]
      return `${not}did ${part.name}${often && ` ${often}`}${part.within.trim() ? ` in the last ${lengthWords(part.within)}` : ''}${properties(part.where)}${part.sum ? ` with the sum of ${part.sum.property} ${operator(part.sum.op).name.replace('is ', '')} ${part.sum.value}` : ''}`
    }
    case 'sequence':
      return `${not}did ${part.steps.map((s) => `${s.name}${properties(s.where)}`).join(', then ')}, all within ${lengthWords(part.within)}${part.lookback.trim() ? `, begun in the last ${lengthWords(part.lookback)}` : ''}`
    case 'segment':
      return `${part.not ? 'not ' : ''}in ${names(part.segment)}`
    case 'connected':
      return `${part.not ? 'nobody' : 'somebody'} in the same ${part.through.toLowerCase()} who is ${sentence({ id: 0, kind: 'group', not: false, all: part.all, parts: part.parts }, names)}`
  }
}

export function compared(p: Property): string {
  const o = operator(p.op)
  return `${p.key} ${o.name} ${o.needs === 'length' ? lengthWords(p.value) : o.needs ? p.value : ''}`.trim()
}

/** The tree with one part changed; null takes it out. */
export function replace<P extends Part>(root: P, id: number, change: (part: Part) => Part | null): P {
  if (!('parts' in root)) return root
  return {
    ...root,
    parts: root.parts.flatMap((p) => {
      if (p.id !== id) return [replace(p, id, change)]
      const next = change(p)
      return next ? [next] : []
    }),
  }
}

/** Moves a part up or down among its siblings. */
export function move<P extends Part>(root: P, id: number, by: 1 | -1): P {
  if (!('parts' in root)) return root
  const i = root.parts.findIndex((p) => p.id === id)
  if (i < 0) return { ...root, parts: root.parts.map((p) => move(p, id, by)) }
  const parts = [...root.parts]
  const [part] = parts.splice(i, 1)
  if (part) parts.splice(Math.max(0, Math.min(parts.length, i + by)), 0, part)
  return { ...root, parts }
}
