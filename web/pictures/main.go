// Pictures takes the pictures of the documentation from a running demo:
//
//	go run . demo                                               # and let it play for some minutes
//	go run ./web/pictures 'http://127.0.0.1:8080/#token=…'      # the link that it prints
//
// They are WebP files in docs/pictures, 1,280 by 800, in the light theme.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// star is the e-mail address of the demo's customer whose story goes on.
const star = "mira.okafor@example.com"

// most is how large a picture may be, in bytes.
const most = 150 << 10

// patience is how long a page may take.
const patience = time.Minute

func main() {
	out := flag.String("out", "docs/pictures", "folder for the pictures")
	dark := flag.Bool("dark", false, "take them in the dark theme")
	width := flag.Int64("width", 1280, "width of the window")
	height := flag.Int64("height", 800, "height of the window")
	flag.Parse()
	if err := run(flag.Arg(0), *out, *dark, *width, *height); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(link, out string, dark bool, width, height int64) error {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" {
		return errors.New("give it the link that `go run . demo` prints, in quotes")
	}
	values, err := url.ParseQuery(u.Fragment)
	if err != nil {
		return err
	}
	k := &kith{origin: u.Scheme + "://" + u.Host, token: values.Get("token")}
	who, err := k.find(`{ customer(by: {identifier: {type: "email", value: "` + star + `"}}) { id } segments(first: 1) { nodes { id } } }`)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil { //nolint:gosec // documentation is for everybody
		return err
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("lang", "en-US"))
	defer stop()
	ctx, end := chromedp.NewContext(allocator)
	defer end()
	b := &browser{ctx: ctx}
	theme := "light"
	if dark {
		theme = "dark"
	}
	look := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"}}}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height), call(emulation.SetEmulatedMedia, look), chromedp.Navigate(link)); err != nil {
		return err
	}
	for _, p := range []struct{ name, path, ready, then string }{
		// Charts want some seconds of figures.
		{"overview", "/", `performance.now() > 20000 && document.querySelector('.chart canvas') && document.querySelector('td')`, ""},
		{"customer", "/customers/" + who.customer, `document.querySelectorAll('.touchpoint').length > 5`, ""},
		{"identity", "/identity/" + who.customer, `document.querySelector('.canvas-box')?.dataset.placed`, `document.querySelectorAll('[role=treegrid] .tree-open')[0]?.click()`},
		{"builder", "/segments/" + who.segment, `document.querySelector('.builder-size')`, ""},
		{"computed", "/segments/computed", `document.querySelector('td')`, ""},
		{"quarantine", "/quarantine", `document.querySelector('.quarantine-item, .empty')`, `document.querySelector('.quarantine-item button')?.click()`},
	} {
		if err := b.take(filepath.Join(out, p.name+".webp"), k.origin+p.path, p.ready, p.then); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

type kith struct{ origin, token string }

type found struct{ customer, segment string }

func (k *kith) find(query string) (found, error) {
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		return found{}, err
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, k.origin+"/graphql", bytes.NewReader(body))
	if err != nil {
		return found{}, err
	}
	r.Header.Set("Authorization", "Bearer "+k.token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return found{}, err
	}
	defer answer.Body.Close()
	var got struct {
		Data struct {
			Customer *struct{ ID string }
			Segments struct{ Nodes []struct{ ID string } }
		}
	}
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil {
		return found{}, err
	}
	if got.Data.Customer == nil || len(got.Data.Segments.Nodes) == 0 {
		return found{}, fmt.Errorf("%s is not there yet: let the demo play for a while", star)
	}
	return found{got.Data.Customer.ID, got.Data.Segments.Nodes[0].ID}, nil
}

type browser struct{ ctx context.Context }

func (b *browser) take(file, address, ready, then string) error {
	if err := chromedp.Do(b.ctx, chromedp.Navigate(address)); err != nil {
		return err
	}
	for deadline := time.Now().Add(patience); ; <-time.After(100 * time.Millisecond) {
		is, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("!!("+ready+")"))
		if err != nil {
			return err
		}
		if is {
			break
		}
		if time.Now().After(deadline) {
			return errors.New("the page is not ready")
		}
	}
	// What is asked for when the page is there: counts, sections that fold, pictures.
	<-time.After(1500 * time.Millisecond)
	if then != "" {
		if err := chromedp.Do(b.ctx, chromedp.Evaluate[chromedp.Void](then)); err != nil {
			return err
		}
		<-time.After(500 * time.Millisecond)
	}
	for quality := int64(90); ; quality -= 15 {
		data, err := chromedp.Run(b.ctx, shot(quality))
		if err != nil {
			return err
		}
		if len(data) > most && quality > 15 {
			continue
		}
		fmt.Printf("%s %d KB\n", file, len(data)>>10)
		return os.WriteFile(file, data, 0o644) //nolint:gosec // documentation is for everybody
	}
}

func shot(quality int64) chromedp.Action[[]byte] {
	return func(ctx context.Context, t *chromedp.Target) ([]byte, error) {
		got, err := cdp.Call(ctx, t, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: "webp", Quality: &quality})
		if err != nil {
			return nil, err
		}
		return got.Data, nil
	}
}

func call[P, R any](c cdp.Command[P, R], p P) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, c, p)
		return chromedp.Void{}, err
	}
}
