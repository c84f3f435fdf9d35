import type { GraphFragment, IdentityGraphQuery, LinkFragment, NodeFragment } from '../../api/api.gen'
import { count, day, typeName } from '../../lib/format'

export type GraphNode = NodeFragment
export type GraphLink = GraphFragment['links'][number] & { key: string }
type Answer = NonNullable<IdentityGraphQuery['customer']>

/** What was explored so far: the graphs of one or several customers, laid over each other. */
export interface Explored {
  /** The customer in the address. */
  root: Answer | null
  nodes: ReadonlyMap<string, GraphNode>
  links: ReadonlyMap<string, GraphLink>
  /** Customers whose graphs are in. */
  opened: ReadonlySet<string>
  /** How many identifiers were left out, over the limit. */
  cut: number
}

export const unexplored: Explored = { root: null, nodes: new Map(), links: new Map(), opened: new Set(), cut: 0 }

/** More than this is no picture any more. */
export const mostNodes = 2000
/** Before more neighbours than this come in, the page asks. */
export const askFrom = 200

export function linkKey(l: LinkFragment): string {
  const [a, b] = [l.from.id, l.to.id].sort()
  return `${a}|${b}|${l.kind}|${l.sources.join(',')}`
}

export function explore(before: Explored, answer: Answer, asRoot: boolean): Explored {
  const nodes = new Map(asRoot ? [] : before.nodes)
  const links = new Map(asRoot ? [] : before.links)
  let cut = asRoot ? 0 : before.cut
  for (const n of answer.identityGraph.nodes) {
    if (nodes.has(n.id) || nodes.size < mostNodes) nodes.set(n.id, n)
    else cut++
  }
  for (const l of answer.identityGraph.links) if (nodes.has(l.from.id) && nodes.has(l.to.id)) links.set(linkKey(l), { ...l, key: linkKey(l) })
  return { root: asRoot ? answer : before.root, nodes, links, opened: new Set([...(asRoot ? [] : before.opened), answer.id]), cut }
}

export interface Shown {
  types: ReadonlySet<string>
  statuses: ReadonlySet<LinkFragment['status']>
  /** Only what had been seen by then, in ms; null is now. */
  asOf: number | null
}

export function visible(explored: Explored, hidden: Shown): { nodes: GraphNode[]; links: GraphLink[] } {
  const seen = (at: string) => hidden.asOf === null || new Date(at).getTime() <= hidden.asOf
  const links = [...explored.links.values()].filter((l) => !hidden.statuses.has(l.status) && seen(l.firstSeenAt))
  const root = explored.root?.id
  const linked = new Set(links.flatMap((l) => [l.from.id, l.to.id]))
  // Identifiers of others are there only for the links that lead to them.
  const nodes = [...explored.nodes.values()].filter((n) => !hidden.types.has(n.type) && seen(n.firstSeenAt) && (linked.has(n.id) || explored.opened.has(n.customer?.id ?? '') || n.customer?.id === root))
  const ids = new Set(nodes.map((n) => n.id))
  return { nodes, links: links.filter((l) => ids.has(l.from.id) && ids.has(l.to.id)) }
}

/** How many people an opened customer's identifiers stand for, by the links that are followed. */
export function people({ nodes, links }: { nodes: GraphNode[]; links: GraphLink[] }, root: string): number {
  const own = nodes.filter((n) => n.customer?.id === root && n.status === 'ACTIVE')
  const parent = new Map(own.map((n) => [n.id, n.id]))
  const find = (id: string): string => {
    const up = parent.get(id) ?? id
    if (up === id) return id
    const top = find(up)
    parent.set(id, top)
    return top
  }
  for (const l of links) if (l.status === 'FOLLOWED' && parent.has(l.from.id) && parent.has(l.to.id)) parent.set(find(l.from.id), find(l.to.id))
  return new Set(own.map((n) => find(n.id))).size
}

/** A label for the picture: of a long random id its beginning. */
export function short(value: string): string {
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-/i.test(value)) return `${value.slice(0, 8)}…`
  return value.length > 24 ? `${value.slice(0, 16)}…${value.slice(-6)}` : value
}

export const kindNames: Record<LinkFragment['kind'], string> = { OBSERVED: 'seen together', ALIAS: 'alias', MATCHED: 'records alike', STEWARDED: 'said by a steward' }
export const statusNames: Record<LinkFragment['status'], string> = { FOLLOWED: 'followed', CANDIDATE: 'waits for a steward', REJECTED: 'not followed' }

interface Compared {
  fields: { field: string; level: string; weight: number }[]
}

/** "+email +name −birthday": what agreed and what did not, strongest first. */
export function compact(c: Compared, most = Infinity): string {
  return [...c.fields]
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .slice(0, most)
    .map((f) => `${f.weight >= 0 ? '+' : '−'}${f.field}`)
    .join(' ')
}

/** One link of a chain as a sentence. */
export function sentence(link: LinkFragment & { comparison?: Compared | null }, from: { type: string; value: string }, to: { type: string; value: string }): string {
  const a = `${typeName(from.type)} ${from.value}`
  const b = `${typeName(to.type)} ${to.value}`
  const where = link.sources.length > 0 ? ` of ${link.sources.join(', ')}` : ''
  switch (link.kind) {
    case 'OBSERVED':
      return `${a} and ${b} were in the same call ${link.count === 1 ? 'once' : `${count(link.count, 'time')}`}${where}, ${link.count === 1 ? `on ${day(link.firstSeenAt)}` : `from ${day(link.firstSeenAt)} to ${day(link.lastSeenAt)}`}.`
    case 'ALIAS':
      return `An alias call${where} tied ${a} to ${b} on ${day(link.firstSeenAt)}.`
    case 'MATCHED':
      return `The records of ${a} and ${b} look alike${link.comparison ? ` (${compact(link.comparison)})` : ''}.`
    case 'STEWARDED':
      return `A steward said that ${a} and ${b} are one person${link.evidence[0] ? `: ${link.evidence[0]}` : '.'}`
  }
}
