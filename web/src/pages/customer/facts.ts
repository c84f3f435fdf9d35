import { capital, decimals, masked, typeName, valueText } from '../../lib/format'

type Traits = Record<string, unknown>

const worthNames: [RegExp, string][] = [
  [/^(lifetime_?value|ltv|total_?spent|revenue)$/i, 'value'],
  [/^(plan|tier|loyalty_?(tier|level|status))$/i, 'plan'],
  [/^(orders?|orders?_?count|total_?orders)$/i, 'orders'],
  [/^(points|loyalty_?points)$/i, 'points'],
]

/** What the customer is worth, by the names in use for it. */
export function worth(traits: Traits): [string, string][] {
  const out: [string, string][] = []
  for (const [pattern, name] of worthNames) {
    const key = Object.keys(traits).find((k) => pattern.test(k))
    const value = key === undefined ? undefined : traits[key]
    if (value === undefined || value === null) continue
    out.push([name, typeof value === 'number' ? decimals(value) : valueText(value)])
  }
  return out
}

export interface Reach {
  channel: string
  text: string
  kind: 'good' | 'warn' | 'bad' | ''
}

/** Traits that say yes or no to a channel: marketing_consent, email_opt_in, unsubscribed and others. */
const says = /consent|opt_?(in|out)|subscribe|permission|do_?not/i
const negative = /opt_?out|unsubscribe|do_?not/i

/** What they said; null where nothing is stated, `hidden` where the token may not see what is. */
function consent(traits: Traits, about: RegExp): boolean | 'hidden' | null {
  let answer: boolean | 'hidden' | null = null
  for (const [key, value] of flat(traits)) {
    if (!says.test(key) || !about.test(key)) continue
    if (value === masked) {
      answer = 'hidden'
      continue
    }
    const yes = typeof value === 'boolean' ? value : typeof value === 'string' && /^(yes|true|granted|opted_?in|subscribed)$/i.test(value)
    const given = negative.test(key) ? !yes : yes
    if (!given) return false
    answer ??= true
  }
  return answer
}

function flat(traits: Traits): [string, unknown][] {
  return Object.entries(traits).flatMap(([key, value]) =>
    value && typeof value === 'object' && !Array.isArray(value) ? Object.entries(value).map(([k, v]): [string, unknown] => [`${key}_${k}`, v]) : [[key, value] as [string, unknown]],
  )
}

/** How the customer can be reached: what there is of each channel, and what they said to it. */
export function reach(identifiers: { type: string; status: string }[], traits: Traits): Reach[] {
  const general = consent(traits, /^(?!.*(mail|phone|sms|push|text|call))/i)
  const channels: [string, string, RegExp][] = [
    ['email', 'email', /mail/i],
    ['phone', 'phone', /phone|sms|text|call/i],
    ['push', 'device_id', /push/i],
  ]
  return channels.map(([name, type, about]) => {
    const channel = name === 'push' ? 'App' : capital(typeName(name))
    if (!identifiers.some((i) => i.type === type && i.status === 'ACTIVE')) return { channel, text: 'not known', kind: '' as const }
    const said = consent(traits, about) ?? general
    if (said === 'hidden') return { channel, text: 'needs pii:read', kind: '' as const }
    if (said === false) return { channel, text: 'no consent', kind: 'bad' as const }
    return said ? { channel, text: 'consent given', kind: 'good' as const } : { channel, text: 'consent not stated', kind: '' as const }
  })
}
