/** A length of time as it is typed: "30 days". What cannot be said so keeps its text: "P1Y2M as written". */
const signs = { minutes: ['PT', 'M'], hours: ['PT', 'H'], days: ['P', 'D'], weeks: ['P', 'W'], months: ['P', 'M'], years: ['P', 'Y'] } as const
type Unit = keyof typeof signs | 'as written'

export const units = Object.keys(signs) as Unit[]

export function split(text: string): { n: string; unit: Unit } {
  const [, n = '', unit = 'days'] = /^(\S*) (.*)$/.exec(text) ?? []
  return { n, unit: unit as Unit }
}

/** ISO 8601; null while it is incomplete. */
export function encodeLength(text: string): string | null {
  const { n, unit } = split(text)
  if (unit === 'as written') return /^P\S+$/.test(n) ? n : null
  return /^[1-9]\d*$/.test(n) ? signs[unit][0] + n + signs[unit][1] : null
}

/** The largest unit in which it is a whole number; the API writes 90 minutes as PT1H30M. */
export function decodeLength(iso: unknown): string {
  const text = String(iso ?? '')
  if (!text) return ''
  const clock = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(text)?.map((n) => Number(n ?? 0))
  const calendar = /^P(?:(\d+)Y)?(?:(\d+)M)?$/.exec(text)?.map((n) => Number(n ?? 0))
  const minutes = clock ? ((clock[1] ?? 0) * 7 + (clock[2] ?? 0)) * 1440 + (clock[3] ?? 0) * 60 + (clock[4] ?? 0) : 0
  const months = calendar ? (calendar[1] ?? 0) * 12 + (calendar[2] ?? 0) : 0
  if (minutes > 0) return minutes % 1440 === 0 ? `${minutes / 1440} days` : minutes % 60 === 0 ? `${minutes / 60} hours` : `${minutes} minutes`
  if (months > 0) return months % 12 === 0 ? `${months / 12} years` : `${months} months`
  return `${text} as written`
}

/** "30 days", "1 day". */
export function lengthWords(text: string): string {
  const { n, unit } = split(text)
  if (unit === 'as written') return n
  return `${n} ${n === '1' ? unit.slice(0, -1) : unit}`
}
