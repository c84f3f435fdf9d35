package pipeline

import (
	"slices"

	"kith/customer"
	"kith/identity"
)

// changes is what subscribers are told, in the order in which it makes sense: who became whom, then what was
// recorded, then who shows something new.
func (p *plan) changes() []customer.Change {
	var out []customer.Change
	for _, m := range p.diff.Merges {
		out = append(out, customer.Change{Merged: &customer.Merged{Customer: m.Survivor, Absorbed: m.Absorbed}})
	}
	for _, s := range p.diff.Splits {
		split := &customer.Split{Customer: s.Customer}
		for _, id := range s.Created {
			part := customer.Part{Customer: id, IDs: []identity.CustomerID{id}}
			for _, k := range p.members[id] {
				if own := p.id(k); own != id {
					part.IDs = append(part.IDs, own)
				}
			}
			split.Created = append(split.Created, part)
		}
		out = append(out, customer.Change{Split: split})
	}
	out = append(out, p.moved()...)
	p.stats.Merges.Add(int64(len(p.diff.Merges)))
	p.stats.Splits.Add(int64(len(p.diff.Splits)))

	touched := p.touched()
	for _, t := range p.fold.touchpoints {
		c := p.customerOf(t.actor)
		if s := touched[c]; s != nil {
			s.acted = true
		}
		out = append(out, customer.Change{Touchpoint: &customer.TouchpointRecorded{
			ID: t.id, Customer: c, Type: t.call.Type, Name: t.call.Name, Source: t.call.Source, At: t.call.At}})
	}
	shown := map[identity.CustomerID]bool{}
	for id := range touched {
		shown[id] = true
	}
	for id := range p.views {
		shown[id] = true
	}
	for _, id := range sortedKeys(shown) {
		c := &customer.Changed{Customer: id, Traits: p.views[id].Changed}
		if s := touched[id]; s != nil && s.acted {
			c.Reasons = append(c.Reasons, customer.ReasonTouchpoint)
		}
		if len(c.Traits) > 0 {
			c.Reasons = append(c.Reasons, customer.ReasonTraits)
		}
		if _, regrouped := p.members[id]; regrouped || len(c.Reasons) == 0 {
			c.Reasons = append(c.Reasons, customer.ReasonIdentity)
		}
		out = append(out, customer.Change{Changed: c})
	}
	return p.memberships(slices.Clip(out))
}

// moved tells of every identifier that changed its customer otherwise than by the merges and splits: who watches a
// person by it would be left behind, or left in silence.
func (p *plan) moved() []customer.Change {
	type way struct{ from, to identity.CustomerID }
	told := map[way]bool{}
	for _, m := range p.diff.Merges {
		for _, absorbed := range m.Absorbed {
			told[way{absorbed, m.Survivor}] = true
		}
	}
	for _, s := range p.diff.Splits {
		for _, created := range s.Created {
			told[way{s.Was, created}] = true
		}
	}
	at := map[way]*customer.Moved{}
	var out []customer.Change
	for _, m := range p.diff.Moves {
		w := way{m.From, m.To}
		if m.From == "" || told[w] {
			continue
		}
		if at[w] == nil {
			at[w] = &customer.Moved{From: m.From, To: m.To}
			out = append(out, customer.Change{Moved: at[w]})
		}
		at[w].IDs = append(at[w].IDs, p.id(m.Key))
	}
	return out
}

// unusual is from how many identifiers on a customer is unusually large, and a steward is asked to look at it.
const unusual = 100

// large is the size of a customer that is unusually large, and nothing of any other.
func large(members int) any {
	if members < unusual {
		return nil
	}
	return int64(members)
}
