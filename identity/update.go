package identity

import (
	"maps"
	"slices"
	"strings"

	"kith/event"
	"kith/fault"
)

// Update is the incremental form of Resolve: it decides what a Delta changes, having seen only what it asked for.
//
//	u := identity.NewUpdate(rules, workspace, delta)
//	for need := u.Need(); !need.Empty(); need = u.Need() {
//		u.Add(load(need)) // one query for each list that is not empty
//	}
//	diff, err := u.Finish()
//
// It does no input and output and is not safe for concurrent use. Nothing may be written between its first Need and
// the writing of its Diff. The usual batch needs one round.
type Update struct {
	*graph
	workspace []byte

	rulings  map[rulingID]*heldRuling
	markings map[markingID]*heldMarking
	revised  map[Key]bool // whose marks the delta touches
	decision map[Key]bool // whose rulings the delta touches

	asked     Need            // of the last round
	common    map[string]bool // lists of Need.Common that were asked
	recount   map[Key]bool    // what they brought: SHARED or not may have changed through groups alone
	wideLimit int

	plan
	begun, done bool
	err         error
}

type rulingID struct {
	decision string
	a, b     Key
}

type heldRuling struct {
	Ruling
	stored, added, revoked bool
}

type markingID struct {
	decision string
	key      Key
}

type heldMarking struct {
	Marking
	stored, added, revoked bool
}

// known is what an Update knows of an identifier as it is stored, and what the delta says of it.
type known struct {
	isNew  bool         // it is said not to be stored
	gone   bool         // the facts it had are gone
	reset  event.Millis // First of those left of them; Unseen when the delta does not say
	seen   event.Millis // earliest in the delta; Unseen when it is not there
	exists bool         // afterwards
	mark   Mark         // afterwards

	stored bool   // was is valid
	was    Stored // as it is stored
	member bool   // the component it is of is loaded
	around uint8  // how much of its neighbourhood is loaded: nothing, sample, everyone
	limit  int    // of that sample
	below  uint8  // its links stronger than this are loaded, those apart that cannot conduct for a status
	asked  uint8  // that was asked for up to this

	touched bool // a link of it is seen or goes away
	taken   int  // links that go away

	seed      bool       // its status is counted anew
	stirred   bool       // its component or cell may change
	component *component // of the last level at which it was looked for
}

const (
	nothing uint8 = iota
	sample
	everyone
)

// held is what an Update knows of a link as it is stored, and what the delta says of it.
type held struct {
	gone    bool
	reset   event.Millis // as known.reset
	seen    event.Millis // as known.seen
	present bool         // afterwards

	stored bool
	was    Judged
}

// existed says that the link is stored, seen or not: what cannot conduct may not have been loaded.
func (l *link) existed() bool { return l.stored || l.gone || l.reset != Unseen }

// wasOK says that nothing but size kept the link from conducting.
func (l *link) wasOK() bool {
	return l.existed() && l.a.stored && l.b.stored && l.a.was.Status == Active && l.b.was.Status == Active
}

// NewUpdate begins. workspace is the workspace key, for customer ids.
func NewUpdate(r *Rules, workspace []byte, d Delta) *Update {
	u := &Update{
		graph: newGraph(r, len(d.New)+len(d.Identifiers), len(d.Links)), workspace: workspace,
		rulings: map[rulingID]*heldRuling{}, markings: map[markingID]*heldMarking{},
		revised: map[Key]bool{}, decision: map[Key]bool{}, common: map[string]bool{}, recount: map[Key]bool{},
		wideLimit: r.Size() + 1,
	}
	for _, i := range d.New {
		n := u.node(i.Key)
		n.isNew, n.seen = true, min(n.seen, i.First)
	}
	for _, i := range d.Identifiers {
		n := u.node(i.Key)
		n.seen = min(n.seen, i.First)
	}
	for _, i := range d.Reset {
		u.node(i.Key).reset = i.First
	}
	for _, k := range d.Gone {
		u.node(k).gone = true
	}
	for _, l := range d.Links {
		at := u.link(l.ID())
		at.seen = min(at.seen, l.First)
		at.a.touched, at.b.touched = true, true
	}
	for _, l := range d.ResetLinks {
		u.link(l.ID()).reset = l.First
	}
	for _, id := range d.GoneLinks {
		at := u.link(id)
		at.gone = true
		at.a.touched, at.b.touched = true, true
	}
	for _, x := range d.Rulings {
		u.ruling(x).added = true
		u.decision[x.A], u.decision[x.B] = true, true
	}
	for _, x := range d.Revoked {
		u.ruling(x).revoked = true
		u.decision[x.A], u.decision[x.B] = true, true
	}
	for _, x := range d.Markings {
		u.marking(x).added = true
		u.revised[x.Key] = true
	}
	for _, x := range d.Unmarked {
		u.marking(x).revoked = true
		u.revised[x.Key] = true
	}
	return u
}

func (u *Update) ruling(x Ruling) *heldRuling {
	id := rulingID{x.Decision, x.A, x.B}
	if u.rulings[id] == nil {
		u.rulings[id] = &heldRuling{Ruling: x}
		u.node(x.A)
		u.node(x.B)
	}
	return u.rulings[id]
}

func (u *Update) marking(x Marking) *heldMarking {
	id := markingID{x.Decision, x.Key}
	if u.markings[id] == nil {
		u.markings[id] = &heldMarking{Marking: x}
		u.node(x.Key)
	}
	return u.markings[id]
}

// Need is what must be loaded next; what has been added is not asked for again.
func (u *Update) Need() Need {
	if u.err != nil || u.done {
		return Need{}
	}
	u.asked = Need{}
	if !u.begun {
		u.begun = true
		u.asked = u.opening()
	}
	if u.asked.Empty() {
		u.asked = u.think()
		u.done = u.asked.Empty()
	}
	return u.asked
}

// opening asks for all that the delta names and that may be stored: for most batches this is all that is needed.
func (u *Update) opening() Need {
	var need Need
	for k, n := range u.nodes {
		if n.isNew {
			n.member, n.around = true, everyone
			continue
		}
		need.Components = append(need.Components, k)
		if n.touched && n.policy.class != Exclusive && n.own != MarkBlocked {
			need.Around = append(need.Around, Around{Key: k, Limit: u.enough(n)})
		}
	}
	need.sort()
	return need
}

// enough is how many neighbours of a type tell whether n is SHARED, were they all alone in their groups.
func (u *Update) enough(n *node) int { return n.policy.most + 1 + n.taken }

// Add takes the answer to the last Need. What is missing in it is not stored.
func (u *Update) Add(l Loaded) {
	for _, answer := range []Answer{l.Components, l.Around, l.Wide} {
		u.take(answer)
	}
	for _, k := range l.Common {
		u.recount[u.node(k).Key] = true
	}
	u.addComponents()
	u.addAround()
	u.addWide(l.Wide)
	for _, list := range u.asked.Common {
		u.common[listName(list)] = true
	}
	u.asked = Need{}
}

func (u *Update) take(a Answer) {
	for _, s := range slices.Concat(a.Members, a.Ends) {
		n := u.node(s.Key)
		if n.isNew {
			u.err = fault.New("identity.Update", fault.Invalid, "an identifier that is said to be new is stored already")
		}
		n.stored, n.was = true, s
	}
	for _, j := range a.Links {
		l := u.link(j.ID())
		if l.stored {
			j.First = min(j.First, l.was.First)
		}
		l.stored, l.was = true, j
	}
	for _, x := range a.Rulings {
		u.ruling(x).stored = true
	}
	for _, x := range a.Markings {
		u.marking(x).stored = true
	}
}

func (u *Update) addComponents() {
	var list []*node
	for _, k := range u.asked.Components {
		list = append(list, u.nodes[k])
	}
	for _, n := range u.wasReached(list) {
		n.member = true
	}
}

// wasReached is these and everything that hangs together with one of them as stored, over rulings of either kind too.
func (u *Update) wasReached(from []*node) []*node {
	decided := map[*node][]*node{}
	for _, x := range u.rulings {
		if x.stored {
			a, b := u.nodes[x.A], u.nodes[x.B]
			decided[a], decided[b] = append(decided[a], b), append(decided[b], a)
		}
	}
	unmet := u.walk()
	var out []*node
	visit := func(n *node) {
		if unmet(n) {
			out = append(out, n)
		}
	}
	for _, n := range from {
		visit(n)
	}
	for i := 0; i < len(out); i++ {
		for _, l := range out[i].links {
			if l.stored && l.was.Conducts {
				visit(l.other(out[i]))
			}
		}
		for _, n := range decided[out[i]] {
			visit(n)
		}
	}
	return out
}

func (u *Update) addAround() {
	for _, a := range u.asked.Around {
		n := u.nodes[a.Key]
		switch {
		case !n.stored || a.Limit == 0:
			n.around = everyone
		case a.Shared || n.was.Status == Active:
			n.around, n.limit = sample, a.Limit
			if blocked, others := u.sampled(n); blocked < n.limit && others < n.limit {
				n.around = everyone
			}
		}
	}
}

// sampled is how many stored neighbours are known: BLOCKED ones, and the most of any one type of others. What reaches
// the limit of the sample may have been cut short.
func (u *Update) sampled(n *node) (blocked, others int) {
	unmet := u.walk()
	of := map[string]int{}
	for _, l := range n.links {
		other := l.other(n)
		if !l.stored || !unmet(other) {
			continue
		}
		if other.was.Status == Blocked {
			blocked++
			continue
		}
		typ := other.Key.Type()
		of[typ]++
		others = max(others, of[typ])
	}
	return blocked, others
}

func (u *Update) addWide(a Answer) {
	if len(u.asked.Wide) == 0 {
		return
	}
	rows := map[Key]int{}
	for _, l := range a.Links {
		rows[l.A]++
		rows[l.B]++
	}
	for _, s := range a.Members {
		if rows[s.Key] < u.asked.Wide[0].Limit {
			n := u.nodes[s.Key]
			n.below = max(n.below, u.asked.Wide[0].Below)
		}
	}
}

// Finish gives what changes. It fails with INVALID when the delta contradicts the graph (a link to an identifier that
// nobody has seen, a New one that is stored) and with INTERNAL while something is still needed.
func (u *Update) Finish() (*Diff, error) {
	if u.err != nil {
		return nil, u.err
	}
	if !u.done {
		return nil, fault.New("identity.Update", fault.Internal, "Finish was called while something is still needed")
	}
	for _, l := range u.links {
		if l.seen != Unseen && !l.present {
			return nil, fault.New("identity.Update", fault.Invalid, "a link has an end that is neither stored nor seen")
		}
	}
	return u.diff(), nil
}

func listName(list []Key) string {
	var b strings.Builder
	for _, k := range list {
		b.WriteString(string(k))
		b.WriteByte(0)
	}
	return b.String()
}

// rulingsOf is the rulings for which keep holds.
func (u *Update) rulingsOf(keep func(*heldRuling) bool) []Ruling {
	var out []Ruling
	for x := range maps.Values(u.rulings) {
		if keep(x) {
			out = append(out, x.Ruling)
		}
	}
	return out
}
