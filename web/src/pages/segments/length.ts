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

export function decodeLength(iso: unknown): string {
  const text = String(iso ?? '')
  if (!text) return ''
  const m = /^(PT?)(\d+)([YMWDH])$/.exec(text)
  const unit = m && units.find((u) => u !== 'as written' && signs[u][0] === m[1] && signs[u][1] === m[3])
  return m && unit ? `${m[2]} ${unit}` : `${text} as written`
}

/** "30 days", "1 day". */
export function lengthWords(text: string): string {
  const { n, unit } = split(text)
  if (unit === 'as written') return n
  return `${n} ${n === '1' ? unit.slice(0, -1) : unit}`
}
