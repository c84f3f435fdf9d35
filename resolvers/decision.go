package resolvers

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kith/auth"
	"kith/event"
	"kith/fault"
	"kith/graph"
	"kith/graph/model"
	"kith/identity"
	"kith/store"
)

const (
	// maxDecided is how many identifiers one decision names.
	maxDecided = 20
	// maxReason is how long its reason is, in characters.
	maxReason = 1000
	// decisionWait is how long a mutation waits for its decision to be applied.
	decisionWait = 10 * time.Second
)

func decisionModel(v viewer, d store.DecisionView) *model.IdentityDecision {
	m := &model.IdentityDecision{ID: d.ID, Kind: d.Kind, Reason: v.text(d.Reason), By: d.By, At: d.At}
	if d.RevokedAt != 0 {
		m.RevokedAt = &d.RevokedAt
	}
	return m
}

// decision reads one decision; nil when there is none.
func (r *Root) decision(ctx context.Context, id string) (*model.IdentityDecision, error) {
	found, err := r.graph.DecisionsByID(ctx, []string{id})
	d, ok := found[id]
	if err != nil || !ok {
		return nil, err
	}
	return decisionModel(r.viewer(ctx), d), nil
}

func (r mutationResolver) IdentityJoin(ctx context.Context, input model.IdentityJoinInput) (*model.IdentityDecisionPayload, error) {
	return r.decide(ctx, identity.Join, side{"identifiers", input.Identifiers}, side{}, input.Reason)
}

func (r mutationResolver) IdentityPart(ctx context.Context, input model.IdentityPartInput) (*model.IdentityDecisionPayload, error) {
	return r.decide(ctx, identity.Part, side{"identifiers", input.Identifiers}, side{"from", input.From}, input.Reason)
}

// side is one list of identifiers of a decision's input, and the name of its field.
type side struct {
	field string
	list  []*model.IdentifierInput
}

func (r mutationResolver) decide(ctx context.Context, kind identity.DecisionKind, a, b side, reason string) (*model.IdentityDecisionPayload, error) {
	wrong := &mistakes{}
	d := r.newDecision(ctx, wrong, kind.String(), reason)
	if err := r.propose(ctx, wrong, &d, kind, a, b); err != nil {
		return nil, err
	}
	if len(wrong.list) > 0 {
		return wrong.payload(), nil
	}
	return r.carryOut(ctx, d, d.ID, slices.Concat(d.A, d.B))
}

// propose fills in whom a decision is about, and notes what keeps it from being made.
func (r *Root) propose(ctx context.Context, wrong *mistakes, d *identity.Decision, kind identity.DecisionKind, a, b side) error {
	if n := len(a.list) + len(b.list); n > maxDecided {
		wrong.add(fault.Limit, fmt.Sprintf("At most %d identifiers in one decision; these are %d.", maxDecided, n), a.field)
		return nil
	}
	d.A = r.keys(wrong, a)
	d.B = r.keys(wrong, b)
	switch {
	case len(wrong.list) > 0:
	case kind == identity.Join && len(d.A) < 2:
		wrong.add(fault.Invalid, "A join needs at least two different identifiers.", a.field)
	case kind == identity.Part && len(d.A) == 0:
		wrong.add(fault.Invalid, "A part needs at least one identifier here.", a.field)
	case kind == identity.Part && len(d.B) == 0:
		wrong.add(fault.Invalid, "A part needs at least one identifier here.", b.field)
	}
	for n, i := range b.list {
		if k, ok := r.key(i); ok && slices.Contains(d.A, k) {
			wrong.add(fault.Invalid, "This identifier is on both sides.", b.field, fmt.Sprint(n))
		}
	}
	if len(wrong.list) > 0 {
		return nil
	}
	if err := r.known(ctx, wrong, kind, a, b); err != nil || len(wrong.list) > 0 || kind == identity.Part {
		return err
	}
	return r.unparted(ctx, wrong, *d, a.field)
}

// newDecision is a decision about nobody yet.
func (r *Root) newDecision(ctx context.Context, wrong *mistakes, kind, reason string) identity.Decision {
	if reason = strings.TrimSpace(reason); reason == "" {
		wrong.add(fault.Invalid, "Say why, for those who ask later.", "reason")
	} else if utf8.RuneCountInString(reason) > maxReason {
		wrong.add(fault.Limit, fmt.Sprintf("At most %d characters.", maxReason), "reason")
	}
	return identity.Decision{ID: decisionID(), Kind: kind, Reason: reason, By: auth.PrincipalOf(ctx).Subject, At: event.MillisOf(r.now())}
}

// keys are the keys of a side, each once, and in wrong what is no identifier.
func (r *Root) keys(wrong *mistakes, s side) []identity.Key {
	var keys []identity.Key
	for n, i := range s.list {
		k, ok := r.key(i)
		if !ok {
			wrong.add(fault.Invalid, "This value cannot be an identifier of its type.", s.field, fmt.Sprint(n), "value")
		} else if !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	return keys
}

// known checks that every identifier is there, and for a join that it stands for somebody.
func (r *Root) known(ctx context.Context, wrong *mistakes, kind identity.DecisionKind, sides ...side) error {
	var keys []identity.Key
	for _, s := range sides {
		for _, i := range s.list {
			k, _ := r.key(i)
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	found, err := r.graph.IdentifiersByKey(ctx, slices.Compact(keys))
	if err != nil {
		return err
	}
	for _, s := range sides {
		for n, in := range s.list {
			k, _ := r.key(in)
			i, ok := found[k]
			switch {
			case !ok:
				wrong.add(fault.NotFound, "There is no such identifier. It may not have been applied yet.", s.field, fmt.Sprint(n))
			case kind == identity.Join && i.Status == identity.Blocked:
				wrong.add(fault.Conflict, "This identifier is BLOCKED: it stands for nobody and cannot be joined.", s.field, fmt.Sprint(n))
			}
		}
	}
	return nil
}

// unparted checks that no part is in the way of a join, also through what others were joined to. A newer join of the
// very same two would overrule their part; but who joins should know of it and take it back, not overlook it.
func (r *Root) unparted(ctx context.Context, wrong *mistakes, d identity.Decision, field string) error {
	rulings, markings, err := r.graph.RulingsAround(ctx, d.A)
	if err != nil {
		return err
	}
	parts := identity.InTheWay(r.rules(), rulings, markings, identity.Joining(d.ID, d.At, d.A))
	names := map[string]bool{}
	for _, p := range append(parts, partsBetween(d.A, rulings)...) {
		names[p.Decision] = true
	}
	if len(names) > 0 {
		wrong.add(fault.Conflict, fmt.Sprintf("Parted by a steward: %s. Revoke that first.", strings.Join(slices.Sorted(maps.Keys(names)), ", ")), field)
	}
	return nil
}

// partsBetween are the parts that count between any two of the keys.
func partsBetween(keys []identity.Key, rulings []identity.Ruling) []identity.Ruling {
	newest := map[[2]identity.Key]identity.Ruling{}
	for _, r := range rulings {
		pair := [2]identity.Key{min(r.A, r.B), max(r.A, r.B)}
		old, seen := newest[pair]
		if !seen || cmp.Or(cmp.Compare(r.At, old.At), cmp.Compare(r.Kind, old.Kind), cmp.Compare(r.Decision, old.Decision)) > 0 {
			newest[pair] = r
		}
	}
	var parts []identity.Ruling
	for pair, r := range newest {
		if r.Kind == identity.Part && slices.Contains(keys, pair[0]) && slices.Contains(keys, pair[1]) {
			parts = append(parts, r)
		}
	}
	return parts
}

func (r mutationResolver) IdentityDecisionRevoke(ctx context.Context, id string) (*model.IdentityDecisionPayload, error) {
	found, err := r.graph.DecisionsByID(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	d, ok := found[id]
	if !ok {
		return &model.IdentityDecisionPayload{Customers: []*model.Customer{}, UserErrors: []*model.UserError{
			userError(fault.NotFound, "There is no such decision.", "id"),
		}}, nil
	}
	about := slices.Concat(d.A, d.B)
	if d.RevokedAt != 0 { // what was asked for is so already
		return r.decided(ctx, id, about)
	}
	revocation := identity.Decision{ID: decisionID(), Revokes: id, By: auth.PrincipalOf(ctx).Subject, At: event.MillisOf(r.now())}
	return r.carryOut(ctx, revocation, id, about)
}

// carryOut puts a decision into the journal, waits until it is applied and answers with the decision shown and the
// customers that now hold the identifiers named.
func (r *Root) carryOut(ctx context.Context, d identity.Decision, shown string, keys []identity.Key) (*model.IdentityDecisionPayload, error) {
	position, err := r.journal.Decide(ctx, d)
	if err != nil {
		return nil, err
	}
	wait, cancel := context.WithTimeout(ctx, decisionWait)
	defer cancel()
	if err := r.journal.WaitApplied(wait, position); err != nil {
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil || fault.CodeOf(err) == fault.Lagging || fault.CodeOf(err) == fault.Timeout {
			return nil, fault.Wrap("resolvers.carryOut", fault.Lagging, err, "The decision is accepted and will be applied; the graph is behind. Read node(id: %q) later.", shown)
		}
		return nil, err
	}
	return r.decided(ctx, shown, keys)
}

func (r *Root) decided(ctx context.Context, id string, keys []identity.Key) (*model.IdentityDecisionPayload, error) {
	d, err := r.decision(ctx, id)
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, fault.New("resolvers.decided", fault.Conflict, "The decision was accepted but not carried out, because something else changed at the same time. Look, and decide again.")
	}
	out := &model.IdentityDecisionPayload{Decision: d, Customers: []*model.Customer{}, UserErrors: []*model.UserError{}}
	fields := named(graph.Selected(ctx), "IdentityDecisionPayload", "customers")
	if len(fields) == 0 {
		return out, nil
	}
	customers, err := r.customersByKey(ctx, keys, planCustomer(fields...))
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if c := customers[k]; c != nil && !slices.Contains(out.Customers, c) {
			out.Customers = append(out.Customers, c)
		}
	}
	return out, nil
}

func decisionID() string {
	var b [16]byte
	rand.Read(b[:])
	return "dec_" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
}

// mistakes are what is wrong with the input of a mutation.
type mistakes struct {
	under []string // where in the input the fields are
	list  []*model.UserError
}

// add notes a mistake in a field of the input.
func (m *mistakes) add(code fault.Code, message string, path ...string) {
	full := append([]string{"input"}, m.under...)
	for _, step := range path {
		if step != "" { // the list itself
			full = append(full, step)
		}
	}
	m.list = append(m.list, userError(code, message, full...))
}

func (m *mistakes) payload() *model.IdentityDecisionPayload {
	return &model.IdentityDecisionPayload{Customers: []*model.Customer{}, UserErrors: m.list}
}

func userError(code fault.Code, message string, path ...string) *model.UserError {
	u, _ := graph.UserError(fault.New("resolvers", code, "%s", message), path...)
	return u
}
