package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// post sends a body to an ingest route and gives the status, the answer and the position.
func (w *world) post(url, path, key string, body []byte, headers ...string) (reply, []byte, error) {
	req, err := http.NewRequest(http.MethodPost, url+path, bytes.NewReader(body))
	if err != nil {
		return reply{}, nil, err
	}
	req.SetBasicAuth(key, "")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		req.Header.Set(name, strings.TrimSpace(value))
	}
	res, err := httpClient.Do(req)
	if err != nil {
		return reply{}, nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header}, answer, err
}

// reply is an answer whose body has been read.
type reply struct {
	StatusCode int
	Header     http.Header
}

// sendCommand posts files and prints what was answered:
//
//	send [-from SOURCE] [-times N] [-status CODE] [-header NAME:VALUE] /v1/ROUTE FILE…   N times at once; anything but CODE (200) is an error
func sendCommand(w *world, ts *testscript.TestScript, args []string) error {
	args, source := valued(args, "-from", "web")
	args, times := valued(args, "-times", "1")
	args, status := valued(args, "-status", "200")
	args, header := valued(args, "-header", "X-Test:")
	n, err := strconv.Atoi(times)
	if err != nil || len(args) < 2 || w.running == nil {
		return errors.New("send [-from SOURCE] [-times N] [-status CODE] /v1/ROUTE FILE…, to a kith that runs")
	}
	key, err := w.key(source)
	if err != nil {
		return err
	}
	for _, file := range args[1:] {
		body := []byte(ts.ReadFile(file))
		failed := make([]error, n)
		var all sync.WaitGroup
		var mu sync.Mutex
		for i := range n {
			all.Go(func() {
				res, answer, err := w.post(w.running.url, args[0], key, body, header)
				if err != nil {
					failed[i] = err
					return
				}
				mu.Lock()
				defer mu.Unlock()
				line := fmt.Sprintf("%d %s", res.StatusCode, bytes.TrimSpace(answer))
				if wait := res.Header.Get("Retry-After"); wait != "" {
					line += " Retry-After: " + wait
				}
				fmt.Fprintln(ts.Stdout(), line)
				if strconv.Itoa(res.StatusCode) != status {
					failed[i] = errors.New(line)
				}
				if p := res.Header.Get("Kith-Position"); p != "" {
					w.after = later(w.after, p)
				}
			})
		}
		all.Wait()
		if err := errors.Join(failed...); err != nil {
			return err
		}
	}
	return nil
}

// later is the greater of two positions of one journal.
func later(a, b string) string {
	seq := func(p string) int {
		n, _ := strconv.Atoi(p[strings.LastIndex(p, "-")+1:])
		return n
	}
	if a == "" || seq(b) > seq(a) {
		return b
	}
	return a
}
