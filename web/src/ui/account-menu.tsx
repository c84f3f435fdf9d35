import type { RefObject } from 'react'
import { Menu, MenuItem, Popover, Separator } from 'react-aria-components'
import { exactTime } from '../lib/format'
import { prefs, type Prefs } from '../lib/prefs'
import { session, signOut } from '../lib/session'
import { Icon } from './icon'

/** Who one is here, the theme, help and the way out. */
export default function AccountMenu({ button, onHelp, onClose }: { button: RefObject<HTMLElement | null>; onHelp: () => void; onClose: () => void }) {
  const { me } = session.use()
  const { theme } = prefs.use()
  return (
    <Popover className="popover" aria-label="Account" placement="bottom end" triggerRef={button} isOpen onOpenChange={(open) => !open && onClose()}>
      <div className="option" style={{ display: 'block' }}>
        <strong>{me?.subject}</strong>
        <div className="tiny muted">{me && `until ${exactTime(me.expiresAt)}`}</div>
        <div className="tiny muted">{me?.scopes.join(' ')}</div>
      </div>
      <Menu
        aria-label="Account"
        autoFocus="first"
        onClose={onClose}
        onAction={(key) => {
          if (key === 'help') onHelp()
          else if (key === 'out') signOut()
          else prefs.set((now) => ({ ...now, theme: key as Prefs['theme'] }))
        }}
      >
        <MenuItem id="help" className="option" textValue="What can be pressed">
          <Icon name="help" /> What can be pressed <span className="grow" /> <kbd className="key">?</kbd>
        </MenuItem>
        <Separator />
        {(['system', 'light', 'dark'] as const).map((t) => (
          <MenuItem key={t} id={t} className="option" textValue={`Theme ${t}`}>
            <Icon name={theme === t ? 'check' : 'sun'} /> {t === 'system' ? 'Theme of the system' : `${t === 'light' ? 'Light' : 'Dark'} theme`}
          </MenuItem>
        ))}
        <Separator />
        <MenuItem id="out" className="option" textValue="Sign out">
          <Icon name="link" /> Sign out
        </MenuItem>
      </Menu>
    </Popover>
  )
}
