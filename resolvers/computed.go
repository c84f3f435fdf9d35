package resolvers

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"kith/fault"
	"kith/graph/model"
	"kith/segment"
	"kith/store"
)

// computedTrait is a computed trait as the viewer may see it.
func (d *definitions) computedTrait(v viewer, c *segment.Computed) *model.ComputedTrait {
	where := json.RawMessage("[]")
	if len(c.Where) > 0 {
		list := slices.Clone(c.Where)
		for i := range list {
			if !v.pii && len(list[i].Value) > 0 && v.personalPath(v.personal)(list[i].Key) {
				list[i].Value = maskedJSON
			}
		}
		if text, err := json.Marshal(list); err == nil {
			where = text
		}
	}
	m := &model.ComputedTrait{
		Key: c.Key, Name: c.Name, Function: model.ComputedFunction(c.Function), Events: slices.Clone(c.Events), Where: where,
		Property: some(c.Property), Of: slices.Clone(c.Of), BuiltIn: c.BuiltIn,
	}
	if m.Events == nil {
		m.Events = []string{}
	}
	if m.Of == nil {
		m.Of = []string{}
	}
	if c.Within != nil {
		text := c.Within.String()
		m.Within = &text
	}
	m.Status, _ = d.progress(func(p store.Progress) []string { return p.Computed }, c.Key)
	return m
}

func (r queryResolver) ComputedTraits(ctx context.Context) ([]*model.ComputedTrait, error) {
	d, err := r.definitionsNow(ctx)
	if err != nil {
		return nil, err
	}
	v := r.viewer(ctx)
	out := make([]*model.ComputedTrait, len(d.computed))
	for i := range d.computed {
		out[i] = d.computedTrait(v, &d.computed[i])
	}
	return out, nil
}

func (r mutationResolver) ComputedTraitCreate(ctx context.Context, input model.ComputedTraitInput) (*model.ComputedTraitPayload, error) {
	return r.putComputed(ctx, input, false)
}

func (r mutationResolver) ComputedTraitUpdate(ctx context.Context, input model.ComputedTraitInput) (*model.ComputedTraitPayload, error) {
	return r.putComputed(ctx, input, true)
}

func (r mutationResolver) putComputed(ctx context.Context, in model.ComputedTraitInput, there bool) (*model.ComputedTraitPayload, error) {
	d, err := r.definitionsNow(ctx)
	if err != nil {
		return nil, err
	}
	wrong := &mistakes{}
	c := segment.Computed{Key: in.Key, Name: strings.TrimSpace(in.Name), Function: segment.Function(in.Function), Events: in.Events, Where: comparisons(in.Where)}
	if in.Property != nil {
		c.Property = *in.Property
	}
	if c.Within, err = duration(in.Within); err != nil {
		wrong.add(fault.Invalid, fault.MessageOf(err), "within")
	}
	for _, f := range c.Check() {
		wrong.add(fault.Invalid, f.Message, f.Path...)
	}
	known := slices.IndexFunc(d.computed, func(x segment.Computed) bool { return x.Key == c.Key })
	switch {
	case known >= 0 && d.computed[known].BuiltIn:
		wrong.add(fault.Conflict, "A built-in computed trait has this key; it cannot be changed.", "key")
	case known >= 0 && !there:
		wrong.add(fault.Conflict, "Another computed trait has this key.", "key")
	case known < 0 && there:
		wrong.add(fault.NotFound, "There is no computed trait with this key.", "key")
	case known < 0 && len(d.computed) >= segment.MaxComputed+len(segment.BuiltIn()):
		wrong.add(fault.Limit, fmt.Sprintf("At most %d computed traits.", segment.MaxComputed))
	}
	v := r.viewer(ctx)
	personal := v.personalPath(v.personal)
	if !v.pii && (personal(c.Property) || slices.ContainsFunc(c.Where, func(x segment.Comparison) bool { return personal(x.Key) })) {
		wrong.add(fault.Forbidden, "A computed trait of personal values needs the scope pii:read, which this token does not have.", "property")
	}
	if len(wrong.list) > 0 {
		return &model.ComputedTraitPayload{UserErrors: wrong.list}, nil
	}
	if err := r.define(ctx, segment.Definition{Computed: &c}, "It will be among computedTraits then."); err != nil {
		return nil, err
	}
	if d, err = r.definitionsNow(ctx); err != nil {
		return nil, err
	}
	at := slices.IndexFunc(d.computed, func(x segment.Computed) bool { return x.Key == c.Key })
	if at < 0 {
		return nil, fault.New("resolvers.putComputed", fault.Conflict, "The computed trait was accepted but not made, because something else changed at the same time. Look, and try again.")
	}
	return &model.ComputedTraitPayload{ComputedTrait: d.computedTrait(v, &d.computed[at]), UserErrors: []*model.UserError{}}, nil
}

func (r mutationResolver) ComputedTraitDelete(ctx context.Context, key string) (*model.ComputedTraitPayload, error) {
	d, err := r.definitionsNow(ctx)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(d.computed, func(x segment.Computed) bool { return x.Key == key })
	refuse := func(code fault.Code, message string) (*model.ComputedTraitPayload, error) {
		return &model.ComputedTraitPayload{UserErrors: []*model.UserError{userError(code, message, "id")}}, nil
	}
	switch {
	case at < 0:
		return refuse(fault.NotFound, "There is no computed trait with this key.")
	case d.computed[at].BuiltIn:
		return refuse(fault.Conflict, "A built-in computed trait cannot be deleted.")
	}
	var uses []string
	for i := range d.segments {
		if slices.Contains(segment.DependsOn(&d.segments[i].Condition).Traits, key) {
			uses = append(uses, d.segments[i].Key)
		}
	}
	if len(uses) > 0 {
		return refuse(fault.Conflict, "Segments look at it: "+strings.Join(uses, ", ")+". Change or delete these first.")
	}
	if err := r.define(ctx, segment.Definition{RemoveTrait: key}, "It will be gone then."); err != nil {
		return nil, err
	}
	r.held.Lock()
	r.held.now = nil
	r.held.Unlock()
	return &model.ComputedTraitPayload{UserErrors: []*model.UserError{}}, nil
}
