import { useEffect, useId, useState, type ClipboardEvent, type ReactNode } from 'react'
import { codeOf, words } from '../lib/api'
import { exactTime } from '../lib/format'
import { inRem } from '../lib/media'
import { Icon, type IconName } from './icon'

/*
 * Plain elements of the platform: they are what the first page is made of, and a browser has them before any script.
 * Dialogs, menus, tabs and sliders are React Aria's, and come with what needs them.
 */

interface PressProps {
  kind?: 'primary' | 'danger' | 'quiet' | ''
  slim?: boolean
  icon?: IconName
  /** The key that does the same. */
  hint?: string
  children?: ReactNode
  id?: string
  type?: 'button' | 'submit'
  autoFocus?: boolean
  isDisabled?: boolean
  onPress?: () => void
  'aria-label'?: string
}

export function Button({ kind = '', slim, icon, hint, children, type = 'button', isDisabled, onPress, ...props }: PressProps) {
  const bare = icon && !children
  return (
    <button {...props} type={type} disabled={isDisabled} onClick={onPress && (() => onPress())} className={`button ${kind}${slim ? ' slim' : ''}${bare ? ' icon' : ''}`}>
      {icon && <Icon name={icon} size={slim ? 14 : 16} />}
      {children}
      {hint && <KeyCap keys={hint} />}
    </button>
  )
}

/** Keys, for the eye: what can be pressed is in the help, too. */
export function KeyCap({ keys }: { keys: string }) {
  return (
    <kbd className="key" aria-hidden="true">
      {keys}
    </kbd>
  )
}

interface FieldProps {
  label: string
  value: string
  onChange: (value: string) => void
  hint?: string
  error?: string
  lines?: number
  type?: 'text' | 'password' | 'number'
  mono?: boolean
  autoFocus?: boolean
  placeholder?: string
  hideLabel?: boolean
  name?: string
  onPaste?: (e: ClipboardEvent) => void
}

export function Field({ label, value, onChange, hint, error, lines, type = 'text', mono, hideLabel, ...props }: FieldProps) {
  const id = useId()
  const of = {
    ...props,
    id,
    value,
    className: `input${mono ? ' mono' : ''}`,
    spellCheck: lines ? !mono : false,
    'aria-invalid': error ? true : undefined,
    'aria-describedby': [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined,
  }
  return (
    <div className="field">
      <label htmlFor={id} className={hideLabel ? 'unseen' : undefined}>
        {label}
      </label>
      {lines ? <textarea {...of} rows={lines} onChange={(e) => onChange(e.target.value)} /> : <input {...of} type={type} autoComplete="off" onChange={(e) => onChange(e.target.value)} />}
      {hint && (
        <span id={`${id}-hint`} className="hint">
          {hint}
        </span>
      )}
      {error && (
        <span id={`${id}-error`} className="hint bad-text" role="alert">
          {error}
        </span>
      )}
    </div>
  )
}

interface SelectProps {
  label: string
  value: string
  onChange: (value: string) => void
  options: { id: string; name: string }[]
  hideLabel?: boolean
}

export function Select({ label, value, onChange, options, hideLabel }: SelectProps) {
  const box = (
    <select className="input" aria-label={hideLabel ? label : undefined} value={value} onChange={(e) => onChange(e.target.value)}>
      {options.map((o) => (
        <option key={o.id} value={o.id}>
          {o.name}
        </option>
      ))}
    </select>
  )
  if (hideLabel) return <span className="select">{box}</span>
  return (
    <label className="field">
      <span>{label}</span>
      <span className="select">{box}</span>
    </label>
  )
}

export function Toggle({ on, onChange, children, label }: { on: boolean; onChange: (on: boolean) => void; children: ReactNode; label?: string }) {
  return (
    <button type="button" className="toggle" aria-pressed={on} onClick={() => onChange(!on)} aria-label={label}>
      {children}
    </button>
  )
}

export function Chip({ kind = '', children, title }: { kind?: 'good' | 'warn' | 'bad' | 'accent' | ''; children: ReactNode; title?: string }) {
  return (
    <span className={`chip ${kind}`} title={title}>
      {children}
    </span>
  )
}

/** Nothing to show, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
    </div>
  )
}

/** What went wrong, and a way on. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const code = codeOf(error)
  return (
    <div className="empty" role="alert">
      <h2>{code === 'FORBIDDEN' ? 'This needs a scope that the token does not have' : 'That did not work'}</h2>
      <p>{words(error)}</p>
      {onRetry && code !== 'FORBIDDEN' && <Button onPress={onRetry}>Try again</Button>}
    </div>
  )
}

/** Room for what is not there yet, of its final size; numbers are px where a rem is 16 px. */
export function Skeleton({ width = '100%', height = 16 }: { width?: number | string; height?: number | string }) {
  return <div className="skeleton" style={{ width: inRem(width), height: inRem(height) }} aria-hidden="true" />
}

export function SkeletonRows({ rows, height = 36 }: { rows: number; height?: number }) {
  return (
    <div className="stack" style={{ gap: 8 }} role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, i) => (
        <Skeleton key={i} height={height - 8} width={`${96 - ((i * 13) % 24)}%`} />
      ))}
    </div>
  )
}

/** Gives a `time` its exact one when somebody points at it: to make that formatter takes as long as to draw a list. */
export function exactly({ currentTarget: time }: { currentTarget: HTMLTimeElement }) {
  time.title = exactTime(time.dateTime)
}

export function Copy({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false)
  useEffect(() => {
    if (!done) return
    const timer = window.setTimeout(() => setDone(false), 1500)
    return () => window.clearTimeout(timer)
  }, [done])
  return (
    <Button kind="quiet" slim icon={done ? 'check' : 'copy'} aria-label={done ? 'Copied' : label} onPress={() => void navigator.clipboard?.writeText(text).then(() => setDone(true))} />
  )
}

export function Face({ name, known, big }: { name: string; known: boolean; big?: boolean }) {
  const letters = name
    .replace(/[^\p{L}\p{N}\s]/gu, '')
    .split(/\s+/)
    .map((word) => [...word][0] ?? '')
    .slice(0, 2)
    .join('')
    .toUpperCase()
  return (
    <span className={`face${known ? '' : ' anonymous'}${big ? ' big' : ''}`} aria-hidden="true">
      {known ? letters || '?' : <Icon name="user" size={big ? 20 : 14} />}
    </span>
  )
}
