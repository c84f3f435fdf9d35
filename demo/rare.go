package demo

import "time"

// rare is a story that only happens now and then, but has to, because people look for it.
type rare struct {
	past  int           // how often in the history
	every time.Duration // in live play at 20 calls a second; less often when the shop is slower
	tell  func(w *World, at time.Time)
}

var rarities = []rare{
	{16, 45 * time.Second, func(w *World, at time.Time) { w.with(at, (*persona).member, w.kiosk) }},
	{10, 70 * time.Second, func(w *World, at time.Time) { w.couple(at) }},
	{20, 80 * time.Second, func(w *World, at time.Time) { w.with(at, (*persona).draughtsman, w.callsFromWork) }},
	{12, 50 * time.Second, func(w *World, at time.Time) {
		w.with(at, (*persona).returning, func(s *scene) { w.junk(s, s.web()) })
	}},
	{20, 40 * time.Second, (*World).robot},
	{2, 150 * time.Second, (*World).tester},
	{16, 35 * time.Second, func(w *World, at time.Time) {
		w.with(at, (*persona).mobile, func(s *scene) { s.offline(s.app()) })
	}},
	{4, 55 * time.Second, func(w *World, at time.Time) {
		w.with(at, (*persona).untimely, func(s *scene) { w.crooked(s, s.app()) })
	}},
}

// spread puts the rare stories evenly into the past, once enough people have accounts.
func (w *World) spread(from time.Time, span time.Duration) {
	for _, r := range rarities {
		for i := range r.past {
			share := 0.35 + 0.62*(float64(i)+w.rng.Float64()*0.8)/float64(r.past)
			w.agenda.add(from.Add(time.Duration(share*float64(span))), func(at time.Time) { r.tell(w, at) })
		}
	}
}

// recur lets the rare stories come again and again.
func (w *World) recur(now time.Time) {
	slower := max(1, 20/w.cfg.Rate)
	for _, r := range rarities {
		every := time.Duration(float64(r.every) * slower)
		var again func(at time.Time)
		again = func(at time.Time) {
			r.tell(w, at)
			w.agenda.add(at.Add(time.Duration(float64(every)*(0.7+0.6*w.rng.Float64()))), again)
		}
		w.agenda.add(now.Add(time.Duration(float64(every)*w.rng.Float64())), again)
	}
}

// with tells a story about somebody free who fits, if there is one.
func (w *World) with(at time.Time, fits func(*persona) bool, tell func(*scene)) {
	var players []*persona
	for _, p := range w.people[star+1:] {
		if !p.busy.After(at) && fits(p) {
			players = append(players, p)
		}
	}
	if len(players) == 0 {
		return
	}
	s := w.scene(pick(w.rng, players...), at)
	tell(s)
	s.end()
}

// couple is the next of the two at the family's tablet. Both have accounts before either uses it.
func (w *World) couple(at time.Time) {
	a, b := w.people[parentA], w.people[parentB]
	for _, p := range []*persona{a, b} {
		if p.busy.After(at) {
			return
		}
		if !p.known {
			w.account(p, at)
			return
		}
	}
	w.things.couple++
	turn := a
	if w.things.couple%2 == 0 {
		turn = b
	}
	s := w.scene(turn, at)
	w.family(s)
	s.end()
	a.busy, b.busy = s.at, s.at
}

// callsFromWork is a call from the company's switchboard, whose number so many use that it is nobody's.
func (w *World) callsFromWork(s *scene) {
	number := w.things.switchboard
	if s.p.country.code != "GB" {
		number.national = number.e164
	}
	s.support(number)
}

func (p *persona) member() bool      { return p.known }
func (p *persona) returning() bool   { return p.visits > 0 && has(p, SourceWeb) }
func (p *persona) mobile() bool      { return p.visits > 0 && has(p, SourceApp) }
func (p *persona) draughtsman() bool { return p.known && p.company == &companies[0] }

// untimely says whether p's app runs on a telephone with a wrong clock.
func (p *persona) untimely() bool {
	for _, d := range p.devices {
		if d.source == SourceApp {
			return p.visits > 0 && d.skew != 0
		}
	}
	return false
}

func has(p *persona, source string) bool {
	for _, d := range p.devices {
		if d.source == source {
			return true
		}
	}
	return false
}
