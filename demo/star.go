package demo

import "time"

// starPast is the star's part of the past: an account on the first day, a story or two a day from then on.
func (w *World) starPast(at, until time.Time) {
	s := w.scene(w.people[star], at)
	s.starTurn()
	if next := s.at.Add(time.Duration(10+w.rng.IntN(16)) * time.Hour); next.Before(until) {
		w.agenda.add(next, func(at time.Time) { w.starPast(at, until) })
	}
}

// starLive is the star's part of the present, one story after another.
func (w *World) starLive(at time.Time) {
	s := w.scene(w.people[star], at)
	s.starTurn()
	w.agenda.add(s.at.Add(seconds(w.rng, 1, 3)), w.starLive)
}

// starTurn is one story of the star: first of all how she gets her account.
func (s *scene) starTurn() {
	if d := s.p.devices[0]; !s.p.known {
		s.visit(d)
		s.signUp(d)
	} else {
		s.scripted()
	}
	s.w.played++
	s.end()
}

// scripted is the star's next story: one after another, so that whoever watches her sees all of them.
func (s *scene) scripted() {
	devices := s.p.devices
	d := devices[s.rng.IntN(len(devices))]
	if !d.signed() {
		// Two pages only: while she is nobody, her watchers see nothing of her.
		s.view(d, "Home", "/", nil, "")
		s.wait(1, 2)
		s.view(d, "Shops near you", "/shops", nil, shopURL+"/")
		s.wait(1, 2)
		s.signIn(d)
		return
	}
	switch s.w.played % 9 {
	case 0, 5:
		s.shop(d)
	case 1:
		s.mailing(s.web())
	case 2:
		s.support(s.p.phone())
	case 3:
		s.push(s.app())
	case 4:
		if !s.w.past && d.cookie < cookies {
			s.signOut(d)
			return
		}
		s.visit(d)
	case 6:
		s.settle()
	case 7:
		s.atTill()
	case 8:
		s.preferences(d)
	}
}

// web is a browser of hers, app her telephone's app; the star has both.
func (s *scene) web() *device { return s.first(SourceWeb) }
func (s *scene) app() *device { return s.first(SourceApp) }

func (s *scene) first(source string) *device {
	for _, d := range s.p.devices {
		if d.source == source {
			return d
		}
	}
	return s.p.devices[0]
}
