package pipeline

import (
	"context"
	"maps"
	"slices"

	"kith/customer"
	"kith/event"
	"kith/identity"
	"kith/store"
)

// timelines is the reading of what hangs on identifiers, one identifier's timeline after the other: only one that a
// page ends in is carried over to the next.
type timelines struct {
	actor identity.Key
	at    event.Millis
	id    string

	read map[identity.Key]customer.Traits // of those read to the end, and of actor as far as it was read
	said *fold                            // accounts, and who works there
}

// hanging brings traits, memberships and the traits of accounts up to date. Touchpoints hang where they belong by now.
func (r *rebuild) hanging(ctx context.Context, _ *fold) error {
	r.begin("traits")
	t := &timelines{read: map[identity.Key]customer.Traits{}, said: newFold()}
	for {
		page, err := r.cfg.Graph.TimelinesAfter(ctx, t.actor, t.at, t.id, r.cfg.Batch)
		if err != nil {
			return err
		}
		for _, row := range page {
			t.take(recall(row, r.judge.rules))
		}
		if err := r.hang(ctx, t, len(page) == 0); err != nil {
			return err
		}
		if err := r.breathe(ctx, len(page)); err != nil || len(page) == 0 {
			return err
		}
	}
}

func (t *timelines) take(x retold) {
	actor, _ := x.stored["actor"].(string)
	at, _ := x.stored["at"].(int64)
	t.actor, t.at, t.id = identity.Key(actor), event.Millis(at), x.id
	traits := t.read[t.actor]
	for _, v := range appendTraits(nil, x.call.Traits, x.call) {
		traits.Add(v.key, v.version)
	}
	t.read[t.actor] = traits
	if x.call.GroupID != "" {
		t.said.account(t.actor, x.call)
	}
}

// hang writes what hangs on the identifiers whose timelines were read to the end.
func (r *rebuild) hang(ctx context.Context, t *timelines, last bool) error {
	rest := t.read[t.actor]
	if !last {
		delete(t.read, t.actor)
	}
	works := map[identity.Key][]*worksAtFacts{}
	for id, x := range t.said.worksAt {
		if _, whole := t.read[x.key]; whole {
			works[x.key] = append(works[x.key], x)
			delete(t.said.worksAt, id)
		}
	}
	keys := slices.Sorted(maps.Keys(t.read))
	stored, err := r.cfg.Graph.Hanging(ctx, keys)
	if err != nil {
		return err
	}
	w := r.write()
	for _, k := range keys {
		was := stored[k]
		if text := t.read[k].Encode(); text != was.Traits {
			w.Identifiers = append(w.Identifiers, store.Row{"key": string(k), "p": store.Row{"traits": text}})
		}
		for _, x := range works[k] {
			p := store.Row{"firstSeenAt": int64(x.span.first), "lastSeenAt": int64(x.span.last)}
			switch at, there := was.WorksAt[x.id]; {
			case !there:
				p["id"], p["source"] = x.id, x.source
				w.NewWorksAt = append(w.NewWorksAt, store.Row{"key": string(k), "account": x.account, "p": p})
			case at != store.Span{First: x.span.first, Last: x.span.last}:
				w.WorksAt = append(w.WorksAt, store.Row{"id": x.id, "p": p})
			}
			delete(was.WorksAt, x.id)
		}
		for _, id := range slices.Sorted(maps.Keys(was.WorksAt)) {
			w.GoneWorksAt = append(w.GoneWorksAt, id)
		}
	}
	if w.Accounts, err = r.accountVersions(ctx, t.said); err != nil {
		return err
	}
	clear(t.read)
	clear(t.said.accounts)
	if !last {
		t.read[t.actor] = rest
	}
	if len(w.Identifiers)+len(w.NewWorksAt)+len(w.WorksAt)+len(w.GoneWorksAt)+len(w.Accounts) == 0 {
		return nil
	}
	return r.step(ctx, w, nil)
}

// accountVersions is the accounts of which a version of a trait reads otherwise now. Which versions an account keeps
// does not depend on the rules; what cleansing makes of them does.
func (r *rebuild) accountVersions(ctx context.Context, said *fold) ([]store.Row, error) {
	if len(said.accounts) == 0 {
		return nil, nil
	}
	found, err := r.cfg.Graph.Lookup(ctx, store.Asked{Accounts: slices.Sorted(maps.Keys(said.accounts))})
	if err != nil {
		return nil, err
	}
	var out []store.Row
	for _, a := range sorted(said.accounts) {
		versions, err := customer.ParseTraits(found.Accounts[a.id].Versions)
		if err != nil {
			return nil, err
		}
		for _, t := range a.traits {
			for i, v := range versions[t.key] {
				if v.At == t.version.At && v.Source == t.version.Source && v.MessageID == t.version.MessageID {
					versions[t.key][i] = t.version
				}
			}
		}
		if text := versions.Encode(); text != found.Accounts[a.id].Versions {
			out = append(out, store.Row{"id": a.id, "p": store.Row{"versions": text}})
		}
	}
	return out, nil
}
