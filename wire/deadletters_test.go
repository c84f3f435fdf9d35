package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"kith/event"
	"kith/fault"
	"kith/journal"
	"kith/pipeline"
	"kith/resolvers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func openJournal(t *testing.T, cfg journal.Config) *journal.Journal {
	t.Helper()
	cfg.Dir = filepath.Join(t.TempDir(), "journal")
	j, err := journal.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return j
}

func TestReplay(t *testing.T) {
	j := openJournal(t, journal.Config{})
	ctx := t.Context()
	part := event.AppendPart(nil, &event.Part{Source: "web", ReceivedAt: 1000, Calls: []event.RawCall{{Type: event.Track, Raw: json.RawMessage(`{"messageId":"m"}`)}}})
	letters := []pipeline.DeadLetter{
		{Seq: 1, Kind: pipeline.KindEvents, Source: "web", MessageID: "m", Reason: "r", Raw: part},
		{Seq: 2, Kind: "", Reason: "damaged"},
		{Seq: 3, Kind: pipeline.KindRules, Reason: "r", Raw: []byte("{}")},
		{Seq: 4, Kind: pipeline.KindDecision, Reason: "r", Raw: []byte(`{"id":"dec_1"}`)},
		{Seq: 5, Kind: pipeline.KindEvents, Reason: "r.", Raw: make([]byte, j.MaxMessageBytes())},
	}
	if err := (Pipeline{Journal: j}).DeadLetter(ctx, letters); err != nil {
		t.Fatal(err)
	}
	d := DeadLetters{j}
	listed, more, err := d.List(ctx, "", 10, "")
	if err != nil || more || len(listed) != len(letters) {
		t.Fatalf("%+v, %v, %v", listed, more, err)
	}
	slices.Reverse(listed)
	ids := make([]string, len(listed))
	for i, l := range listed {
		ids[i] = l.ID
		if want := i == 0 || i == 3; l.Replayable != want {
			t.Errorf("%+v: replayable %v, want %v", l, l.Replayable, want)
		}
	}
	if l := listed[0]; l != (resolvers.DeadLetter{ID: ids[0], Position: fmt.Sprintf("%s-1", j.Epoch()), Kind: "events", Source: "web", MessageID: "m", Reason: "r", Replayable: true, Bytes: len(part), At: l.At}) {
		t.Errorf("%+v", l)
	}
	if l := listed[4]; l.Bytes != 0 || l.Reason != "r. It is too large to be kept." {
		t.Errorf("one too large to be kept is %+v", l)
	}
	if oldest, err := d.Oldest(ctx, 10); err != nil || !slices.Equal(oldest, []string{ids[0], ids[3]}) {
		t.Errorf("to be replayed are %v (%v)", oldest, err)
	}
	for id, code := range map[string]fault.Code{ids[1]: fault.Conflict, ids[2]: fault.Conflict, ids[4]: fault.Conflict, "dea_none": fault.NotFound} {
		if _, err := d.Replay(ctx, id); fault.CodeOf(err) != code {
			t.Errorf("replaying %s: %v, want %s", id, err, code)
		}
	}
	for _, i := range []int{3, 0} {
		position, err := d.Replay(ctx, ids[i])
		if err != nil || position == "" {
			t.Fatalf("%q, %v", position, err)
		}
		if _, err := d.Replay(ctx, ids[i]); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("once more: %v", err)
		}
	}
	reader := j.Read(0)
	for _, want := range []pipeline.DeadLetter{letters[3], letters[0]} {
		m, err := reader.Next(ctx)
		if err != nil || m.Kind != want.Kind || !bytes.Equal(m.Data, want.Raw) {
			t.Errorf("in the journal is %s %q (%v), want %s %q", m.Kind, m.Data, err, want.Kind, want.Raw)
		}
	}
	if err := d.Discard(ctx, ids[1]); err != nil {
		t.Error(err)
	}
	if n, err := d.Count(ctx); err != nil || n != 2 {
		t.Errorf("%d are left (%v)", n, err)
	}
}

// A letter leaves only when what it holds is stored: while the journal is full it stays.
func TestReplayIntoAFullJournal(t *testing.T) {
	j := openJournal(t, journal.Config{BacklogBytes: 64 << 10})
	part := event.AppendPart(nil, &event.Part{Source: "web", ReceivedAt: 1000})
	if err := (Pipeline{Journal: j}).DeadLetter(t.Context(), []pipeline.DeadLetter{{Seq: 1, Kind: pipeline.KindEvents, Reason: "r", Raw: part}}); err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ {
		_, err := j.Append(t.Context(), pipeline.KindEvents, make([]byte, 8<<10))
		if fault.CodeOf(err) == fault.RateLimited {
			break
		}
		if err != nil || n > 100 {
			t.Fatalf("after %d messages: %v", n, err)
		}
	}
	d := DeadLetters{j}
	ids, err := d.Oldest(t.Context(), 1)
	if err != nil || len(ids) != 1 {
		t.Fatal(ids, err)
	}
	if _, err := d.Replay(t.Context(), ids[0]); fault.CodeOf(err) != fault.RateLimited {
		t.Errorf("into a full journal: %v", err)
	}
	if n, err := d.Count(t.Context()); err != nil || n != 1 {
		t.Errorf("%d are left (%v), want the one that could not be stored", n, err)
	}
}
