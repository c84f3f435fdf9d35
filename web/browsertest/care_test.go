package browsertest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// axe is the checker of accessibility, of the console's own dependencies.
func axe(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../node_modules/axe-core/axe.min.js")
	if errors.Is(err, fs.ErrNotExist) {
		if os.Getenv("CI") != "" {
			t.Fatal("axe-core is not here: .ci/run installs it with npm ci in web")
		}
		t.Skip("axe-core is not here: accessibility was not checked. cd web && npm ci")
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// check fails the test for everything that axe finds.
func (b *tab) check(script, where string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](script))
	found := eval[json.RawMessage](b, `axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then((r) => r.violations.map((v) => v.id + ': ' + v.help + '\n' + v.nodes.slice(0, 3).map((n) => '    ' + n.html.slice(0, 220) + '\n      ' + (n.any[0]?.message ?? n.all[0]?.message ?? n.none[0]?.message ?? '')).join('\n')))`)
	var list []string
	if err := json.Unmarshal(found, &list); err != nil {
		b.t.Fatal(err)
	}
	for _, v := range list {
		b.t.Errorf("%s: %s", where, v)
	}
}

// misfits is what one would see at a glance and axe does not: a page wider than its window, text that leaves its column,
// buttons too small for a finger (WCAG 2.5.8; links in running text may be), letters too small to read, things of a form that
// lie over each other.
const misfits = `(() => {
  const out = new Set(), over = document.documentElement.scrollWidth - innerWidth
  const say = (what, e) => out.add(what + ': ' + e.tagName.toLowerCase() + '.' + String(e.className?.baseVal ?? e.className).replaceAll(' ', '.') + ' ' + JSON.stringify((e.getAttribute('aria-label') ?? e.textContent).slice(0, 40)))
  if (over > 0) out.add(over + ' px wider than the window')
  for (const e of document.querySelectorAll('#root *')) {
    const r = e.getBoundingClientRect()
    if (r.width < 2 || r.height < 2 || e.closest('.unseen, .canvas-box, .chart-box') || !e.checkVisibility({visibilityProperty: true})) continue
    if (e.matches('dt, dd, th, td, h1, h2, button, .chip') && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === 'visible' && getComputedStyle(e).display !== 'inline') say('runs over', e)
    if (e.matches('button, select, input:not([type=range], [type=checkbox]), a.chip, a.button') && Math.min(r.width, r.height) < 23.5) say('small for a finger', e)
    if ([...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) && parseFloat(getComputedStyle(e).fontSize) < 11) say('small to read', e)
  }
  const parts = [...document.querySelectorAll('main :is(button, select, input, .chip)')].filter((e) => e.checkVisibility({visibilityProperty: true}) && !e.closest('.unseen, .canvas')).map((e) => [e, e.getBoundingClientRect()])
  parts.forEach(([e, a], i) => parts.slice(i + 1).forEach(([f, b]) => {
    if (!e.contains(f) && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2) say('lies under ' + f.textContent.slice(0, 20), e)
  }))
  return [...out]
})()`

func TestEveryPageIsAccessibleInBothThemesAndSizes(t *testing.T) {
	script := axe(t)
	k := start(t)
	k.send(t,
		map[string]any{"type": "identify", "userId": "care-1", "anonymousId": "care-v1", "traits": map[string]any{"name": "Clara Care", "email": "clara@care.example", "plan": "pro"}},
		map[string]any{"type": "page", "anonymousId": "care-v1", "name": "Home"}, map[string]any{"type": "track", "userId": "care-1", "event": "Order Completed", "properties": map[string]any{"total": 12}},
		map[string]any{"type": "group", "userId": "care-1", "groupId": "care-co", "traits": map[string]any{"name": "Care & Co"}},
		map[string]any{"type": "track", "userId": "care-1"})
	id := k.customer(t, "user_id", "care-1")
	k.settled(t)
	made := k.mutate(t, `mutation ($input: SegmentInput!) { segmentCreate(input: $input) { segment { id } } }`, map[string]any{"key": "care-nested", "name": "Nested", "condition": json.RawMessage(
		`{"all":[{"connected":{"through":"ACCOUNT","where":{"any":[{"trait":{"key":"plan","op":"EQ","value":"pro"}},{"all":[{"any":[{"event":{"name":"Order Completed","atLeast":2,"within":"P30D"}},{"not":{"trait":{"key":"plan","op":"EQ","value":"basic"}}}]}]}]}}}]}`)})
	nested := made["segmentCreate"].(map[string]any)["segment"].(map[string]any)["id"].(string)
	pages := []struct{ name, path, ready string }{
		{"overview", "/", `document.querySelector('.chart canvas') && document.querySelector('td')`},
		{"customers", "/customers", `document.querySelector('td')`},
		{"customer", "/customers/" + id, `document.querySelector('.touchpoint')`},
		{"identity", "/identity/" + id, `document.querySelector('[role=treegrid] [role=row]') && document.querySelector('.canvas-box').dataset.placed`},
		{"review", "/review", `document.querySelector('.review-item') || document.querySelector('.empty')`},
		{"segments", "/segments", `document.querySelector('h1')`},
		{"builder", "/segments/new", `document.querySelector('.part') && document.querySelector('.builder-right h2')`},
		{"nested", "/segments/" + nested, `document.querySelectorAll('.part').length === 6 && document.querySelector('.builder-size')`},
		{"computed", "/segments/computed", `document.querySelector('td')`},
		{"quarantine", "/quarantine", `document.querySelector('.quarantine-item')`},
	}
	b := k.tab(t)
	b.open("admin", "/customers")
	for theme, sizes := range map[string][][2]int64{"light": {{1440, 900}, {768, 1024}, {3840, 2160}}, "dark": {{320, 640}, {1440, 900}}} {
		for _, size := range sizes {
			b.do(b.theme(theme), b.size(size[0], size[1]))
			for _, p := range pages {
				where := fmt.Sprintf("%s-%s-%d", p.name, theme, size[0])
				b.do(chromedp.Navigate(k.proxy.url() + p.path))
				b.until(where, p.ready)
				b.shot(where)
				for _, fault := range eval[[]string](b, misfits) {
					t.Errorf("%s: %s", where, fault)
				}
				if size[0] == 320 || size[0] == 1440 {
					b.check(script, where)
				}
			}
		}
	}
	// Dialogs and menus.
	b.do(b.size(1440, 900))
	b.press("?")
	b.says("[role=dialog] h2", "What can be pressed")
	b.check(script, "help")
	b.shot("help")
	b.leave()
	b.click("header button", "")
	b.says("[role=menu]", "Sign out")
	b.check(script, "account menu")
	b.press("Escape")
	b.until("the menu to be gone", `!document.querySelector('[role=menu]')`)
	b.search("clara")
	b.until("a hit", `document.querySelector('.hit')`)
	b.check(script, "search")
	b.shot("search")
}

func TestSignInIsAccessible(t *testing.T) {
	script := axe(t)
	b := start(t).tab(t)
	for _, theme := range []string{"light", "dark"} {
		b.do(b.theme(theme), chromedp.Navigate(b.k.proxy.url()+"/"))
		b.until("the sign-in", `document.querySelector('.sign-in')`)
		b.check(script, "sign-in "+theme)
		b.shot("sign-in-" + theme)
	}
}

func TestEverythingFromTheKeyboard(t *testing.T) {
	k := start(t)
	k.send(t, map[string]any{"type": "identify", "userId": "keys-1", "traits": map[string]any{"name": "Keira Keys"}})
	id := k.customer(t, "user_id", "keys-1")
	b := k.tab(t)
	b.open("admin", "/customers")
	b.says("h1", "Customers")
	for _, to := range [][2]string{{"o", "/"}, {"c", "/customers"}, {"i", "/identity"}, {"q", "/quarantine"}, {"r", "/review"}, {"s", "/segments"}} {
		b.press("g", to[0])
		b.until(to[1], "location.pathname === "+js(to[1]))
	}
	// The second key is none of the page's own: here c makes a segment, and on a customer's page it copies the id.
	b.says("h1", "Segments")
	b.press("g", "c")
	b.says("h1", "Customers")
	b.open("admin", "/customers/"+id)
	b.says("h1", "Keira Keys")
	b.press("g", "c")
	b.says("h1", "Customers")
	// Everything that can be pressed can be reached by Tab, and one sees where one is.
	b.press("g", "c")
	b.until("the list", `document.querySelector('td a')`)
	eval[any](b, `document.activeElement.blur()`)
	seen := map[string]bool{}
	for range 30 {
		b.press("Tab")
		at := eval[string](b, `(() => { const e = document.activeElement; const s = getComputedStyle(e); return e.tagName + ' ' + (e.getAttribute('aria-label') ?? e.textContent.slice(0, 20)) + (s.outlineStyle === 'none' && s.outlineWidth !== '0px' ? '' : s.outlineStyle === 'none' ? ' NO OUTLINE' : '') })()`)
		if strings.Contains(at, "NO OUTLINE") && !strings.HasPrefix(at, "BODY") {
			t.Errorf("nothing shows the focus on %s", at)
		}
		seen[at] = true
	}
	if len(seen) < 12 {
		t.Errorf("Tab reaches %d things: %v", len(seen), seen)
	}
}
