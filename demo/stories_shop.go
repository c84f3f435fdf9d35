package demo

import (
	"fmt"
	"math"
)

// line is one line of an order.
type line struct {
	article  product
	quantity int
}

// shop is a visit that ends at the checkout, with an order or without.
func (s *scene) shop(d *device) {
	s.visit(d)
	lines := s.fill(d)
	if d.source == SourceWeb {
		s.send(s.track(d, "Cart Viewed", object{"cart_id": s.ref("cart"), "products": s.listed(lines)}))
		s.wait(2, 5)
	}
	s.checkOut(d, lines)
	if s.chance(30) {
		s.send(s.track(d, "Checkout Step Viewed", object{"step": 2, "shipping_method": "parcel"}).
			tell(3, "abandoned", fmt.Sprintf("%s leaves %s in the basket.", s.p.name(), money(total(lines), s.p.country.currency))))
		return
	}
	s.send(s.track(d, "Payment Info Entered", object{"step": 3, "payment_method": pick(s.rng, "card", "paypal", "invoice")}))
	s.wait(2, 4)
	s.order(lines, d.label)
}

// fill puts one to three articles into the basket.
func (s *scene) fill(d *device) []line {
	var lines []line
	for _, i := range s.rng.Perm(len(products))[:1+s.rng.IntN(3)] {
		l := line{products[i], 1 + s.rng.IntN(2)}
		if !d.signed() || s.chance(60) {
			s.look(d, l.article)
			s.wait(1, 4)
		}
		added := s.article(l.article, l.quantity)
		added["cart_id"] = s.ref("cart")
		s.send(s.track(d, "Product Added", added).
			tell(2, "cart", fmt.Sprintf("%s puts “%s” into the basket.", s.somebody(d), l.article.name)))
		s.wait(2, 5)
		lines = append(lines, l)
	}
	return lines
}

func (s *scene) checkOut(d *device, lines []line) {
	started := object{"value": total(lines), "currency": s.p.country.currency, "products": s.listed(lines)}
	s.send(s.track(d, "Checkout Started", started))
	s.wait(2, 5)
}

// order is what the shop's backend says of a paid basket, and the letter that follows.
func (s *scene) order(lines []line, where string) {
	c := s.server(SourceBackend, "track", "Order Completed")
	c.props = s.receipt(lines)
	s.send(c.tell(4, "order", fmt.Sprintf("%s orders %s on %s %s: %s.",
		s.p.name(), count(pieces(lines), "article"), s.p.poss, where, money(c.props["total"].(float64), s.p.country.currency))))
	s.wait(2, 5)
	s.send(s.letter("Email Delivered", campaign{name: "order_confirmation"}))
	s.wait(1, 2)
}

// guestOrder is a checkout without an account: all the shop learns is an e-mail address, perhaps a number.
func (s *scene) guestOrder(d *device) {
	s.visit(d)
	lines := s.fill(d)
	s.checkOut(d, lines)
	s.p.guest = true
	c := s.on(d, "identify", "")
	c.traits = object{"email": s.spelledMail(), "name": s.p.name()}
	if number := s.p.phone().national; number != "" && s.chance(60) {
		c.traits["phone"] = number
	}
	s.send(c.tell(5, "guest", fmt.Sprintf("%s orders as a guest: the visits on this %s now have a name.", s.p.name(), d.label)))
	s.wait(1, 2)
	done := s.track(d, "Order Completed", s.receipt(lines))
	s.send(done)
	s.wait(2, 4)
	s.send(s.letter("Email Delivered", campaign{name: "order_confirmation"}))
	s.wait(1, 2)
}

// refund takes back part of an order.
func (s *scene) refund() {
	a := pick(s.rng, products...)
	c := s.server(SourceBackend, "track", "Order Refunded")
	c.props = object{"order_id": s.ref("order"), "total": a.price, "currency": s.p.country.currency, "products": []object{s.article(a, 1)}}
	s.send(c.tell(3, "refund", fmt.Sprintf("%s sends back “%s” and gets %s.", s.p.name(), a.name, money(a.price, s.p.country.currency))))
	s.wait(2, 3)
}

// atTill is a purchase in a shop, with the loyalty card of a member or, for whoever has none, a receipt by e-mail.
// The till sends its own id as anonymousId, whoever pays.
func (s *scene) atTill() {
	t := s.w.things.tillFor(s.p)
	if t == nil {
		return
	}
	c := s.server(SourceStore, "track", "Order Completed")
	c.anonymousID = t.id
	lines := []line{{pick(s.rng, products...), 1}}
	c.props = s.receipt(lines)
	c.props["store"] = t.id
	how := "with " + s.p.poss + " loyalty card"
	if s.p.known {
		t.members[s.p.id] = true
		c.context["externalIds"] = []object{{"id": s.p.loyalty, "type": "loyalty_card", "collection": "users", "encoding": "none"}}
	} else {
		c.userID, how = "", "and has the receipt sent by e-mail"
		c.context["traits"] = object{"email": s.p.email()}
	}
	s.send(c.tell(4, "till", fmt.Sprintf("%s pays %s at %s %s.", s.p.name(), money(total(lines), s.p.country.currency), t.id, how)))
	s.wait(3, 6)
}

// receipt is the properties of "Order Completed".
func (s *scene) receipt(lines []line) object {
	s.p.orders++
	revenue := total(lines)
	r := object{
		"order_id": s.ref("order"), "checkout_id": s.ref("checkout"), "affiliation": "Fernhill Outfitters",
		"currency": s.p.country.currency, "products": s.listed(lines),
	}
	if s.chance(30) {
		off := cents(revenue * 0.1)
		r["coupon"], r["discount"] = pick(s.rng, coupons...), off
		revenue = cents(revenue - off)
	}
	shipping, tax := 4.9, cents(revenue*0.19)
	if revenue > 80 {
		shipping = 0
	}
	r["revenue"], r["shipping"], r["tax"], r["total"] = revenue, shipping, tax, cents(revenue+shipping+tax)
	return r
}

// ref is a reference number of the persona's current order, the same for all that belongs to it.
func (s *scene) ref(of string) string {
	return of + "-" + hexID(s.w.cfg.Seed, of, s.p.id, s.p.orders, s.w.cfg.runOf(s.w.past))[:10]
}

func (s *scene) listed(lines []line) []object {
	all := make([]object, len(lines))
	for i, l := range lines {
		all[i] = s.article(l.article, l.quantity)
		all[i]["position"] = i + 1
	}
	return all
}

func total(lines []line) float64 {
	sum := 0.0
	for _, l := range lines {
		sum += l.article.price * float64(l.quantity)
	}
	return cents(sum)
}

func pieces(lines []line) int {
	n := 0
	for _, l := range lines {
		n += l.quantity
	}
	return n
}

func cents(amount float64) float64 { return math.Round(amount*100) / 100 }
