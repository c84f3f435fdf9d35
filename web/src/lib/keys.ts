import { useLayoutEffect, useRef } from 'react'
import { Store } from './store'
import { prefs } from './prefs'

/** A command with its key: one key, or two after another ("g o"). */
export interface Command {
  keys: string
  name: string
  run: () => void
  /** Works while typing, too: those with Ctrl. */
  always?: boolean
}

interface Group {
  title: string
  commands: () => Command[]
}

/** All that can be pressed now, for the help. The latest page comes first. */
export const groups = new Store<Group[]>([])

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}

function name(event: KeyboardEvent): string {
  const key = event.key.length === 1 && !event.shiftKey ? event.key.toLowerCase() : event.key
  return (event.ctrlKey || event.metaKey ? 'Ctrl ' : '') + (event.altKey ? 'Alt ' : '') + key
}

let before = ''
let beforeAt = 0

function pressed(event: KeyboardEvent) {
  if (event.defaultPrevented || event.isComposing) return
  const inDialog = document.querySelector('[role="dialog"],[role="alertdialog"]') !== null
  const key = name(event)
  const pair = event.timeStamp - beforeAt < 1200 && before ? `${before} ${key}` : ''
  before = key
  beforeAt = event.timeStamp
  const plain = !key.startsWith('Ctrl ')
  if (plain && (!prefs.get().keys || typing(event.target) || inDialog)) return
  const all = groups.get().flatMap((group) => group.commands())
  // Of "g c" the second key is no "c" of the page that is left.
  for (const keys of pair ? [pair, key] : [key]) {
    for (const command of all) {
      if (command.keys !== keys) continue
      if (!plain && typing(event.target) && !command.always) continue
      // A widget that uses the key itself comes first.
      if (plain && event.target instanceof Element && event.target.closest('[data-own-keys]') && keys !== pair && key.length > 1) continue
      event.preventDefault()
      before = ''
      command.run()
      return
    }
  }
}
window.addEventListener('keydown', pressed)

/** Commands while a component is on the page: what can be seen answers to its keys, so they come with it and not after. */
export function useCommands(title: string, commands: Command[]) {
  const latest = useRef(commands)
  latest.current = commands
  useLayoutEffect(() => {
    const group: Group = { title, commands: () => latest.current }
    groups.set((all) => [group, ...all])
    return () => groups.set((all) => all.filter((g) => g !== group))
  }, [title])
}
