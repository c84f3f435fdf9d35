package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"
)

// StarCustomer is the e-mail address of the persona whose story goes on every few seconds for as long as the demo
// plays, so that a subscription on her profile always has something to show.
const StarCustomer = "mira.okafor@example.com"

// StarName is the name of the star customer.
const StarName = "Mira Okafor"

// Places in the cast that are given away before the play begins.
const (
	star     = 0
	parentA  = 1 // the two who share the family tablet
	parentB  = 2
	mistimed = 4  // whose telephone has a wrong clock
	regulars = 24 // the first personas come often and sign up soon, so that every story finds its players
)

// persona is one person of the shop's world, with everything she will ever be known by. All of it follows from the
// seed and her place in the cast, never from when something happens, so that another run with the same seed meets
// the same people.
type persona struct {
	id            string // for the ground truth: p0001, …
	first, last   string
	poss          string // her, his, their
	country       *country
	city          *city
	address, move object // where she lives, and where she will move
	mail, newMail string
	phones        [2]phone // the second comes with a change of number; empty when its town has no number left
	birthday      string
	userID        string
	subscriber    string // the anonymousId her newsletter address is kept under
	contact       string // the anonymousId the support desk keeps her under
	loyalty       string
	company       *company
	habit         float64 // how often she comes, against the others
	devices       []*device

	// What has happened so far.
	busy       time.Time // in a story until then
	visits     int
	known      bool // has an account and uses it
	guest      bool // has ordered without an account
	subscribed bool
	consent    map[string]any
	plan       int
	orders     int
	moved      bool
	renumbered bool
	remailed   bool
	employed   bool // the shop has been told of her company
}

// phone is one number as its owner writes it and in E.164.
type phone struct{ national, e164 string }

func (p *persona) name() string { return p.first + " " + p.last }

func (p *persona) email() string {
	if p.remailed {
		return p.newMail
	}
	return p.mail
}

func (p *persona) phone() phone {
	if p.renumbered {
		return p.phones[1]
	}
	return p.phones[0]
}

func (p *persona) home() object {
	if p.moved {
		return p.move
	}
	return p.address
}

// registry keeps what must be unique among personas.
type registry struct {
	seed    uint64
	numbers map[string]bool   // telephone numbers given out, E.164
	mails   map[string]bool   // addresses given out
	spoken  map[string]string // national form → E.164, for the ground truth
}

func newRegistry(seed uint64) *registry {
	return &registry{seed: seed, numbers: map[string]bool{}, mails: map[string]bool{}, spoken: map[string]string{}}
}

// persona makes the persona at place i. Places are asked for in order, because the first to come gets the address
// without a number in it.
func (r *registry) persona(i int) *persona {
	rng := rand.New(rand.NewPCG(r.seed, uint64(i)))
	p := &persona{
		id:     fmt.Sprintf("p%04d", i),
		userID: fmt.Sprint(10001 + i),
		habit:  0.3 + math.Pow(rng.ExpFloat64(), 2)*1.5, // many come once, a few all the time
	}
	p.country = &countries[rng.IntN(len(countries))]
	latin := p.christen(rng)
	switch i {
	case star:
		p.first, p.last, p.poss, latin = "Mira", "Okafor", "her", [2]string{"Mira", "Okafor"}
		p.country = &countries[0]
	case parentA, parentB:
		p.country = &countries[2]
		p.last, latin[1] = "Schäfer", "Schäfer"
	}
	town, house := rng, rng
	if i <= parentB {
		// The couple lives at one address, so chance decides once for both.
		town, house = rand.New(rand.NewPCG(r.seed, 1)), rand.New(rand.NewPCG(r.seed, 2))
	}
	p.city = &p.country.cities[town.IntN(len(p.country.cities))]
	p.address, p.move = p.country.place(p.city, house), p.country.place(p.city, house)
	switch {
	case i > parentB && i < regulars && i%2 == 1:
		p.company = &companies[0] // enough of them that its switchboard number is seen with many
	case i >= regulars && i%7 == 0:
		p.company = &companies[1+(i/7)%(len(companies)-1)]
	}
	if i < regulars {
		p.habit += 5
	}
	p.mail = r.address(i, latin, pick(rng, "example.com", "example.org", "example.net", "mail.example", "post.test"))
	p.newMail = r.address(i, [2]string{latin[0], latin[1]}, pick(rng, "home.example", "inbox.test"))
	if i == star {
		p.mail = StarCustomer
	}
	p.phones = [2]phone{r.number(p.country, p.city, rng), r.number(p.country, p.city, rng)}
	p.birthday = fmt.Sprintf("%d-%02d-%02d", 1948+rng.IntN(58), 1+rng.IntN(12), 1+rng.IntN(28))
	p.subscriber = "subscriber-" + hexID(r.seed, "subscriber", i)[:10]
	p.contact = "contact-" + hexID(r.seed, "contact", i)[:10]
	p.loyalty = fmt.Sprintf("%04d%04d%04d", 6300+i/10000, i%10000, rng.IntN(10000))
	p.devices = r.devices(i, p, rng)
	return p
}

// christen gives p a first and a last name from one part of the world and answers with their Latin spelling.
func (p *persona) christen(rng *rand.Rand) [2]string {
	s := stocks[rng.IntN(len(stocks))]
	var first string
	if rng.IntN(2) == 0 {
		first, p.poss = pick(rng, s.she...), "her"
	} else {
		first, p.poss = pick(rng, s.he...), "his"
	}
	if rng.IntN(12) == 0 {
		p.poss = "their"
	}
	var latin [2]string
	p.first, latin[0] = spelled(first)
	p.last, latin[1] = spelled(pick(rng, s.family...))
	if p.first == latin[0] || p.last == latin[1] {
		// Nobody writes half of a name in one script and half in another.
		p.first, p.last = latin[0], latin[1]
	}
	return latin
}

// address is an e-mail address nobody else has, at a domain kept for examples.
func (r *registry) address(i int, latin [2]string, domain string) string {
	a := mailName(latin[0]) + "." + mailName(latin[1]) + "@" + domain
	if r.mails[a] || a == StarCustomer {
		a = strings.Replace(a, "@", fmt.Sprintf("%d@", i), 1)
	}
	r.mails[a] = true
	return a
}

// number is a telephone number of the city nobody else has, or none when they are used up.
func (r *registry) number(c *country, town *city, rng *rand.Rand) phone {
	for range 40 {
		national := digits(town.phone, rng)
		e164 := c.e164(national)
		if !r.numbers[e164] {
			r.numbers[e164], r.spoken[national] = true, e164
			return phone{national, e164}
		}
	}
	return phone{}
}

// e164 is a national number of the country in the international form.
func (c *country) e164(national string) string {
	only := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, national)
	return "+" + c.dial + strings.TrimPrefix(only, c.trunk)
}

// place is an address in the city, as an address trait.
func (c *country) place(town *city, rng *rand.Rand) object {
	street := fmt.Sprintf(pick(rng, c.streets...), 1+rng.IntN(140))
	a := object{"street": street, "city": town.name, "postalCode": digits(town.postal, rng), "country": c.name}
	if town.state != "" {
		a["state"] = town.state
	}
	return a
}

// digits puts a random digit for every # of the pattern.
func digits(pattern string, rng *rand.Rand) string {
	return strings.Map(func(r rune) rune {
		if r == '#' {
			return '0' + rune(rng.IntN(10))
		}
		return r
	}, pattern)
}

// pick is one of the values.
func pick[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }
