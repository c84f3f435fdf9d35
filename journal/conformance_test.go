package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"kith/fault"
)

// Every kind of server keeps the same promises.
func TestConformance(t *testing.T) {
	t.Run("embedded", func(t *testing.T) {
		conform(t, func(t *testing.T, cfg Config) *Journal {
			cfg.Dir = t.TempDir()
			return open(t, cfg)
		})
	})
	t.Run("external", func(t *testing.T) {
		srv := natsServer(t, t.TempDir(), server.RANDOM_PORT)
		n := 0
		conform(t, func(t *testing.T, cfg Config) *Journal {
			n++
			cfg.URL, cfg.Replicas, cfg.Name = srv.ClientURL(), 1, fmt.Sprintf("ws-%d", n)
			return open(t, cfg)
		})
	})
}

// conform is the suite; open gives an empty journal of its own to each part.
func conform(t *testing.T, open func(*testing.T, Config) *Journal) {
	parts := map[string]func(*testing.T, func(*testing.T, Config) *Journal){
		"append and read":         conformRead,
		"reader waits":            conformWait,
		"reader resumes anywhere": conformResume,
		"coalescing":              conformCoalesce,
		"limits":                  conformLimits,
		"trim":                    conformTrim,
		"trim by age":             conformTrimAge,
		"changes":                 conformChanges,
		"revocations":             conformRevocations,
		"audit trail":             conformTrail,
		"changes trimmed":         conformChangesTrimmed,
		"quarantine":              conformQuarantine,
		"close":                   conformClose,
	}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		t.Run(name, func(t *testing.T) { parts[name](t, open) })
	}
}

func conformRead(t *testing.T, open func(*testing.T, Config) *Journal) {
	j, ctx := open(t, Config{}), within(t)
	if head, err := j.Head(ctx); err != nil || head != (Position{Epoch: j.Epoch()}) {
		t.Fatalf("an empty journal has head %v, %v", head, err)
	}
	kinds := []string{"events", "decision", "rules"}
	before := time.Now().Add(-time.Second)
	for i := range 300 {
		p, err := j.Append(ctx, kinds[i%3], fmt.Appendf(nil, "message %d", i))
		if err != nil {
			t.Fatal(err)
		}
		if want := (Position{Epoch: j.Epoch(), Seq: uint64(i + 1)}); p != want {
			t.Fatalf("position %v, want %v", p, want)
		}
	}
	if head, err := j.Head(ctx); err != nil || head.Seq != 300 {
		t.Fatalf("head %v, %v", head, err)
	}
	r := j.Read(0)
	for i := range 300 {
		m, err := r.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if m.Seq != uint64(i+1) || m.Kind != kinds[i%3] || string(m.Data) != fmt.Sprintf("message %d", i) || m.At.Before(before) {
			t.Fatalf("message %d is %+v", i, m)
		}
	}
	if r.After() != 300 {
		t.Errorf("after all messages the reader is at %d", r.After())
	}
	if _, err := j.Append(ctx, "no.dots", nil); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a kind with a dot gives %v", err)
	}
}

func conformWait(t *testing.T, open func(*testing.T, Config) *Journal) {
	j, ctx := open(t, Config{}), within(t)
	r := j.Read(0)
	short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	if _, err := r.Fetch(short, 10, mib); fault.CodeOf(err) != fault.Timeout || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("an empty journal gives %v", err)
	}
	type result struct {
		batch []Message
		err   error
	}
	results := make(chan result)
	go func() {
		for range 3 {
			batch, err := r.Fetch(ctx, 10, mib)
			results <- result{batch, err}
		}
	}()
	for i := range 3 {
		if _, err := j.AppendEvents(ctx, []byte{byte('a' + i)}); err != nil {
			t.Fatal(err)
		}
		got := <-results
		if got.err != nil || len(got.batch) != 1 || got.batch[0].Data[0] != byte('a'+i) {
			t.Fatalf("message %d: %+v", i, got)
		}
	}
}

func conformResume(t *testing.T, open func(*testing.T, Config) *Journal) {
	j, ctx := open(t, Config{}), within(t)
	for i := range 100 {
		if _, err := j.Append(ctx, KindEvents, bytes.Repeat([]byte{byte(i)}, 1000)); err != nil {
			t.Fatal(err)
		}
	}
	for _, after := range []uint64{0, 1, 57, 99} {
		r := j.Read(after)
		for next := after + 1; next <= 100; {
			batch, err := r.Fetch(ctx, 7, 3000)
			if err != nil {
				t.Fatal(err)
			}
			if len(batch) == 0 || len(batch) > 4 {
				t.Fatalf("a batch of about 3,000 bytes has %d messages of 1,000", len(batch))
			}
			for _, m := range batch {
				if m.Seq != next || m.Data[0] != byte(next-1) {
					t.Fatalf("message %d where %d should be", m.Seq, next)
				}
				next++
			}
		}
	}
	var gap *Gap
	if _, err := j.Read(101).Fetch(ctx, 1, 1); !errors.As(err, &gap) || gap.Trimmed || gap.First != 101 || gap.Last != 0 {
		t.Errorf("reading beyond the end gives %v", err)
	}
}

func conformCoalesce(t *testing.T, open func(*testing.T, Config) *Journal) {
	j, ctx := open(t, Config{}), within(t)
	const writers, each = 1000, 5
	positions := make([][each]Position, writers)
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				p, err := j.AppendEvents(ctx, fmt.Appendf(nil, "[%d:%d]", w, i))
				if err != nil {
					t.Error(err)
					return
				}
				positions[w][i] = p
			}
		})
	}
	all.Wait()
	if t.Failed() {
		return
	}
	texts := map[uint64]string{}
	head, err := j.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for r := j.Read(0); r.After() < head.Seq; {
		m, err := r.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		texts[m.Seq] = string(m.Data)
	}
	for w := range writers {
		for i, p := range positions[w] {
			if !strings.Contains(texts[p.Seq], fmt.Sprintf("[%d:%d]", w, i)) {
				t.Fatalf("part %d of writer %d is not in message %d", i, w, p.Seq)
			}
			if i > 0 && p.Seq <= positions[w][i-1].Seq {
				t.Fatalf("writer %d: part %d is at %d, after one at %d", w, i, p.Seq, positions[w][i-1].Seq)
			}
		}
	}
	if total := len(strings.Join(slices.Collect(maps.Values(texts)), "")); total != len(strings.Repeat("[:]", writers*each))+digits(writers)*each+writers*each {
		t.Errorf("the messages have %d bytes together, so some part is there twice or not at all", total)
	}
	if head.Seq > writers*each/10 {
		t.Errorf("%d parts made %d messages", writers*each, head.Seq)
	}
	if s := j.Stats(); s.AppendParts != writers*each || s.AppendMessages != head.Seq || s.WaitingBytes != 0 {
		t.Errorf("stats %+v", s)
	}
}

// digits is the length of the numbers below n, one after the other.
func digits(n int) int {
	sum := 0
	for i := range n {
		sum += len(fmt.Sprint(i))
	}
	return sum
}

// At the byte limit appends are refused; trimming makes room without a restart (case 9).
func conformLimits(t *testing.T, open func(*testing.T, Config) *Journal) {
	ctx := within(t)
	j := open(t, Config{SoftBytes: 64 << 10, BacklogBytes: 900 << 10, MaxBytes: mib})
	data := bytes.Repeat([]byte("x"), 50<<10)
	var last Position
	fill := func() (n int) {
		for ; n < 100; n++ {
			p, err := j.AppendEvents(ctx, data)
			if err != nil {
				var f *fault.Error
				if !errors.As(err, &f) || f.Code != fault.RateLimited || f.RetryAfter < time.Second {
					t.Fatalf("a full journal gives %v", err)
				}
				return n
			}
			last = p
		}
		return n
	}
	if n := fill(); n < 15 || n > 19 {
		t.Fatalf("%d messages of 50 KiB fit a backlog of 900 KiB", n)
	}
	if j.Stats().RefusedBacklog == 0 {
		t.Error("the refusal was not counted")
	}
	// All applied: now the stream's own limit is what holds.
	j.SetApplied(last.Seq)
	if err := j.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	fill()
	if err := j.Trim(ctx, last.Seq); err != nil {
		t.Fatal(err)
	}
	if n := fill(); n < 15 {
		t.Errorf("after trimming only %d messages fit", n)
	}
	if _, err := j.Append(ctx, KindEvents, make([]byte, j.MaxMessageBytes()+1)); fault.CodeOf(err) != fault.TooLarge {
		t.Errorf("a message above the limit gives %v", err)
	}
	if _, err := j.AppendEvents(ctx, make([]byte, j.MaxMessageBytes()+1)); fault.CodeOf(err) != fault.TooLarge {
		t.Errorf("a part above the limit gives %v", err)
	}
}

func conformTrim(t *testing.T, open func(*testing.T, Config) *Journal) {
	j, ctx := open(t, Config{SoftBytes: 100 << 10}), within(t)
	for range 50 {
		if _, err := j.Append(ctx, KindEvents, make([]byte, 10<<10)); err != nil {
			t.Fatal(err)
		}
	}
	j.refresh(ctx)
	if err := j.Trim(ctx, 20); err != nil {
		t.Fatal(err)
	}
	if first, err := j.First(ctx); err != nil || first != 21 {
		t.Fatalf("with 20 of 50 messages applied and all too large, first is %d, %v", first, err)
	}
	lag, err := j.Lag(ctx)
	if err != nil || lag.Messages != 30 || lag.Bytes < 300<<10 || lag.Bytes > 330<<10 || time.Since(lag.Oldest) > time.Minute {
		t.Fatalf("lag %+v, %v", lag, err)
	}
	if err := j.Trim(ctx, 50); err != nil {
		t.Fatal(err)
	}
	first, err := j.First(ctx)
	if err != nil || first < 40 || first > 43 {
		t.Fatalf("with all 500 KiB applied and 100 KiB kept, first is %d, %v", first, err)
	}
	var gap *Gap
	if _, err := j.Read(5).Fetch(ctx, 1, 1); !errors.As(err, &gap) || !gap.Trimmed || gap.First != 6 || gap.Last != first-1 || fault.CodeOf(err) != fault.NotFound {
		t.Fatalf("reading what was trimmed gives %v", err)
	}
	r := j.Read(5)
	r.Skip(gap.Last)
	if m, err := r.Next(ctx); err != nil || m.Seq != first {
		t.Fatalf("after the gap comes %v, %v", m.Seq, err)
	}
	if lag, err := j.Lag(ctx); err != nil || lag.Messages != 0 || lag.Bytes != 0 || !lag.Oldest.IsZero() {
		t.Errorf("lag with all applied: %+v, %v", lag, err)
	}
}

func conformTrimAge(t *testing.T, open func(*testing.T, Config) *Journal) {
	j, ctx := open(t, Config{Keep: 150 * time.Millisecond}), within(t)
	for range 10 {
		if _, err := j.Append(ctx, KindEvents, []byte("old")); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the messages grow old", func() bool {
		if _, err := j.Append(ctx, KindEvents, []byte("new")); err != nil {
			t.Fatal(err)
		}
		if err := j.Trim(ctx, 8); err != nil {
			t.Fatal(err)
		}
		first, err := j.First(ctx)
		if err != nil || first > 9 {
			t.Fatalf("with 8 applied, first is %d, %v", first, err)
		}
		return first == 9
	})
	head, err := j.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "everything is trimmed", func() bool {
		if err := j.Trim(ctx, head.Seq); err != nil {
			t.Fatal(err)
		}
		first, err := j.First(ctx)
		return err == nil && first == head.Seq+1
	})
	p, err := j.Append(ctx, KindEvents, []byte("next"))
	if err != nil || p.Seq != head.Seq+1 {
		t.Fatalf("an emptied journal goes on at %v, %v", p, err)
	}
	if m, err := j.Read(head.Seq).Next(ctx); err != nil || m.Seq != p.Seq {
		t.Fatalf("read %v, %v", m.Seq, err)
	}
}

func conformClose(t *testing.T, open func(*testing.T, Config) *Journal) {
	j, ctx := open(t, Config{}), within(t)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for {
				if _, err := j.AppendEvents(ctx, []byte("x")); err != nil {
					if fault.CodeOf(err) != fault.Unavailable {
						t.Errorf("while closing: %v", err)
					}
					return
				}
			}
		})
	}
	eventually(t, "appends are under way", func() bool { return j.Stats().AppendMessages > 20 })
	closeJournal(t, j)
	closeJournal(t, j)
	all.Wait()
	if err := j.Ready(ctx); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a closed journal is ready: %v", err)
	}
}
