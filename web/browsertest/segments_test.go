package browsertest

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

func TestBuildASegmentAndWatchWhoEnters(t *testing.T) {
	k := start(t)
	for i := range 3 {
		k.send(t, map[string]any{"type": "identify", "userId": fmt.Sprintf("seg-%d", i), "traits": map[string]any{"name": fmt.Sprintf("Segunda %d", i), "tariff": "golden"}})
	}
	k.send(t, map[string]any{"type": "identify", "userId": "seg-9", "traits": map[string]any{"name": "Nina Notyet", "tariff": "plain"}})
	k.customer(t, "user_id", "seg-9")
	k.settled(t)
	b := k.tab(t)
	b.open("admin", "/segments")
	b.says("h1", "Segments")
	b.press("c")
	b.says("h1", "New segment")
	b.fill(`.builder-names input`, "Golden tariff")
	b.fill(`input[aria-label=Trait]`, "tariff")
	b.until("the name among those that were sent", `[...document.querySelectorAll('datalist option')].some((o) => o.value === 'tariff')`)
	b.fill(`input[aria-label=Value]`, "golden")
	// Its size is there while one builds, and the sentence says the same as the rows.
	b.until("three", `document.querySelector('.builder-size')?.textContent === '3'`)
	b.says(".builder-says", "tariff is golden")
	b.shot("builder")
	b.click(".builder .button.primary", "Make it")
	b.told("Made")
	b.until("its own address", `/^\/segments\/seg_/.test(location.pathname)`)
	// Whoever looks at one of those people finds their work again, and may let it go.
	b.fill(`.builder-names input`, "Golden tariffs")
	b.click(".builder-right a", "Segunda")
	b.says("h1", "Segunda")
	eval[any](b, `history.back()`)
	b.until("the name as it was typed", `document.querySelector('.builder-names input')?.value === 'Golden tariffs'`)
	b.click(".builder button", "Start over")
	b.until("the name as it is saved", `document.querySelector('.builder-names input').value === 'Golden tariff'`)
	// Somebody enters while one watches.
	b.until("the connection", `document.querySelector('[data-connection="live"]')`)
	k.send(t, map[string]any{"type": "identify", "userId": "seg-9", "traits": map[string]any{"tariff": "golden"}})
	b.says("[data-membership=entered]", "Nina Notyet")
	b.until("four", `document.querySelector('.builder-size')?.textContent === '4' && !document.querySelector('.builder-right').textContent.includes('against')`)
	// Why is she in?
	b.click(".builder-right button", "Why?")
	b.says("[role=dialog]", "golden")
	b.leave()
	// On her own page, too.
	nina := k.tab(t)
	nina.open("agent", "/customers/"+k.customer(t, "user_id", "seg-9"))
	nina.says(".customer-card", "Golden tariff")
	nina.click(".customer-card button", "Why?")
	nina.says("[role=dialog]", "Nina Notyet is in, because")
	nina.says("[role=dialog]", "golden")
	// All members as a file, which the page makes itself.
	eval[any](b, `(() => { const make = URL.createObjectURL; URL.createObjectURL = (blob) => { blob.text().then((text) => { window.csv = text }); return make.call(URL, blob) } })()`)
	b.click("#export-members", "Export")
	b.until("four rows and a head", `window.csv?.trim().split('\r\n').length === 5 && window.csv.includes('Nina Notyet')`)
	// In the list, with its size.
	b.press("Escape", "g", "s")
	b.says("td", "Golden tariff")
}

// The file holds page after page, each row as long as the first, whenever a trait was met; and one may stop it.
func TestMembersAsAFile(t *testing.T) {
	k := start(t)
	const many = 450
	begun := time.Now().Add(-many * time.Minute)
	note := "=1+1, \"so\"\nit is"
	for from := 0; from < many; from += 225 {
		var calls []map[string]any
		for n := from; n < from+225; n++ {
			traits := map[string]any{"name": fmt.Sprintf("Filed %d", n), "drawer": "files"}
			if n == many-1 {
				traits["note"] = note
			}
			calls = append(calls, map[string]any{"type": "identify", "userId": fmt.Sprintf("file-%d", n), "messageId": fmt.Sprintf("file-%d", n), "timestamp": begun.Add(time.Duration(n) * time.Minute).Format(time.RFC3339), "traits": traits})
		}
		k.send(t, calls...)
	}
	k.customer(t, "user_id", fmt.Sprintf("file-%d", many-1))
	k.settled(t)
	made := k.mutate(t, `mutation ($input: SegmentInput!) { segmentCreate(input: $input) { segment { id } } }`, map[string]any{"key": "filed", "name": "Filed", "condition": json.RawMessage(`{"all":[{"trait":{"key":"drawer","op":"EQ","value":"files"}}]}`)})
	id := made["segmentCreate"].(map[string]any)["segment"].(map[string]any)["id"].(string)
	within(t, func() error {
		s, _ := k.ask(t, "admin", `{ segment(by: {id: "`+id+`"}) { size status } }`)["segment"].(map[string]any)
		if s["size"] != float64(many) || s["status"] != "LIVE" {
			return fmt.Errorf("the segment is %v", s)
		}
		return nil
	})
	b := k.tab(t)
	// The second page waits until it is let through.
	b.inject(`(() => { const f = window.fetch; let pages = 0; window.held = true; window.fetch = async (u, o) => {
	  if (String(o?.body).includes('query SegmentMembers') && pages++ > 0) await new Promise((go, stop) => { o.signal.addEventListener('abort', () => stop(o.signal.reason)); const look = () => window.held ? setTimeout(look, 20) : go(); look() })
	  return f(u, o) } })();
	  (() => { const make = URL.createObjectURL; URL.createObjectURL = (blob) => { blob.text().then((text) => { window.csv = text }); return make.call(URL, blob) } })()`)
	b.open("admin", "/segments/"+id)
	b.click("#export-members", "Export")
	b.says("[aria-label=Members] [role=status]", "200 of 450 rows")
	b.click("[aria-label=Members] button", "Cancel")
	b.until("nothing to be under way", `document.querySelector('#export-members')`)
	eval[any](b, `window.held = false`)
	b.click("#export-members", "Export")
	b.until("the file", `window.csv`)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(eval[string](b, `window.csv`), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != many+1 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	last := rows[many]
	if at := slices.Index(rows[0], "note"); at < 0 || last[at] != "'"+note || rows[1][at] != "" {
		t.Errorf("the last row is %q under %q", last, rows[0])
	}
	if at := slices.Index(rows[0], "name"); at < 0 || last[at] != fmt.Sprintf("Filed %d", many-1) || rows[1][at] != "Filed 0" {
		t.Errorf("the rows are from %q to %q", rows[1], last)
	}
}

// What is stored comes back as it was, whatever it says: saving without a change changes nothing.
func TestTheBuilderSaysWhatIsStored(t *testing.T) {
	k := start(t)
	b := k.tab(t)
	b.open("admin", "/segments")
	b.says("h1", "Segments")
	for name, condition := range map[string]string{
		"windows": `{"all":[{"event":{"name":"Order Completed","atLeast":2,"within":"PT90M"}},{"event":{"name":"Order Completed","atLeast":1,"within":"PT36H"}},
			{"event":{"name":"Order Completed","atMost":0,"within":"P14D"}},{"event":{"name":"Order Completed","atLeast":2,"atMost":5,"within":"P1M"}},{"event":{"name":"Order Completed","atLeast":3,"atMost":3,"within":"P14M"}}]}`,
		"sums": `{"any":[{"event":{"name":"Order Completed","sum":{"property":"total","op":"LT","value":50}}},
			{"event":{"name":"Order Completed","atLeast":1,"where":[{"key":"category","op":"IN","value":["a, b","c",5,true]},{"key":"coupon","op":"NOT_EXISTS"}],"sum":{"property":"total","op":"GTE","value":12.5},"within":"P30D"}}]}`,
		"order": `{"all":[{"sequence":{"steps":[{"name":"Viewed"},{"name":"Bought","where":[{"key":"total","op":"GT","value":5}]},{"name":"Returned"}],"within":"PT45M","lookback":"P90D"}}]}`,
		"traits": `{"all":[{"trait":{"key":"plan","op":"EQ","value":"5"}},{"not":{"trait":{"key":"trial_ends","op":"WITHIN_LAST","value":"P1M2DT3H"}}},{"trait":{"key":"since","op":"BEFORE","value":"2026-01-02T03:04:05.000Z"}},
			{"any":[{"trait":{"key":"vip","op":"EQ","value":true}},{"not":{"all":[{"trait":{"key":"a","op":"EXISTS"}},{"trait":{"key":"b","op":"NE","value":"no one"}}]}}]}]}`,
		"others": `{"all":[{"connected":{"through":"HOUSEHOLD","where":{"any":[{"trait":{"key":"plan","op":"EQ","value":"pro"}},{"event":{"name":"Signed Up","atLeast":1}}]}}}]}`,
	} {
		made := k.mutate(t, `mutation ($input: SegmentInput!) { segmentCreate(input: $input) { segment { id } userErrors { message } } }`, map[string]any{"key": "round-" + name, "name": "Round " + name, "condition": json.RawMessage(condition)})
		segment, _ := made["segmentCreate"].(map[string]any)["segment"].(map[string]any)
		if segment == nil {
			t.Fatalf("%s: %v", name, made)
		}
		b.do(chromedp.Navigate(k.proxy.url() + "/segments/" + segment["id"].(string)))
		b.says("h1", "Round "+name)
		b.click("[role=tab]", "JSON")
		b.until("the JSON", `document.querySelector('.json')?.textContent.includes('{')`)
		var want, got any
		if err := json.Unmarshal([]byte(condition), &want); err != nil {
			t.Fatal(err)
		}
		if text := eval[string](b, `document.querySelector('.json').textContent`); json.Unmarshal([]byte(text), &got) != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s comes back as\n%s", name, text)
		}
		if n := eval[int](b, `document.querySelectorAll('.part.open').length`); n != 0 {
			t.Errorf("%s: %d conditions look incomplete", name, n)
		}
	}
}

func TestATraitMadeOfEvents(t *testing.T) {
	k := start(t)
	k.send(t, map[string]any{"type": "identify", "userId": "comp-1", "traits": map[string]any{"name": "Conrad Computed"}},
		map[string]any{"type": "track", "userId": "comp-1", "event": "Kettle Boiled", "properties": map[string]any{"litres": 1.5}},
		map[string]any{"type": "track", "userId": "comp-1", "event": "Kettle Boiled", "properties": map[string]any{"litres": 0.5}})
	id := k.customer(t, "user_id", "comp-1")
	k.settled(t)
	b := k.tab(t)
	b.open("admin", "/segments")
	b.says("h1", "Segments")
	b.click(".sections a", "Computed traits")
	b.says("td", "the most frequent category of Product Viewed or Product Added")
	b.press("c")
	b.says("[role=dialog] h2", "A trait made of events")
	b.fill(`[role=dialog] .builder-names input`, "Water boiled")
	b.choose(`select[aria-label="How it is made"]`, "SUM")
	b.fill(`input[aria-label=Property]`, "litres")
	b.fill(`input[aria-label^="Event 1"]`, "Kettle Boiled")
	b.choose(`select[aria-label="How far back: unit"]`, "days")
	b.fill(`input[aria-label="How far back"]`, "30")
	b.says("[role=dialog] .builder-says", "Water boiled: the sum of litres of Kettle Boiled in the last 30 days")
	b.shot("computed-form")
	b.click("[role=dialog] .button.primary", "Make it")
	b.says("[data-trait=water_boiled]", "the sum of litres")
	// It is worked out for those who were there before, and live from then on.
	b.until("it to be live", `!document.querySelector('[data-trait=water_boiled]').textContent.includes('worked out')`)
	b.shot("computed")
	other := k.tab(t)
	other.open("agent", "/customers/"+id)
	other.says("[data-computed=water_boiled]", "2")
	k.send(t, map[string]any{"type": "track", "userId": "comp-1", "event": "Kettle Boiled", "properties": map[string]any{"litres": 3}})
	other.says("[data-computed=water_boiled]", "5")
	// Another way of making it.
	b.click("[data-trait=water_boiled] button", "Change")
	b.choose(`select[aria-label="How it is made"]`, "COUNT")
	b.click("[role=dialog] .button.primary", "Save")
	b.says("[data-trait=water_boiled]", "how many Kettle Boiled")
	other.says("[data-computed=water_boiled]", "3")
	b.click("[data-trait=water_boiled] button", "Delete")
	b.click("[role=dialog] .button.danger", "Delete")
	b.until("it to be gone", `!document.querySelector('[data-trait=water_boiled]')`)
}
