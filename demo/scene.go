package demo

import (
	"maps"
	"math/rand/v2"
	"time"
)

// scene is one story while it is made up: who is in it, and the moment it has got to. A story is made up as a whole
// when it begins; its calls go out as its time comes.
type scene struct {
	w   *World
	rng *rand.Rand
	p   *persona
	at  time.Time
}

func (w *World) scene(p *persona, at time.Time) *scene {
	return &scene{w: w, rng: w.rng, p: p, at: at}
}

// end keeps the persona out of other stories until this one is over.
func (s *scene) end() { s.p.busy = s.at }

// wait lets some seconds pass; people of the past take their time.
func (s *scene) wait(lo, hi float64) {
	d := seconds(s.rng, lo, hi)
	if s.w.past {
		d *= 4
	}
	s.at = s.at.Add(d)
}

// chance is true that many times in a hundred.
func (s *scene) chance(percent int) bool { return s.rng.IntN(100) < percent }

// send lets the call happen now, in the persona's name.
func (s *scene) send(c call) {
	c.at, c.due = s.at, s.at
	if c.owner == "" {
		c.owner = s.p.id
	}
	if s.p == s.w.people[star] && c.beat.Weight < 9 {
		c.beat.Weight++ // people watch her
	}
	s.w.later(&c)
}

// on makes a call of kind from the device, with the ids and the context its SDK adds by itself.
func (s *scene) on(d *device, kind, name string) call {
	c := call{source: d.source, device: d, kind: kind, name: name, anonymousID: d.anonymousID}
	if d.user != nil {
		c.userID = d.user.userID
	} else if kind == "page" || kind == "screen" {
		d.views++
	}
	locale, zone := "en-GB", "Europe/London"
	if s.p != nil {
		locale, zone = s.p.country.locale, s.p.city.timezone
	}
	c.context = object{"ip": d.ip, "locale": locale, "timezone": zone}
	if s.p != nil && s.p.consent != nil {
		c.context["consent"] = object{"categoryPreferences": s.p.consent}
	}
	if d.source == SourceApp {
		maps.Copy(c.context, appContext(d))
	} else {
		c.context["userAgent"] = d.browser.userAgent
		c.context["screen"] = object{"width": d.browser.width, "height": d.browser.height}
	}
	return c
}

func appContext(d *device) object {
	id := object{
		"id": d.deviceID, "type": d.handset.kind, "manufacturer": d.handset.maker, "model": d.handset.model,
		"adTrackingEnabled": d.tracking, "token": d.token,
	}
	if d.advertisingID != "" {
		id["advertisingId"] = d.advertisingID
	}
	return object{
		"app":     object{"name": "Fernhill", "version": d.version, "namespace": "example.fernhill.app"},
		"device":  id,
		"os":      object{"name": d.handset.os, "version": d.handset.version},
		"network": object{"wifi": true, "cellular": false},
		"channel": "mobile",
	}
}

// view shows the persona a page of the site, or the screen of the app that stands for it.
func (s *scene) view(d *device, title, path string, from *campaign, referrer string) {
	if d.source == SourceApp {
		s.send(s.on(d, "screen", title))
		return
	}
	s.send(s.page(d, title, path, from, referrer))
}

// page is a page call, with what the address bar and the referrer say.
func (s *scene) page(d *device, title, path string, from *campaign, referrer string) call {
	c := s.on(d, "page", title)
	search := ""
	if from != nil {
		search = "?utm_campaign=" + from.name + "&utm_source=" + from.source + "&utm_medium=" + from.medium
		utm := object{"name": from.name, "source": from.source, "medium": from.medium}
		if from.term != "" {
			utm["term"] = from.term
		}
		if from.content != "" {
			utm["content"] = from.content
		}
		c.context["campaign"] = utm
	}
	page := object{"path": path, "title": title + " · Fernhill Outfitters", "url": shopURL + path + search, "search": search, "referrer": referrer}
	c.context["page"] = page
	c.props = maps.Clone(page)
	return c
}

// track is a track call from a device.
func (s *scene) track(d *device, name string, props object) call {
	c := s.on(d, "track", name)
	c.props = props
	if d.source == SourceWeb {
		c.context["page"] = object{"path": "/", "url": shopURL + "/", "title": "Fernhill Outfitters", "referrer": "", "search": ""}
	}
	return c
}

// server is a call from a system of the shop about the persona, by her user id.
func (s *scene) server(source, kind, name string) call {
	return call{source: source, kind: kind, name: name, userID: s.p.userID, context: object{"channel": "server", "locale": s.p.country.locale}}
}

// contactable puts what a desk is told of a person into a call that has no user id of ours.
func (s *scene) contactable(c *call, anonymousID string, traits object) {
	c.userID, c.anonymousID = "", anonymousID
	if c.kind == "identify" {
		c.traits = traits
	} else {
		c.context["traits"] = traits
	}
}

// tell puts a beat of the story on the call.
func (c call) tell(weight int, kind, text string) call {
	c.beat = Beat{Text: text, Kind: kind, Weight: weight}
	return c
}
