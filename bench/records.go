package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// records sends records of people, each told by several systems with slips of typing, until 50,000 are stored; it takes
// the time of the last tenth, and of single records on the way there: from the 200 until a query finds the record in its
// customer. The floor of the latter is the same at a tenth of the records: it must not grow with what is stored.
func records(ctx context.Context, l *lab) (rows []row, err error) {
	c, err := l.startChild(ctx, l.config.URI)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	r := &recordsRun{child: c, send: newSender(c.url), people: newPeople(1)}
	defer r.send.close()
	whole := l.pick(50_000, 3_000)
	few, fewDelays, singles := whole/10, samples{}, l.pick(400, 60)
	if _, err := r.fill(ctx, few); err != nil {
		return nil, err
	}
	for range 2 { // the first warms up
		if fewDelays, err = r.single(ctx, singles); err != nil {
			return nil, err
		}
	}
	if _, err := r.fill(ctx, whole-few-whole/10); err != nil {
		return nil, err
	}
	profiled := l.profiledChild(ctx, c, "records")
	rate, err := r.fill(ctx, whole/10)
	if err = errors.Join(err, profiled()); err != nil {
		return nil, err
	}
	delays, err := r.single(ctx, singles)
	if err != nil {
		return nil, err
	}
	l.say("%s records/s at %s stored; one record p50 %.1f, p99 %.1f ms, at %s stored p50 %.1f, p99 %.1f ms",
		thousands(rate), thousands(float64(whole)), delays.median(), delays.quantile(0.99), thousands(float64(few)), fewDelays.median(), fewDelays.quantile(0.99))
	decided, err := r.decisions(ctx, l.pick(40, 6))
	if err != nil {
		return nil, err
	}
	growth := delays.quantile(0.99) / fewDelays.quantile(0.99)
	return []row{
		{
			what: fmt.Sprintf("records/s through the API at %s stored, matched and joined inline, batches of 100", thousands(float64(whole))), goal: "≥ 1,000",
			measured: thousands(rate) + "/s", ratio: "no floor", spread: "one run", met: rate >= 1000,
		},
		{
			what: "one record: 200 → readable in its customer", goal: "p50 ≤ 25 ms, p99 ≤ 150 ms; p99 at 50,000 stored ≤ 2× p99 at 5,000",
			measured: fmt.Sprintf("p50 %.1f ms, p99 %.1f ms", delays.median(), delays.quantile(0.99)),
			ratio:    fmt.Sprintf("p99 %.2f× of that at %s stored (%.1f ms)", growth, thousands(float64(few)), fewDelays.quantile(0.99)),
			spread:   "one run", met: delays.median() <= 25 && delays.quantile(0.99) <= 150 && growth <= 2,
		},
		{
			what: "merge or split of two customers of 20 records, by a steward, until it is applied", goal: "p99 ≤ 250 ms",
			measured: fmt.Sprintf("p50 %.1f ms, p99 %.1f ms (%d)", decided.median(), decided.quantile(0.99), len(decided)),
			ratio:    "no floor", spread: "one run", met: decided.quantile(0.99) <= 250,
		},
	}, nil
}

type recordsRun struct {
	child  *child
	send   *sender
	people *people
}

// fill sends records in batches of 100 and waits until they are applied.
func (r *recordsRun) fill(ctx context.Context, n int) (perSecond float64, err error) {
	began, position := time.Now(), ""
	for sent := 0; sent < n; sent += 100 {
		list := make([]string, min(100, n-sent))
		for i := range list {
			list[i] = r.people.record()
		}
		if position, err = r.post(ctx, list...); err != nil {
			return 0, err
		}
	}
	if err := r.applied(ctx, position); err != nil {
		return 0, err
	}
	return float64(n) / time.Since(began).Seconds(), nil
}

func (r *recordsRun) post(ctx context.Context, list ...string) (position string, err error) {
	return r.send.postTo(ctx, "/v1/records", []byte(`{"records":[`+strings.Join(list, ",")+`]}`))
}

// applied waits for a position, longer than one query may.
func (r *recordsRun) applied(ctx context.Context, position string) error {
	for deadline := time.Now().Add(5 * time.Minute); ; {
		_, err := r.send.queryAfter(ctx, position, r.child.token, `{ journal { lag } }`, nil)
		if err == nil || time.Now().After(deadline) || ctx.Err() != nil {
			return err
		}
	}
}

// single sends one record after the other and takes the time from the 200 to the answer that has it.
func (r *recordsRun) single(ctx context.Context, n int) (samples, error) {
	var out samples
	for range n {
		record := r.people.record()
		var head struct{ ID string }
		if err := json.Unmarshal([]byte(record), &head); err != nil {
			return nil, err
		}
		position, err := r.post(ctx, record)
		if err != nil {
			return nil, err
		}
		began := time.Now()
		data, err := r.send.queryAfter(ctx, position, r.child.token,
			`query ($key: String!) { customer(by: {identifier: {type: "record", value: $key}}) { id } }`, map[string]any{"key": source + "/" + head.ID})
		if err != nil {
			return nil, err
		}
		out = append(out, millis(time.Since(began)))
		if !strings.Contains(string(data), `"cus_`) {
			return nil, fmt.Errorf("record %s is nobody's: %s", head.ID, data)
		}
	}
	return out, nil
}

// decisions joins two customers of 20 records each and takes that back, and takes the time of both.
func (r *recordsRun) decisions(ctx context.Context, n int) (samples, error) {
	var out samples
	for range n {
		var first [2]string
		var position string
		var err error
		for side := range first {
			list := make([]string, 20)
			r.people.someone()
			for i := range list {
				list[i] = r.people.again()
			}
			first[side] = source + "/" + fmt.Sprint(r.people.n)
			if position, err = r.post(ctx, list...); err != nil {
				return nil, err
			}
		}
		if err := r.applied(ctx, position); err != nil {
			return nil, err
		}
		began := time.Now()
		data, err := r.send.query(ctx, r.child.token, `mutation ($a: String!, $b: String!) { identityJoin(input: {reason: "measured",
			identifiers: [{type: "record", value: $a}, {type: "record", value: $b}]}) { decision { id } userErrors { message } } }`, map[string]any{"a": first[0], "b": first[1]})
		if err != nil {
			return nil, err
		}
		out = append(out, millis(time.Since(began)))
		var answer struct {
			IdentityJoin struct{ Decision struct{ ID string } }
		}
		if err := json.Unmarshal(data, &answer); err != nil || answer.IdentityJoin.Decision.ID == "" {
			return nil, fmt.Errorf("joining answers %s", data)
		}
		began = time.Now()
		if _, err := r.send.query(ctx, r.child.token, `mutation ($id: ID!) { identityDecisionRevoke(id: $id) { decision { id } } }`,
			map[string]any{"id": answer.IdentityJoin.Decision.ID}); err != nil {
			return nil, err
		}
		out = append(out, millis(time.Since(began)))
	}
	return out, nil
}

// people are invented: names of syllables, of which few are frequent, as among real people; a person is told two or three
// times, each time with what the system asks for and sometimes with a slip.
type people struct {
	rand *rand.Rand
	n    int // records
	left int // to tell of the present person
	now  struct{ first, last, birthday, email, phone, street, postal string }
}

func newPeople(seed uint64) *people { return &people{rand: rand.New(rand.NewPCG(seed, seed))} }

var syllables = strings.Fields("ba be bo da de di do fa fe ga go ha he ja jo ka ke ki ko la le li lo ma me mi mo na ne ni no pa pe ra re ri ro sa se si so ta te ti to va ve vi wa we za zo")

func (p *people) name() string {
	var name string
	for range 2 + p.rand.IntN(2) {
		f := p.rand.Float64()
		name += syllables[int(f*f*float64(len(syllables)))]
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

func (p *people) someone() {
	p.left = 2 + p.rand.IntN(2)
	x := &p.now
	x.first, x.last = p.name(), p.name()
	x.birthday = fmt.Sprintf("%d-%02d-%02d", 1930+p.rand.IntN(80), 1+p.rand.IntN(12), 1+p.rand.IntN(28))
	x.email = fmt.Sprintf("%s.%s%d@%s.example", strings.ToLower(x.first), strings.ToLower(x.last), p.rand.IntN(1000), strings.ToLower(p.name()))
	x.phone = fmt.Sprintf("+49151%08d", p.rand.IntN(100_000_000))
	x.street, x.postal = fmt.Sprintf("%sstraße %d", p.name(), 1+p.rand.IntN(120)), fmt.Sprintf("%05d", 10_000+p.rand.IntN(9000))
}

// record is one more record, of the present person or of the next.
func (p *people) record() string {
	if p.left == 0 {
		p.someone()
	}
	p.left--
	return p.again()
}

// again tells of the present person.
func (p *people) again() string {
	p.n++
	x := p.now
	if p.rand.IntN(5) == 0 && len(x.last) > 4 { // two letters in the wrong order
		x.last = x.last[:2] + x.last[3:4] + x.last[2:3] + x.last[4:]
	}
	traits := map[string]any{"firstName": x.first, "lastName": x.last}
	if p.rand.IntN(5) > 0 {
		traits["birthday"] = x.birthday
	}
	if p.rand.IntN(2) == 0 {
		traits["email"] = x.email
	}
	if p.rand.IntN(2) == 0 {
		traits["phone"] = x.phone
	}
	if p.rand.IntN(3) > 0 {
		traits["address"] = map[string]string{"street": x.street, "postalCode": x.postal, "city": "Berlin", "country": "DE"}
	}
	text, _ := json.Marshal(map[string]any{"id": fmt.Sprint(p.n), "traits": traits}) // maps of texts
	return string(text)
}
