import { useEffect, useState, type ReactNode } from 'react'
import {
  Button as AriaButton,
  Dialog,
  FieldError,
  Heading,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Modal,
  ModalOverlay,
  Popover,
  Select as AriaSelect,
  SelectValue,
  Text,
  TextArea,
  TextField,
  ToggleButton,
  type ButtonProps,
  type Key,
} from 'react-aria-components'
import { codeOf, words } from '../lib/api'
import { Icon, type IconName } from './icon'

interface PressProps extends Omit<ButtonProps, 'className' | 'children'> {
  kind?: 'primary' | 'danger' | 'quiet' | ''
  slim?: boolean
  icon?: IconName
  /** The key that does the same. */
  hint?: string
  children?: ReactNode
}

export function Button({ kind = '', slim, icon, hint, children, ...props }: PressProps) {
  const bare = icon && !children
  return (
    <AriaButton {...props} className={`button ${kind}${slim ? ' slim' : ''}${bare ? ' icon' : ''}`}>
      {icon && <Icon name={icon} size={slim ? 14 : 16} />}
      {children}
      {hint && <KeyCap keys={hint} />}
    </AriaButton>
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
}

export function Field({ label, value, onChange, hint, error, lines, type = 'text', mono, autoFocus, placeholder, hideLabel, name }: FieldProps) {
  return (
    <TextField className="field" validationBehavior="aria" value={value} onChange={onChange} isInvalid={!!error} autoFocus={autoFocus} type={type} name={name}>
      <Label className={hideLabel ? 'unseen' : undefined}>{label}</Label>
      {lines ? (
        <TextArea className={`input${mono ? ' mono' : ''}`} rows={lines} placeholder={placeholder} spellCheck={!mono} />
      ) : (
        <Input className={`input${mono ? ' mono' : ''}`} placeholder={placeholder} autoComplete="off" spellCheck={false} />
      )}
      {hint && <Text slot="description">{hint}</Text>}
      <FieldError className="hint bad-text">{error}</FieldError>
    </TextField>
  )
}

export function Select({
  label,
  value,
  onChange,
  options,
  hideLabel,
}: {
  label: string
  value: string
  onChange: (value: string) => void
  options: { id: string; name: string }[]
  hideLabel?: boolean
}) {
  return (
    <AriaSelect className="field select" selectedKey={value} onSelectionChange={(key: Key | null) => key !== null && onChange(String(key))}>
      <Label className={hideLabel ? 'unseen' : undefined}>{label}</Label>
      <AriaButton className="button">
        <SelectValue className="cut" />
        <Icon name="down" size={12} />
      </AriaButton>
      <Popover className="popover">
        <ListBox items={options}>
          {(option) => (
            <ListBoxItem className="option" id={option.id} textValue={option.name}>
              {option.name}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  )
}

export function Toggle({ on, onChange, children, label }: { on: boolean; onChange: (on: boolean) => void; children: ReactNode; label?: string }) {
  return (
    <ToggleButton className="toggle" isSelected={on} onChange={onChange} aria-label={label}>
      {children}
    </ToggleButton>
  )
}

export function Chip({ kind = '', children, title }: { kind?: 'good' | 'warn' | 'bad' | 'accent' | ''; children: ReactNode; title?: string }) {
  return (
    <span className={`chip ${kind}`} title={title}>
      {children}
    </span>
  )
}

export function Sheet({ title, wide, onClose, children }: { title: string; wide?: boolean; onClose: () => void; children: ReactNode }) {
  return (
    <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={(open) => !open && onClose()}>
      <Modal className={`dialog${wide ? ' wide' : ''}`}>
        <Dialog>
          <div className="stack">
            <div className="row spread">
              <Heading slot="title" level={2}>
                {title}
              </Heading>
              <Button kind="quiet" slim icon="close" aria-label="Close" onPress={onClose} />
            </div>
            {children}
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
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

/** Room for what is not there yet, of its final size. */
export function Skeleton({ width = '100%', height = 16 }: { width?: number | string; height?: number | string }) {
  return <div className="skeleton" style={{ width, height }} aria-hidden="true" />
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
