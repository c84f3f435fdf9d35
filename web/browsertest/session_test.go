package browsertest

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

func TestSignInWithAPastedToken(t *testing.T) {
	b := start(t).tab(t)
	b.expect("401")
	b.do(chromedp.Navigate(b.k.proxy.url() + "/customers"))
	b.until("the field to have the focus", `document.activeElement?.name === 'token'`)
	b.write("no token at all")
	b.press("Enter")
	b.until("a word about the token", `document.querySelector('.bad-text')?.textContent.length > 5`)
	eval[any](b, `document.activeElement.select()`)
	b.write(token(t, "agent"))
	b.press("Enter")
	b.says("h1", "Customers")
	if at := eval[string](b, `location.pathname`); at != "/customers" {
		t.Errorf("after signing in the page is %s, not the one that was asked for", at)
	}
}

func TestATokenInTheAddressLeavesIt(t *testing.T) {
	b := start(t).tab(t)
	b.open("agent", "/customers")
	b.says("h1", "Customers")
	if at := eval[string](b, `location.href + JSON.stringify(history.state)`); strings.Contains(at, "token") || strings.Contains(at, "eyJ") {
		t.Errorf("the token is still in the address: %s", at)
	}
	// The session is the tab's, and outlives a reload.
	b.do(chromedp.Reload())
	b.says("h1", "Customers")
	if n := eval[int](b, `Object.values(localStorage).filter((v) => v.includes('eyJ')).length + (document.cookie ? 1 : 0)`); n != 0 {
		t.Error("the token is kept beyond the session")
	}
}

func TestWhatATokenMayNotSeeIsNotThere(t *testing.T) {
	k := start(t)
	for role, want := range map[string]string{
		"viewer":  "Overview Customers Segments",
		"agent":   "Overview Customers Identity Segments",
		"steward": "Overview Customers Identity Review Segments",
		"admin":   "Overview Customers Identity Review Segments Quarantine",
	} {
		t.Run(role, func(t *testing.T) {
			b := k.tab(t)
			b.open(role, "/customers")
			b.says("h1", "Customers")
			got := eval[string](b, `[...document.querySelectorAll('.nav-item')].map((e) => e.textContent).join(' ')`)
			if got != want {
				t.Errorf("the navigation has %q, want %q", got, want)
			}
		})
	}
}

// A token without pii:read tells people apart, and states nothing that it cannot see.
func TestWithoutPersonalDataNothingIsMadeUp(t *testing.T) {
	k := start(t)
	for _, user := range []string{"mask-1", "mask-2"} {
		k.send(t, map[string]any{"type": "identify", "userId": user, "traits": map[string]any{"name": "Marla Masked", "email": user + "@mask.example", "emailSubscribed": true}})
	}
	one, two := k.customer(t, "user_id", "mask-1"), k.customer(t, "user_id", "mask-2")
	k.settled(t)
	b := k.tab(t)
	b.open("viewer", "/customers")
	for _, id := range []string{one, two} {
		b.says("td", "Customer "+id[4:9])
	}
	b.open("viewer", "/customers/"+one)
	b.says("h1", "Customer "+one[4:9])
	b.says(".customer-card", "needs pii:read")
	if said := eval[string](b, `document.querySelector('.customer-card').textContent`); strings.Contains(said, "no consent") || strings.Contains(said, "consent given") {
		t.Errorf("a consent that is masked is stated: %s", said)
	}
	b.open("agent", "/customers/"+one)
	b.says(".customer-card", "consent given")
}

// Whoever signs in after somebody else sees nothing of what was read for them.
func TestWhatSomebodyElseSawIsGone(t *testing.T) {
	k := start(t)
	k.send(t, map[string]any{"type": "identify", "userId": "else-1", "traits": map[string]any{"name": "Elsa Else"}})
	id := k.customer(t, "user_id", "else-1")
	seen := `JSON.stringify({...sessionStorage}).includes('Elsa') || document.body.innerText.includes('Elsa')`
	b := k.tab(t)
	b.expect("401")
	b.open("agent", "/customers/"+id)
	b.says("h1", "Elsa Else")
	b.until("her to be among those who were looked at", `JSON.stringify({...sessionStorage}).includes('Elsa')`)
	// In the place of one whose session has ended.
	b.end()
	b.paste(token(t, "viewer"))
	b.press("Enter")
	b.says("h1", "Customer "+id[4:9])
	if eval[bool](b, seen) {
		t.Error("whoever may see less sees the name")
	}
	// And after one who signed out.
	b.open("agent", "/customers/"+id)
	b.says("h1", "Elsa Else")
	b.click("header button", "")
	b.click("[role=menuitem]", "Sign out")
	b.until("the sign-in", `document.querySelector('.sign-in')`)
	if eval[bool](b, seen) {
		t.Error("the name outlives the session")
	}
}

// end has the server refuse the page's token at a search, and waits for the sign-in.
func (b *tab) end() {
	b.t.Helper()
	b.refuse("query Find")
	b.search("someone")
	b.says("h1", "Sign in again")
	eval[any](b, `window.restore()`)
	b.until("the field to have the focus", `document.activeElement?.name === 'token'`)
}

// refuse has questions with a text in them refused, as after the token's end, until window.restore is called. Others are
// answered: the page asks some by itself, whenever it comes to them.
func (b *tab) refuse(part string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](`(() => { const f = window.fetch; window.fetch = (u, o) => String(o?.body).includes(` + js(part) + `) ? f(u, {...o, headers: {...o.headers, Authorization: 'Bearer ended'}}) : f(u, o); window.restore = () => { window.fetch = f } })()`))
}

// A session may end while a dialog is open: one signs in over it, and it is as it was.
func TestASessionEndsInADialog(t *testing.T) {
	k := start(t)
	b := k.tab(t)
	b.expect("401")
	b.open("admin", "/segments/computed")
	b.says("td", "Product Viewed")
	b.press("c")
	b.fill(`[role=dialog] .builder-names input`, "Dialled numbers")
	b.fill(`input[aria-label^="Event 1"]`, "Number Dialled")
	b.refuse("mutation CreateComputed")
	b.click("[role=dialog] .button.primary", "Make it")
	b.says("h1", "Sign in again")
	eval[any](b, `window.restore()`)
	b.until("the field to have the focus", `document.activeElement?.name === 'token'`)
	// Nothing behind it can be reached.
	for range 12 {
		b.press("Tab")
		if at := eval[string](b, `document.activeElement === document.body || document.activeElement.closest('.sign-in') ? '' : document.activeElement.outerHTML.slice(0, 120)`); at != "" {
			t.Fatalf("behind the sign-in one reaches %s", at)
		}
	}
	eval[any](b, `document.querySelector('[name=token]').focus()`)
	b.paste(token(t, "admin"))
	b.press("Enter")
	b.until("the sign-in to be gone", `!document.querySelector('.sign-in')`)
	b.click("[role=dialog] .button.primary", "Make it")
	b.says("[data-trait=dialled_numbers]", "Number Dialled")
}

// A server that is away when the page is opened is asked again with the token one has.
func TestTheServerIsAwayWhileSigningIn(t *testing.T) {
	b := start(t).tab(t)
	b.inject(`(() => { const f = window.fetch; window.fetch = () => Promise.reject(new TypeError('away')); window.mend = () => { window.fetch = f } })()`)
	b.open("agent", "/customers")
	b.says(".sign-in", "cannot be reached")
	eval[any](b, `window.mend()`)
	b.click(".sign-in button", "Try again")
	b.says("h1", "Customers")
}

// A session that ends does not take the page with it.
func TestSigningInAgainKeepsThePage(t *testing.T) {
	k := start(t)
	k.send(t, map[string]any{"type": "identify", "userId": "again", "messageId": "again-1", "traits": map[string]any{"name": "Agnes Again"}})
	id := k.customer(t, "user_id", "again")
	b := k.tab(t)
	b.expect("401")
	b.open("agent", "/customers/"+id)
	b.says("h1", "Agnes Again")
	eval[any](b, `document.querySelector('[aria-label="Timeline, newest first"]').marked = true`)
	b.end()
	// What was still being typed into the box lands in the field; the token is taken in its place.
	b.write("nobody")
	b.paste(token(t, "agent"))
	b.press("Enter")
	b.until("the sign-in to be gone", `!document.querySelector('.sign-in')`)
	if !eval[bool](b, `document.querySelector('[aria-label="Timeline, newest first"]').marked === true`) {
		t.Error("the page was made anew")
	}
	// It is live with the new token.
	k.send(t, map[string]any{"type": "track", "userId": "again", "event": "After The Break"})
	b.says(".touchpoint", "After The Break")
}

func TestFind(t *testing.T) {
	k := start(t)
	k.send(t,
		map[string]any{"type": "identify", "userId": "find-1", "traits": map[string]any{"name": "Fiona Quillfeather", "email": "fiona@quill.example"}},
		map[string]any{"type": "identify", "userId": "find-2", "traits": map[string]any{"name": "Franz Quillfeather", "phone": "+493012345678"}},
		map[string]any{"type": "track", "anonymousId": "visitor-find-3", "event": "Looked Around"})
	id := k.customer(t, "user_id", "find-1")
	k.settled(t)
	b := k.tab(t)
	b.open("agent", "/customers")
	b.says("h1", "Customers")
	b.search("quillf")
	b.until("two customers", `document.querySelectorAll('.hit').length === 2`)
	b.press("ArrowDown", "ArrowUp")
	// Exact identifiers come first, and say so.
	for text, want := range map[string]string{
		"fiona@quill.example": "Fiona Quillfeather", "+49 30 12345678": "Franz Quillfeather", "find-1": "Fiona Quillfeather",
		"user_id:find-2": "Franz Quillfeather", id: "Fiona Quillfeather",
	} {
		eval[any](b, `document.activeElement.select()`)
		begun := time.Now()
		b.write(text)
		b.until(want+" for "+text, `document.querySelector('.hit .chip')?.textContent === 'exact' && document.querySelector('.hit').textContent.includes(`+js(want)+`)`)
		t.Logf("%s: %s", text, time.Since(begun).Round(time.Millisecond))
	}
	eval[any](b, `document.activeElement.select()`)
	b.write("nobody@nowhere.example")
	b.says(".search-foot", "No customer with this e-mail")
	eval[any](b, `document.activeElement.select()`)
	b.write("fiona quill")
	b.until("one customer", `document.querySelectorAll('.hit').length === 1 && document.querySelector('.hit').textContent.includes('Fiona')`)
	// Who that is, before one opens them.
	b.press("ArrowRight")
	b.says("[data-glance]", "fiona@quill.example")
	b.shot("glance")
	b.press("ArrowLeft")
	b.until("the list alone", `!document.querySelector('[data-glance]')`)
	b.press("Enter")
	b.says("h1", "Fiona Quillfeather")
	if at := eval[string](b, `location.pathname`); at != "/customers/"+id {
		t.Errorf("Enter led to %s", at)
	}
	// Enter need not wait for the list where there is no doubt; where there is, one chooses.
	b.press("g", "c")
	b.says("h1", "Customers")
	hasty := func(text string) {
		t.Helper()
		b.do(chromedp.Evaluate[chromedp.Void](`(() => { const f = window.fetch; const held = new Promise((go) => { window.release = go }); window.fetch = async (...a) => { const r = await f(...a); await held; return r } })()`))
		b.search(text)
		b.press("Enter")
		eval[any](b, `window.release()`)
	}
	hasty("find-2")
	b.says("h1", "Franz Quillfeather")
	hasty("quillf")
	b.until("two customers", `document.querySelectorAll('.hit').length === 2`)
	b.press("Escape", "Escape")
	// Whoever was looked at is offered before anything is typed.
	b.press("/")
	b.until("whom one looked at", `[...document.querySelectorAll('.hit')].map((e) => e.textContent).join().startsWith('FQFranz') && [...document.querySelectorAll('.hit')].some((e) => e.textContent.includes('Fiona'))`)
}
