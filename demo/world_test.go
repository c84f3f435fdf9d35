package demo

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"kith/fault"
)

func TestSameSeedSameRequests(t *testing.T) {
	t.Parallel()
	first, second := lived(newWorld(t, nil), time.Minute), lived(newWorld(t, nil), time.Minute)
	if !reflect.DeepEqual(first, second) {
		t.Fatal("two worlds of one Config sent different requests")
	}
	other := lived(newWorld(t, func(c *Config) { c.Seed = 2 }), time.Minute)
	if slices.EqualFunc(first, other, func(a, b Request) bool { return string(a.Body) == string(b.Body) }) {
		t.Fatal("another seed sent the same requests")
	}
}

func TestStepsDoNotMatter(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 7))
	whole, stepped := newWorld(t, nil), newWorld(t, nil)
	var a, b []Request
	for at := time.Duration(0); at <= 3*time.Minute; at += 90 * time.Second {
		a = append(a, whole.Next(morning.Add(at))...)
	}
	for at := time.Duration(0); at < 3*time.Minute; at += time.Duration(rng.IntN(3000)) * time.Millisecond {
		b = append(b, stepped.Next(morning.Add(at))...)
	}
	b = append(b, stepped.Next(morning.Add(3*time.Minute))...)
	if !reflect.DeepEqual(a, b) {
		t.Fatalf("%d requests in large steps, %d others in small ones", len(a), len(b))
	}
	if !slices.IsSortedFunc(a, func(x, y Request) int { return x.At.Compare(y.At) }) {
		t.Error("the requests are not in the order in which they leave")
	}
}

// A later run sends the past again, call for call, so that the server can count it once.
func TestLaterRunRepeatsThePast(t *testing.T) {
	t.Parallel()
	history := func(start time.Time) map[string]object {
		w := newWorld(t, func(c *Config) { c.Opened, c.Start = morning, start })
		calls := map[string]object{}
		for _, r := range w.Next(start) {
			if !r.History {
				continue
			}
			for _, b := range bodies(t, r) {
				calls[r.Source+"/"+b["messageId"].(string)+"/"+string(encode(b))] = b
			}
		}
		return calls
	}
	first, second := history(morning), history(morning.Add(50*time.Hour))
	if len(first) < 4500 || !reflect.DeepEqual(first, second) {
		t.Fatalf("the first run told %d calls of the past, the second %d, and not the same", len(first), len(second))
	}
}

func TestHistoryLiesInThePast(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	calls := 0
	for _, r := range w.Next(morning) {
		if !r.History {
			continue
		}
		calls += r.Calls
		for _, b := range bodies(t, r) {
			at := when(t, b)
			if at.After(morning) || at.Before(morning.Add(-31*24*time.Hour)) {
				t.Errorf("a %s call of the past is at %v", b["type"], at)
			}
		}
	}
	if calls < 4500 || calls > 5500 {
		t.Errorf("the past has %d calls, want about 5,000", calls)
	}
	if n := len(w.People()); n < 300 || n > 320 {
		t.Errorf("%d personas have come, want about 300", n)
	}
}

func TestRate(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{5, 20, 60} {
		w := newWorld(t, func(c *Config) { c.Rate, c.History = rate, -1 })
		calls := 0
		for _, r := range lived(w, 4*time.Minute) {
			if r.At.After(morning.Add(time.Minute)) {
				calls += r.Calls
			}
		}
		if got := float64(calls) / (3 * 60); got < 0.85*rate || got > 1.15*rate {
			t.Errorf("%.1f calls a second, want about %v", got, rate)
		}
	}
}

// A laptop that was asleep does not send hours of traffic in one go, and its clock is right afterwards.
func TestLongGapIsSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	lived(w, time.Minute)
	woken := morning.Add(8 * time.Hour)
	calls := 0
	for _, r := range w.Next(woken) {
		calls += r.Calls
		if r.At.After(woken) || r.At.Before(woken.Add(-pause-time.Second)) {
			t.Fatalf("a request leaves at %v, long before or after %v", r.At, woken)
		}
	}
	if calls < 500 || calls > 5000 {
		t.Errorf("%d calls after a long gap, want those of two minutes", calls)
	}
	if got := w.Next(woken.Add(-time.Minute)); got != nil {
		t.Errorf("a clock set back brought %d requests", len(got))
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config){
		"few personas":   func(c *Config) { c.Personas = 3 },
		"negative rate":  func(c *Config) { c.Rate = -1 },
		"short history":  func(c *Config) { c.History = time.Hour },
		"negative calls": func(c *Config) { c.HistoryCalls = -5 },
		"only faults":    func(c *Config) { c.FaultShare = 1 },
		"late opening":   func(c *Config) { c.Opened = morning.Add(time.Hour) },
		"no key":         func(c *Config) { delete(c.Sources, SourceStore) },
	} {
		cfg := Config{Start: morning, Sources: testKeys()}
		change(&cfg)
		if _, err := New(cfg); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v, want INVALID", name, err)
		}
	}
}
