/**
 * Dates and numbers in the reader's locale. Formatters are made once, since making one costs more than a hundred uses; and
 * when they are first used, since the page asks its first questions before it has anything to format.
 */
const locale = navigator.languages as string[]

function later<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

const exact = later(() => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }))
const clock = later(() => new Intl.DateTimeFormat(locale, { timeStyle: 'short' }))
const dayOnly = later(() => new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }))
const weekday = later(() => new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' }))
const away = later(() => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }))
const relative = later(() => new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' }))
const whole = later(() => new Intl.NumberFormat(locale))
const decimal = later(() => new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }))
const compact = later(() => new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }))
const percent = later(() => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }))
const rules = later(() => new Intl.PluralRules('en'))

/** Makes those that every page needs. */
export function makeFormatters() {
  for (const formatter of [clock, dayOnly, away, relative, whole, decimal, rules]) formatter()
}

export const exactTime = (at: string | number | Date) => exact().format(new Date(at))
export const clockTime = (at: string | number | Date) => clock().format(new Date(at))
export const day = (at: string | number | Date) => dayOnly().format(new Date(at))
export const number = (n: number) => whole().format(n)
export const decimals = (n: number) => decimal().format(n)
export const compactNumber = (n: number) => compact().format(n)
const signs = later(() => new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: 'exceptZero' }))
export const signed = (n: number) => signs().format(n)
export const share = (n: number) => percent().format(n)

/** "1 touchpoint", "23 touchpoints". */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${number(n)} ${rules().select(n) === 'one' ? one : many}`
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600_000],
  ['month', 2_629_800_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/** "3 min. ago"; "now" within the last minute. */
export function ago(at: string | number, now: number): string {
  const ms = new Date(at).getTime() - now
  for (const [unit, size] of steps) if (Math.abs(ms) >= size) return relative().format(Math.round(ms / size), unit)
  return relative().format(0, 'second')
}

/** Today, yesterday, or the day with its weekday. */
export function dayHeading(at: string, now: number): string {
  const date = new Date(at)
  const days = Math.round((midnight(new Date(now)) - midnight(date)) / 86_400_000)
  if (days === 0 || days === 1) return capital(away().format(-days, 'day'))
  return date.getFullYear() === new Date(now).getFullYear() ? weekday().format(date) : dayOnly().format(date)
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}

/** "first name" for firstName and first_name. */
export function wordsOf(key: string): string {
  return key.replace(/_|(?<=\p{Ll})(?=\p{Lu})/gu, ' ').toLowerCase()
}

export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

/** "45 s", "12 min", "1 h 5 min". */
export function span(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  if (ms < 60_000) return `${Math.round(ms / 1000)} s`
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60]
  return [hours > 0 && `${hours} h`, (rest > 0 || hours === 0) && `${rest} min`].filter(Boolean).join(' ')
}

/** Types of identifiers, in words. */
const typeNames: Record<string, string> = {
  user_id: 'user id',
  email: 'e-mail',
  phone: 'phone',
  anonymous_id: 'visitor',
  device_id: 'device',
  advertising_id: 'advertising id',
  record: 'record',
}
export const typeName = (type: string) => typeNames[type] ?? type.replaceAll('_', ' ')

/** A value of a trait or property, on one line. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'string') return isoTime.test(value) ? exactTime(value) : value
  if (typeof value === 'number') return decimal().format(value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value) && value.every((v) => typeof v !== 'object' || v === null)) return value.map(valueText).join(', ')
  if (typeof value === 'object' && !Array.isArray(value) && Object.values(value).every((v) => typeof v !== 'object' || v === null)) {
    return Object.values(value).map(valueText).join(', ')
  }
  return JSON.stringify(value)
}
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/

/** What stands in for every personal value where the token has no pii:read: it says nothing of what is behind it. */
export const masked = '•••'

/** What to call somebody: without a name, so that two are not called the same. */
export function nameOf(c: { displayName?: string | null; known?: boolean; shared?: boolean; id: string }): string {
  if (c.displayName === masked) return `Customer ${c.id.slice(4, 9)}…`
  if (c.displayName) return c.displayName
  return c.shared ? 'Shared identifier' : `Visitor ${c.id.slice(4, 9)}…`
}
