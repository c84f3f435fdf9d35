/** One change for many calls: a field gets a value, another name, or goes. */
export interface Remedy {
  kind: 'set' | 'rename' | 'remove'
  /** A path with dots, as faults name theirs. */
  field: string
  /** The new value as it is typed, or the new name. */
  to: string
}

type Json = Record<string, unknown>
const isObject = (v: unknown): v is Json => typeof v === 'object' && v !== null && !Array.isArray(v)

/** What was typed: JSON where it is JSON, else the text itself. */
export function typed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** What is missing, in words; empty when it can be applied. */
export function missing(r: Remedy): string {
  if (!r.field.trim()) return 'Name the field.'
  if (r.kind !== 'remove' && !r.to.trim()) return r.kind === 'set' ? 'Say what it becomes.' : 'Say how it is called then.'
  return ''
}

/** The call with the change made; null where there is nothing to change. */
export function apply(call: unknown, r: Remedy): Json | null {
  if (!isObject(call)) return null
  const path = r.field.trim().split('.')
  if (r.kind === 'set') return put(call, path, typed(r.to.trim()))
  const value = at(call, path)
  if (value === undefined) return null
  const without = take(call, path)
  return r.kind === 'remove' ? without : put(without, r.to.trim().split('.'), value)
}

export function at(of: unknown, path: string[]): unknown {
  return path.reduce<unknown>((v, key) => (isObject(v) ? v[key] : undefined), of)
}

function put(of: Json, [key = '', ...rest]: string[], value: unknown): Json {
  const inner = of[key]
  return { ...of, [key]: rest.length === 0 ? value : put(isObject(inner) ? inner : {}, rest, value) }
}

function take(of: Json, [key = '', ...rest]: string[]): Json {
  const { [key]: inner, ...others } = of
  if (rest.length === 0) return others
  return isObject(inner) ? { ...of, [key]: take(inner, rest) } : of
}
