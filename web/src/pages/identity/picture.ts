import cytoscape, { type Core, type ElementDefinition, type NodeSingular, type StylesheetStyle } from 'cytoscape'
import { typeLook } from '../../ui/type-mark'
import { rem } from '../../lib/media'
import { token } from '../../lib/prefs'
import { startWorker } from '../../lib/worker'
import workerUrl from './layout.worker?worker&url'
import type { Placed, Task } from './layout.worker'
import { short, type GraphLink, type GraphNode } from './model'

const shapes = { circle: 'ellipse', square: 'round-rectangle', diamond: 'diamond', triangle: 'triangle', hexagon: 'hexagon', bar: 'round-rectangle' } as const
const types = ['user_id', 'email', 'phone', 'anonymous_id', 'device_id', 'record', 'other']
/** So many elements are made in one frame. */
const slice = 400
/** Room for labels around the nodes. */
const margin = 160
/** Few nodes are not drawn larger than this. */
const nearest = () => rem() / 10

export interface Events {
  select: (ids: string[]) => void
  expand: (id: string) => void
  focus: (id: string) => void
}

/** The graph on a canvas. It is decoration to a screen reader: the list beside it says the same. */
export class Picture {
  private readonly cy: Core
  private readonly worker = startWorker(workerUrl)
  private latest = 0
  private building = 0
  private root = ''
  /** How many times further apart than they were laid out few nodes stand, to use the room there is. */
  private spread = 1

  constructor(
    container: HTMLElement,
    private readonly events: Events,
    many: boolean,
  ) {
    // Of many elements a picture is moved while one drags, and they are drawn anew where one stops.
    this.cy = cytoscape({ container, textureOnViewport: many, hideLabelsOnViewport: many, style: styles(), minZoom: 0.05, maxZoom: 4, selectionType: 'additive', boxSelectionEnabled: false, autounselectify: true })
    this.cy.on('tap', 'node', (e) => this.tapped(e.target as NodeSingular))
    this.cy.on('dbltap', 'node', (e) => events.expand((e.target as NodeSingular).id()))
    this.worker.onmessage = ({ data }: MessageEvent<Placed>) => {
      if (data.id === this.latest) this.place(data.places)
    }
  }

  destroy() {
    cancelAnimationFrame(this.building)
    this.worker.terminate()
    this.cy.destroy()
  }

  restyle() {
    this.cy.style(styles())
  }

  private tapped(node: NodeSingular) {
    const chosen = this.chosen()
    const id = node.id()
    this.focusOn(id)
    this.events.select(chosen.includes(id) ? chosen.filter((c) => c !== id) : [...chosen, id])
  }

  private chosen(): string[] {
    return this.cy.nodes('.chosen').map((n) => n.id())
  }

  /** Shows these nodes and links: what is there stays where it is. */
  show(nodes: GraphNode[], links: GraphLink[], root: string) {
    const fresh = root !== this.root
    this.root = root
    cancelAnimationFrame(this.building)
    const ids = new Set([...nodes.map((n) => n.id), ...links.map((l) => l.key)])
    this.cy.batch(() => this.cy.elements().filter((e) => !ids.has(e.id())).remove())
    const missing: ElementDefinition[] = [...nodes.filter((n) => this.cy.getElementById(n.id).empty()).map((n) => this.node(n)), ...links.filter((l) => this.cy.getElementById(l.key).empty()).map(edge)]
    // A status or an owner may have changed.
    this.cy.batch(() => {
      for (const n of nodes) this.cy.getElementById(n.id).data(this.node(n).data)
      for (const l of links) this.cy.getElementById(l.key).data(edge(l).data)
    })
    if (missing.length === 0) return
    let at = 0
    const next = () => {
      this.cy.batch(() => this.cy.add(missing.slice(at, at + slice)))
      at += slice
      if (at < missing.length) this.building = requestAnimationFrame(next)
      else this.arrange(fresh)
    }
    next()
  }

  private node(n: GraphNode): ElementDefinition {
    const type = types.includes(n.type) ? n.type : 'other'
    return { group: 'nodes', data: { id: n.id, type, label: short(n.value), status: n.status, own: n.customer?.id === this.root ? 1 : 0 }, position: { x: 0, y: 0 }, classes: 'unplaced' }
  }

  private arrange(fresh: boolean) {
    const nodes = this.cy.nodes()
    const index = new Map(nodes.map((n, i) => [n.id(), i]))
    const places = new Float32Array(nodes.length * 2)
    nodes.forEach((n, i) => {
      const { x, y } = n.position()
      places[2 * i] = fresh || n.hasClass('unplaced') ? NaN : x / this.spread
      places[2 * i + 1] = fresh || n.hasClass('unplaced') ? NaN : y / this.spread
    })
    const links = Uint32Array.from(this.cy.edges().toArray().flatMap((e) => [index.get(e.source().id()) ?? 0, index.get(e.target().id()) ?? 0]))
    const task: Task = { id: ++this.latest, places, links }
    this.worker.postMessage(task, [places.buffer, links.buffer])
  }

  private place(places: Float32Array) {
    const nodes = this.cy.nodes()
    if (nodes.length * 2 !== places.length) return
    this.cy.resize()
    const room = (px: number, axis: 0 | 1) => px / nearest() / (extent(places, axis) + margin)
    this.spread = Math.max(1, Math.min(2, room(this.cy.width(), 0), room(this.cy.height(), 1)))
    this.cy.batch(() => nodes.forEach((n, i) => void n.position({ x: this.spread * (places[2 * i] ?? 0), y: this.spread * (places[2 * i + 1] ?? 0) }).removeClass('unplaced')))
    this.fit()
    this.cy.container()?.setAttribute('data-placed', String(nodes.length))
  }

  choose(ids: string[]) {
    const want = new Set(ids)
    this.cy.batch(() => this.cy.nodes().forEach((n) => void n.toggleClass('chosen', want.has(n.id()))))
  }

  /** Draws a chain of links and dims the rest; none: everything as it was. */
  path(ids: string[]) {
    const on = new Set(ids)
    this.cy.batch(() => {
      this.cy.elements().removeClass('dim way')
      if (on.size === 0) return
      this.cy.nodes().forEach((n) => void n.addClass(on.has(n.id()) ? 'way' : 'dim'))
      this.cy.edges().forEach((e) => {
        const [a, b] = [ids.indexOf(e.source().id()), ids.indexOf(e.target().id())]
        e.addClass(a >= 0 && b >= 0 && Math.abs(a - b) === 1 ? 'way' : 'dim')
      })
    })
  }

  focusOn(id: string) {
    this.cy.batch(() => {
      this.cy.nodes('.focus').removeClass('focus')
      this.cy.getElementById(id).addClass('focus')
    })
    this.events.focus(id)
  }

  focused(): string | null {
    return this.cy.nodes('.focus')[0]?.id() ?? null
  }

  /** The nearest node in a direction gets the focus. */
  step(dx: number, dy: number) {
    const from = this.cy.nodes('.focus')[0] ?? this.cy.nodes()[0]
    if (!from) return
    if (!from.hasClass('focus')) return this.focusOn(from.id())
    const p = from.position()
    let best: NodeSingular | null = null
    let least = Infinity
    this.cy.nodes().forEach((n) => {
      const q = n.position()
      const along = (q.x - p.x) * dx + (q.y - p.y) * dy
      if (n === from || along <= 1) return
      const aside = Math.abs((q.x - p.x) * dy) + Math.abs((q.y - p.y) * dx)
      if (along + 2 * aside < least) [least, best] = [along + 2 * aside, n]
    })
    if (!best) return
    this.focusOn((best as NodeSingular).id())
    const { x1, x2, y1, y2 } = this.cy.extent()
    const at = (best as NodeSingular).position()
    if (at.x < x1 || at.x > x2 || at.y < y1 || at.y > y2) this.cy.center(best)
  }

  zoom(by: number) {
    this.cy.zoom({ level: this.cy.zoom() * by, renderedPosition: { x: this.cy.width() / 2, y: this.cy.height() / 2 } })
  }

  pan(dx: number, dy: number) {
    this.cy.panBy({ x: dx, y: dy })
  }

  fit() {
    this.cy.resize()
    this.cy.fit(undefined, 36)
    if (this.cy.zoom() > nearest()) {
      this.cy.zoom(nearest())
      this.cy.center()
    }
  }
}

/** How wide (0) or high (1) a picture is. */
function extent(places: Float32Array, axis: 0 | 1): number {
  let [least, most] = [Infinity, -Infinity]
  for (let i = axis; i < places.length; i += 2) {
    least = Math.min(least, places[i] as number)
    most = Math.max(most, places[i] as number)
  }
  return Math.max(0, most - least)
}

function edge(l: GraphLink): ElementDefinition {
  return { group: 'edges', data: { id: l.key, source: l.from.id, target: l.to.id, status: l.status, kind: l.kind, width: 0.8 + 2.2 * l.confidence * Math.min(1, 0.4 + Math.log10(l.count + 1) / 3) } }
}

function styles(): StylesheetStyle[] {
  const ink = token('--ink')
  const paper = token('--paper')
  const line = token('--line-2')
  return [
    {
      selector: 'node',
      style: { width: 18, height: 18, 'border-width': 1.5, 'border-color': paper, label: 'data(label)', color: ink, 'font-size': 11, 'text-valign': 'bottom', 'text-margin-y': 4, 'min-zoomed-font-size': 9, 'text-outline-color': paper, 'text-outline-width': 2, 'font-family': 'system-ui, sans-serif' },
    },
    ...types.map((type): StylesheetStyle => {
      const look = typeLook(type)
      const size = type === 'user_id' || type === 'record' ? 24 : 18
      return { selector: `node[type = "${type}"]`, style: { shape: shapes[look.shape], 'background-color': token(look.colour), width: look.shape === 'bar' ? 24 : size, height: look.shape === 'bar' ? 14 : size } }
    }),
    { selector: 'node[own = 0]', style: { 'background-opacity': 0.35, 'border-color': line } },
    { selector: 'node[status = "SHARED"]', style: { 'border-width': 3, 'border-style': 'double', 'border-color': token('--warn') } },
    { selector: 'node[status = "BLOCKED"]', style: { 'border-width': 3, 'border-color': token('--bad') } },
    { selector: 'node.unplaced', style: { opacity: 0 } },
    { selector: 'node.chosen', style: { 'border-width': 4, 'border-color': token('--accent'), 'background-opacity': 1 } },
    { selector: 'node.focus', style: { 'outline-width': 2, 'outline-color': token('--focus'), 'outline-offset': 3 } },
    { selector: 'edge', style: { width: 'data(width)', 'line-color': line, 'curve-style': 'haystack' } },
    { selector: 'edge[kind = "STEWARDED"]', style: { 'line-color': token('--accent') } },
    { selector: 'edge[kind = "MATCHED"]', style: { 'line-color': token('--c-record') } },
    { selector: 'edge[status = "CANDIDATE"]', style: { 'line-style': 'dashed', 'line-color': token('--warn') } },
    { selector: 'edge[status = "REJECTED"]', style: { 'line-style': 'dotted', 'line-color': token('--bad') } },
    { selector: '.dim', style: { opacity: 0.18 } },
    { selector: 'edge.way', style: { 'line-color': token('--accent'), width: 4 } },
  ]
}
