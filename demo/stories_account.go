package demo

import (
	"fmt"
)

// signUp turns a visitor into a customer with an account. What she did on the device before becomes hers.
func (s *scene) signUp(d *device) {
	s.view(d, "Create an account", "/account/new", nil, shopURL+"/")
	s.wait(2, 4)
	before, views := d.anonymousID, d.views
	s.p.known = true
	d.user, d.since = s.p, s.at
	if s.chance(35) {
		alias := s.on(d, "alias", "") // older releases of the site say it this way first
		alias.previousID, alias.anonymousID = before, ""
		s.send(alias)
	}
	c := s.on(d, "identify", "")
	c.traits = s.profile()
	s.send(c.tell(5, "signup", fmt.Sprintf("%s from %s signs up: %s %s on this %s %s %s.",
		s.p.name(), s.p.city.name, s.p.poss, count(views, d.viewed()), d.label, agree(views, "becomes", "become"), s.p.poss+" own")))
	s.wait(0.5, 1.5)
	s.send(s.track(d, "Signed Up", object{"type": "organic", "username": s.p.userID}))
	s.wait(1, 2)
	welcome := s.letter("Email Delivered", campaign{name: "welcome"})
	s.send(welcome)
}

// profile is what a form asks for.
func (s *scene) profile() object {
	t := object{
		"firstName": s.p.first, "lastName": s.p.last, "email": s.spelledMail(), "address": s.p.home(),
		"plan": plans[s.p.plan], "createdAt": s.at.UTC().Format(millis), "emailSubscribed": true,
	}
	if number := s.p.phone().national; number != "" && s.chance(75) {
		t["phone"] = number
	}
	if s.chance(50) {
		t["birthday"] = s.p.birthday
	}
	return t
}

// spelledMail is the e-mail address with the capitals and blanks people type.
func (s *scene) spelledMail() string {
	m := s.p.email()
	switch s.rng.IntN(8) {
	case 0:
		return " " + m + " "
	case 1:
		return upperFirst(m)
	}
	return m
}

// signIn is a login on a device that did not know her.
func (s *scene) signIn(d *device) {
	if d.views == 0 {
		s.visit(d)
	}
	views := d.views
	d.user, d.since = s.p, s.at
	c := s.on(d, "identify", "")
	if s.chance(40) {
		c.traits = object{"email": s.p.email()}
	}
	s.send(c.tell(5, "signin", fmt.Sprintf("%s signs in on %s %s: %s %s %s profile.",
		s.p.name(), s.p.poss, d.label, count(views, d.viewed()), agree(views, "joins", "join"), s.p.poss)))
	s.wait(0.5, 1)
	s.send(s.track(d, "Signed In", object{"method": "password"}))
	s.wait(1, 3)
}

// signOut ends the session; the SDK forgets the user and takes a new anonymous id.
func (s *scene) signOut(d *device) {
	s.send(s.track(d, "Signed Out", nil).
		tell(1, "signout", fmt.Sprintf("%s signs out on %s %s.", s.p.name(), s.p.poss, d.label)))
	d.renew()
	d.since = s.at
	s.wait(1, 2)
}

// settle is one change of what is known about a customer.
func (s *scene) settle() {
	c := s.server(SourceBackend, "identify", "")
	switch n := s.rng.IntN(6); {
	case n == 0 && !s.p.moved:
		s.p.moved = true
		c.traits = object{"address": s.p.home()}
		c = c.tell(4, "moved", fmt.Sprintf("%s has moved within %s; %s address changes.", s.p.name(), s.p.city.name, s.p.poss))
	case n == 1 && !s.p.renumbered && s.p.phones[1].e164 != "":
		s.p.renumbered = true
		c.traits = object{"phone": s.p.phone().national}
		c = c.tell(4, "phone", fmt.Sprintf("%s has a new telephone number.", s.p.name()))
	case n == 2 && !s.p.remailed && s.p.mail != StarCustomer:
		s.p.remailed = true
		c.traits = object{"email": s.p.email()}
		c = c.tell(4, "mail", fmt.Sprintf("%s writes from another e-mail address now; the profile keeps both.", s.p.name()))
	case n == 3:
		c = s.server(SourceCRM, "identify", "")
		c.traits = object{"birthday": s.p.birthday, "title": nil}
		c = c.tell(4, "corrected", fmt.Sprintf("The CRM corrects %s profile: a wrong title is taken out with null.", possessive(s.p.name())))
	case n == 4:
		c = s.server(SourceCRM, "identify", "")
		c.traits = object{"title": pick(s.rng, "Dr", "Ms", "Mr"), "description": "Prefers delivery on Saturdays"}
	default:
		old := plans[s.p.plan]
		s.p.plan = (s.p.plan + 1) % len(plans)
		c.traits = object{"plan": plans[s.p.plan]}
		c = c.tell(4, "plan", fmt.Sprintf("%s membership changes from %s to %s.", possessive(s.p.name()), old, plans[s.p.plan]))
	}
	s.send(c)
	s.wait(2, 4)
}

// join tells the shop where a customer works and lets her act for the company.
func (s *scene) join() {
	firm := s.p.company
	s.p.employed = true
	g := s.server(SourceCRM, "group", "")
	g.groupID = firm.id
	g.traits = object{"name": firm.name, "industry": firm.industry, "employees": firm.employees, "plan": firm.plan, "website": "https://" + firm.domain}
	s.send(g.tell(5, "group", fmt.Sprintf("%s orders for %s from now on.", s.p.name(), firm.name)))
	s.wait(1, 3)
	c := s.server(SourceBackend, "track", "Account Added User")
	c.props = object{"role": "buyer"}
	c.context["groupId"] = firm.id
	s.send(c)
	s.wait(1, 2)
}

// preferences is a change of what she lets the shop do.
func (s *scene) preferences(d *device) {
	if s.p.subscribed {
		s.p.subscribed = false
		s.send(s.letter("Unsubscribed", pick(s.rng, mailings...)).
			tell(4, "unsubscribed", fmt.Sprintf("%s unsubscribes from the newsletter.", s.p.name())))
	} else {
		s.p.subscribed = true
		s.p.consent = object{"analytics": true, "marketing": true}
		s.send(s.track(d, "Consent Preference Updated", nil).
			tell(4, "consent", fmt.Sprintf("%s wants the newsletter again and says so in the consent dialog.", s.p.name())))
	}
	s.wait(0.5, 1)
	c := s.server(SourceBackend, "identify", "")
	c.traits = object{"emailSubscribed": s.p.subscribed}
	s.send(c)
	s.wait(0.5, 1)
	if !s.p.subscribed {
		s.p.consent = object{"analytics": s.chance(60), "marketing": false}
		if s.chance(20) {
			s.p.consent = object{} // refused altogether
		}
		s.send(s.track(d, "Consent Preference Updated", nil))
		s.wait(1, 2)
	}
}
