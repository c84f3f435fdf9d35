package browsertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const hook = `window.log_ = []; const note = (s) => window.log_.push(Math.round(performance.now()) + ' ' + s);
const add = WebSocket.prototype.addEventListener;
const d = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'onmessage');
Object.defineProperty(WebSocket.prototype, 'onmessage', {...d, set(f) { d.set.call(this, (e) => { note('ws ' + e.data.length + ' ' + e.data.slice(0, 40)); (window.at_ ??= []).push([Date.now(), e.data]); f(e) }) }});
const fetch_ = window.fetch; window.fetch = (u, o) => { note('fetch ' + String(o?.body ?? u).slice(0, 50)); return fetch_(u, o).then((r) => { note('answered'); return r }) };
new MutationObserver(() => { if (!window.tp && document.querySelector('.touchpoint')) { window.tp = 1; note('touchpoint'); requestAnimationFrame(() => note('frame')) } if (!window.fr && document.querySelector('.frame')) { window.fr = 1; note('frame drawn') } }).observe(document, {childList: true, subtree: true});
new PerformanceObserver((l) => { for (const e of l.getEntries()) note('long task ' + Math.round(e.startTime) + '+' + Math.round(e.duration)) }).observe({type: 'longtask', buffered: true})`

func TestDebugPaint(t *testing.T) {
	k := start(t)
	_, id := k.watch(t, "fig-2", "Fabia Figure", 40)
	for range 3 {
		b := k.tab(t)
		b.inject(hook)
		b.do(command(emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 4}))
		b.open("agent", "/customers/"+id)
		b.until("the customer", `document.querySelector('.touchpoint')`)
		time.Sleep(time.Second)
		fmt.Println(eval[string](b, `window.log_.join('\n')`))
		fmt.Println(eval[string](b, `performance.getEntriesByType('resource').map((r) => Math.round(r.startTime) + '-' + Math.round(r.responseEnd) + ' ' + r.name.slice(-30)).join('\n')`))
		fmt.Println(eval[string](b, `JSON.stringify(performance.getEntriesByType('navigation')[0])`))
		fmt.Println("----")
	}
}

func TestDebugVisible(t *testing.T) {
	k := start(t)
	_, id := k.watch(t, "fig-1", "Figaro Figure", 5)
	b := k.tab(t)
	b.inject(hook)
	b.open("agent", "/customers/"+id)
	b.says("h1", "Figaro")
	b.until("the connection", `document.querySelector('[data-connection="live"]')`)
	b.do(chromedp.Evaluate[chromedp.Void](watchNames))
	sent := make([]int64, 30)
	posted := make([]int64, 30)
	for i := range 30 {
		sent[i] = time.Now().UnixMilli()
		k.send(t, map[string]any{"type": "track", "userId": "fig-1", "event": fmt.Sprintf("Measured %d", i)})
		posted[i] = time.Now().UnixMilli()
		time.Sleep(300 * time.Millisecond)
	}
	b.until("all", `window.seenAt['Measured 29']`)
	for i := range 30 {
		at := eval[int64](b, fmt.Sprintf(`window.at_.find(([, d]) => d.includes('"Measured %d"'))[0]`, i))
		seen := eval[int64](b, fmt.Sprintf(`window.seenAt['Measured %d']`, i))
		fmt.Printf("%d: post %d ms, ws after %d, dom %d\n", i, posted[i]-sent[i], at-sent[i], seen-sent[i])
	}
}
