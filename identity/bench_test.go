package identity

import (
	"fmt"
	"testing"

	"kith/event"
)

func chainFacts(n int) Facts {
	d := chain("email", n)
	return Facts{Identifiers: d.New, Links: d.Links}
}

// A chain of e-mails as long as the size rule allows: the worst that hangs together.
func BenchmarkResolveChain(b *testing.B) {
	facts := chainFacts(2000)
	for b.Loop() {
		Resolve(DefaultRules(), facts)
	}
}

// 300 people of six identifiers each, as an ingest batch meets them.
func people(n int) Facts {
	var f Facts
	for i := range n {
		key := func(typ string, k int) Key { return NewKey(typ, fmt.Sprintf("p%d-%d", i, k)) }
		f.Add(call{[]Key{key("user_id", 0), key("email", 0), key("phone", 0)}, Observed, event.Millis(i)})
		for browser := range 3 {
			f.Add(call{[]Key{key("user_id", 0), key("anonymous_id", browser)}, Observed, event.Millis(i + browser)})
		}
	}
	return f
}

func BenchmarkResolvePeople(b *testing.B) {
	facts := people(300)
	for b.Loop() {
		Resolve(DefaultRules(), facts)
	}
}

// benchmarkUpdate measures deciding alone: the answers of the graph are recorded and played back.
func benchmarkUpdate(b *testing.B, m *memory, d Delta) {
	var answers []Loaded
	u := NewUpdate(m.rules, workspace, d)
	for need := u.Need(); !need.Empty(); need = u.Need() {
		answers = append(answers, m.load(need))
		u.Add(answers[len(answers)-1])
	}
	b.ReportMetric(float64(len(m.loaded)), "identifiers")
	for b.Loop() {
		u := NewUpdate(m.rules, workspace, d)
		for _, answer := range answers {
			u.Need()
			u.Add(answer)
		}
		u.Need()
		if _, err := u.Finish(); err != nil {
			b.Fatal(err)
		}
	}
}

func storedPeople(b *testing.B, f Facts) *memory {
	m := newMemory(DefaultRules(), 1)
	m.update(b, Delta{New: f.Identifiers, Links: f.Links})
	return m
}

// A batch that gives 300 known people a new browser each.
func BenchmarkUpdate300Seeds(b *testing.B) {
	m := storedPeople(b, people(300))
	var d Delta
	for i := range 300 {
		browser := NewKey("anonymous_id", fmt.Sprint("new", i))
		d.New = append(d.New, Identifier{browser, 9})
		d.Links = append(d.Links, NewLink(browser, NewKey("user_id", fmt.Sprintf("p%d-0", i)), Observed, 9))
	}
	benchmarkUpdate(b, m, d)
}

// A batch of nothing but new people needs nothing of the graph.
func BenchmarkUpdateAllNew(b *testing.B) {
	f := people(300)
	benchmarkUpdate(b, newMemory(DefaultRules(), 1), Delta{New: f.Identifiers, Links: f.Links})
}

// One event at the end of a chain of 1,999.
func BenchmarkUpdateChain(b *testing.B) {
	m := storedPeople(b, chainFacts(1999))
	end := Identifier{"email:end", 9999}
	benchmarkUpdate(b, m, Delta{New: []Identifier{end}, Links: []Link{NewLink("email:c1998", end.Key, Observed, 9999)}})
}

// One more user at a kiosk that 3,000 use.
func BenchmarkUpdateHub(b *testing.B) {
	m := newMemory(DefaultRules(), 1)
	m.update(b, star("anonymous_id:kiosk", "user_id", 0, degree))
	benchmarkUpdate(b, m, more("anonymous_id:kiosk", "user_id", degree, degree+1))
}
