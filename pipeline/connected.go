package pipeline

import (
	"slices"

	"kith/identity"
	"kith/segment"
	"kith/store"
)

// keep has a customer that took others in stay where one of them was, as far as that is not evaluated now.
func (p *plan) keep(id identity.CustomerID, k *known, live func(rule string) bool, o *segment.Outcome) {
	for _, m := range p.diff.Merges {
		if m.Survivor != id {
			continue
		}
		for _, absorbed := range m.Absorbed {
			was := p.stand.retired[absorbed]
			if was == nil {
				continue
			}
			for rule := range was.in {
				s, is := p.live.stored[rule]
				switch {
				case live(rule) || k.in[rule] || s.Removed:
				case is && !slices.Contains(o.Entered, rule):
					o.Entered = append(o.Entered, rule)
				case !is && !slices.Contains(o.Met, rule):
					o.Met = append(o.Met, rule)
				}
			}
		}
	}
	slices.Sort(o.Entered)
	slices.Sort(o.Met)
}

// asked is who meets something that connected customers may ask for, or did before, and who has identifiers of such or gave
// them some. Of whom it does not matter who their colleagues are, these need not be looked at: an account may have very many.
func (p *plan) asked() map[identity.CustomerID]bool {
	out := map[identity.CustomerID]bool{}
	for _, known := range []map[identity.CustomerID]*known{p.stand.known, p.stand.after, p.stand.retired} {
		for id, k := range known {
			for rule := range k.in {
				if _, is := p.live.stored[rule]; !is {
					out[id] = true
					break
				}
			}
		}
	}
	for again := true; again; { // by way of others, too
		again = false
		for _, m := range p.diff.Moves {
			if m.From != "" && m.To != "" && out[m.From] != out[m.To] {
				out[m.From], out[m.To], again = true, true, true
			}
		}
	}
	return out
}

func connections(n store.Nearby) map[segment.Connection]map[string]bool {
	return map[segment.Connection]map[string]bool{segment.Account: rulesOf(n.Account), segment.Household: rulesOf(n.Household)}
}

func rulesOf(list []string) map[string]bool {
	out := make(map[string]bool, len(list))
	for _, rule := range list {
		out[rule] = true
	}
	return out
}
