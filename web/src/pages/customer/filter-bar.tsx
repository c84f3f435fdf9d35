import { useMemo, useRef, useState } from 'react'
import { NamesInUse, Sources, type TouchpointType } from '../../api/api.gen'
import { ask } from '../../lib/api'
import { capital } from '../../lib/format'
import { Button, Select, Toggle } from '../../ui/parts'
import { choices, everything, isEverything, type Filter } from './filter'
import type { Touchpoint } from './model'

const words: Record<TouchpointType, string> = { TRACK: 'Events', PAGE: 'Pages', SCREEN: 'Screens', IDENTIFY: 'Identity', GROUP: 'Accounts', ALIAS: 'Aliases', RECORD: 'Records' }

export function FilterBar({ list, filter, onChange }: { list: Touchpoint[]; filter: Filter; onChange: (f: Filter) => void }) {
  const { types, names, sources, channels } = useMemo(() => choices(list), [list])
  const [others, look] = useOthers()
  const set = (change: Partial<Filter>) => onChange({ ...filter, ...change })
  const options = (all: string, values: string[], chosen: string) => [
    { id: '', name: all },
    ...[...new Set([...values, ...(chosen ? [chosen] : [])])].map((v) => ({ id: v, name: capital(v) })),
  ]
  return (
    <div className="filter-bar" role="group" aria-label="Filter the timeline" onPointerEnter={look} onFocus={look}>
      {types.map((t) => (
        <Toggle key={t} on={filter.types.includes(t)} onChange={(on) => set({ types: on ? [...filter.types, t] : filter.types.filter((x) => x !== t) })}>
          {words[t]}
        </Toggle>
      ))}
      <Select hideLabel label="Event" value={filter.name} onChange={(name) => set({ name })} options={options('Every event', merged(names, others.names), filter.name)} />
      <Select hideLabel label="Source" value={filter.source} onChange={(source) => set({ source })} options={options('Every source', merged(sources, others.sources), filter.source)} />
      <Select hideLabel label="Channel" value={filter.channel} onChange={(channel) => set({ channel })} options={options('Every channel', channels, filter.channel)} />
      <Select
        hideLabel
        label="Time"
        value={String(filter.days)}
        onChange={(days) => set({ days: Number(days) })}
        options={[
          { id: '0', name: 'All time' },
          { id: '1', name: 'Last day' },
          { id: '7', name: 'Last 7 days' },
          { id: '30', name: 'Last 30 days' },
          { id: '365', name: 'Last year' },
        ]}
      />
      {!isEverything(filter) && (
        <Button kind="quiet" slim icon="close" onPress={() => onChange(everything)}>
          Clear
        </Button>
      )}
    </div>
  )
}

const merged = (a: string[], b: string[]) => [...new Set([...a, ...b])].sort((x, y) => x.localeCompare(y))

/** Events and sources of anybody, for what lies further back than was read; asked for when somebody is about to choose. */
function useOthers() {
  const [others, set] = useState<{ names: string[]; sources: string[] }>({ names: [], sources: [] })
  const asked = useRef(false)
  const look = () => {
    if (asked.current) return
    asked.current = true
    // What was read is there to choose from all the same.
    ask(NamesInUse, { kind: 'EVENT', event: null, contains: null }).then((a) => set((now) => ({ ...now, names: a.names.nodes.map((n) => n.name) })), () => {})
    ask(Sources, {}).then((a) => set((now) => ({ ...now, sources: a.sources.nodes.map((s) => s.name) })), () => {})
  }
  return [others, look] as const
}
