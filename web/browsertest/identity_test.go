package browsertest

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// pick selects an identifier in the list, from the keyboard.
func (b *tab) pick(value string) {
	b.t.Helper()
	b.press("Home")
	b.until("the first row", `document.activeElement.dataset.index === '0'`)
	for range 10 {
		if eval[bool](b, `document.activeElement.textContent.includes(`+js(value)+`)`) {
			b.press(" ")
			b.until(value+" to be selected", `[...document.querySelectorAll('[role=treegrid] [aria-selected=true]')].some((e) => e.textContent.includes(`+js(value)+`))`)
			return
		}
		now := eval[string](b, `document.activeElement.dataset.index`)
		b.press("ArrowDown")
		b.until("the next row", `document.activeElement.dataset.index !== `+js(now))
	}
	b.t.Fatalf("no row for %s", value)
}

func TestExploreJoinUndoAndPart(t *testing.T) {
	k := start(t)
	k.send(t,
		map[string]any{"type": "identify", "userId": "ex-1", "anonymousId": "ex-v1", "traits": map[string]any{"name": "Edda Explore", "email": "edda@ex.example"}},
		map[string]any{"type": "identify", "userId": "ex-1", "anonymousId": "ex-v2"},
		map[string]any{"type": "track", "anonymousId": "ex-v3", "event": "Looked"})
	id := k.customer(t, "user_id", "ex-1")
	k.customer(t, "anonymous_id", "ex-v3")
	k.settled(t)
	b := k.tab(t)
	b.open("admin", "/identity/"+id)
	b.says("h1", "Edda Explore")
	b.until("the picture", `document.querySelector('.canvas-box').dataset.placed === '4'`)
	b.until("the list", `document.querySelectorAll('[role=treegrid] [role=row]').length === 4`)

	// From the keyboard: two identifiers, and the chain between them in words.
	eval[any](b, `document.querySelector('[role=treegrid] [tabindex="0"]').focus()`)
	b.pick("edda@ex.example")
	b.pick("ex-v2")
	b.says("[data-between=path] li", "were in the same call")
	if n := eval[int](b, `document.querySelectorAll('[data-between=path] li').length`); n != 2 {
		t.Errorf("the chain has %d links, want 2", n)
	}
	// What a part would do, before it is done.
	b.press("x")
	b.says("[role=dialog] h2", "not one person")
	b.until("what would be", `document.querySelectorAll('[role=dialog] .what-if section').length === 2 && document.querySelectorAll('[role=dialog] .moves').length > 0`)
	b.press("Enter")
	b.shot("part")
	b.click("[role=dialog] .button.primary", "Part")
	b.says("[role=dialog]", "Say why")
	eval[any](b, `document.querySelector('[role=dialog] textarea').focus()`)
	b.write("Two people at one desk")
	b.click("[role=dialog] .button.primary", "Part")
	b.told("Parted")
	apart := func() error {
		a := k.ask(t, "admin", `{ one: customer(by: {identifier: {type: "email", value: "edda@ex.example"}}) { id } two: customer(by: {identifier: {type: "anonymous_id", value: "ex-v2"}}) { id } }`)
		if fmt.Sprint(a["one"]) == fmt.Sprint(a["two"]) {
			return errors.New("still one")
		}
		return nil
	}
	if err := apart(); err != nil {
		t.Fatal(err)
	}
	b.until("three identifiers and the other end of what is not followed", `document.querySelector('.explorer-head').textContent.includes('identifier')`)
	b.click(".toasts button", "Undo")
	b.told("as if it had never been made")
	within(t, func() error {
		if apart() == nil {
			return errors.New("still parted")
		}
		return nil
	})
}

func TestJoinWhatBelongsTogether(t *testing.T) {
	k := start(t)
	k.send(t, map[string]any{"type": "identify", "userId": "jo-1", "traits": map[string]any{"name": "Jolanda Join", "email": "jolanda@jo.example"}},
		map[string]any{"type": "track", "anonymousId": "jo-v1", "event": "Looked"})
	id, visitor := k.customer(t, "user_id", "jo-1"), k.customer(t, "anonymous_id", "jo-v1")
	k.settled(t)
	b := k.tab(t)
	b.open("admin", "/identity/"+id)
	b.until("the picture", `document.querySelector('.canvas-box')?.dataset.placed === '2'`)
	b.click(".join-other button", "Another customer")
	b.fill(".join-other input", "jo-v1")
	b.until("the visitor", `document.querySelector('.join-other [role=option]')`)
	b.press("Enter")
	b.until("its graph beside this one", `document.querySelectorAll('[role=treegrid] [role=row]').length === 3`)
	eval[any](b, `document.querySelector('[role=treegrid] [tabindex="0"]').focus()`)
	b.pick("jo-v1")
	b.pick("jolanda@jo.example")
	b.says("[data-between=conflict] li", "no link leads from the one to the other")
	b.press("j")
	b.says("[role=dialog] h2", "one person")
	b.until("what would be", `document.querySelectorAll('[role=dialog] .moves').length > 0`)
	b.fill("[role=dialog] textarea", "She said so on the phone")
	b.click("[role=dialog] .button.primary", "Join")
	b.told("Joined")
	if now := k.customer(t, "anonymous_id", "jo-v1"); now != id || now == visitor {
		t.Errorf("the visitor is %s, not %s", now, id)
	}
	b.click(".toasts button", "Undo")
	b.told("as if it had never been made")
}

// The date shows who was whom by what had been seen by then.
func TestTheGraphOfAPastDate(t *testing.T) {
	k := start(t)
	day := func(n int) string { return time.Now().AddDate(0, 0, -n).Format(time.RFC3339) }
	k.send(t,
		map[string]any{"type": "track", "anonymousId": "past-v1", "event": "Looked", "timestamp": day(200)},
		map[string]any{"type": "identify", "userId": "past-1", "timestamp": day(190), "traits": map[string]any{"name": "Paula Past"}},
		map[string]any{"type": "identify", "userId": "past-1", "anonymousId": "past-v1", "timestamp": day(20)})
	id := k.customer(t, "user_id", "past-1")
	k.settled(t)
	b := k.tab(t)
	b.open("agent", "/identity/"+id)
	b.until("the picture", `document.querySelector('.canvas-box')?.dataset.placed === '2'`)
	b.says(".explorer-head", "2 identifiers, 1 link")
	eval[any](b, `document.querySelector('.canvas-box').focus()`)
	b.press("[")
	b.says(".explorer-head", "2 identifiers, 0 links · 2 people")
	b.shot("past")
	b.press("]")
	b.says(".explorer-head", "2 identifiers, 1 link")
}

func TestReviewFromTheKeyboard(t *testing.T) {
	k := start(t)
	record := func(id, first, last, birthday, city string) map[string]any {
		return map[string]any{"id": id, "at": "2026-01-02T03:00:00Z", "traits": map[string]any{"firstName": first, "lastName": last, "birthday": birthday, "address": map[string]any{"city": city}}}
	}
	k.post(t, crmKey, "/v1/records", map[string]any{"records": []any{
		record("r1", "Hedwig", "Zwiebelstein", "1971-03-04", "Jena"), record("r2", "Hedwig", "Zwiebelstein", "1971-03-05", "Gera"),
		record("r3", "Ottokar", "Pfefferkuch", "1980-07-01", "Jena"), record("r4", "Otto", "Pfefferkuch", "1980-07-01", "Weimar"),
		record("r5", "Kunigunde", "Rabenhorst", "1990-10-10", "Jena"), record("r6", "Kunigunde", "Rabenhorst", "1991-10-10", "Bonn"),
		record("r7", "Walburga", "Tintenfass", "1955-05-05", "Jena"), record("r8", "Walburga", "Tintenfas", "1958-05-05", "Ulm"),
	}})
	k.settled(t)
	var waiting int
	within(t, func() error {
		list, _ := k.ask(t, "admin", `{ identityReviewQueue(first: 50) { nodes { id kind identifiers { value } } } }`)["identityReviewQueue"].(map[string]any)["nodes"].([]any)
		if waiting = len(list); waiting < 2 {
			return fmt.Errorf("%d wait: %v", waiting, list)
		}
		return nil
	})
	b := k.tab(t)
	b.open("admin", "/review")
	b.until("the list", fmt.Sprintf(`document.querySelectorAll('.review-item').length >= %d`, waiting))
	b.says(".compare th", "Field")
	b.shot("review")
	// Without a reason it asks for one, and keeps it.
	b.press("a")
	b.until("the reason to have the focus", `document.activeElement.closest('.review-decide') && document.activeElement.tagName === 'INPUT'`)
	b.write("Same person, asked by phone")
	b.press("Escape")
	eval[any](b, `document.activeElement.blur()`)
	b.press("a")
	b.told("one person now")
	b.until("the next one", `document.querySelectorAll('.review-item.done').length === 1 && !document.querySelector('.review-item[aria-current].done')`)
	eval[any](b, `document.activeElement.blur()`)
	b.press("r")
	b.told("Kept apart for good")
	b.until("two done", `document.querySelectorAll('.review-item.done').length === 2`)
	eval[any](b, `document.activeElement.blur()`)
	b.press("u")
	b.told("as if it had never been made")
	b.until("one back", `document.querySelectorAll('.review-item.done').length === 1`)
}

func TestQuarantineFixAndSendAgain(t *testing.T) {
	k := start(t)
	// The one is refused for its missing event; the rest of its batch is not.
	k.send(t, map[string]any{"type": "track", "userId": "qu-1", "messageId": "qu-bad", "properties": map[string]any{"total": 7}}, map[string]any{"type": "identify", "userId": "qu-1", "traits": map[string]any{"name": "Quentin Quarantine"}})
	k.customer(t, "user_id", "qu-1")
	b := k.tab(t)
	b.open("admin", "/quarantine")
	b.until("the call", `document.querySelectorAll('.quarantine-item').length > 0`)
	b.press("j")
	b.says(".fix h2", "missing event")
	b.press("e")
	b.until("the editor to have the focus", `document.activeElement.tagName === 'TEXTAREA'`)
	eval[any](b, `document.activeElement.select()`)
	b.write(`{"type":"track","userId":"qu-1","messageId":"qu-bad","properties":{"total":7}`)
	b.says(".fix", "not JSON")
	eval[any](b, `document.activeElement.select()`)
	b.write(`{"type":"track","userId":"qu-1","messageId":"qu-bad","event":"Mended Order","properties":{"total":7}}`)
	b.click(".fix .button.primary", "Send again")
	b.told("Accepted")
	within(t, func() error {
		c, _ := k.ask(t, "admin", `{ customer(by: {identifier: {type: "user_id", value: "qu-1"}}) { touchpoints(filter: {names: ["Mended Order"]}) { nodes { messageId } } } }`)["customer"].(map[string]any)
		if n := len(c["touchpoints"].(map[string]any)["nodes"].([]any)); n != 1 {
			return fmt.Errorf("%d touchpoints", n)
		}
		return nil
	})
}

func TestOneFixForMany(t *testing.T) {
	k := start(t)
	var calls []map[string]any
	for i := range 7 {
		calls = append(calls, map[string]any{"type": "track", "userId": "many-1", "messageId": fmt.Sprintf("many-%d", i), "properties": map[string]any{"shelf": i}})
	}
	k.post(t, crmKey, "/v1/batch", map[string]any{"batch": append(calls, map[string]any{"type": "identify", "userId": "many-1", "messageId": "many-i"})})
	k.customer(t, "user_id", "many-1")
	b := k.tab(t)
	b.open("admin", "/quarantine?source=crm")
	b.until("the calls", `document.querySelectorAll('.quarantine-item').length === 7`)
	b.click("button", "Mark all")
	b.click("button", "Fix all")
	b.fill("[role=dialog] .remedy .field:nth-child(3) input", "Shelf Counted")
	b.until("five of them", `document.querySelectorAll('[data-remedy]').length === 5 && document.querySelector('[data-remedy]').textContent.includes('event: "Shelf Counted"')`)
	b.shot("fix-many")
	b.click("[role=dialog] .button.primary", "Send 7 calls again")
	b.told("7 calls accepted")
	b.until("none left", `document.querySelectorAll('.quarantine-item').length === 0`)
	within(t, func() error {
		c, _ := k.ask(t, "admin", `{ customer(by: {identifier: {type: "user_id", value: "many-1"}}) { touchpoints(filter: {names: ["Shelf Counted"]}) { nodes { messageId } } } }`)["customer"].(map[string]any)
		if n := len(c["touchpoints"].(map[string]any)["nodes"].([]any)); n != 7 {
			return fmt.Errorf("%d touchpoints", n)
		}
		return nil
	})
}

// What a filter hides stays as it is, and the filter goes with the last call it lets through.
func TestNothingIsDoneToWhatAFilterHides(t *testing.T) {
	k := start(t)
	k.post(t, crmKey, "/v1/batch", map[string]any{"batch": []any{
		map[string]any{"type": "track", "userId": "hide-1", "messageId": "hide-1"}, map[string]any{"type": "track", "userId": "hide-1", "messageId": "hide-2"},
		map[string]any{"type": "track", "event": "Whose", "messageId": "hide-3"}, map[string]any{"type": "track", "event": "Whose", "messageId": "hide-4"},
		map[string]any{"type": "identify", "userId": "hide-1", "messageId": "hide-5"}}})
	k.customer(t, "user_id", "hide-1")
	b := k.tab(t)
	b.open("admin", "/quarantine?source=crm")
	b.until("the calls", `document.querySelectorAll('.quarantine-item').length === 4`)
	b.click("button", "Mark all")
	b.says("[role=status]", "4 marked")
	b.click(".toggle", "missing event")
	b.until("those of one reason, and none marked", `document.querySelectorAll('.quarantine-item').length === 2 && !document.querySelector('.quarantine-item :checked')`)
	erase := func() {
		t.Helper()
		b.click("button", "Mark all")
		b.click(".quarantine-list .danger", "Delete")
		b.says("[role=dialog] h2", "Delete 2 calls?")
		b.click("[role=dialog] .danger", "Delete")
		b.until("the dialog to be gone", `!document.querySelector('[role=dialog]')`)
	}
	erase()
	b.until("those of the other reason", `[...document.querySelectorAll('.quarantine-item')].map((e) => e.textContent.includes('Whose')).join() === 'true,true'`)
	erase()
	b.says("h2", "Nothing was refused")
}

func TestOverviewMoves(t *testing.T) {
	k := start(t)
	k.send(t, map[string]any{"type": "track", "userId": "ov-1", "event": "Counted"})
	k.settled(t)
	b := k.tab(t)
	// Nothing here breaks the applying of a message, so the answer says that something did.
	b.inject(`(() => { const f = window.fetch; window.fetch = async (u, o) => { const r = await f(u, o); if (!String(o?.body).includes('query FiguresNow')) return r; const a = await r.json(); a.data.figures.deadLetters = 3; return new Response(JSON.stringify(a)) } })()`)
	b.open("admin", "/")
	b.says("[role=status]", "3 messages could not be applied")
	b.until("figures", `document.querySelectorAll('.figure-value').length === 6 && !document.querySelector('.figure-value .skeleton')`)
	b.until("a chart", `document.querySelector('.chart canvas')`)
	touchpoints := `Number([...document.querySelectorAll('.figure')].find((e) => e.textContent.startsWith('Touchpoints')).querySelector('.figure-value').title.replaceAll(',', ''))`
	before := eval[float64](b, touchpoints)
	k.send(t, map[string]any{"type": "track", "userId": "ov-1", "event": "Counted"}, map[string]any{"type": "track", "userId": "ov-1", "event": "Counted"})
	b.until("two more", fmt.Sprintf("%s >= %v", touchpoints, before+2))
	b.says("td", "web")
	b.click(".toggle", "As a table")
	b.until("the chart as a table", `document.querySelector('.chart-table tbody tr')`)
}
