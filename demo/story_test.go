package demo

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// good are the accepted calls of the requests.
func good(t *testing.T, requests []Request) []sent {
	t.Helper()
	return accepted(unpack(t, requests))
}

// accepted are the calls a server accepts, in the order of their effective times.
func accepted(calls []sent) []sent {
	calls = slices.DeleteFunc(slices.Clone(calls), func(s sent) bool { return s.fault != "" })
	slices.SortStableFunc(calls, func(a, b sent) int { return a.at.Compare(b.at) })
	return calls
}

func text(b object, key string) string { s, _ := b[key].(string); return s }

// Nobody signs in, orders or is a member at a till before having signed up.
func TestAccountsComeFirst(t *testing.T) {
	t.Parallel()
	for seed := uint64(1); seed <= 2; seed++ {
		w := newWorld(t, func(c *Config) { c.Seed = seed })
		accounts := map[string]bool{}
		signIns, orders := 0, 0
		for _, c := range good(t, lived(w, 3*time.Minute)) {
			user := text(c.body, "userId")
			if n, ok := c.body["userId"].(float64); ok {
				user = string(encode(n))
			}
			if user == "" || slices.Contains(junkIDs, user) {
				continue
			}
			switch kind := text(c.body, "type"); {
			case kind == "alias" || kind == "identify" && traits(c.body)["createdAt"] != nil:
				accounts[user] = true
			case strings.HasPrefix(user, "qa-"):
			case !accounts[user]:
				t.Errorf("seed %d: %s %q of user %s before any account", seed, kind, text(c.body, "event"), user)
			}
			switch text(c.body, "event") {
			case "Signed In":
				signIns++
			case "Order Completed":
				orders++
			}
		}
		if len(accounts) < 60 || signIns < 10 || orders < 40 {
			t.Errorf("seed %d: %d accounts, %d sign-ins, %d orders: hardly a shop", seed, len(accounts), signIns, orders)
		}
	}
}

func traits(b object) object { o, _ := b["traits"].(object); return o }

func TestOrdersAreWellFormed(t *testing.T) {
	t.Parallel()
	paid := 0
	for _, c := range accepted(tenMinuteCalls(t)) {
		if text(c.body, "event") != "Order Completed" {
			continue
		}
		paid++
		p := c.body["properties"].(object)
		revenue, _ := p["revenue"].(float64)
		tax, _ := p["tax"].(float64)
		shipping, _ := p["shipping"].(float64)
		if revenue <= 0 || cents(revenue+tax+shipping) != p["total"] {
			t.Errorf("revenue %v, tax %v, shipping %v do not make %v", revenue, tax, shipping, p["total"])
		}
		if len(text(p, "currency")) != 3 || text(p, "order_id") == "" || len(p["products"].([]any)) == 0 {
			t.Errorf("order lacks currency, id or products: %v", p)
		}
	}
	if paid == 0 {
		t.Error("nobody ordered")
	}
}

// The star's profile changes all the time: no two of her calls in live play are further apart than twelve seconds.
func TestStarIsAlwaysOn(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{1, 20} {
		w := newWorld(t, func(c *Config) { c.Rate = rate })
		user := w.People()[star].UserID
		last, calls := morning, 0
		for _, r := range lived(w, 6*time.Minute) {
			if r.History {
				continue
			}
			if user == "" {
				user = w.People()[star].UserID
			}
			if body := string(plain(t, r)); strings.Contains(body, `"userId":"`+user+`"`) || strings.Contains(body, StarCustomer) ||
				strings.Contains(body, `"userId":`+user) {
				if gap := r.At.Sub(last); gap > 12*time.Second && calls > 0 {
					t.Errorf("rate %v: nothing of her for %v before %v", rate, gap, r.At)
				}
				last = r.At
				calls++
			}
		}
		if calls < 60 {
			t.Errorf("rate %v: %d requests in six minutes", rate, calls)
		}
		if p := w.People()[star]; p.Name != StarName || p.Email != StarCustomer {
			t.Errorf("the star is %+v", p)
		}
	}
}

// What makes real data hard is all there in a few minutes of live play.
func TestHardCasesHappen(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	ids := map[string]string{}
	for _, c := range tenMinuteCalls(t) {
		if c.request.History {
			continue
		}
		if c.fault != "" {
			seen["broken"]++
			continue
		}
		if c.request.At.Sub(c.at) > time.Hour {
			seen["late"]++
		}
		if d := when(t, c.body).Sub(c.at).Abs(); d > 5*time.Minute {
			seen["wrong clock"]++
		}
		if c.request.Header.Get("X-Retry-Count") == "" {
			key := c.request.Source + text(c.body, "messageId")
			if _, ok := ids[key]; ok {
				seen["repeated"]++
			}
			ids[key] = ""
		} else {
			seen["retried"]++
		}
		context, _ := c.body["context"].(object)
		if agent := text(context, "userAgent"); strings.Contains(agent, "bot") || strings.Contains(agent, "Headless") {
			seen["robot"]++
		}
		if slices.Contains(junkIDs, text(c.body, "userId")) {
			seen["junk"]++
		}
		if m := text(traits(c.body), "email"); strings.HasPrefix(m, "test@") {
			seen["test address"]++
		}
		seen[text(c.body, "event")]++
		seen[text(c.body, "type")]++
	}
	for _, what := range []string{
		"late", "wrong clock", "repeated", "retried", "robot", "junk", "test address", "broken",
		"identify", "track", "page", "screen", "group", "alias",
		"Product Viewed", "Product Added", "Checkout Started", "Order Completed", "Signed Up", "Signed In", "Email Opened",
		"Email Link Clicked", "Unsubscribed", "Support Ticket Created", "Application Opened", "Push Notification Tapped",
	} {
		if seen[what] == 0 {
			t.Errorf("never seen: %s", what)
		}
	}
}

func TestBeats(t *testing.T) {
	t.Parallel()
	kinds := map[string]bool{}
	for _, r := range tenMinutes() {
		for _, b := range r.Beats {
			kinds[b.Kind] = true
			if strings.ContainsAny(b.Text, "\n%") && !strings.Contains(b.Text, "20 %") || len(b.Text) > 200 || b.Weight < 1 || b.Weight > 9 {
				t.Errorf("not a line: %d %q", b.Weight, b.Text)
			}
		}
		if r.History && len(r.Beats) > 0 {
			t.Error("the past has beats")
		}
	}
	for _, kind := range []string{"signup", "signin", "order", "kiosk", "tablet", "late", "junk", "fault", "till", "ticket", "repeat"} {
		if !kinds[kind] {
			t.Errorf("nothing is told of %s", kind)
		}
	}
}
