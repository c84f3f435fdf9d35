package e2e

import (
	"errors"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/segmentio/analytics-go/v3"
)

// sdkCommand sends all six calls with the real Go SDK, which knows nothing of Kith but a host name and a key.
func sdkCommand(w *world, _ *testscript.TestScript, _ []string) error {
	if w.running == nil {
		return errors.New("no kith is running")
	}
	key, err := w.key("app")
	if err != nil {
		return err
	}
	heard := &answers{}
	client, err := analytics.NewWithConfig(key, analytics.Config{
		Endpoint: w.running.url, Callback: heard, Transport: httpClient.Transport, Logger: silent{},
		RetryAfter: func(int) time.Duration { return 100 * time.Millisecond },
	})
	if err != nil {
		return err
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 6789, time.UTC)
	calls := []analytics.Message{
		analytics.Page{MessageId: "sdk-1", AnonymousId: "go-visitor", Name: "Home", Timestamp: at, Properties: analytics.NewProperties().SetURL("https://shop.example.org/")},
		analytics.Screen{MessageId: "sdk-2", AnonymousId: "go-visitor", Name: "Basket", Timestamp: at.Add(time.Minute)},
		analytics.Alias{MessageId: "sdk-3", PreviousId: "go-visitor", UserId: "grace", Timestamp: at.Add(2 * time.Minute)},
		analytics.Identify{MessageId: "sdk-4", UserId: "grace", Timestamp: at.Add(3 * time.Minute), Traits: analytics.NewTraits().SetEmail("Grace@Example.org").SetFirstName("Grace").SetLastName("Hopper")},
		analytics.Group{MessageId: "sdk-5", UserId: "grace", GroupId: "navy", Timestamp: at.Add(4 * time.Minute), Traits: analytics.NewTraits().SetName("US Navy")},
		analytics.Track{MessageId: "sdk-6", UserId: "grace", Event: "Order Completed", Timestamp: at.Add(5 * time.Minute), Properties: analytics.NewProperties().SetRevenue(12.5).SetCurrency("EUR"),
			Context: &analytics.Context{Traits: analytics.NewTraits().SetPhone("+44 20 7946 0018")}},
	}
	for _, c := range calls {
		if err := client.Enqueue(c); err != nil {
			return err
		}
	}
	if err := client.Close(); err != nil {
		return err
	}
	if heard.accepted != len(calls) {
		return errors.Join(heard.failed, errors.New("not every call was accepted"))
	}
	return nil
}

// answers counts what the SDK was told. Its methods are called by one goroutine, which ends before Close returns.
type answers struct {
	accepted int
	failed   error
}

func (a *answers) Success(analytics.Message)            { a.accepted++ }
func (a *answers) Failure(_ analytics.Message, e error) { a.failed = errors.Join(a.failed, e) }

type silent struct{}

func (silent) Logf(string, ...any)   {}
func (silent) Errorf(string, ...any) {}
