import { useEffect, useRef, useState } from 'react'
import type uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { clockTime, decimals } from '../../lib/format'
import { rem } from '../../lib/media'
import { onTheme, token } from '../../lib/prefs'
import { Toggle } from '../../ui/parts'

interface Props {
  title: string
  /** In ms, and of each what is drawn. */
  at: number[]
  values: number[]
  unit: string
}

/** A line that moves once a second; as a table on request. The library is loaded when it is needed. */
export function Chart({ title, at, values, unit }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const [table, setTable] = useState(false)
  const latest = useRef<[number[], number[]]>([[], []])
  latest.current = [at.map((t) => t / 1000), values]

  useEffect(() => {
    if (table) return
    let gone = false
    let stop = () => {}
    void import('uplot').then(({ default: Plot }) => {
      const element = box.current
      if (gone || !element) return
      const make = () => {
        plot.current?.destroy()
        plot.current = new Plot(options(element), latest.current, element)
      }
      make()
      const sizes = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: element.clientHeight }))
      sizes.observe(element)
      const untheme = onTheme(make)
      stop = () => {
        sizes.disconnect()
        untheme()
        plot.current?.destroy()
        plot.current = null
      }
    })
    return () => {
      gone = true
      stop()
    }
  }, [table])
  useEffect(() => plot.current?.setData(latest.current), [at, values])

  const last = values[values.length - 1]
  return (
    <figure className="panel chart">
      <header>
        <h2>{title}</h2>
        <span className="num strong">
          {last === undefined ? '–' : decimals(Math.round(last * 10) / 10)} {unit}
        </span>
        <span className="grow" />
        <Toggle on={table} onChange={setTable}>
          As a table
        </Toggle>
      </header>
      {table ? (
        <Table at={at} values={values} title={title} unit={unit} />
      ) : (
        <div ref={box} className="chart-box" role="img" aria-label={`${title}: ${last === undefined ? 'nothing yet' : `${decimals(last)} ${unit} now`}`} data-empty={last === undefined || undefined} />
      )}
    </figure>
  )
}

function options({ clientWidth: width, clientHeight: height }: HTMLElement): uPlot.Options {
  const px = rem() / 16
  const line = token('--accent')
  const grid = { stroke: token('--line'), width: 1 }
  const axis = { stroke: token('--ink-3'), grid, ticks: { show: false }, font: `${12 * px}px system-ui, sans-serif` }
  return {
    width,
    height,
    legend: { show: false },
    cursor: { show: false },
    // To the right, half of a time as wide as they get.
    padding: [12 * px, 32 * px, 0, 0],
    // Two minutes at least, so that the first seconds are no zigzag over the whole width.
    scales: { x: { range: (_, min, max) => [Math.min(min, max - 120), max] }, y: { range: (_, __, max) => [0, Math.max(1, max * 1.15)] } },
    axes: [
      { ...axis, space: 90 * px, size: 28 * px, incrs: [60, 120, 300], values: (_, ticks) => ticks.map((t) => clockTime(t * 1000)) },
      { ...axis, size: 44 * px, space: 36 * px },
    ],
    series: [{}, { stroke: line, width: 1.6 * px, fill: token('--accent-soft'), points: { show: false } }],
  }
}

/** By the minute: what nine hundred rows would not say. */
function Table({ at, values, title, unit }: Props) {
  const minutes = new Map<number, number[]>()
  at.forEach((t, i) => {
    const minute = Math.floor(t / 60_000)
    minutes.set(minute, [...(minutes.get(minute) ?? []), values[i] ?? 0])
  })
  const rows = [...minutes].reverse()
  return (
    <div className="scroll chart-table" tabIndex={0} role="region" aria-label={title}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Minute</th>
            <th scope="col" className="right">
              Mean, {unit}
            </th>
            <th scope="col" className="right">
              Most
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([minute, list]) => (
            <tr key={minute}>
              <td>{clockTime(minute * 60_000)}</td>
              <td className="right num">{decimals(list.reduce((a, b) => a + b, 0) / list.length)}</td>
              <td className="right num">{decimals(Math.max(...list))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
