package identity

import (
	"maps"

	"kith/event"
	"kith/fault"
	"kith/identity/match"
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

	rewritten bool          // the record says something else now:
	says      *match.Record // this

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
	weight  int32        // in the delta
	present bool         // afterwards

	stored bool
	was    Judged
}

// existed says that the link is stored, seen or not: what cannot conduct may not have been loaded.
func (l *link) existed() bool { return l.stored || l.gone || l.reset != Unseen }

// wasOK says that nothing but size kept the link from conducting.
func (l *link) wasOK() bool {
	return l.existed() && l.a.stored && l.b.stored && l.a.was.Status == Active && l.b.was.Status == Active && (!l.stored || l.strong(&l.was))
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
		at.seen, at.weight = min(at.seen, l.First), l.Weight
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
	for k, r := range d.Records {
		n := u.node(k)
		n.rewritten, n.says = true, r
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
