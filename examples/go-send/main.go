// Go-send sends a visitor's sign-up and first order to Kith with the SDK that Segment publishes: only the endpoint and
// the key are Kith's.
package main

import (
	"cmp"
	"log"
	"os"

	"github.com/segmentio/analytics-go/v3"
)

func main() {
	client, err := analytics.NewWithConfig(os.Getenv("WRITE_KEY"), analytics.Config{
		Endpoint: cmp.Or(os.Getenv("KITH"), "http://127.0.0.1:8080"),
	})
	if err != nil {
		log.Fatal(err)
	}
	calls := []analytics.Message{
		analytics.Page{AnonymousId: "visitor-3", Name: "Home"},
		analytics.Identify{
			UserId: "dorothy", AnonymousId: "visitor-3",
			Traits: analytics.NewTraits().SetName("Dorothy Vaughan").SetEmail("dorothy@example.org"),
		},
		analytics.Track{
			UserId: "dorothy", Event: "Order Completed",
			Properties: analytics.NewProperties().SetRevenue(42).SetCurrency("EUR"),
		},
	}
	for _, call := range calls {
		if err := client.Enqueue(call); err != nil {
			log.Fatal(err)
		}
	}
	if err := client.Close(); err != nil { // sends what is waiting
		log.Fatal(err)
	}
}
