package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"time"
)

// cookies is how often a device may begin anew under another anonymous id. Two a device keep every persona below
// the number of anonymous ids at which her e-mail address would count as shared.
const cookies = 2

// device is a browser or an app on a telephone: what anonymous ids and the ids of hardware belong to.
type device struct {
	label       string // how the story calls it
	source      string // SourceWeb or SourceApp
	browser     browser
	handset     handset
	key         string // what its ids are made from
	seed        uint64
	cookie      int
	anonymousID string
	ip          string
	version     string // of the app

	deviceID, advertisingID, token string
	tracking                       bool          // adTrackingEnabled
	skew                           time.Duration // how far its clock is ahead

	views int       // page views and screens since the anonymous id was new
	user  *persona  // who is signed in
	since time.Time // when the anonymous id was new, or the user signed in
}

func (r *registry) devices(i int, p *persona, rng *rand.Rand) []*device {
	var owned []*device
	add := func(name string, d device) {
		d.seed, d.key = r.seed, fmt.Sprintf("%s/%s", p.id, name)
		d.ip = fmt.Sprintf("%s.%d", pick(rng, "192.0.2", "198.51.100", "203.0.113"), 1+rng.IntN(254))
		if rng.IntN(25) == 0 {
			d.skew = pick(rng, -26*time.Hour, -47*time.Minute, 11*time.Minute, 9*time.Hour, -400*24*time.Hour)
		}
		if i == mistimed {
			d.skew = 9 * time.Hour
		}
		d.renew()
		owned = append(owned, &d)
	}
	web := func(b browser) device { return device{label: b.label, source: SourceWeb, browser: b} }
	chance := rng.Perm(100)
	if i == star || chance[0] < 85 {
		add("laptop", web(pick(rng, laptops...)))
	}
	if i == star || i == mistimed || chance[1] < 65 || len(owned) == 0 {
		h := pick(rng, handsets...)
		key := p.id + "/app"
		d := device{label: "phone", source: SourceApp, handset: h, version: pick(rng, "4.8.0", "4.8.2", "4.9.1")}
		d.deviceID = uuid(r.seed, "device", key)
		d.advertisingID = uuid(r.seed, "advertising", key)
		d.tracking = rng.IntN(100) < 45
		d.token = hexID(r.seed, "token", key)
		if !d.tracking && h.kind == "ios" {
			// A telephone whose owner said no to tracking hands out this.
			d.advertisingID = "00000000-0000-0000-0000-000000000000"
		}
		add("app", d)
	}
	if i == star || chance[2] < 40 {
		add("mobile", web(pick(rng, mobileBrowsers...)))
	}
	if chance[3] < 12 {
		add("office", web(officeBrowser))
	}
	if i == star {
		for _, d := range owned {
			d.skew = 0 // whoever watches her sees her clock, too
		}
	}
	return owned
}

// renew gives d a new anonymous id, as when cookies are deleted or a user signs out.
func (d *device) renew() {
	d.cookie++
	d.anonymousID = uuid(d.seed, "anonymous", d.key, d.cookie)
	d.views, d.user = 0, nil
}

// hexID is a number that follows from the seed and the parts: 64 hexadecimal digits.
func hexID(seed uint64, parts ...any) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\x00%v", seed, parts))
	return hex.EncodeToString(sum[:])
}

// uuid is hexID in the form of a random UUID.
func uuid(seed uint64, parts ...any) string {
	h := hexID(seed, parts...)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:32]
}

// signed says whether somebody is signed in on d.
func (d *device) signed() bool { return d.user != nil }

// viewed is what one view on d is called.
func (d *device) viewed() string {
	if d.source == SourceApp {
		return "anonymous screen view"
	}
	return "anonymous page view"
}
