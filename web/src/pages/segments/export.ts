import { SegmentMembers, type SegmentMembersQuery } from '../../api/api.gen'
import { ask } from '../../lib/api'
import { nameOf } from '../../lib/format'

const page = 200

/** A cell that no spreadsheet takes for a formula. Only rows end with a carriage return. */
function cell(value: unknown): string {
  const text = value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value).replaceAll('\r\n', '\n').replaceAll('\r', '\n')
  const safe = typeof value === 'string' && /^[=+\-@\t\n]/.test(text) && !/^\+\d[\d ]*$/.test(text) ? `'${text}` : text
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const fixed = ['id', 'display_name', 'known', 'first_seen_at', 'last_seen_at']
const line = (cells: unknown[]) => `${cells.map(cell).join(',')}\r\n`

/**
 * Members as CSV, from pages of 200 in an order that nothing they do changes. Each page becomes a piece of a file, which browsers keep outside the page's memory.
 * Which traits there are is known at the end: pieces from before a trait was met get its empty cells then, one by one.
 */
export async function exportMembers(id: string, progress: (rows: number, of: number) => void, signal: AbortSignal): Promise<Blob> {
  const traits: string[] = []
  const known = new Set<string>()
  const pieces: { rows: Blob; traits: number }[] = []
  let rows = 0
  let after: string | null = null
  do {
    const answer: SegmentMembersQuery = await ask(SegmentMembers, { id, first: page, after }, signal)
    if (!answer.segment) throw new Error('The segment was deleted meanwhile.')
    const { nodes, pageInfo } = answer.customers
    for (const m of nodes) {
      for (const key of Object.keys((m.traits ?? {}) as object).sort()) {
        if (known.has(key)) continue
        known.add(key)
        traits.push(key)
      }
    }
    const text = nodes.map((m) => {
      const own = (m.traits ?? {}) as Record<string, unknown>
      return line([m.id, nameOf(m), m.known, m.firstSeenAt, m.lastSeenAt, ...traits.map((t) => own[t])])
    })
    pieces.push({ rows: new Blob(text), traits: traits.length })
    rows += nodes.length
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null
    progress(rows, answer.segment.size)
  } while (after)
  const whole = [new Blob([`\ufeff${line([...fixed, ...traits])}`])]
  for (const piece of pieces) {
    const missing = traits.length - piece.traits
    whole.push(missing === 0 ? piece.rows : new Blob([(await piece.rows.text()).replaceAll('\r\n', `${','.repeat(missing)}\r\n`)]))
  }
  return new Blob(whole, { type: 'text/csv;charset=utf-8' })
}

export function save(blob: Blob, name: string) {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
