package demo

import (
	"compress/gzip"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// World is the shop and its people at some moment. It is not for use by several goroutines at once.
type World struct {
	cfg    Config
	rng    *rand.Rand
	agenda agenda
	reg    *registry
	people []*persona
	things stage
	ledger *ledger
	gzip   *gzip.Writer

	begun   bool
	past    bool          // the history is being made up
	clock   time.Time     // of the agenda
	shift   time.Duration // how far the right clock is ahead of the agenda's
	owed    int           // calls since the director last looked
	calls   int           // that went out, for message ids
	played  int           // stories of the star, for the turn of the next
	visible []Request     // since the last Next

	archive map[string][]item // of the history, by source
	queues  map[string]*queue // of SDKs that batch, by source and device
}

// queue is what an SDK holds back until its batch is full or has waited long enough.
type queue struct {
	source string
	skew   time.Duration // of the device's clock
	items  []item
	armed  bool
}

// pause is the longest gap between two calls of Next that the world lives through. After a longer one (a laptop was
// asleep, a server away) the shop goes on where it stopped instead of sending all that might have happened.
const pause = 2 * time.Minute

// New makes a world. It fails with INVALID when the Config cannot be played.
func New(cfg Config) (*World, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	w := &World{
		cfg: cfg, rng: rand.New(rand.NewPCG(cfg.Seed, 0x6b697468)), reg: newRegistry(cfg.Seed), ledger: newLedger(), gzip: gzip.NewWriter(nil),
		archive: map[string][]item{}, queues: map[string]*queue{},
	}
	for range regulars {
		w.newcomer()
	}
	w.things = newStage(w)
	return w, nil
}

// Next is everything the sources send from the last call of Next up to now, in the order in which it leaves. The
// first call answers with the history as well. Splitting an interval into several calls changes nothing about what
// is sent, as long as no gap is longer than two minutes; a longer one counts as two.
func (w *World) Next(now time.Time) []Request {
	if !w.begun {
		w.begin(now)
	}
	if gap := now.Sub(w.clock.Add(w.shift)); gap > pause {
		w.shift += gap - pause
	}
	if t := now.Add(-w.shift); t.After(w.clock) {
		w.clock = t
	}
	w.agenda.runUntil(w.clock)
	out := w.visible
	w.visible = nil
	return out
}

// Flush is what the SDKs still hold back, as when their processes end. After it, everything Truth knows has left.
func (w *World) Flush() []Request {
	var out []Request
	for _, client := range slices.Sorted(maps.Keys(w.queues)) {
		q := w.queues[client]
		if len(q.items) > 0 {
			out = append(out, w.batch(q.source, q.items, w.clock.Add(w.shift), q.skew))
			q.items = nil
		}
	}
	return out
}

// begin tells the history and sets the live play going.
func (w *World) begin(now time.Time) {
	w.begun = true
	if w.cfg.Start.IsZero() {
		w.cfg.Start = now
	}
	if w.cfg.Opened.IsZero() {
		w.cfg.Opened = w.cfg.Start
	}
	w.cfg.Start, w.cfg.Opened = w.cfg.Start.Round(0), w.cfg.Opened.Round(0)
	if w.cfg.History > 0 {
		w.recall()
	}
	w.clock = w.cfg.Start
	// Another run lives another life from here on; only the past is the same.
	w.rng = rand.New(rand.NewPCG(w.cfg.Seed, uint64(w.cfg.Start.UnixNano())))
	w.live()
}

// recall lives through the past and hands it over as a few large batches a source.
func (w *World) recall() {
	w.past = true
	w.clock = w.cfg.Opened.Add(-w.cfg.History)
	w.remember()
	w.agenda.runUntil(w.cfg.Opened)
	w.past = false
	for _, source := range SourceNames() {
		for _, items := range chunks(w.archive[source]) {
			r := w.batch(source, items, w.cfg.Start, 0)
			r.History, r.Beats = true, nil
			w.visible = append(w.visible, r)
		}
	}
	w.archive = nil
	for _, p := range w.people {
		p.busy = time.Time{}
	}
}

// chunks cuts the items into batches of at most 100 calls and batchLimit bytes.
func chunks(items []item) [][]item {
	var cut [][]item
	size := 0
	for i, it := range items {
		n := len(it.raw) + 1
		if i == 0 || len(cut[len(cut)-1]) == 100 || size+n > batchLimit {
			cut, size = append(cut, nil), 0
		}
		size += n
		cut[len(cut)-1] = append(cut[len(cut)-1], it)
	}
	return cut
}

// newcomer is a persona who has not been here before.
func (w *World) newcomer() *persona {
	p := w.reg.persona(len(w.people))
	p.subscribed = true
	w.people = append(w.people, p)
	return p
}

// later hands the call to its SDK when it is due.
func (w *World) later(c *call) {
	w.owed++
	w.agenda.add(c.due, func(at time.Time) { w.enqueue(c, at) })
}

// enqueue gives the call the form of its SDK and lets it go, alone or with others.
func (w *World) enqueue(c *call, at time.Time) {
	k := sdks[c.source]
	var skew time.Duration
	client := c.source
	if c.device != nil {
		skew, client = c.device.skew, c.source+"/"+c.device.key
	}
	if w.past {
		skew = 0 // an import of the past has one clock
	}
	shifted := *c
	shifted.at = c.at.Add(w.shift)
	it := w.identified(c, shifted.body(k, skew))
	w.ledger.note(c, w.reg)
	w.hand(c.source, client, it, at, skew)

	if !w.past && w.rng.IntN(120) == 0 {
		w.repeat(c, client, it, at, skew)
	}
	if w.rng.Float64() < w.cfg.FaultShare {
		w.owed++
		w.hand(c.source, client, w.spoil(c, it), at, skew)
	}
}

// hand puts an item into the archive, on the wire, or into the queue of its client's SDK.
func (w *World) hand(source, client string, it item, at time.Time, skew time.Duration) {
	k := sdks[source]
	moment := at.Add(w.shift)
	switch {
	case w.past:
		w.archive[source] = append(w.archive[source], it)
		return
	case it.body["event"] == "Email Opened" && it.fault == "":
		w.show(w.pixel(it, moment))
		return
	case k.single:
		w.show(w.message(source, it, moment, skew))
		return
	}
	q := w.queues[client]
	if q == nil {
		q = &queue{source: source, skew: skew}
		w.queues[client] = q
	}
	q.items = append(q.items, it)
	flush := func(at time.Time) {
		if len(q.items) > 0 {
			w.show(w.batch(source, q.items, at.Add(w.shift), skew))
			q.items = nil
		}
	}
	if len(q.items) >= k.full {
		flush(at)
	} else if !q.armed {
		q.armed = true
		w.agenda.add(at.Add(k.wait), func(at time.Time) {
			flush(at)
			delete(w.queues, client)
		})
	}
}

// show lets a request leave, and now and then once more: its answer was lost on the way.
func (w *World) show(r Request) {
	w.visible = append(w.visible, r)
	if r.Method != http.MethodPost || w.rng.IntN(200) != 0 {
		return
	}
	w.owed += r.Calls
	w.agenda.add(r.At.Add(-w.shift).Add(seconds(w.rng, 2, 8)), func(at time.Time) {
		again := r
		again.At = at.Add(w.shift)
		again.Header = r.Header.Clone()
		again.Header.Set("X-Retry-Count", "1")
		again.Beats = []Beat{{
			Text: "The " + r.Source + " source never saw the answer and sends its request once more; nothing counts twice.",
			Kind: "retry", Weight: 5,
		}}
		w.visible = append(w.visible, again)
	})
}

// repeat sends the same call again with its message id, as SDKs do that lost track of their queue.
func (w *World) repeat(c *call, client string, it item, at time.Time, skew time.Duration) {
	w.owed++
	it.beat = Beat{
		Text: "The " + c.source + " source sends " + quoted(c) + " a second time with the same messageId; it counts once.",
		Kind: "repeat", Weight: 6,
	}
	w.agenda.add(at.Add(seconds(w.rng, 5, 40)), func(at time.Time) { w.hand(c.source, client, it, at, skew) })
}

// quoted is how the story calls a call.
func quoted(c *call) string {
	if c.name == "" {
		return "an " + c.kind + " call"
	}
	return "“" + c.name + "”"
}

// identified is the call with a message id that follows from what is sent and its place in the play, so that the
// same past always comes under the same ids, and a changed one under others.
func (w *World) identified(c *call, body object) item {
	w.calls++
	raw := encode(body)
	id := uuid(w.cfg.Seed, c.source, w.calls, string(raw))
	if c.source == SourceWeb {
		id = "ajs-next-" + hexID(w.cfg.Seed, id)[:12] + "-" + id
	}
	body["messageId"] = id
	raw = append([]byte(`{"messageId":"`+id+`",`), raw[1:]...) // a body is never empty: it has a type
	return item{kind: c.kind, body: body, raw: raw, beat: c.beat}
}

// seconds is a time between lo and hi seconds.
func seconds(rng *rand.Rand, lo, hi float64) time.Duration {
	return time.Duration((lo + rng.Float64()*(hi-lo)) * float64(time.Second))
}

// Person is a persona as the shop would like to know her.
type Person struct {
	ID, Name, Email, Phone, UserID string // Phone in E.164, empty when she has none; UserID empty without an account
}

// People are all personas who have come so far, in the order of their coming.
func (w *World) People() []Person {
	all := make([]Person, 0, len(w.people))
	for _, p := range w.people {
		person := Person{ID: p.id, Name: p.name(), Email: p.email(), Phone: p.phone().e164}
		if p.known {
			person.UserID = p.userID
		}
		all = append(all, person)
	}
	return all
}
