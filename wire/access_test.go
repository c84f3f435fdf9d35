package wire

import (
	"log/slog"
	"testing"
	"time"

	"kith/audit"
	"kith/auth"
	"kith/event"
	"kith/journal"
	"kith/resolvers"
)

// A revocation counts on the instance that was asked at once, on another soon, and on one that starts later from its start.
func TestRevocationsReachEveryInstance(t *testing.T) {
	j := openJournal(t, journal.Config{})
	instance := func() (*auth.Revocations, *Revocations) {
		t.Helper()
		known := auth.NewRevocations(time.Hour)
		r := NewRevocations(j, known, time.Hour, slog.New(slog.DiscardHandler))
		if err := r.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(r.Close)
		return known, r
	}
	first, asked := instance()
	second, _ := instance()
	now := time.Now().Truncate(time.Second) // as tokens have it
	done, err := asked.Revoke(t.Context(), resolvers.Revocation{Revocation: auth.Revocation{TokenID: "t1", At: now}, Reason: "lost", By: "root"})
	if err != nil || done.ID == "" || done.Until.Sub(done.At) != time.Hour {
		t.Fatalf("%+v %v", done, err)
	}
	if !first.Revoked("ada", "t1", now) {
		t.Error("it does not count where it was said")
	}
	for deadline := time.Now().Add(time.Minute); !second.Revoked("ada", "t1", now); {
		if time.Now().After(deadline) {
			t.Fatal("it does not reach the other instance")
		}
		<-time.After(5 * time.Millisecond)
	}
	if _, err := asked.Revoke(t.Context(), resolvers.Revocation{Revocation: auth.Revocation{Subject: "grace", At: now}, Reason: "left", By: "root"}); err != nil {
		t.Fatal(err)
	}
	third, late := instance()
	if !third.Revoked("ada", "t1", now) || !third.Revoked("grace", "", now) || third.Revoked("ada", "t2", now) {
		t.Error("one that starts later does not know them")
	}
	listed, more, err := late.List(t.Context(), "", 1, "")
	if err != nil || !more || len(listed) != 1 || listed[0].Subject != "grace" || listed[0].Reason != "left" || listed[0].By != "root" {
		t.Errorf("listed is %+v, more %t (%v)", listed, more, err)
	}
	if listed, more, err = late.List(t.Context(), "", 5, listed[0].ID); err != nil || more || len(listed) != 1 || listed[0].ID != done.ID {
		t.Errorf("then %+v, more %t (%v)", listed, more, err)
	}
}

// What is recorded is found again, also after the recorder has ended.
func TestAuditTrail(t *testing.T) {
	j := openJournal(t, journal.Config{})
	r := audit.NewRecorder(audit.Config{Log: Audit{j}, Block: 10})
	r.Start()
	for n := range 25 {
		r.Record(audit.Entry{At: event.Millis(1000 + n), Subject: "ada", Kind: audit.Read, Action: "customer", Targets: []string{"cus_1"}})
	}
	if err := r.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	after, at := "", event.Millis(1024)
	for pages := 0; ; pages++ {
		found, next, err := audit.List(t.Context(), Audit{j}, audit.Filter{Targets: []string{"cus_1"}}, 7, after)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range found {
			if e.At != at || e.Subject != "ada" {
				t.Fatalf("found %+v, want that of %d", e, at)
			}
			at--
		}
		if after = next; after == "" {
			break
		}
	}
	if at != 999 {
		t.Errorf("the oldest found is of %d", at+1)
	}
}
