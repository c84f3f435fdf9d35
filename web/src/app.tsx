import { StrictMode, Suspense, lazy } from 'react'
import { createRoot } from 'react-dom/client'
import { Redirect, Route, Switch } from 'wouter'
import { has, session } from './lib/session'
import { CustomerPage } from './pages/customer/page'
import { CustomersPage } from './pages/customers'
import { pages } from './pages/pages'
import { Empty, SkeletonRows } from './ui/parts'
import { Frame } from './ui/frame'
import { SignIn, SignInAgain } from './ui/sign-in'

const OverviewPage = lazy(pages[''])
const IdentityPage = lazy(pages.identity)
const ReviewPage = lazy(pages.review)
const SegmentsPage = lazy(pages.segments)
const QuarantinePage = lazy(pages.quarantine)

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
  const { state } = session.use()
  if (state === 'out') return <SignIn />
  if (state === 'checking') return <div role="status" aria-label="Signing in" />
  return (
    <>
      <Frame>
        <Pages />
      </Frame>
      {state === 'ended' && <SignInAgain />}
    </>
  )
}

/** Draws the page; `done` is a window in which one signed in for another. */
export function start(done: boolean) {
  createRoot(document.getElementById('root') as HTMLElement).render(
    <StrictMode>
      {done ? (
        <Empty title="You are signed in">
          <p>Close this window: the page you came from goes on.</p>
        </Empty>
      ) : (
        <App />
      )}
    </StrictMode>,
  )
}
