package browsertest

import (
	"context"
	"flag"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

var (
	watched   = flag.Duration("watched", 10*time.Second, "how long the page is watched for its memory; 30m is what is promised")
	customers = flag.Int("customers", 1000, "among how many customers one is looked for; 100000 is what is promised")
)

// These measure what the page promises, and fail only where it is far off: the machine has other things to do. Their
// figures are in the log: go test ./web/browsertest -run Figure -v.

// watchNames notes when each touchpoint is first on the page.
const watchNames = `window.seenAt = {}; new MutationObserver(() => {
  for (const e of document.querySelectorAll('.touchpoint .strong')) window.seenAt[e.textContent] ??= Date.now()
}).observe(document.body, {childList: true, subtree: true, characterData: true})`

func TestFigurePostedToVisible(t *testing.T) {
	k := start(t)
	b, _ := k.watch(t, "fig-1", "Figaro Figure", 5)
	b.do(chromedp.Evaluate[chromedp.Void](watchNames))
	const posts = 80
	sent := make([]int64, posts)
	for i := range posts {
		sent[i] = time.Now().UnixMilli()
		k.send(t, map[string]any{"type": "track", "userId": "fig-1", "event": fmt.Sprintf("Measured %d", i)})
		<-time.After(30 * time.Millisecond) // a customer, not a flood
	}
	b.until("all of them", fmt.Sprintf(`window.seenAt['Measured %d']`, posts-1))
	seen := eval[map[string]int64](b, `window.seenAt`)
	// Those that came with many at once lie below the fold: they are there when a later one is.
	var took []int64
	shown := int64(math.MaxInt64)
	for i := posts - 1; i >= 0; i-- {
		if at, ok := seen[fmt.Sprintf("Measured %d", i)]; ok {
			shown = min(shown, at)
		}
		took = append(took, shown-sent[i])
	}
	slices.Sort(took)
	p50, p99 := took[posts/2], took[posts*99/100]
	t.Logf("posted to visible: median %d ms, p99 %d ms (goal 500)", p50, p99)
	if p99 > 5000 {
		t.Errorf("p99 of %d ms is no live page", p99)
	}
}

// watchUseful notes when the customer's touchpoints have been drawn, and when a key was answered; both from the start of
// the navigation on.
const watchUseful = `new MutationObserver(() => {
  if (window.useful === undefined && document.querySelector('.touchpoint')) { window.useful = 0; requestAnimationFrame(() => setTimeout(() => { window.useful = performance.now() })) }
}).observe(document, {childList: true, subtree: true}); addEventListener('focusin', (e) => { if (e.target.getAttribute?.('role') === 'combobox') window.answered ??= performance.now() })`

func TestFigureFirstPaint(t *testing.T) {
	k := start(t)
	_, id := k.watch(t, "fig-2", "Fabia Figure", 40)
	for _, kind := range []string{"first visit", "again"} {
		b := k.tab(t)
		if kind == "again" { // with the files in the browser's cache
			b.open("agent", "/customers/"+id)
			b.until("the customer", `document.querySelector('.touchpoint')`)
		}
		b.inject(watchUseful)
		b.do(command(emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 4}))
		if kind == "again" {
			b.do(chromedp.Reload())
		} else {
			b.open("agent", "/customers/"+id)
		}
		b.until("the customer", `window.useful`)
		b.press("/")
		b.until("the page to answer keys", `window.answered`)
		useful, answered := eval[float64](b, `window.useful`), eval[float64](b, `window.answered`)
		paint := eval[float64](b, `performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1`)
		// Slowing a page down takes a core for itself.
		b.do(command(emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 1}))
		t.Logf("CPU throttled 4×, %s: first contentful paint %.0f ms, the customer's touchpoints %.0f ms (goal 1500), answers keys after %.0f ms (goal 2500)", kind, paint, useful, answered)
		if useful > 15_000 {
			t.Errorf("%.0f ms to the first useful picture", useful)
		}
	}
}

// stream sends n calls a second about somebody until stop says so, and answers how many it sent.
func (k *kith) stream(t *testing.T, user string, n int, stop <-chan time.Time) int {
	t.Helper()
	tick := time.NewTicker(time.Second / 10)
	defer tick.Stop()
	sent := 0
	for {
		select {
		case <-stop:
			return sent
		case <-tick.C:
			var calls []map[string]any
			for range n / 10 {
				calls = append(calls, map[string]any{"type": "track", "userId": user, "event": fmt.Sprintf("Streamed %d", sent), "properties": map[string]any{"n": sent}})
				sent++
			}
			k.send(t, calls...)
		}
	}
}

const countFrames = `(() => { window.frames_ = 0; const f = () => { window.frames_++; requestAnimationFrame(f) }; requestAnimationFrame(f)
  window.longest = 0; new PerformanceObserver((l) => { for (const e of l.getEntries()) window.longest = Math.max(window.longest, e.duration) }).observe({type: 'longtask'}); return 1 })()`

func TestFigureHundredUpdatesASecond(t *testing.T) {
	k := start(t)
	b, _ := k.watch(t, "fig-4", "Flora Figure", 40)
	eval[any](b, countFrames)
	begun, from := time.Now(), eval[int](b, `window.frames_`)
	sent := k.stream(t, "fig-4", 100, time.After(10*time.Second))
	fps := float64(eval[int](b, `window.frames_`)-from) / time.Since(begun).Seconds()
	b.says(".touchpoint", fmt.Sprintf("Streamed %d", sent-1))
	t.Logf("%d touchpoints in %s: %.0f frames a second, longest task %.0f ms", sent, time.Since(begun).Round(time.Second), fps, eval[float64](b, `window.longest`))
	if fps < 5 {
		t.Errorf("%.0f frames a second: the page is frozen", fps)
	}
}

// heap is what the page's objects take when nothing is left that is not used, in KB.
func (b *tab) heap() int64 {
	b.t.Helper()
	var used float64
	b.do(command(heapprofiler.CollectGarbage, cdp.Empty{}), func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		usage, err := cdp.Call(ctx, t, runtime.GetHeapUsage, cdp.Empty{})
		if err == nil {
			used = usage.UsedSize
		}
		return chromedp.Void{}, err
	})
	return int64(used) >> 10
}

func TestFigureMemory(t *testing.T) {
	k := start(t)
	b, _ := k.watch(t, "fig-5", "Fedora Figure", 40)
	// Until the list is as long as it gets, it grows.
	warm := k.stream(t, "fig-5", 20, time.After(*watched/5))
	b.says(".touchpoint", fmt.Sprintf("Streamed %d", warm-1))
	before := b.heap()
	sent := k.stream(t, "fig-5", 20, time.After(*watched))
	b.says(".touchpoint", fmt.Sprintf("Streamed %d", sent-1))
	after := b.heap()
	t.Logf("%d touchpoints in %s: the page's memory went from %d KB to %d KB", sent, *watched, before, after)
	// The list itself grows until it is as long as it gets; beyond it nothing is kept of a touchpoint.
	if most := 1024 + int64(sent)*16>>10; after-before > most {
		t.Errorf("%d KB more for %d touchpoints are not flat: %d KB are what may come and go", after-before, sent, most)
	}
}

func TestFigureSearch(t *testing.T) {
	k := start(t)
	first := []string{"Anna", "Bela", "Carla", "Dario", "Elena", "Femi", "Greta", "Hugo", "Ines", "Jonas"}
	last := []string{"Abara", "Becker", "Costa", "Duarte", "Eriksen", "Fontaine", "Garcia", "Hoffmann", "Ivanova", "Jansen", "Kowalski"}
	begun := time.Now()
	var work sync.WaitGroup
	slots := make(chan struct{}, 4)
	for from := 0; from < *customers; from += 250 {
		var calls []map[string]any
		for n := from; n < min(*customers, from+250); n++ {
			calls = append(calls, map[string]any{"type": "identify", "userId": fmt.Sprintf("found-%d", n), "messageId": fmt.Sprintf("found-%d", n),
				"traits": map[string]any{"name": fmt.Sprintf("%s %s %d", first[n%len(first)], last[n/7%len(last)], n), "email": fmt.Sprintf("found.%d@search.example", n)}})
		}
		slots <- struct{}{}
		work.Go(func() {
			k.send(t, calls...)
			<-slots
		})
	}
	work.Wait()
	k.settled(t)
	t.Logf("%d customers after %s", *customers, time.Since(begun).Round(time.Second))
	b := k.tab(t)
	b.open("agent", "/customers")
	b.says("h1", "Customers")
	b.press("/")
	b.until("the box to have the focus", `document.activeElement.getAttribute('role') === 'combobox'`)
	// From the key to the hit on the page, measured in the page.
	eval[any](b, `(() => { const box = document.activeElement; 
	  window.look = (text, hit) => new Promise((done) => {
	    const begun = performance.now()
	    const seen = () => [...document.querySelectorAll('.hit')].some((e) => e.textContent.includes(hit))
	    const watch = new MutationObserver(() => { if (seen()) { watch.disconnect(); requestAnimationFrame(() => done(performance.now() - begun)) } })
	    watch.observe(document.querySelector('.search'), {childList: true, subtree: true, characterData: true, attributes: true})
	    window.type(text)
	  })
	  window.type = (text) => { Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(box, text); box.dispatchEvent(new Event('input', {bubbles: true})) }
	  return 1 })()`)
	took := map[string][]float64{}
	for i := range 40 {
		n := (i*7919 + 13) % *customers
		name := fmt.Sprintf("%s %s %d", first[n%len(first)], last[n/7%len(last)], n)
		for kind, text := range map[string]string{"name": name, "e-mail": fmt.Sprintf("found.%d@search.example", n), "beginning": name[:len(name)-1]} {
			hit := name
			if kind == "beginning" { // of many
				hit = first[n%len(first)]
			}
			eval[any](b, `window.type(''), 1`)
			b.until("an empty list", `!document.querySelector('.hit')`)
			took[kind] = append(took[kind], eval[float64](b, fmt.Sprintf("window.look(%s, %s)", js(text), js(hit))))
		}
	}
	for kind, ms := range took {
		slices.Sort(ms)
		t.Logf("search by %s among %d: median %.0f ms, p95 %.0f ms (goal 150)", kind, *customers, ms[len(ms)/2], ms[len(ms)*95/100])
		if ms[len(ms)/2] > 5000 {
			t.Errorf("%.0f ms are no answer while typing", ms[len(ms)/2])
		}
	}
}

func TestFigurePanOfTwoThousand(t *testing.T) {
	k := start(t)
	const size = 2000
	for from := 1; from < size; from += 250 {
		var calls []map[string]any
		for n := from; n < min(size, from+250); n++ {
			calls = append(calls, map[string]any{"type": "identify", "userId": "fig-hub", "anonymousId": fmt.Sprintf("fig-%d", n), "messageId": fmt.Sprintf("fig-%d", n)})
		}
		k.send(t, calls...)
	}
	id := k.customer(t, "user_id", "fig-hub")
	k.settled(t)
	b := k.tab(t)
	begun := time.Now()
	b.open("agent", "/identity/"+id)
	b.until("the picture", fmt.Sprintf(`document.querySelector('.canvas-box')?.dataset.placed === '%d'`, size))
	drawn := time.Since(begun)
	box := eval[[]float64](b, `(() => { const r = document.querySelector('.canvas-box').getBoundingClientRect(); return [r.x + 20, r.y + 20] })()`)
	mouse := func(kind input.DispatchMouseEventType, x, y float64) {
		b.do(command(input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: x, Y: y, Button: "left", Buttons: 1, ClickCount: 1}))
	}
	eval[any](b, `(() => { window.frames_ = 0; const f = () => { window.frames_++; requestAnimationFrame(f) }; requestAnimationFrame(f); return 1 })()`)
	mouse("mousePressed", box[0], box[1])
	mouse("mouseMoved", box[0]+5, box[1]+5) // what is dragged is made when the drag begins
	from := eval[int](b, `window.frames_`)
	b.until("the drag to have begun", fmt.Sprintf(`window.frames_ > %d`, from+2))
	from = eval[int](b, `window.frames_`)
	begun = time.Now()
	for i := 0; time.Since(begun) < 3*time.Second; i++ {
		mouse("mouseMoved", box[0]+float64(i%120), box[1]+float64(i%90))
	}
	fps := float64(eval[int](b, `window.frames_`)-from) / time.Since(begun).Seconds()
	mouse("mouseReleased", box[0], box[1])
	b.shot("two-thousand")
	t.Logf("%d identifiers: picture after %d ms, pan at %.0f frames a second (goal 30)", size, drawn.Milliseconds(), fps)
	if fps < 5 {
		t.Errorf("%.0f frames a second do not pan", fps)
	}
}
