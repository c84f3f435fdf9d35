package demo

import (
	"fmt"
	"time"
)

// visit is somebody looking around in the shop, on the web or in the app, and perhaps putting something aside.
func (s *scene) visit(d *device) {
	if d.source == SourceApp {
		s.openApp(d)
	} else {
		s.land(d)
	}
	for range 1 + s.rng.IntN(3) {
		s.wait(2, 7)
		switch s.rng.IntN(6) {
		case 0:
			a := pick(s.rng, articles...)
			s.view(d, a.title, a.path, nil, shopURL+"/")
		case 1:
			q := pick(s.rng, searches...)
			s.send(s.track(d, "Products Searched", object{"query": q}).
				tell(1, "search", fmt.Sprintf("%s searches the shop for “%s”.", s.somebody(d), q)))
		default:
			s.look(d, pick(s.rng, products...))
		}
	}
	s.p.visits++
	s.wait(1, 3)
}

// land is the first page of a visit, with what brought it.
func (s *scene) land(d *device) {
	if s.chance(40) {
		from := pick(s.rng, adverts...)
		c := s.page(d, "Home", "/", &from, pick(s.rng, referrers...))
		s.send(c.tell(2, "advert", fmt.Sprintf("%s comes through the %s campaign on %s.", s.somebody(d), from.name, from.source)))
		return
	}
	s.send(s.page(d, "Home", "/", nil, pick(s.rng, referrers...)).
		tell(1, "visit", fmt.Sprintf("%s looks around the shop on %s %s.", s.somebody(d), s.its(d), d.label)))
}

func (s *scene) openApp(d *device) {
	s.send(s.track(d, "Application Opened", object{"from_background": s.chance(50), "version": d.version}).
		tell(1, "app", fmt.Sprintf("%s opens the app.", s.somebody(d))))
	s.wait(1, 2)
	s.view(d, "Home", "/", nil, "")
}

// look is a product page.
func (s *scene) look(d *device, a product) {
	s.view(d, a.name, "/products/"+a.sku, nil, shopURL+"/")
	s.wait(0.5, 1.5)
	s.send(s.track(d, "Product Viewed", s.article(a, 1)).
		tell(1, "product", fmt.Sprintf("%s looks at “%s”.", s.somebody(d), a.name)))
}

// offline is a session in the app far from any network, which arrives hours later.
func (s *scene) offline(d *device) {
	hours := 2 + s.rng.IntN(6)
	came, lived := s.at, s.at.Add(-time.Duration(hours)*time.Hour)
	if d.since.After(lived) {
		s.visit(d) // hours ago she was not who she is on it now
		return
	}
	s.at = lived
	var held []call
	hold := func(c call) {
		c.at = s.at
		c.owner = s.p.id
		held = append(held, c)
		s.wait(20, 90)
	}
	hold(s.track(d, "Application Opened", object{"from_background": false, "version": d.version}))
	hold(s.on(d, "screen", "My walks"))
	for range 1 + s.rng.IntN(3) {
		a := pick(s.rng, products...)
		hold(s.on(d, "screen", a.name))
		hold(s.track(d, "Product Viewed", s.article(a, 1)))
	}
	held[0] = held[0].tell(6, "late", fmt.Sprintf(
		"%s phone is back from %d hours without a network: %d calls find their place in the past.", possessive(s.somebody(d)), hours, len(held)))
	for i := range held {
		held[i].due = came
		s.w.later(&held[i])
	}
	s.at = came.Add(seconds(s.rng, 4, 6))
}

// somebody is the persona as the shop knows her on this device.
func (s *scene) somebody(d *device) string {
	if d.user != nil {
		return s.p.name()
	}
	return "Somebody unknown"
}

func (s *scene) its(d *device) string {
	if d.user != nil {
		return s.p.poss
	}
	return "a"
}

func possessive(name string) string { return name + "’s" }

// article is a product as the e-commerce events describe it.
func (s *scene) article(a product, quantity int) object {
	return object{
		"product_id": a.sku, "sku": a.sku, "name": a.name, "category": a.category, "brand": "Fernhill",
		"price": a.price, "quantity": quantity, "currency": s.p.country.currency,
		"url": shopURL + "/products/" + a.sku,
	}
}
