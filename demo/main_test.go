package demo

import (
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// morning is when the worlds of these tests begin.
var morning = time.Date(2026, 10, 1, 9, 0, 0, 0, time.UTC)

func testKeys() map[string]string {
	keys := map[string]string{}
	for _, name := range SourceNames() {
		keys[name] = "key-of-" + name
	}
	return keys
}

// newWorld is a world that begins in the morning, with changes.
func newWorld(t *testing.T, change func(*Config)) *World {
	t.Helper()
	cfg := Config{Start: morning, Sources: testKeys()}
	if change != nil {
		change(&cfg)
	}
	w, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// tenMinutes are the requests of the default world in its first ten minutes.
var tenMinutes = sync.OnceValue(func() []Request {
	w, err := New(Config{Start: morning, Sources: testKeys()})
	if err != nil {
		panic(err)
	}
	return lived(w, 10*time.Minute)
})

var (
	unpackOnce sync.Once
	unpacked   []sent
)

// tenMinuteCalls are the calls of tenMinutes, decoded.
func tenMinuteCalls(t *testing.T) []sent {
	t.Helper()
	unpackOnce.Do(func() { unpacked = unpack(t, tenMinutes()) })
	return unpacked
}

// lived is everything the world sends in its first minutes, asked for every second.
func lived(w *World, d time.Duration) []Request {
	var all []Request
	for at := time.Duration(0); at <= d; at += time.Second {
		all = append(all, w.Next(morning.Add(at))...)
	}
	return all
}
