package browsertest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// watch opens a customer who has done n things.
func (k *kith) watch(t *testing.T, user, name string, n int) (*tab, string) {
	t.Helper()
	begun := time.Now().Add(-48 * time.Hour)
	calls := []map[string]any{{"type": "identify", "userId": user, "messageId": user + "-i", "timestamp": begun.Format(time.RFC3339), "traits": map[string]any{"name": name, "plan": "basic"}}}
	for i := range n {
		calls = append(calls, map[string]any{"type": "track", "userId": user, "event": fmt.Sprintf("Old Event %d", i), "messageId": fmt.Sprintf("%s-%d", user, i), "timestamp": begun.Add(time.Duration(i+1) * 20 * time.Minute).Format(time.RFC3339), "properties": map[string]any{"total": i}})
	}
	k.send(t, calls...)
	id := k.customer(t, "user_id", user)
	k.settled(t)
	b := k.tab(t)
	b.open("agent", "/customers/"+id)
	b.says("h1", name)
	b.until("the connection", `document.querySelector('[data-connection="live"]')`)
	return b, id
}

func TestACustomerIsLive(t *testing.T) {
	k := start(t)
	b, _ := k.watch(t, "live-1", "Livia Live", 12)
	k.send(t, map[string]any{"type": "track", "userId": "live-1", "event": "Order Completed", "properties": map[string]any{"total": 42, "products": []any{map[string]any{"name": "Lamp"}}}})
	b.says(".touchpoint", "Order Completed")
	// It opens in place with all its properties.
	b.click(".touchpoint-line", "Order Completed")
	b.says(".touchpoint-open", "message id")
	b.press("Escape")
	// A trait that changes is marked for a while, and says what it was.
	b.do(chromedp.Evaluate[chromedp.Void](`new MutationObserver((_, o) => { if (document.querySelector('.traits .changed')?.textContent.includes('premium')) { window.marked = true; o.disconnect() } }).observe(document.body, {childList: true, subtree: true, characterData: true, attributes: true})`))
	k.send(t, map[string]any{"type": "identify", "userId": "live-1", "traits": map[string]any{"plan": "premium"}})
	b.until("the trait to be marked", `window.marked`)
	b.click(".trait", "plan")
	b.says(".trait-history", "basic")
	// Filters ask the server, for all there is.
	b.click(".toggle", "Identity")
	b.until("nothing but identify calls", `document.querySelectorAll('.touchpoint').length === 2`)
	b.click("button", "Clear")
	b.says(".touchpoint", "Order Completed")
	// A ticket is open until it is solved.
	k.send(t, map[string]any{"type": "track", "userId": "live-1", "event": "Support Ticket Created", "properties": map[string]any{"ticket_id": "t1", "subject": "Lamp arrived broken"}})
	b.says(".customer-traits", "Lamp arrived broken")
	k.send(t, map[string]any{"type": "track", "userId": "live-1", "event": "Support Ticket Solved", "properties": map[string]any{"ticket_id": "t1"}})
	b.until("the matter to be closed", `!document.querySelector('.customer-traits').textContent.includes('Lamp arrived broken')`)
	// One that is sent again after a break of the line has the same id.
	ids := map[string]bool{}
	for _, frame := range b.frames() {
		var message struct{ Type, ID string }
		if err := json.Unmarshal([]byte(frame), &message); err != nil {
			t.Fatal(err)
		}
		if message.Type == "subscribe" {
			ids[message.ID] = true
		}
	}
	if len(ids) != 1 {
		t.Errorf("%d subscriptions for one page", len(ids))
	}
}

// frames is what went over the socket so far.
func (b *tab) frames() []string {
	b.t.Helper()
	return eval[[]string](b, `window.sent ?? []`)
}

// What lies further back than was read can be asked for, too.
func TestAFilterReachesFurtherThanWhatWasRead(t *testing.T) {
	k := start(t)
	b, _ := k.watch(t, "back-1", "Bastian Back", 150)
	read := eval[int](b, `document.querySelectorAll('select[aria-label=Event] option').length`)
	b.click(".toggle", "Identity")
	b.until("the first of all", `document.querySelectorAll('.touchpoint').length === 1 && document.querySelector('.touchpoint').textContent.includes('Said who they are')`)
	b.click("button", "Clear")
	b.says(".touchpoint", "Old Event 149")
	b.until("names that were not read", fmt.Sprintf(`document.querySelectorAll('select[aria-label=Event] option').length >= %d`, read+50))
}

// Whoever reads further down keeps their place.
func TestWhatIsReadDoesNotMove(t *testing.T) {
	k := start(t)
	b, _ := k.watch(t, "still-1", "Stella Still", 150)
	list := `document.querySelector('[aria-label="Timeline, newest first"]')`
	// Far enough down that an older page has come, and back up to where there is more in both directions.
	b.until("an older page", `(() => { const e = `+list+`; e.scrollTo({top: e.scrollHeight > 3000 ? 900 : e.scrollHeight}); return e.scrollHeight > 3000 })()`)
	eval[any](b, list+`.scrollTo({top: 900})`)
	b.until("the rows there", `[...document.querySelectorAll('.touchpoint')].filter((e) => e.getBoundingClientRect().top > 200).length > 5`)
	name := eval[string](b, `(() => { const e = [...document.querySelectorAll('.touchpoint')].find((e) => e.getBoundingClientRect().top > 350); window.watched = e.querySelector('.strong').textContent; return window.watched })()`)
	place := `[...document.querySelectorAll('.touchpoint')].find((e) => e.querySelector('.strong').textContent === window.watched)?.getBoundingClientRect().top ?? -1`
	var before float64
	b.until("the list to be still", `(() => { const now = `+place+`; window.same = now === window.place ? (window.same ?? 0) + 1 : 0; window.place = now; return window.same > 8 && now > 0 })()`)
	before = eval[float64](b, place)
	for i := range 20 {
		k.send(t, map[string]any{"type": "track", "userId": "still-1", "event": fmt.Sprintf("New Event %d", i)})
	}
	b.says(".unseen-slot", "20 new")
	b.until(name+" where it was", fmt.Sprintf("Math.abs(%s - %v) <= 2", "("+place+")", before))
	// The list is read again in a while, older pages with it: these are not new.
	for range 60 {
		if now := eval[string](b, `document.querySelector('.unseen-slot').textContent`); !strings.HasPrefix(now, "20 new") {
			t.Fatalf("%s, of 20 that came", now)
		}
		<-time.After(50 * time.Millisecond)
	}
	eval[any](b, `document.activeElement.blur()`)
	b.press("n")
	b.says(".touchpoint", "New Event 19")
	b.until("the button to be gone", `!document.querySelector('.unseen-slot button')`)
}

// What nobody looks at any more is let go, and read again by whoever scrolls to it.
func TestALongTimelineIsLetGo(t *testing.T) {
	k := start(t)
	const many = 1060
	begun := time.Now().Add(-72 * time.Hour)
	for from := 0; from < many; from += 212 {
		var calls []map[string]any
		for n := from; n < from+212; n++ {
			calls = append(calls, map[string]any{"type": "track", "userId": "long-1", "event": fmt.Sprintf("Long Ago %d", n), "messageId": fmt.Sprintf("long-%d", n), "timestamp": begun.Add(time.Duration(n) * time.Minute).Format(time.RFC3339)})
		}
		k.send(t, calls...)
	}
	b, _ := k.watch(t, "long-1", "Lola Long", 0)
	list := `document.querySelector('[aria-label="Timeline, newest first"]')`
	b.until("all of it to be read", `(() => { const e = `+list+`; e.scrollTo({top: e.scrollHeight}); return e.scrollHeight > 1040 * 48 })()`)
	eval[any](b, list+`.scrollTo({top: 0})`)
	b.until("the top", list+`.scrollTop === 0 && document.querySelector('[data-index="0"]')`)
	k.send(t, map[string]any{"type": "track", "userId": "long-1", "event": "Just Now"})
	b.says(".touchpoint", "Just Now")
	b.until("a shorter list", list+`.scrollHeight < 700 * 48`)
	b.until("the first of all", `(() => { const e = `+list+`; e.scrollTo({top: e.scrollHeight}); return [...document.querySelectorAll('.touchpoint .strong')].some((e) => e.textContent === 'Long Ago 0') })()`)
}

// The promise of the whole page: two histories become one before one's eyes.
func TestTwoHistoriesBecomeOneWhileOneWatches(t *testing.T) {
	k := start(t)
	b, id := k.watch(t, "merge-1", "Merle Merge", 6)
	for i := range 4 {
		k.send(t, map[string]any{"type": "page", "anonymousId": "merge-visitor", "name": fmt.Sprintf("Shelf %d", i), "timestamp": time.Now().Add(-time.Duration(30+i) * time.Minute).Format(time.RFC3339)})
	}
	visitor := k.customer(t, "anonymous_id", "merge-visitor")
	k.settled(t)
	other := k.tab(t)
	other.open("agent", "/customers/"+visitor)
	other.says(".touchpoint", "Shelf")

	k.send(t, map[string]any{"type": "identify", "userId": "merge-1", "anonymousId": "merge-visitor", "messageId": "merge-now"})
	b.says("[data-notice=merge]", "two histories are now one")
	b.says("[data-notice=merge]", "4 touchpoints added")
	b.until("the rows of the other history, marked", `document.querySelectorAll('.touchpoint.merged').length === 4`)
	b.shot("merge")
	// Whoever watched the visitor sees who it is, under the id that answers now.
	other.says("h1", "Merle Merge")
	other.says("[data-notice=merge]", "This visitor is Merle Merge")
	other.until("the address of the customer", `location.pathname === '/customers/`+id+`'`)
	other.says(".touchpoint", "Old Event 5")
	// What comes with the mark off is like everything else.
	b.click("[data-notice] button", "")
	b.until("the mark to be gone", `!document.querySelector('.touchpoint.merged') && !document.querySelector('[data-notice]')`)
}

// After a break nothing is missing and nothing is there twice.
func TestTheNetworkGoesAndComesBack(t *testing.T) {
	k := start(t)
	b, _ := k.watch(t, "net-1", "Nettie Network", 3)
	b.expect("net::ERR_")
	b.expect("WebSocket connection")
	k.send(t, map[string]any{"type": "track", "userId": "net-1", "event": "Before The Break"})
	b.says(".touchpoint", "Before The Break")
	k.proxy.cut()
	b.until("the dot to say so", `/Reconnecting|Offline/.test(document.querySelector('[data-connection]').textContent)`)
	for i := range 40 { // more than one page of the list
		k.send(t, map[string]any{"type": "track", "userId": "net-1", "event": fmt.Sprintf("During %d", i), "messageId": fmt.Sprintf("net-during-%d", i)})
	}
	k.settled(t)
	k.proxy.mend()
	b.says("[data-connection=live]", "Live")
	b.says(".touchpoint", "During 39")
	k.send(t, map[string]any{"type": "track", "userId": "net-1", "event": "After The Break"})
	b.says(".touchpoint", "After The Break")
	// 3 old, identify, before, 40 during, after.
	b.until("everything once", `(() => { const list = document.querySelector('[aria-label="Timeline, newest first"]'); const seen = window.seenNames ??= new Map(); for (const e of document.querySelectorAll('.touchpoint')) { const row = e.closest('[data-index]'); seen.set(e.querySelector('.strong').textContent, row.dataset.index) } const whole = seen.size === 46 && new Set(seen.values()).size >= 46; if (!whole && list.scrollTop + list.clientHeight >= list.scrollHeight - 1) { window.seenNames = undefined; list.scrollTo(0, 0) } else list.scrollBy(0, 300); return whole })()`)
	frames := strings.Join(b.frames(), "\n")
	if !strings.Contains(frames, `"after":"`) {
		t.Errorf("the page did not resume by cursor:\n%.600s", frames)
	}
}

// After sleep a socket looks open and is dead: the page asks at once, and goes on over another.
func TestASocketThatOnlyLooksOpen(t *testing.T) {
	k := start(t)
	b, _ := k.watch(t, "sleep-1", "Sylvia Sleep", 3)
	b.expect("WebSocket connection")
	k.proxy.sleep()
	k.send(t, map[string]any{"type": "track", "userId": "sleep-1", "event": "Slept Through"})
	eval[any](b, `window.dispatchEvent(new Event('online'))`)
	b.says(".touchpoint", "Slept Through")
	b.says("[data-connection=live]", "Live")
	if frames := strings.Join(b.frames(), "\n"); !strings.Contains(frames, `"after":"`) {
		t.Errorf("the page did not resume by cursor:\n%.600s", frames)
	}
}

func TestNobody(t *testing.T) {
	b := start(t).tab(t)
	b.open("agent", "/customers/cus_nobodynobodynobodynobody")
	b.says("h2", "There is no such customer")
	b.open("agent", "/segmentz")
	b.expect("404")
}
