package main

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// A shop makes the events of visitors, of whom some sign in: page views, products, orders, and identify calls with
// traits. It is a function of its name, so that a round can be repeated; message ids and people begin with it.
type shop struct {
	name   string
	rng    *rand.Rand
	people []person
	made   int
	start  time.Time
}

// person has two devices, and a name once signed in.
type person struct {
	n     int
	known bool
}

// one is an event with the id it is told apart by.
type one struct {
	messageID string
	raw       []byte
}

// newcomers is one in how many events is the first of somebody new.
const newcomers = 10

func newShop(name string) *shop {
	h := fnv.New64a()
	h.Write([]byte(name))
	return &shop{name: name, rng: rand.New(rand.NewPCG(h.Sum64(), 1)), start: time.Now().Add(-time.Hour)}
}

const agent = `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36`

// event is the next one, of about 600 bytes.
func (s *shop) event() one {
	s.made++
	id := fmt.Sprintf("%s-%d", s.name, s.made)
	if len(s.people) == 0 || s.rng.IntN(newcomers) == 0 {
		s.people = append(s.people, person{n: len(s.people)})
	}
	// Mostly those who came lately.
	recent := min(len(s.people), 2000)
	p := &s.people[len(s.people)-1-s.rng.IntN(recent)]
	device := s.rng.IntN(2)
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"messageId":%q,"anonymousId":"%s-a%d-%d","timestamp":%q,`, id, s.name, p.n, device, s.start.Add(time.Duration(s.made)*time.Millisecond).UTC().Format(time.RFC3339Nano))
	kind := s.rng.IntN(100)
	if kind >= 85 {
		p.known = true
	}
	if p.known {
		fmt.Fprintf(&b, `"userId":"%s-u%d",`, s.name, p.n)
	}
	product := s.rng.IntN(500)
	switch {
	case kind < 60:
		fmt.Fprintf(&b, `"type":"page","name":"Product","properties":{"path":"/products/%d","title":"Product %d","referrer":"https://shop.example.com/"}`, product, product)
	case kind < 85:
		fmt.Fprintf(&b, `"type":"track","event":"Product Viewed","properties":{"product_id":"p-%d","name":"Product %d","price":%d.99,"currency":"EUR","category":"Shoes"}`, product, product, product)
	case kind < 93:
		fmt.Fprintf(&b, `"type":"identify","traits":{"email":"%s-u%d@example.org","firstName":"Ada","lastName":"Byron %d","plan":"gold","visits":%d}`, s.name, p.n, p.n, s.made)
	default:
		fmt.Fprintf(&b, `"type":"track","event":"Order Completed","properties":{"order_id":"o-%d","revenue":%d.50,"currency":"EUR","products":[{"product_id":"p-%d","quantity":1},{"product_id":"p-1","quantity":2}]}`, s.made, product, product)
	}
	fmt.Fprintf(&b, `,"context":{"library":{"name":"analytics.js","version":"3.1.0"},"ip":"203.0.113.%d","locale":"en-GB","userAgent":%q,"page":{"url":"https://shop.example.com/products/%d"}}}`, p.n%250, agent, product)
	return one{id, b.Bytes()}
}

// batch is the body of a request with n events, and their ids.
func (s *shop) batch(n int) (body []byte, ids []string) {
	var b bytes.Buffer
	b.WriteString(`{"batch":[`)
	for i := range n {
		e := s.event()
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(e.raw)
		ids = append(ids, e.messageID)
	}
	b.WriteString(`]}`)
	return b.Bytes(), ids
}
