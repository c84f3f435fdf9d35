package pipeline

import (
	"fmt"
	"slices"

	"kith/customer"
	"kith/event"
	"kith/identity"
)

// A fold is what a batch of calls asserts, put together per node and edge: the batch costs the graph one row for
// each of them, however many calls touch it. It is a function of the set of calls.
type fold struct {
	touchpoints []touchpoint
	identifiers map[identity.Key]*identFacts
	links       map[string]*linkFacts
	accounts    map[string]*accountFacts
	worksAt     map[string]*worksAtFacts
	sources     map[string]*span
}

type touchpoint struct {
	id    string
	call  *event.Call
	actor identity.Key
}

type span struct{ first, last event.Millis }

func moment(at event.Millis) span { return span{at, at} }

func (s *span) extend(at event.Millis) { s.first, s.last = min(s.first, at), max(s.last, at) }

// never is the activity of an identifier that only passive calls have named.
const never = customer.Never

type identFacts struct {
	key    identity.Key
	id     event.Identifier
	first  event.Millis
	raw    string       // of the fact with the earliest effective time; of equal times the smaller
	active event.Millis // latest effective time of a call that was not passive; or never
	traits []traitFact
}

type traitFact struct {
	key     string
	version customer.Version
}

type linkFacts struct {
	id       string
	a, b     identity.Key
	kind     identity.LinkKind
	source   string
	record   string // the one that asserts it; empty when calls do
	count    int64
	span     span
	evidence []string
}

type accountFacts struct {
	id, groupID string
	traits      []traitFact
}

type worksAtFacts struct {
	id      string
	key     identity.Key
	account string
	source  string
	span    span
}

func newFold() *fold {
	return &fold{
		identifiers: map[identity.Key]*identFacts{}, links: map[string]*linkFacts{}, accounts: map[string]*accountFacts{},
		worksAt: map[string]*worksAtFacts{}, sources: map[string]*span{},
	}
}

// actorOf is the identifier a call's facts hang on: the first in the order of precedence that is neither blocked nor
// SHARED by mark; of a call with nothing else, the first.
func actorOf(rules *identity.Rules, ids []event.Identifier) identity.Key {
	for _, i := range ids {
		key := identity.Key(i.Key())
		if m := rules.Mark(key); m != identity.MarkBlocked && m != identity.MarkShared {
			return key
		}
	}
	return identity.Key(ids[0].Key())
}

func (f *fold) add(rules *identity.Rules, tp string, c *event.Call) {
	actor := actorOf(rules, c.Identifiers)
	f.touchpoints = append(f.touchpoints, touchpoint{id: tp, call: c, actor: actor})
	for _, i := range c.Identifiers {
		f.identifier(i, c)
	}
	facts := f.identifiers[actor]
	facts.traits = appendTraits(facts.traits, c.Traits, c)
	for n, a := range c.Identifiers {
		for _, b := range c.Identifiers[n+1:] {
			f.link(a, b, c)
		}
	}
	if p := c.PreviousID; p != nil && !slices.ContainsFunc(c.Identifiers, func(i event.Identifier) bool { return i.Key() == p.Key() }) {
		f.identifier(*p, c)
		f.link(c.Identifiers[0], *p, c) // the user_id is the first of them
	}
	if c.GroupID != "" {
		f.account(actor, c)
	}
	if s := f.sources[c.Source]; s != nil {
		s.extend(c.ReceivedAt)
	} else {
		s := moment(c.ReceivedAt)
		f.sources[c.Source] = &s
	}
}

func (f *fold) identifier(i event.Identifier, c *event.Call) {
	key := identity.Key(i.Key())
	facts := f.identifiers[key]
	if facts == nil {
		facts = &identFacts{key: key, id: i, first: c.At, raw: i.Raw, active: never}
		f.identifiers[key] = facts
	}
	if c.At < facts.first || c.At == facts.first && i.Raw < facts.raw {
		facts.first, facts.raw = c.At, i.Raw
	}
	if !c.Passive {
		facts.active = max(facts.active, c.At)
	}
}

func appendTraits(list []traitFact, traits []event.Trait, c *event.Call) []traitFact {
	for _, t := range traits {
		list = append(list, traitFact{t.Key, customer.Version{Value: t.Value, Raw: t.Raw, Source: c.Source, At: c.At, MessageID: c.MessageID}})
	}
	return list
}

func (f *fold) link(x, y event.Identifier, c *event.Call) {
	kind := identity.Observed
	if p := c.PreviousID; p != nil && (x.Key() == p.Key() && y.Type == event.UserID || y.Key() == p.Key() && x.Type == event.UserID) {
		kind = identity.AliasLink
	}
	a, b := identity.Key(x.Key()), identity.Key(y.Key())
	if b < a {
		a, b = b, a
	}
	name := linkID(a, b, kind.String(), c.Source)
	l := f.links[name]
	if l == nil {
		l = &linkFacts{id: name, a: a, b: b, kind: kind, source: c.Source, span: moment(c.At)}
		f.links[name] = l
	}
	l.count++
	l.span.extend(c.At)
	l.evidence = earliest(append(l.evidence, fmt.Sprintf("%013d %s", c.At, c.MessageID)))
}

// keepEvidence is how many message ids a link keeps: those of its earliest facts.
const keepEvidence = 3

// earliest keeps the first of evidence texts "<13 digits of milliseconds> <message id>", which sort by time.
func earliest(evidence []string) []string {
	slices.Sort(evidence)
	evidence = slices.Compact(evidence)
	return evidence[:min(len(evidence), keepEvidence)]
}

func (f *fold) account(actor identity.Key, c *event.Call) {
	account := AccountID(c.GroupID)
	a := f.accounts[account]
	if a == nil {
		a = &accountFacts{id: account, groupID: c.GroupID}
		f.accounts[account] = a
	}
	a.traits = appendTraits(a.traits, c.Group, c)
	name := worksAtID(actor, account, c.Source)
	w := f.worksAt[name]
	if w == nil {
		w = &worksAtFacts{id: name, key: actor, account: account, source: c.Source, span: moment(c.At)}
		f.worksAt[name] = w
	}
	w.span.extend(c.At)
}
