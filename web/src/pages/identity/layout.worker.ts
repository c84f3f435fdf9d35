import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY, type SimulationNodeDatum } from 'd3-force'

/** Places nodes. What has a place already moves little; the rest begins where its neighbour is. */
export interface Task {
  id: number
  /** x and y of each node; NaN where it has none yet. */
  places: Float32Array
  /** Pairs of indexes. */
  links: Uint32Array
}

export interface Placed {
  id: number
  places: Float32Array
}

const ticks = 150

self.onmessage = ({ data }: MessageEvent<Task>) => {
  const n = data.places.length / 2
  const nodes: SimulationNodeDatum[] = Array.from({ length: n }, (_, i) => ({ index: i, x: data.places[2 * i], y: data.places[2 * i + 1] }))
  const links = Array.from({ length: data.links.length / 2 }, (_, i) => ({ source: data.links[2 * i] as number, target: data.links[2 * i + 1] as number }))
  const placed = nodes.filter((d) => !Number.isNaN(d.x)).length
  for (const { source, target } of links) {
    const [a, b] = [nodes[source] as SimulationNodeDatum, nodes[target] as SimulationNodeDatum]
    const [from, to] = Number.isNaN(a.x) ? [b, a] : [a, b]
    if (Number.isNaN(to.x) && !Number.isNaN(from.x)) Object.assign(to, { x: (from.x as number) + source % 17 - 8, y: (from.y as number) + target % 13 - 6 })
  }
  for (const d of nodes) if (Number.isNaN(d.x)) delete d.x, delete d.y
  const simulation = forceSimulation(nodes)
    .force('link', forceLink(links).distance(n > 500 ? 50 : 96).strength(0.5))
    .force('charge', forceManyBody().strength(n > 500 ? -70 : -520).distanceMax(900))
    .force('collide', forceCollide(n > 500 ? 12 : 40))
    .force('x', forceX(0).strength(0.05))
    .force('y', forceY(0).strength(0.06))
    .alpha(placed > n / 2 ? 0.4 : 1)
    .stop()
  simulation.tick(ticks)
  const places = new Float32Array(2 * n)
  nodes.forEach((d, i) => {
    places[2 * i] = d.x ?? 0
    places[2 * i + 1] = d.y ?? 0
  })
  self.postMessage({ id: data.id, places } satisfies Placed, { transfer: [places.buffer] })
}
