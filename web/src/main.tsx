import './lib/session'
import './styles/tokens.css'
import './styles/base.css'
import './styles/parts.css'
import './styles/frame.css'
import { StrictMode, Suspense, lazy, useEffect } from 'react'
import { createRoot } from 'react-dom/client'
import { Provider } from 'urql'
import { Redirect, Route, Switch } from 'wouter'
import { checkToken, client, words } from './lib/api'
import { finishProvider } from './lib/oidc'
import './lib/prefs'
import { has, session } from './lib/session'
import { CustomerPage } from './pages/customer/page'
import { CustomersPage } from './pages/customers'
import { Empty, SkeletonRows } from './ui/parts'
import { Frame } from './ui/frame'
import { SignIn } from './ui/sign-in'

const OverviewPage = lazy(() => import('./pages/overview/page'))
const IdentityPage = lazy(() => import('./pages/identity/page'))
const ReviewPage = lazy(() => import('./pages/review/page'))
const SegmentsPage = lazy(() => import('./pages/segments/page'))
const QuarantinePage = lazy(() => import('./pages/quarantine/page'))

function Pages() {
  return (
    <Suspense
      fallback={
        <div className="page">
          <SkeletonRows rows={8} />
        </div>
      }
    >
      <Switch>
        <Route path="/">{has('customers:read') ? <OverviewPage /> : <Nothing />}</Route>
        <Route path="/customers">{() => <CustomersPage />}</Route>
        <Route path="/customers/:id">{({ id }) => <CustomerPage id={id} />}</Route>
        <Route path="/identity/:id?">{({ id }) => <IdentityPage id={id} />}</Route>
        <Route path="/review">{() => <ReviewPage />}</Route>
        <Route path="/segments/:id?">{({ id }) => <SegmentsPage id={id} />}</Route>
        <Route path="/quarantine">{() => <QuarantinePage />}</Route>
        <Route path="/sign-in">{() => <Redirect to="/" />}</Route>
        <Route>
          <Empty title="There is no such page">
            <p>The address may be mistyped, or of another version of Kith.</p>
            <a href="/">To the overview</a>
          </Empty>
        </Route>
      </Switch>
    </Suspense>
  )
}

function Nothing() {
  return (
    <Empty title="This token may see nothing here">
      <p>It has none of the scopes that the console needs. Ask whoever made it for the role agent, analyst, marketer or steward.</p>
    </Empty>
  )
}

function App() {
  const { state, token } = session.use()
  useEffect(() => {
    if (state !== 'checking') return
    checkToken(token).catch((e: unknown) => session.set((s) => ({ ...s, state: 'out', reason: words(e) })))
  }, [state, token])
  if (state === 'out') return <SignIn />
  if (state === 'checking') return <div role="status" aria-label="Signing in" />
  return (
    <>
      <Frame>
        <Pages />
      </Frame>
      {state === 'ended' && <SignIn over />}
    </>
  )
}

await finishProvider()
createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <Provider value={client}>
      <App />
    </Provider>
  </StrictMode>,
)
