package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is one tab with a profile of its own, so with a session of its own.
type tab struct {
	t   *testing.T
	k   *kith
	ctx context.Context

	mu       sync.Mutex
	problems []string
	expected []string // parts of problems that are part of the test
}

func command[P, R any](c cdp.Command[P, R], p P) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, c, p)
		return chromedp.Void{}, err
	}
}

// collected is what the page's policy refused, what it sent over its socket, and the notices it showed for a while, from
// before the page loads.
const collected = `(() => { const send = WebSocket.prototype.send; WebSocket.prototype.send = function (data) { (window.sent ??= []).push(String(data)); return send.call(this, data) } })();
new MutationObserver((list) => { for (const m of list) for (const n of m.addedNodes) if (n.nodeType === 1 && n.closest('.toasts')) (window.notices ??= []).push(n.textContent) }).observe(document, {childList: true, subtree: true});
addEventListener('securitypolicyviolation', (e) => (window.refused ??= []).push(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample))`

func (k *kith) tab(t *testing.T) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(k.browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &tab{t: t, k: k, ctx: ctx}
	b.do()
	if err := chromedp.Listen(ctx, b.heard); err != nil {
		t.Fatal(err)
	}
	b.do(command(cdplog.Enable, cdp.Empty{}), command(network.Enable, network.EnableParams{}), b.size(1440, 900), b.theme("light"),
		command(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: collected}))
	t.Cleanup(b.clean)
	return b
}

func (b *tab) heard(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := ev.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" {
			for _, a := range e.Args {
				b.problems = append(b.problems, "console: "+string(a.Value)+a.Description)
			}
		}
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		b.problems = append(b.problems, "exception: "+text)
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == "error" || e.Entry.Level == "warning" {
			b.problems = append(b.problems, "log: "+e.Entry.Text+" "+e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if url := e.Request.URL; !strings.HasPrefix(url, b.k.proxy.url()) && !strings.HasPrefix(url, "data:") && !strings.HasPrefix(url, "blob:"+b.k.proxy.url()) {
			b.problems = append(b.problems, "asked another server: "+url)
		}
	}
}

// expect lets problems pass that hold a text.
func (b *tab) expect(part string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = append(b.expected, part)
}

func (b *tab) clean() {
	refused, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](`window.refused ?? []`))
	if err != nil {
		b.t.Errorf("the tab is gone: %v", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range refused {
		b.t.Errorf("the policy refused %s", r)
	}
	for _, p := range b.problems {
		known := false
		for _, e := range b.expected {
			known = known || strings.Contains(p, e)
		}
		if !known {
			b.t.Error(p)
		}
	}
	if b.t.Failed() {
		b.shot("failed-" + strings.ReplaceAll(b.t.Name(), "/", "-"))
	}
}

// shot keeps a picture where KITH_CONSOLE_SHOTS says.
func (b *tab) shot(name string) {
	dir := os.Getenv("KITH_CONSOLE_SHOTS")
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o600)
	}
	if err != nil {
		b.t.Log(err)
	}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) size(width, height int64) chromedp.Action[chromedp.Void] {
	return chromedp.EmulateViewport(width, height)
}

func (b *tab) theme(name string) chromedp.Action[chromedp.Void] {
	return command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// open goes to a page, signed in as a role.
func (b *tab) open(role, path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.k.proxy.url() + path + "#token=" + token(b.t, role)))
}

// inject runs a script in every page from now on, before anything of its own.
func (b *tab) inject(script string) {
	b.t.Helper()
	b.do(command(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}))
}

// eval runs a script in the page and gives what it evaluates to.
func eval[T any](b *tab, script string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", script, err)
	}
	return v
}

// until waits for a script to be true. The page itself looks again and again, so that nothing it shows for a while is
// missed where this process is held up.
func (b *tab) until(what, script string) {
	b.t.Helper()
	deadline := time.Now().Add(patience)
	look := `new Promise((is, fails) => { let left = 40; const look = () => { let yes, wrong; try { yes = ` + script + ` } catch (e) { wrong = e }; yes ? is(true) : left-- > 0 ? setTimeout(look, 25) : wrong ? fails(wrong) : is(false) }; look() })`
	for {
		// A page that is left while it looks is no failure, nor is a part that is not there yet: it is asked again.
		is, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](look, chromedp.EvalAwaitPromise))
		if is {
			return
		}
		if time.Now().After(deadline) {
			b.shot("until-" + strings.ReplaceAll(b.t.Name(), "/", "-"))
			b.t.Fatalf("waited in vain for %s (%v); the page says:\n%.1500s", what, err, eval[string](b, "document.body.innerText"))
		}
		if err != nil {
			<-time.After(25 * time.Millisecond)
		}
	}
}

// says waits until the page, or a part of it, holds a text.
func (b *tab) says(selector, text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("%q in %s", text, selector), fmt.Sprintf("[...document.querySelectorAll(%s)].some((e) => e.textContent.includes(%s))", js(selector), js(text)))
}

// told waits until the page has shown a notice, which may be gone again.
func (b *tab) told(text string) {
	b.t.Helper()
	b.until("to be told "+text, "window.notices?.some((n) => n.includes("+js(text)+"))")
}

// leave closes the dialog there is by the key for it, once the dialog has the focus.
func (b *tab) leave() {
	b.t.Helper()
	b.until("the dialog to have the focus", `document.querySelector('[role=dialog]').contains(document.activeElement)`)
	b.press("Escape")
	b.until("the dialog to be gone", `!document.querySelector('[role=dialog]')`)
}

// search opens the box and types into it.
func (b *tab) search(text string) {
	b.t.Helper()
	b.press("/")
	b.until("the box to have the focus", `document.activeElement.getAttribute('role') === 'combobox'`)
	b.write(text)
}

func js(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}

// codes are the keys that are no letter.
var codes = map[string]struct {
	code string
	vk   int64
	text string
}{
	"Enter": {"Enter", 13, "\r"}, "Escape": {"Escape", 27, ""}, "Tab": {"Tab", 9, ""}, " ": {"Space", 32, " "},
	"Home": {"Home", 36, ""}, "End": {"End", 35, ""},
	"ArrowUp": {"ArrowUp", 38, ""}, "ArrowDown": {"ArrowDown", 40, ""}, "ArrowLeft": {"ArrowLeft", 37, ""}, "ArrowRight": {"ArrowRight", 39, ""},
}

// press presses keys one right after the other, however long they take to get there, as a keyboard does: a character
// comes only where the page did not use the key.
func (b *tab) press(keys ...string) {
	b.t.Helper()
	at := input.TimeSinceEpoch(float64(time.Now().UnixMicro()) / 1e6)
	for _, key := range keys {
		p := input.DispatchKeyEventParams{Type: "keyDown", Key: key, Text: key, Timestamp: at}
		if k, ok := codes[key]; ok {
			p.Code, p.WindowsVirtualKeyCode, p.Text = k.code, k.vk, k.text
		}
		if p.Text == "" {
			p.Type = "rawKeyDown"
		}
		up := p
		up.Type, up.Text = "keyUp", ""
		b.do(command(input.DispatchKeyEvent, p), command(input.DispatchKeyEvent, up))
	}
}

// write types a text into what has the focus.
func (b *tab) write(text string) {
	b.t.Helper()
	b.do(command(input.InsertText, input.InsertTextParams{Text: text}))
}

// paste gives what has the focus a text from the clipboard.
func (b *tab) paste(text string) {
	b.t.Helper()
	eval[any](b, `(() => { const d = new DataTransfer(); d.setData('text/plain', `+js(text)+`); document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: d, bubbles: true, cancelable: true})) })()`)
}

// fill types a text into a field in place of what is there.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	b.until(selector, `document.querySelector(`+js(selector)+`)`)
	eval[any](b, `(() => { const e = document.querySelector(`+js(selector)+`); e.focus(); e.select() })()`)
	b.write(text)
}

// choose takes an option of a list, as its popup does when something in it is pressed.
func (b *tab) choose(selector, value string) {
	b.t.Helper()
	b.until(selector, `document.querySelector(`+js(selector)+`)`)
	eval[any](b, `(() => { const e = document.querySelector(`+js(selector)+`); Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value').set.call(e, `+js(value)+`); e.dispatchEvent(new Event('change', {bubbles: true})) })()`)
}

// click clicks the first element that matches and holds a text, as a mouse does.
func (b *tab) click(selector, text string) {
	b.t.Helper()
	find := fmt.Sprintf("[...document.querySelectorAll(%s)].find((e) => e.textContent.includes(%s) && e.getClientRects().length > 0 && !e.disabled)", js(selector), js(text))
	b.until(selector+" "+text, find)
	// Where it is, once it stays there and nothing lies over it.
	place := "(() => { const e = " + find + "; if (!e) return []; e.scrollIntoView({block: 'nearest'}); const r = e.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2; return e.contains(document.elementFromPoint(x, y)) ? [x, y] : [] })()"
	at := eval[[]float64](b, place)
	for deadline := time.Now().Add(patience); ; {
		<-time.After(50 * time.Millisecond)
		now := eval[[]float64](b, place)
		if len(now) == 2 && slices.Equal(now, at) {
			break
		}
		if at = now; time.Now().After(deadline) {
			b.t.Fatalf("%s %s does not stay where it is, in sight", selector, text)
		}
	}
	b.do(chromedp.MouseClickXY(at[0], at[1]))
}
