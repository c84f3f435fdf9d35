package browsertest

import (
	"fmt"
	"testing"
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
	fill := func(selector, text string) {
		t.Helper()
		b.until(selector, `document.querySelector(`+js(selector)+`)`)
		eval[any](b, `(() => { const e = document.querySelector(`+js(selector)+`); e.focus(); e.select() })()`)
		b.write(text)
	}
	fill(`.builder-names input`, "Golden tariff")
	fill(`input[aria-label=Trait]`, "tariff")
	fill(`input[aria-label=Value]`, "golden")
	// Its size is there while one builds, and the sentence says the same as the rows.
	b.until("three", `document.querySelector('.builder-size')?.textContent === '3'`)
	b.says(".builder-says", "tariff is golden")
	b.shot("builder")
	b.click(".builder .button.primary", "Make it")
	b.says(".toasts", "Made")
	b.until("its own address", `/^\/segments\/seg_/.test(location.pathname)`)
	// Somebody enters while one watches.
	b.until("the connection", `document.querySelector('[data-connection="live"]')`)
	k.send(t, map[string]any{"type": "identify", "userId": "seg-9", "traits": map[string]any{"tariff": "golden"}})
	b.says("[data-membership=entered]", "Nina Notyet")
	// Why is she in?
	b.click(".builder-right button", "Why?")
	b.says("[role=dialog]", "golden")
	b.press("Escape")
	b.until("the dialog to be gone", `!document.querySelector('[role=dialog]')`)
	// All members as a file, which the page makes itself.
	eval[any](b, `(() => { const make = URL.createObjectURL; URL.createObjectURL = (blob) => { blob.text().then((text) => { window.csv = text }); return make.call(URL, blob) } })()`)
	b.click("#export-members", "Export")
	b.until("four rows and a head", `window.csv?.trim().split('\r\n').length === 5 && window.csv.includes('Nina Notyet')`)
	// In the list, with its size.
	b.press("Escape", "g", "s")
	b.says("td", "Golden tariff")
}
