package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// load is a stream of events that several senders bring at once, sending again what was not answered with 200.
type load struct {
	cancel context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	acked   map[string]bool // messageIds answered with 200
	answers map[int]int
	failed  error
}

// loadCommand sends many events:
//
//	load start N [-senders C] [-batch B] [-rate R] [-shuffle SEED]   the same N events every time; SEED changes their order, R bounds them per second
//	load acked N                                                     until N of them were answered with 200
//	load wait                                                        until all were
//	load refused CODE                                                until a sender was answered with this
//	load check                                                       each of them is in the graph, and once
func loadCommand(w *world, ts *testscript.TestScript, args []string) error {
	if len(args) == 0 {
		return errors.New("load start|acked|refused|wait|check")
	}
	if args[0] != "start" && w.load == nil {
		return errors.New("no load was started")
	}
	switch args[0] {
	case "start":
		return w.startLoad(args[1:])
	case "acked":
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		return eventually(func() error {
			if got := len(w.load.ackedNow()); got < n {
				return fmt.Errorf("%d of %d events were accepted", got, n)
			}
			return nil
		})
	case "refused":
		code, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		return eventually(func() error {
			w.load.mu.Lock()
			defer w.load.mu.Unlock()
			if w.load.answers[code] == 0 {
				return fmt.Errorf("the answers were %v", w.load.answers)
			}
			return nil
		})
	case "wait":
		select {
		case <-w.load.done:
			return w.load.failed
		case <-time.After(patience):
			return fmt.Errorf("after %s %d events were accepted; answers: %v", patience, len(w.load.ackedNow()), w.load.answers)
		}
	case "check":
		return w.checkLoad(ts)
	}
	return fmt.Errorf("load %s: no such thing", args[0])
}

func (w *world) startLoad(args []string) error {
	number := func(name, otherwise string) (n int) {
		var text string
		args, text = valued(args, name, otherwise)
		n, _ = strconv.Atoi(text)
		return n
	}
	senders, size, rate, seed := number("-senders", "8"), number("-batch", "20"), number("-rate", "0"), number("-shuffle", "0")
	n, err := strconv.Atoi(args[0])
	if err != nil || senders < 1 || size < 1 {
		return errors.New("load start N [-senders C] [-batch B] [-rate R] [-shuffle SEED]")
	}
	if w.load != nil {
		w.load.stop()
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{cancel: cancel, done: make(chan struct{}), acked: map[string]bool{}, answers: map[int]int{}}
	w.load = l
	events := population(n)
	if seed != 0 {
		rand.New(rand.NewPCG(uint64(seed), 0)).Shuffle(n, func(i, j int) { events[i], events[j] = events[j], events[i] })
	}
	queue := make(chan []map[string]any, n/size+1)
	for len(events) > 0 {
		k := min(size, len(events))
		queue <- events[:k]
		events = events[k:]
	}
	close(queue)
	key, err := w.key("web")
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	for range senders {
		all.Go(func() {
			for batch := range queue {
				if rate > 0 && !pause(ctx, time.Duration(senders*size)*time.Second/time.Duration(rate)) {
					return
				}
				if !l.send(ctx, w, key, batch) {
					return
				}
			}
		})
	}
	go func() { // ends with the senders; stop waits for it
		all.Wait()
		close(l.done)
	}()
	return nil
}

// send sends one batch until it is accepted.
func (l *load) send(ctx context.Context, w *world, key string, batch []map[string]any) bool {
	body, err := json.Marshal(map[string]any{"batch": batch})
	for ctx.Err() == nil && err == nil {
		res, answer, postErr := w.post(w.url(), "/v1/batch", key, body)
		l.mu.Lock()
		if postErr == nil {
			l.answers[res.StatusCode]++
			switch {
			case res.StatusCode == http.StatusOK:
				for _, e := range batch {
					l.acked[e["messageId"].(string)] = true
				}
				l.mu.Unlock()
				return true
			case res.StatusCode < 500 && res.StatusCode != http.StatusTooManyRequests:
				err = fmt.Errorf("%d %s", res.StatusCode, answer)
			}
		}
		l.mu.Unlock()
		pause(ctx, 50*time.Millisecond)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = errors.Join(l.failed, err)
	return false
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (l *load) stop() {
	l.cancel()
	<-l.done
}

func (l *load) ackedNow() map[string]bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	copied := make(map[string]bool, len(l.acked))
	for id := range l.acked {
		copied[id] = true
	}
	return copied
}

// checkLoad counts the touchpoints of the accepted events.
func (w *world) checkLoad(ts *testscript.TestScript) error {
	acked := w.load.ackedNow()
	counts := map[string]int{}
	if err := w.nodes("Touchpoint", func(p map[string]any) {
		id, _ := p["messageId"].(string)
		counts[id]++
	}); err != nil {
		return err
	}
	missing, more := 0, 0
	for id := range acked {
		switch n := counts[id]; {
		case n == 0:
			missing++
		case n > 1:
			more++
		}
	}
	fmt.Fprintf(ts.Stdout(), "accepted %d, missing %d, more than once %d\n", len(acked), missing, more)
	if missing+more > 0 || len(acked) == 0 {
		return fmt.Errorf("of %d accepted events %d are missing and %d are there more than once", len(acked), missing, more)
	}
	return nil
}

// population is n events of n/10 people: visits on two devices, sign-ups, logins, orders, new e-mail addresses, late
// events, a kiosk that many use. Always the same, and each with a time of its own.
func population(n int) []map[string]any {
	people := max(1, n/10)
	begin := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	events := make([]map[string]any, n)
	for i := range n {
		p, step := i%people, i/people
		user, phone, laptop := fmt.Sprintf("user-%d", p), fmt.Sprintf("phone-%d", p), fmt.Sprintf("laptop-%d", p)
		mail := func(k int) string { return fmt.Sprintf("p%d.%d@example.org", p, k) }
		e := map[string]any{"messageId": fmt.Sprintf("load-%d", i), "timestamp": begin.Add(time.Duration(i*7919%n) * time.Second)}
		set := func(kv ...any) {
			for j := 0; j < len(kv); j += 2 {
				e[kv[j].(string)] = kv[j+1]
			}
		}
		switch step {
		case 0:
			set("type", "page", "anonymousId", phone, "name", "Home")
		case 1:
			set("type", "track", "anonymousId", phone, "event", "Product Viewed", "properties", map[string]any{"sku": p % 17})
		case 2:
			set("type", "identify", "anonymousId", phone, "userId", user, "traits", map[string]any{"email": mail(0), "name": fmt.Sprintf("Person %d", p)})
		case 3:
			set("type", "page", "anonymousId", laptop, "name", "Pricing")
		case 4:
			set("type", "track", "userId", user, "event", "Order Completed", "properties", map[string]any{"revenue": p, "currency": "EUR"})
		case 5:
			set("type", "identify", "anonymousId", laptop, "userId", user, "traits", map[string]any{"plan": "gold"})
		case 6:
			set("type", "identify", "userId", user, "traits", map[string]any{"email": mail(1), "plan": "silver"})
		case 7:
			set("type", "group", "userId", user, "groupId", fmt.Sprintf("acme-%d", p%20), "traits", map[string]any{"name": fmt.Sprintf("Acme %d", p%20)})
		case 8:
			set("type", "alias", "userId", user, "previousId", fmt.Sprintf("old-%d", p))
		default:
			if p%25 == 0 {
				set("type", "track", "userId", user, "anonymousId", "kiosk", "event", "Store Visited")
			} else {
				set("type", "screen", "userId", user, "name", "Orders")
			}
		}
		events[i] = e
	}
	return events
}
