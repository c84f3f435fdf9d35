// What the page needs from the server is asked for while the rest of it is still being loaded.
import './lib/session'
import './styles/tokens.css'
import './styles/base.css'
import './styles/parts.css'
import './styles/frame.css'
import './styles/customer.css'
import { checkToken, codeOf, words } from './lib/api'
import { makeFormatters } from './lib/format'
import { begin } from './lib/live'
import { finishProvider } from './lib/oidc'
import './lib/prefs'
import { session } from './lib/session'
import { customerTopic } from './pages/customer/topic'
import { asked } from './lib/socket'
import { pages } from './pages/pages'

/** How long drawing waits for a server that is slow to take a connection, in ms. */
const patience = 150

const place = location.pathname.split('/')
void pages[place[1] ?? '']?.()

const done = await finishProvider()
const { state, token } = session.get()
if (state === 'checking') {
  checkToken(token).catch((e: unknown) => session.set((s) => ({ ...s, state: 'out', token: codeOf(e) === 'UNREACHABLE' ? token : '', reason: words(e) })))
  if (place[1] === 'customers' && place[2]) {
    begin(customerTopic(place[2]))
    // What draws is loaded meanwhile (see index.html). Reading it takes a slow machine long enough to keep the server
    // waiting for the question: first the question. While the socket is being opened there is time for formatters.
    window.setTimeout(makeFormatters)
    await asked(patience)
  }
}
void import('./app').then(({ start }) => start(done))
