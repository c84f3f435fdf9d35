package pipeline

import (
	"context"
	"encoding/json"
	"slices"

	"kith/customer"
	"kith/event"
	"kith/identity"
	"kith/store"
)

// retold is a stored touchpoint whose call was decoded again.
type retold struct {
	touchpoint
	stored  store.Row
	legible bool
}

// recall decodes the call of a stored touchpoint again, under other rules. Where that cannot be done, which no call
// that was ever accepted can bring about, the call comes down to its actor, and the touchpoint stays as it is.
func recall(row store.Row, rules *identity.Rules) retold {
	text := func(name string) string { s, _ := row[name].(string); return s }
	millis := func(name string) event.Millis { n, _ := row[name].(int64); return event.Millis(n) }
	c, err := event.Recode(event.Stored{
		Source: text("source"), MessageID: text("messageId"), Type: event.Type(text("type")), ReceivedAt: millis("receivedAt"),
		Properties: json.RawMessage(text("properties")), Context: json.RawMessage(text("context")), Extra: json.RawMessage(text("extra")),
	}, policyOf(rules))
	legible := err == nil
	if !legible {
		k := identity.Key(text("actor"))
		c = event.Call{
			Source: text("source"), MessageID: text("messageId"), At: millis("at"), ReceivedAt: millis("receivedAt"),
			Identifiers: []event.Identifier{{Type: k.Type(), Value: k.Value(), Raw: k.Value()}},
		}
	}
	t := touchpoint{id: text("id"), call: &c, actor: actorOf(rules, c.Identifiers)}
	return retold{t, row, legible}
}

// reread folds what all stored touchpoints say under rules about who is who: identifiers and links, without traits and
// accounts, whose memory would grow with more than these. each, unless nil, sees every page.
func reread(ctx context.Context, g Whole, rules *identity.Rules, page int, each func(context.Context, []retold) error) (*fold, error) {
	f := newFold()
	for after := ""; ; {
		rows, err := g.TouchpointsAfter(ctx, after, page)
		if err != nil {
			return f, err
		}
		if len(rows) == 0 {
			err := rerecord(ctx, g, rules, page, f)
			f.touchpoints, f.sources = nil, nil
			return f, err
		}
		list := make([]retold, 0, len(rows))
		for _, row := range rows {
			t := recall(row, rules)
			list = append(list, t)
			bare := *t.call
			bare.Traits, bare.Group, bare.GroupID = nil, nil, ""
			f.add(rules, t.id, &bare)
			after = t.id
		}
		f.touchpoints = f.touchpoints[:0]
		if each != nil {
			if err := each(ctx, list); err != nil {
				return nil, err
			}
		}
	}
}

// facts is what the fold says to resolution.
func (f *fold) facts() identity.Facts {
	var out identity.Facts
	for _, i := range f.identifiers {
		out.Identifiers = append(out.Identifiers, identity.Identifier{Key: i.key, First: i.first})
	}
	for _, l := range f.links {
		out.Links = append(out.Links, identity.NewLink(l.a, l.b, l.kind, l.span.first))
	}
	return out
}

// rehang writes down the touchpoints of a page that say something else now, and hangs them on the actor they have now.
// Whoever shows one of them is told. An actor that is not stored yet comes into being here, without a customer.
func (r *rebuild) rehang(ctx context.Context, page []retold) error {
	if err := r.breathe(ctx, len(page)); err != nil {
		return err
	}
	w := r.write()
	actors := map[identity.Key]identity.Key{}
	for _, t := range page {
		row := touchpointRow(r.judge.rules, t.touchpoint)
		if !t.legible || len(row) == len(t.stored) && within(row, t.stored) {
			continue
		}
		w.Retold = append(w.Retold, store.Row{"id": t.id, "p": row})
		was, _ := t.stored["actor"].(string)
		if was := identity.Key(was); was != t.actor {
			w.Rehung = append(w.Rehung, store.Row{"id": t.id, "actor": string(t.actor)})
			actors[was], actors[t.actor] = was, t.actor
		}
	}
	if len(w.Retold) == 0 {
		return nil
	}
	found, err := r.cfg.Graph.Lookup(ctx, store.Asked{Identifiers: sorted(actors)})
	if err != nil {
		return err
	}
	shown := map[identity.CustomerID]bool{}
	for _, k := range sorted(actors) {
		switch at, stored := found.Identifiers[k]; {
		case !stored:
			w.Unseen = append(w.Unseen, r.nobodyYet(k))
		case at.Customer != "":
			shown[at.Customer] = true
		}
	}
	var changes []customer.Change
	for _, id := range sortedKeys(shown) {
		changes = append(changes, customer.Change{Changed: &customer.Changed{Customer: id, Reasons: []customer.Reason{customer.ReasonTouchpoint}}})
	}
	return r.step(ctx, w, changes)
}

// nobodyYet is an identifier on which things hang before it is known whose it is.
func (r *rebuild) nobodyYet(k identity.Key) store.Row {
	status := identity.Active
	if r.judge.rules.Mark(k) == identity.MarkBlocked {
		status = identity.Blocked
	}
	return store.Row{"key": string(k), "p": store.Row{
		"type": k.Type(), "value": k.Value(), "raw": k.Value(), "status": status.String(), "level": int64(0),
		"cid": string(identity.CustomerIDOf(r.cfg.Graph.WorkspaceKey(), k)), "traits": ""}}
}

// identifiers brings the facts of stored identifiers up to date and takes them out of f, which is left with those that
// are not stored. What no call names any more, and no decision, stays until resolution takes it from its customer.
func (r *rebuild) identifiers(ctx context.Context, f *fold) error {
	r.begin("identifiers")
	for after := identity.Key(""); ; {
		page, err := r.cfg.Graph.IdentifiersAfter(ctx, after, r.cfg.Batch)
		if err != nil || len(page) == 0 {
			return err
		}
		w := r.write()
		for _, s := range page {
			after = s.Key
			row := store.Row{}
			if i, named := f.identifiers[s.Key]; named {
				row = store.Row{"raw": i.raw, "firstSeenAt": int64(i.first), "activeAt": nil}
				seenRow(row, i.first, i.active)
				delete(f.identifiers, s.Key)
			} else if s.Decided {
				row = store.Row{"raw": s.Key.Value(), "firstSeenAt": nil, "activeAt": nil, "lastSeenAt": nil}
			}
			idle := !s.Acts && s.HasTraits
			if idle {
				row["traits"] = ""
			}
			if idle || !within(row, s.Facts) {
				w.Identifiers = append(w.Identifiers, store.Row{"key": string(s.Key), "p": row})
			}
			if !s.Acts {
				for _, id := range s.WorksAt {
					w.GoneWorksAt = append(w.GoneWorksAt, id)
				}
			}
		}
		if err := r.page(ctx, w, len(page)); err != nil {
			return err
		}
	}
}

// links does the same for links. Those that no call asserts any more go.
func (r *rebuild) links(ctx context.Context, f *fold) error {
	r.begin("links")
	for after := ""; ; {
		page, err := r.cfg.Graph.LinksAfter(ctx, after, r.cfg.Batch)
		if err != nil || len(page) == 0 {
			return err
		}
		w := r.write()
		for _, s := range page {
			after = s.ID
			l := f.links[s.ID]
			delete(f.links, s.ID)
			switch {
			case l == nil:
				w.GoneLinks = append(w.GoneLinks, s.ID)
			case l.count != s.Count || l.span != span{s.FirstSeen, s.LastSeen} || !slices.Equal(l.evidence, s.Evidence):
				w.Links = append(w.Links, store.Row{"id": s.ID, "p": store.Row{
					"count": l.count, "firstSeenAt": int64(l.span.first), "lastSeenAt": int64(l.span.last), "evidence": l.evidence}})
			}
		}
		if err := r.page(ctx, w, len(page)); err != nil {
			return err
		}
	}
}
