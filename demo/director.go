package demo

import (
	"slices"
	"time"
)

// remember sets the past going: the star and the rare stories at their times, everybody else at the pace that
// makes the wanted number of calls.
func (w *World) remember() {
	from := w.clock
	until := w.cfg.Opened.Add(-time.Hour) // stories of the past are over before it ends
	span := until.Sub(from)
	w.spread(from, span)
	for i := 1; i < regulars; i++ {
		at := from.Add(time.Duration(float64(span) * 0.3 * float64(i) / regulars))
		w.agenda.add(at, func(at time.Time) { w.account(w.people[i], at) })
	}
	w.agenda.add(from.Add(span/40), func(at time.Time) { w.starPast(at, until) })
	if w.cfg.HistoryCalls == 0 {
		return
	}
	gap := span / time.Duration(w.cfg.HistoryCalls)
	var turn func(at time.Time)
	turn = func(at time.Time) {
		w.pastTurn(at, float64(at.Sub(from))/float64(span))
		next := at.Add(time.Duration(float64(w.takeOwed()) * float64(gap) * (0.5 + w.rng.Float64())))
		if next.Before(until) {
			w.agenda.add(next, turn)
		}
	}
	w.agenda.add(from, turn)
}

// live sets the present going.
func (w *World) live() {
	now := w.clock
	w.visible = append(w.visible, w.settings(now))
	var turn func(at time.Time)
	turn = func(at time.Time) {
		w.everyday(at, 3)
		due := float64(w.takeOwed()) / w.cfg.Rate * (0.5 + w.rng.Float64())
		w.agenda.add(at.Add(time.Duration(due*float64(time.Second))), turn)
	}
	w.owed = 0
	w.agenda.add(now, turn)
	w.agenda.add(now.Add(time.Second), w.starLive)
	w.recur(now)
	var measure func(at time.Time)
	measure = func(at time.Time) {
		w.visible = append(w.visible, w.metrics(at.Add(w.shift)))
		w.agenda.add(at.Add(30*time.Second), measure)
	}
	w.agenda.add(now.Add(30*time.Second), measure)
}

// takeOwed is how many calls were made up since it was last asked, at least one.
func (w *World) takeOwed() int {
	n := max(w.owed, 1)
	w.owed = 0
	return n
}

// pastTurn is one story of the past, in which the cast fills up evenly.
func (w *World) pastTurn(at time.Time, done float64) {
	due := regulars + int(float64(w.cfg.Personas-regulars)*min(done*1.1, 1))
	if len(w.people) < due {
		w.first(w.newcomer(), at)
		return
	}
	w.everyday(at, 0)
}

// everyday is one story of somebody who is free; new people come in newcomers of a hundred cases, and whenever
// everybody is busy.
func (w *World) everyday(at time.Time, newcomers int) {
	if p := w.free(at); p != nil && w.rng.IntN(100) >= newcomers {
		if p.visits == 0 {
			w.first(p, at)
			return
		}
		s := w.scene(p, at)
		s.story()
		s.end()
		return
	}
	w.first(w.newcomer(), at)
}

// first is somebody's first visit. She is nobody yet.
func (w *World) first(p *persona, at time.Time) {
	s := w.scene(p, at)
	s.visit(pick(s.rng, p.devices...))
	s.end()
}

// account is a visit that ends with an account, unless she has one or is in another story.
func (w *World) account(p *persona, at time.Time) {
	if p.known || p.busy.After(at) {
		return
	}
	s := w.scene(p, at)
	d := pick(s.rng, p.devices...)
	s.visit(d)
	s.signUp(d)
	s.end()
}

// free is somebody with nothing to do, those who come often more likely; the star has a play of her own.
func (w *World) free(at time.Time) *persona {
	for range 30 {
		p := w.people[w.rng.IntN(len(w.people))]
		if p != w.people[star] && !p.busy.After(at) && w.rng.Float64()*12 < p.habit {
			return p
		}
	}
	return nil
}

// story is what happens next in the life of somebody who has been here before.
func (s *scene) story() {
	p := s.p
	d := pick(s.rng, p.devices...)
	roll := s.rng.IntN(100)
	switch {
	case !p.known && !p.guest:
		s.unnamed(d, roll)
	case !p.known:
		s.named(d, roll)
	default:
		s.customer(d, roll)
	}
}

// unnamed is a story of somebody the shop knows nothing of.
func (s *scene) unnamed(d *device, roll int) {
	signs := 50
	switch {
	case roll < signs:
		if d.views == 0 {
			s.visit(d)
		}
		s.signUp(d)
	case roll < signs+8 && d.source == SourceWeb:
		s.guestOrder(d)
	default:
		s.visit(d)
	}
}

// named is a story of somebody who has ordered as a guest.
func (s *scene) named(d *device, roll int) {
	switch {
	case roll < 30:
		s.signUp(d)
	case roll < 45:
		s.mailing(d)
	case roll < 60:
		s.support(s.p.phone())
	case roll < 70:
		s.atTill()
	default:
		s.visit(d)
	}
}

// customer is a story of somebody with an account.
func (s *scene) customer(d *device, roll int) {
	if !d.signed() && roll < 60 {
		s.signIn(d)
		return
	}
	if s.p.company != nil && !s.p.employed {
		s.join()
		return
	}
	switch {
	case roll < 34:
		s.shop(s.own(d))
	case roll < 50:
		s.visit(d)
	case roll < 64:
		s.mailing(d)
	case roll < 72:
		s.support(s.p.phone())
	case roll < 82:
		s.atTill()
	case roll < 90:
		s.settle()
	case roll < 93:
		s.refund()
	case roll < 96 && d.signed() && d.cookie < cookies:
		s.signOut(d)
	case roll < 98 && d.signed():
		s.preferences(d)
	case d.source == SourceApp:
		s.push(d)
	default:
		s.visit(d)
	}
}

// own is d when she is signed in there, or another of her devices where she is, or d after signing in.
func (s *scene) own(d *device) *device {
	if d.signed() {
		return d
	}
	if i := slices.IndexFunc(s.p.devices, (*device).signed); i >= 0 {
		return s.p.devices[i]
	}
	s.signIn(d)
	return d
}
