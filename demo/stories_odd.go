package demo

import (
	"fmt"
	"time"
)

// robot is a crawler or a test tool that walks the shop's pages, every page under another anonymous id.
func (w *World) robot(at time.Time) {
	r := pick(w.rng, robots...)
	s := &scene{w: w, rng: w.rng, at: at}
	walk := uuid(w.cfg.Seed, "robot", at.UnixNano())
	for i := range 2 + w.rng.IntN(4) {
		d := &device{
			label: "robot", source: SourceWeb, browser: browser{"robot", r.userAgent, 800, 600}, key: walk,
			anonymousID: uuid(w.cfg.Seed, walk, i), ip: "203.0.113.66",
		}
		a := pick(w.rng, products...)
		c := s.page(d, a.name, "/products/"+a.sku, nil, "")
		c.owner = "robot"
		if i == 0 {
			kind := "robot"
			if r.test {
				kind = "test traffic"
			}
			c = c.tell(5, "robot", fmt.Sprintf("%s walks through the catalogue; its pages are marked as %s.", r.name, kind))
		}
		s.send(c)
		s.wait(0.3, 1)
	}
}

// junkIDs are values clients send where an id should be. None of them is anybody's.
var junkIDs = []string{"null", "undefined", "[object Object]", "anonymous", "none", "0", "not_authenticated"}

// junk is a visit of a client that fills in ids it does not have.
func (w *World) junk(s *scene, d *device) {
	value := pick(s.rng, junkIDs...)
	c := s.page(d, "Home", "/", nil, "")
	c.userID = value
	s.send(c.tell(6, "junk", fmt.Sprintf("A client sends userId “%s”; Kith keeps the page view and does not join on it.", value)))
	s.wait(1, 3)
	t := s.track(d, "Product Viewed", s.article(pick(s.rng, products...), 1))
	t.userID = value
	s.send(t)
	s.wait(1, 2)
}

// tester is somebody of the shop's own trying the sign-up form with an address that is no one's.
func (w *World) tester(at time.Time) {
	s := &scene{w: w, rng: w.rng, at: at}
	c := call{source: SourceBackend, kind: "identify", userID: "qa-7", owner: "qa", context: object{"locale": "en-GB"}}
	c.traits = object{"email": "test@example.com", "name": "Test Test"}
	s.send(c.tell(6, "junk", "Somebody tries the sign-up form as test@example.com; such an address is never an identifier."))
	s.wait(2, 3)
	t := call{source: SourceBackend, kind: "track", name: "Signed Up", userID: "qa-7", owner: "qa", context: object{"locale": "en-GB"}}
	t.props = object{"type": "manual test"}
	s.send(t)
}

// crooked is a session on a device whose clock is wrong: right and sent times are wrong by the same, so the server
// can tell.
func (w *World) crooked(s *scene, d *device) {
	s.send(s.track(d, "Application Opened", object{"from_background": false, "version": d.version}).
		tell(6, "clock", fmt.Sprintf("The clock of %s phone is %s; Kith puts its calls where they belong.", whose(s, d), wrong(d.skew))))
	s.wait(1, 3)
	s.look(d, pick(s.rng, products...))
	s.wait(1, 2)
}

// whose names the owner of a device in the middle of a sentence.
func whose(s *scene, d *device) string {
	if d.signed() {
		return possessive(s.p.name())
	}
	return "somebody’s"
}

// wrong says how far off a clock is.
func wrong(skew time.Duration) string {
	way := "ahead"
	if skew < 0 {
		skew, way = -skew, "behind"
	}
	switch {
	case skew >= 48*time.Hour:
		return fmt.Sprintf("%d days %s", skew/(24*time.Hour), way)
	case skew >= 2*time.Hour:
		return fmt.Sprintf("%d hours %s", skew/time.Hour, way)
	}
	return fmt.Sprintf("%d minutes %s", skew/time.Minute, way)
}
