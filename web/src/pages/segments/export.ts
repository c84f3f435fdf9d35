import { SegmentMembers, type SegmentMembersQuery } from '../../api/api.gen'
import { ask } from '../../lib/api'
import { nameOf } from '../../lib/format'

const page = 200

/** A cell that no spreadsheet takes for a formula. */
function cell(value: unknown): string {
  const text = value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) && !/^\+\d[\d ]*$/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

type Member = NonNullable<SegmentMembersQuery['segment']>['customers']['nodes'][number]

/** Members as CSV, from pages of 200: rows go into the file as they come, and progress says how many. */
export async function exportMembers(id: string, progress: (rows: number, of: number) => void, signal: AbortSignal): Promise<Blob> {
  const members: Member[] = []
  let after: string | null = null
  do {
    const answer: SegmentMembersQuery = await ask(SegmentMembers, { id, first: page, after }, signal)
    if (!answer.segment) throw new Error('The segment was deleted meanwhile.')
    members.push(...answer.segment.customers.nodes)
    const { pageInfo } = answer.segment.customers
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null
    progress(members.length, answer.segment.size)
  } while (after)
  const traits = [...new Set(members.flatMap((m) => Object.keys((m.traits ?? {}) as object)))].sort()
  const lines = [['id', 'display_name', 'known', 'first_seen_at', 'last_seen_at', ...traits].map(cell).join(',')]
  for (const m of members) {
    const own = (m.traits ?? {}) as Record<string, unknown>
    lines.push([m.id, nameOf(m), m.known, m.firstSeenAt, m.lastSeenAt, ...traits.map((t) => own[t])].map(cell).join(','))
  }
  return new Blob([`\ufeff${lines.join('\r\n')}\r\n`], { type: 'text/csv;charset=utf-8' })
}

export function save(blob: Blob, name: string) {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
