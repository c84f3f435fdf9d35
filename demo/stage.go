package demo

import (
	"fmt"
	"slices"
)

// stage is what several people share: the tills, a kiosk, the family's tablet and a switchboard.
type stage struct {
	tills       map[string]*till
	kiosk       *device
	tablet      *device
	switchboard phone
	couple      int // whose turn it is at the tablet
}

// till is a point of sale and the members who have paid there.
type till struct {
	id      string
	members map[string]bool
}

func newStage(w *World) stage {
	st := stage{tills: map[string]*till{}}
	for _, ids := range tills {
		for _, id := range ids {
			st.tills[id] = &till{id, map[string]bool{}}
		}
	}
	shared := func(b browser, key, ip string) *device {
		d := &device{label: b.label, source: SourceWeb, browser: b, key: key, seed: w.cfg.Seed, ip: ip}
		d.renew()
		return d
	}
	st.kiosk = shared(kioskBrowser, "kiosk/manchester", "192.0.2.10")
	st.tablet = shared(tabletBrowser, "family/tablet", "198.51.100.77")
	st.switchboard = phone{"0161 496 0000", "+441614960000"}
	w.reg.spoken[st.switchboard.national] = st.switchboard.e164
	w.reg.numbers[st.switchboard.e164] = true
	return st
}

// tillFor is where the persona pays, or nil when she does not: without an account only tills will do that two members
// have used before, because only from then on is a till's id plainly nobody's.
func (st *stage) tillFor(p *persona) *till {
	ids := tills[p.country.code]
	town := slices.IndexFunc(p.country.cities, func(c city) bool { return c.name == p.city.name })
	t := st.tills[ids[town%len(ids)]]
	if !p.known && len(t.members) < 2 {
		return nil
	}
	return t
}

// kiosk is a customer who signs in at the terminal in the shop and walks away without signing out.
func (w *World) kiosk(s *scene) {
	d := w.things.kiosk
	d.user = s.p
	login := s.on(d, "identify", "")
	s.send(login.tell(6, "kiosk", fmt.Sprintf(
		"%s uses the kiosk in the shop like many others: its anonymous id is SHARED and joins nobody.", s.p.name())))
	s.wait(1, 2)
	s.look(d, pick(s.rng, products...))
	s.wait(2, 4)
	s.send(s.track(d, "Wishlist Product Added to Cart", s.article(pick(s.rng, products...), 1)))
	s.wait(1, 2)
}

// family is one of two people on one tablet, which never resets its anonymous id.
func (w *World) family(s *scene) {
	d := w.things.tablet
	d.user = nil
	s.view(d, "Home", "/", nil, "")
	s.wait(1, 3)
	s.look(d, pick(s.rng, products...))
	s.wait(1, 3)
	d.user = s.p
	login := s.on(d, "identify", "")
	other := w.people[parentA]
	if s.p == other {
		other = w.people[parentB]
	}
	s.send(login.tell(7, "tablet", fmt.Sprintf(
		"%s signs in on the tablet shared with %s: what nobody signed for stays nobody’s.", s.p.name(), other.name())))
	s.wait(1, 3)
	s.look(d, pick(s.rng, products...))
	s.wait(1, 2)
}
