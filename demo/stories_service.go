package demo

import (
	"fmt"
)

// letter is a call of the newsletter tool. It knows customers by their user id and everybody else by a number of
// its own, together with the address.
func (s *scene) letter(name string, about campaign) call {
	c := s.server(SourceEmail, "track", name)
	if !s.p.known {
		s.contactable(&c, s.p.subscriber, object{"email": s.p.email()})
	}
	c.props = object{"campaign_name": about.name, "email_subject": subjects[about.name], "email_id": s.ref("letter")}
	if about.source != "" {
		c.context["campaign"] = object{"name": about.name, "source": about.source, "medium": about.medium}
	}
	return c
}

// mailing is a newsletter that is delivered, perhaps opened, and perhaps leads back into the shop.
func (s *scene) mailing(d *device) {
	about := pick(s.rng, mailings...)
	s.send(s.letter("Email Delivered", about))
	s.wait(2, 6)
	if s.chance(20) {
		return
	}
	s.send(s.letter("Email Opened", about).
		tell(2, "opened", fmt.Sprintf("%s opens “%s”.", s.p.name(), subjects[about.name])))
	s.wait(2, 5)
	if s.chance(40) {
		return
	}
	clicked := s.letter("Email Link Clicked", about)
	clicked.props["link_url"] = shopURL + "/?utm_campaign=" + about.name
	s.send(clicked.tell(3, "clicked", fmt.Sprintf("%s follows the link in “%s” to the shop.", s.p.name(), subjects[about.name])))
	s.wait(1, 3)
	if d.source == SourceWeb {
		s.send(s.page(d, "Home", "/", &about, ""))
		s.wait(2, 4)
		s.look(d, pick(s.rng, products...))
	}
	s.wait(1, 2)
}

// push is a notification of the app that is tapped.
func (s *scene) push(d *device) {
	s.send(s.track(d, "Push Notification Received", object{"message_id": s.ref("push"), "campaign": "order_on_its_way"}))
	s.wait(1, 3)
	s.send(s.track(d, "Push Notification Tapped", object{"message_id": s.ref("push"), "campaign": "order_on_its_way"}).
		tell(2, "push", fmt.Sprintf("%s taps the notification on %s phone.", s.p.name(), s.p.poss)))
	s.wait(0.5, 1)
	s.send(s.on(d, "screen", "Order status"))
	s.wait(2, 4)
}

// support is a ticket at the help desk, which knows people by the address they write from and the number they call
// from, not by our user ids.
func (s *scene) support(number phone) {
	reach := object{"email": s.p.email(), "name": s.p.name()}
	how := "writes"
	if number.e164 != "" {
		reach["phone"], how = number.national, "calls"
		if s.chance(40) {
			reach["phone"] = number.e164
		}
	}
	issue := pick(s.rng, complaints...)
	c := s.server(SourceSupport, "identify", "")
	s.contactable(&c, s.p.contact, reach)
	s.send(c)
	ticket := object{"ticket_id": s.ref("ticket"), "subject": issue.subject, "topic": issue.topic, "channel": how}
	open := s.server(SourceSupport, "track", "Support Ticket Created")
	s.contactable(&open, s.p.contact, object{"email": s.p.email()})
	open.props = ticket
	s.send(open.tell(4, "ticket", fmt.Sprintf("%s %s the help desk about %s.", s.p.name(), how, issue.about)))
	s.wait(3, 7)
	if s.chance(60) {
		said := s.server(SourceSupport, "track", "Live Chat Message Sent")
		s.contactable(&said, s.p.contact, object{"email": s.p.email()})
		said.props = object{"ticket_id": ticket["ticket_id"], "agent": pick(s.rng, "Ada", "Grace", "Edsger")}
		s.send(said)
		s.wait(3, 6)
	}
	closed := s.server(SourceSupport, "track", "Support Ticket Solved")
	s.contactable(&closed, s.p.contact, object{"email": s.p.email()})
	closed.props = ticket
	s.send(closed.tell(1, "solved", fmt.Sprintf("The help desk solves the ticket of %s.", s.p.name())))
	s.wait(2, 3)
}
