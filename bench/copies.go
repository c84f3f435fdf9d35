package main

import (
	"maps"

	"kith/store"
	"kith/store/floor"
)

// copies are the nodes and edges that the writes left behind, each once, as it was in the end, in the transaction that
// made it; with other keys and ids, so that both can be in one database under the same constraints.
func copies(writes []store.Write, prefix string) (batches []floor.Batch, events int) {
	final := map[string]floor.Row{} // by customer id, identifier key or link id
	of := map[string]any{}          // identifier key → customer
	gone := map[any]bool{}
	update := func(id string, p floor.Row) {
		if final[id] == nil {
			final[id] = floor.Row{}
		}
		maps.Copy(final[id], p)
	}
	for _, w := range writes {
		for _, r := range w.Customers {
			update(r["id"].(string), r["p"].(store.Row))
			update(r["id"].(string), floor.Row{"id": prefix + r["id"].(string)})
			delete(gone, r["id"])
		}
		for _, r := range w.NewIdentifiers {
			p := r["p"].(store.Row)
			key := p["key"].(string)
			update(key, p)
			update(key, floor.Row{"key": prefix + key, "cid": prefix + p["cid"].(string)})
			of[key] = r["c"]
		}
		for _, r := range w.Identifiers {
			update(r["key"].(string), r["p"].(store.Row))
		}
		for _, r := range w.Moves {
			of[r["key"].(string)] = r["c"]
		}
		for _, r := range w.NewLinks {
			p := r["p"].(store.Row)
			update(p["id"].(string), p)
			update(p["id"].(string), floor.Row{"id": prefix + p["id"].(string)})
		}
		for _, r := range w.Links {
			update(r["id"].(string), r["p"].(store.Row))
		}
		for _, id := range w.GoneCustomers {
			gone[id] = true
		}
	}
	batches = make([]floor.Batch, len(writes))
	made := map[string]int{} // customer → which transaction made it first
	for n, w := range writes {
		for _, r := range w.Customers {
			id := r["id"].(string)
			if _, is := made[id]; !is && !gone[id] {
				made[id] = n
				batches[n].Customers = append(batches[n].Customers, floor.Row{"p": final[id]})
			}
		}
	}
	for n, w := range writes {
		b := &batches[n]
		for _, r := range w.NewIdentifiers {
			key := r["p"].(store.Row)["key"].(string)
			b.Identifiers = append(b.Identifiers, floor.Row{"p": final[key]})
			if c, is := of[key].(string); is {
				with := &batches[max(n, made[c])]
				with.Of = append(with.Of, floor.Row{"key": prefix + key, "c": prefix + c})
			}
		}
		for _, r := range w.NewLinks {
			b.Links = append(b.Links, floor.Row{"a": prefix + r["a"].(string), "b": prefix + r["b"].(string), "p": final[r["p"].(store.Row)["id"].(string)]})
		}
		for _, r := range w.Touchpoints {
			p := maps.Clone(r["p"].(store.Row))
			p["id"], p["actor"] = prefix+p["id"].(string), prefix+p["actor"].(string)
			b.Touchpoints = append(b.Touchpoints, floor.Row{"actor": prefix + r["actor"].(string), "p": p})
		}
		events += len(w.Touchpoints)
	}
	return batches, events
}
