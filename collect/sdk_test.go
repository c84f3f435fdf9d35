package collect

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/segmentio/analytics-go/v3"

	"kith/event"
)

type sdkResults chan error

func (r sdkResults) Success(analytics.Message)            { r <- nil }
func (r sdkResults) Failure(_ analytics.Message, e error) { r <- e }

// The Go SDK of Segment, as companies have it in their servers, pointed at this one.
func TestGoSDK(t *testing.T) {
	store := &recorder{}
	server := httptest.NewServer(newTestCollector(t, Config{Now: time.Now}, store).Handler())
	defer server.Close()
	results := make(sdkResults, 10)
	client, err := analytics.NewWithConfig(goodKey, analytics.Config{
		Endpoint: server.URL, Callback: results, BatchSize: 4, Interval: time.Hour,
		DefaultContext: &analytics.Context{App: analytics.AppInfo{Name: "shop"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	start := event.MillisOf(time.Now())
	for _, m := range []analytics.Message{
		analytics.Identify{UserId: "u1", Traits: analytics.NewTraits().SetEmail("Ada@X.org").SetFirstName("Ada").SetLastName("Byron")},
		analytics.Track{UserId: "u1", AnonymousId: "a1", Event: "Order Completed", Properties: analytics.NewProperties().SetRevenue(49.9)},
		analytics.Group{UserId: "u1", GroupId: "g1", Traits: analytics.NewTraits().SetName("ACME")},
		analytics.Alias{UserId: "u1", PreviousId: "a0"},
	} {
		if err := client.Enqueue(m); err != nil {
			t.Fatal(err)
		}
	}
	for range 4 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	calls := store.calls(t)
	if len(calls) != 4 || len(store.refused) > 0 {
		t.Fatalf("%d calls, refused %+v", len(calls), store.refused)
	}
	end := event.MillisOf(time.Now())
	for i, typ := range []event.Type{event.Identify, event.Track, event.Group, event.Alias} {
		c := calls[i]
		if c.Type != typ || c.MessageID == "" || c.At < start-5 || c.At > end || len(c.Warnings) > 0 || c.Identifiers[0].Key() != "user_id:u1" {
			t.Errorf("%d: %+v", i, c)
		}
	}
	if calls[0].Identifiers[1].Key() != "email:ada@x.org" || calls[1].Name != "Order Completed" || calls[2].GroupID != "g1" || calls[3].PreviousID.Key() != "anonymous_id:a0" {
		t.Errorf("%+v", calls)
	}
}
