package pipeline

import (
	"slices"

	"kith/customer"
	"kith/event"
	"kith/identity"
	"kith/store"
)

// rows writes down the plan, each list in the order of its keys.
func (p *plan) rows(w *store.Write) {
	placed := make(map[identity.Key]identity.Placed, len(p.diff.Identifiers))
	for _, i := range p.diff.Identifiers {
		placed[i.Key] = i
	}
	for _, i := range sorted(p.fold.identifiers) {
		if _, stored := p.found.Identifiers[i.key]; stored {
			p.identifier(w, i, placed)
		} else {
			p.newIdentifier(w, i, placed)
		}
		delete(placed, i.key)
	}
	p.verdictsOfOthers(w, placed)
	p.customers(w)
	p.households(w)
	p.history(w)
	p.links(w)
	p.accounts(w)
	for _, t := range p.fold.touchpoints {
		w.Touchpoints = append(w.Touchpoints, store.Row{"actor": string(t.actor), "p": touchpointRow(p.rules, t)})
	}
	for name, s := range p.fold.sources {
		known, stored := p.found.Sources[name]
		if stored {
			s.first, s.last = min(s.first, known.First), max(s.last, known.Last)
		}
		w.Sources = append(w.Sources, store.Row{"name": name, "p": store.Row{"firstSeenAt": int64(s.first), "lastSeenAt": int64(s.last)}})
	}
	p.standingRows(w)
	p.live.names.write(w)
}

func (p *plan) newIdentifier(w *store.Write, i *identFacts, placed map[identity.Key]identity.Placed) {
	at := placed[i.key]
	row := store.Row{
		"key": string(i.key), "type": i.id.Type, "value": i.id.Value, "raw": i.raw, "status": at.Status.String(), "level": int64(at.Level),
		"firstSeenAt": int64(i.first), "cid": string(p.id(i.key)), "traits": p.merged[i.key].Encode(),
	}
	seenRow(row, i.first, i.active)
	w.NewIdentifiers = append(w.NewIdentifiers, store.Row{"p": row, "c": orNil(p.customerOf(i.key))})
}

// seenRow sets when an identifier was seen last: the latest active fact, and without one the first of all.
func seenRow(row store.Row, first, active event.Millis) {
	if active != never {
		row["activeAt"], row["lastSeenAt"] = int64(active), int64(active)
	} else {
		row["lastSeenAt"] = int64(first)
	}
}

func (p *plan) identifier(w *store.Write, i *identFacts, placed map[identity.Key]identity.Placed) {
	known := p.found.Identifiers[i.key]
	row := store.Row{}
	first := min(i.first, known.FirstSeen)
	if i.first < known.FirstSeen {
		row["firstSeenAt"], row["raw"] = int64(i.first), i.raw
	} else if i.first == known.FirstSeen && i.raw < known.Raw {
		row["raw"] = i.raw
	}
	if active := max(i.active, known.Active); active != known.Active || first != known.FirstSeen {
		seenRow(row, first, active)
	}
	if traits, changed := p.merged[i.key]; changed {
		row["traits"] = traits.Encode()
	}
	if at, changed := placed[i.key]; changed {
		row["status"], row["level"] = at.Status.String(), int64(at.Level)
	}
	if len(row) > 0 {
		w.Identifiers = append(w.Identifiers, store.Row{"key": string(i.key), "p": row})
	}
	if to, moved := p.at[i.key]; moved {
		w.Moves = append(w.Moves, store.Row{"key": string(i.key), "c": orNil(to)})
	}
}

// verdictsOfOthers writes what resolution changed about identifiers that the batch did not name.
func (p *plan) verdictsOfOthers(w *store.Write, placed map[identity.Key]identity.Placed) {
	for _, i := range sorted(placed) {
		row := store.Row{"status": i.Status.String(), "level": int64(i.Level)}
		w.Identifiers = append(w.Identifiers, store.Row{"key": string(i.Key), "p": row})
	}
	for _, m := range p.diff.Moves {
		if _, folded := p.fold.identifiers[m.Key]; !folded {
			w.Moves = append(w.Moves, store.Row{"key": string(m.Key), "c": orNil(m.To)})
		}
	}
}

func (p *plan) customers(w *store.Write) {
	for _, id := range sortedKeys(p.views) {
		v := p.views[id]
		row := store.Row{
			"displayName": orNil(v.DisplayName), "known": v.Known, "firstSeenAt": int64(v.FirstSeen), "lastSeenAt": int64(v.LastSeen),
			"traits": v.Traits, "searchName": orNil(v.SearchName), "searchEmail": orNil(v.SearchEmail), "searchPhone": orNil(v.SearchPhone),
		}
		if shared, regrouped := p.shared[id]; regrouped {
			row["shared"], row["large"] = shared, large(len(p.members[id]))
		}
		w.Customers = append(w.Customers, store.Row{"id": string(id), "p": row})
	}
	touched := p.touched()
	for _, id := range sortedKeys(touched) {
		if _, whole := p.views[id]; whole {
			continue
		}
		s := touched[id]
		if s.active != never {
			w.Seen = append(w.Seen, store.Row{"id": string(id), "last": int64(s.active)})
		}
		if s.earlier {
			w.SeenFirst = append(w.SeenFirst, store.Row{"id": string(id), "first": int64(s.first)})
		}
	}
	for _, id := range p.diff.Retired {
		w.GoneCustomers = append(w.GoneCustomers, string(id))
	}
}

func (p *plan) links(w *store.Write) {
	verdicts := make(map[identity.LinkID]identity.Judged, len(p.diff.Links))
	for _, j := range p.diff.Links {
		verdicts[j.ID()] = j
	}
	fresh := map[identity.LinkID]bool{} // no edge of the pair and kind was stored before
	for _, l := range sorted(p.fold.links) {
		lid := identity.NewLink(l.a, l.b, l.kind, 0).ID()
		known, stored := p.found.Links[l.id]
		if stored {
			row := store.Row{"count": known.Count + l.count}
			if l.span.last > known.LastSeen {
				row["lastSeenAt"] = int64(l.span.last)
			}
			if l.span.first < known.FirstSeen {
				row["firstSeenAt"] = int64(l.span.first)
			}
			if e := earliest(slices.Concat(known.Evidence, l.evidence)); !slices.Equal(e, known.Evidence) {
				row["evidence"] = e
			}
			w.Links = append(w.Links, store.Row{"id": l.id, "p": row})
			continue
		}
		j := verdicts[lid]
		row := store.Row{
			"id": l.id, "kind": l.kind.String(), "source": l.source, "count": l.count, "firstSeenAt": int64(l.span.first), "lastSeenAt": int64(l.span.last),
			"evidence": l.evidence, "confidence": 1.0,
		}
		if l.record != "" {
			row["record"] = l.record
		}
		verdictRow(row, j)
		w.NewLinks = append(w.NewLinks, store.Row{"a": string(l.a), "b": string(l.b), "p": row})
		_, aKnown := p.found.Identifiers[l.a]
		_, bKnown := p.found.Identifiers[l.b]
		fresh[lid] = !aKnown || !bKnown
	}
	for _, j := range p.diff.Links {
		if fresh[j.ID()] {
			continue
		}
		row := store.Row{}
		verdictRow(row, j)
		w.Verdicts = append(w.Verdicts, store.Row{"a": string(j.A), "b": string(j.B), "kind": j.Kind.String(), "p": row})
	}
	for _, j := range p.diff.Rulings {
		w.Rulings = append(w.Rulings, store.Row{"a": string(j.A), "b": string(j.B), "decision": j.Decision,
			"p": store.Row{"conducts": true, "followed": j.Followed, "reason": j.Text()}})
	}
}

func verdictRow(row store.Row, j identity.Judged) {
	row["conducts"], row["followed"], row["reason"], row["strength"] = j.Conducts, j.Followed, j.Text(), int64(j.Strength)
}

func (p *plan) accounts(w *store.Write) {
	for _, x := range sorted(p.fold.accounts) {
		versions, err := customer.ParseTraits(p.found.Accounts[x.id].Versions)
		if err != nil {
			panic(err) // isolates the batch
		}
		for _, t := range x.traits {
			versions.Add(t.key, t.version)
		}
		values := customer.Values(versions, p.rules.SourceRank)
		w.Accounts = append(w.Accounts, store.Row{"id": x.id, "p": store.Row{"groupId": x.groupID, "versions": versions.Encode(), "traits": values}})
	}
	for _, x := range sorted(p.fold.worksAt) {
		known, stored := p.found.WorksAt[x.id]
		if !stored {
			w.NewWorksAt = append(w.NewWorksAt, store.Row{"key": string(x.key), "account": x.account, "p": store.Row{
				"id": x.id, "source": x.source, "firstSeenAt": int64(x.span.first), "lastSeenAt": int64(x.span.last)}})
			continue
		}
		w.WorksAt = append(w.WorksAt, store.Row{"id": x.id, "p": store.Row{
			"firstSeenAt": int64(min(known.First, x.span.first)), "lastSeenAt": int64(max(known.Last, x.span.last))}})
	}
}

func touchpointRow(rules *identity.Rules, t touchpoint) store.Row {
	c := t.call
	warnings := make([]string, 0, len(c.Warnings))
	for _, w := range c.Warnings {
		warnings = append(warnings, w.Code+" "+w.Field)
	}
	for _, x := range c.Identifiers {
		if rules.Blocked(x.Type, x.Value) {
			warnings = append(warnings, "blocked_identifier "+x.Type)
		}
	}
	row := store.Row{
		"id": t.id, "messageId": c.MessageID, "source": c.Source, "type": string(c.Type), "name": c.Name, "at": int64(c.At), "receivedAt": int64(c.ReceivedAt),
		"actor": string(t.actor), "properties": string(c.Properties), "context": string(c.Context), "extra": string(c.Extra), "hash": c.Hash,
	}
	if c.Channel != "" {
		row["channel"] = c.Channel
	}
	if c.Passive {
		row["passive"] = true
	}
	if c.Bot {
		row["bot"] = true
	}
	if c.Test {
		row["test"] = true
	}
	if len(warnings) > 0 {
		row["warnings"] = warnings
	}
	return row
}

func orNil[S ~string](s S) any {
	if s == "" {
		return nil
	}
	return string(s)
}
