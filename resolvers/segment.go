package resolvers

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strings"

	"kith/auth"
	"kith/event"
	"kith/fault"
	"kith/graph"
	"kith/graph/model"
	"kith/segment"
	"kith/store"
)

const segmentPrefix = "seg_"

type segmentResolver struct{ *Root }

// Segment answers the nested fields of Segment.
func (r *Root) Segment() graph.SegmentResolver { return segmentResolver{r} }

// noSegment says that there is no segment of that id.
func noSegment(field string) error {
	return &fault.Error{Op: "resolvers.segment", Code: fault.NotFound, Message: "There is no such segment.", Field: field}
}

func (r queryResolver) Segment(ctx context.Context, by model.SegmentBy) (*model.Segment, error) {
	d, err := r.definitionsNow(ctx)
	if err != nil {
		return nil, err
	}
	for i := range d.segments {
		if s := &d.segments[i]; by.ID != nil && s.ID == *by.ID || by.Key != nil && s.Key == *by.Key {
			return d.segment(r.viewer(ctx), s), nil
		}
	}
	return nil, nil
}

func (r *Root) segmentByID(ctx context.Context, id string) (*model.Segment, error) {
	d, err := r.definitionsNow(ctx)
	if err != nil || d.byID[id] == nil {
		return nil, err
	}
	return d.segment(r.viewer(ctx), d.byID[id]), nil
}

func (r queryResolver) Segments(ctx context.Context, first *int, after *string) (*model.SegmentConnection, error) {
	slice, err := forward(segmentList, first, after)
	if err != nil {
		return nil, err
	}
	d, err := r.definitionsNow(ctx)
	if err != nil {
		return nil, err
	}
	page := &store.Page[*store.StoredSegment]{HasPrevious: slice.After != nil}
	for i := range d.segments {
		s := &d.segments[i]
		if slice.After != nil && s.Key <= slice.After.ID {
			continue
		}
		if len(page.Entries) == slice.First {
			page.HasNext = true
			break
		}
		page.Entries = append(page.Entries, store.Entry[*store.StoredSegment]{Mark: store.Mark{ID: s.Key}, Node: s})
	}
	v := r.viewer(ctx)
	return &model.SegmentConnection{
		Edges: edges(page, segmentList, func(cursor string, s *store.StoredSegment) model.SegmentEdge {
			return model.SegmentEdge{Cursor: cursor, Node: d.segment(v, s)}
		}),
		PageInfo: pageInfo(page, segmentList),
	}, nil
}

// Segments are those a customer is in, by key.
func (r customerResolver) Segments(ctx context.Context, objs []*model.Customer, _ *int, _ *string) ([]*model.SegmentMembershipConnection, error) {
	return customerField[*model.SegmentMembershipConnection](ctx, r.Root, objs)
}

// knowing are definitions that know all the segments the profiles are in: d, or newer ones.
func (r *Root) knowing(ctx context.Context, d *definitions, profiles []*store.Profile) (*definitions, error) {
	for _, p := range profiles {
		if p == nil || p.Segments == nil {
			continue
		}
		for _, e := range p.Segments.Entries {
			if d.byID[e.Node.Segment] == nil { // made a moment ago
				return r.definitionsNow(ctx)
			}
		}
	}
	return d, nil
}

func (a *assembly) membershipPage(p *store.Page[store.Membership]) *model.SegmentMembershipConnection {
	shown := &store.Page[store.Membership]{HasNext: p.HasNext, HasPrevious: p.HasPrevious}
	for _, e := range p.Entries {
		if a.definitions.byID[e.Node.Segment] != nil {
			shown.Entries = append(shown.Entries, e)
		}
	}
	return &model.SegmentMembershipConnection{
		Edges: edges(shown, membershipList, func(cursor string, m store.Membership) model.SegmentMembershipEdge {
			return model.SegmentMembershipEdge{Cursor: cursor, Node: a.definitions.segment(a.viewer, a.definitions.byID[m.Segment]), Since: m.Since}
		}),
		PageInfo: pageInfo(shown, membershipList),
	}
}

func (r segmentResolver) Customers(ctx context.Context, objs []*model.Segment, _ *int, _ *string) ([]*model.CustomerConnection, error) {
	pages, err := memberPages(ctx, r.Root, graph.Selected(ctx), segmentMembers, segmentIDs(objs), r.graph.MembersPage)
	if err != nil {
		return nil, err
	}
	out := make([]*model.CustomerConnection, len(objs))
	for i, s := range objs {
		out[i] = pages[s.ID]
	}
	return out, nil
}

func segmentIDs(objs []*model.Segment) []string {
	ids := make([]string, len(objs))
	for i, s := range objs {
		ids[i] = s.ID
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (r segmentResolver) Today(ctx context.Context, objs []*model.Segment) ([]*model.SegmentDay, error) {
	days, err := r.days(ctx, objs, 1)
	out := make([]*model.SegmentDay, len(objs))
	for i := range days {
		out[i] = days[i][0]
	}
	return out, err
}

// maxDays is how far back a trend reaches.
const maxDays = 90

func (r segmentResolver) Trend(ctx context.Context, objs []*model.Segment, days *int) ([][]*model.SegmentDay, error) {
	n := 30
	if days != nil {
		n = *days
	}
	if n < 1 || n > maxDays {
		return nil, &fault.Error{Op: "resolvers.trend", Code: fault.Invalid, Message: fmt.Sprintf("From 1 to %d days.", maxDays), Field: "days"}
	}
	return r.days(ctx, objs, n)
}

// days are the last n days of segments. On days on which nobody entered or left the size is that of the day before.
func (r segmentResolver) days(ctx context.Context, objs []*model.Segment, n int) ([][]*model.SegmentDay, error) {
	const day = 24 * 3600 * 1000
	now := event.MillisOf(r.now())
	first := now - now%day - event.Millis(n-1)*day
	found, err := r.graph.SegmentDays(ctx, segmentIDs(objs), first)
	if err != nil {
		return nil, err
	}
	out := make([][]*model.SegmentDay, len(objs))
	for i, s := range objs {
		out[i] = make([]*model.SegmentDay, n)
		size := s.Size // backwards from now
		list := found[s.ID]
		for k := n - 1; k >= 0; k-- {
			at := first + event.Millis(k)*day
			out[i][k] = &model.SegmentDay{Day: at, Size: size}
			if len(list) > 0 && list[len(list)-1].At == at {
				x := list[len(list)-1]
				list = list[:len(list)-1]
				out[i][k] = &model.SegmentDay{Day: at, Entered: int(x.Entered), Left: int(x.Left), Size: int(x.Size)}
				if k == n-1 {
					out[i][k].Size = s.Size // what was counted last may not be written yet
				}
				size = int(x.Size - x.Entered + x.Left)
			}
		}
	}
	return out, nil
}

func (r mutationResolver) SegmentCreate(ctx context.Context, input model.SegmentInput) (*model.SegmentPayload, error) {
	return r.putSegment(ctx, newID(segmentPrefix), input)
}

func (r mutationResolver) SegmentUpdate(ctx context.Context, id string, input model.SegmentInput) (*model.SegmentPayload, error) {
	d, err := r.definitionsNow(ctx)
	if err != nil {
		return nil, err
	}
	if d.byID[id] == nil {
		return wrongSegment(userError(fault.NotFound, "There is no such segment.", "id")), nil
	}
	return r.putSegment(ctx, id, input)
}

func (r mutationResolver) putSegment(ctx context.Context, id string, input model.SegmentInput) (*model.SegmentPayload, error) {
	d, err := r.definitionsNow(ctx)
	if err != nil {
		return nil, err
	}
	wrong := &mistakes{}
	s := r.segmentOf(ctx, wrong, d, id, input)
	if len(wrong.list) > 0 {
		return wrongSegment(wrong.list...), nil
	}
	if err := r.define(ctx, segment.Definition{Segment: &s}, fmt.Sprintf("Read node(id: %q) later.", id)); err != nil {
		return nil, err
	}
	made, err := r.segmentByID(ctx, id)
	if err != nil {
		return nil, err
	}
	if made == nil || made.Key != s.Key {
		return wrongSegment(userError(fault.Conflict, "Something else changed at the same time: another segment took the key, or the segment was deleted. Look, and try again.", "input")), nil
	}
	return &model.SegmentPayload{Segment: made, UserErrors: []*model.UserError{}}, nil
}

func (r mutationResolver) SegmentDelete(ctx context.Context, id string) (*model.SegmentPayload, error) {
	d, err := r.definitionsNow(ctx)
	if err != nil {
		return nil, err
	}
	if d.byID[id] == nil {
		return wrongSegment(userError(fault.NotFound, "There is no such segment.", "id")), nil
	}
	if uses := segment.Uses(id, d.set.Segments); len(uses) > 0 {
		return wrongSegment(userError(fault.Conflict, "Other segments refer to it: "+strings.Join(uses, ", ")+". Change or delete these first.", "id")), nil
	}
	if err := r.define(ctx, segment.Definition{Remove: id}, "It will be gone then."); err != nil {
		return nil, err
	}
	if left, err := r.segmentByID(ctx, id); err != nil || left != nil {
		return wrongSegment(userError(fault.Conflict, "Another segment began to refer to it at the same time. Look, and try again.", "id")), err
	}
	return wrongSegment(), nil
}

func wrongSegment(list ...*model.UserError) *model.SegmentPayload {
	if list == nil {
		list = []*model.UserError{}
	}
	return &model.SegmentPayload{UserErrors: list}
}

// define puts a change of definitions into the journal and waits until it is applied.
func (r *Root) define(ctx context.Context, d segment.Definition, later string) error {
	d.By, d.At = auth.PrincipalOf(ctx).Subject, event.MillisOf(r.now())
	position, err := r.journal.Define(ctx, d)
	if err != nil {
		return err
	}
	wait, cancel := context.WithTimeout(ctx, decisionWait)
	defer cancel()
	if err := r.journal.WaitApplied(wait, position); err != nil {
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil || fault.CodeOf(err) == fault.Lagging || fault.CodeOf(err) == fault.Timeout {
			return fault.Wrap("resolvers.define", fault.Lagging, err, "The change is accepted and will be applied; the graph is behind. %s", later)
		}
		return err
	}
	return nil
}

func newID(prefix string) string {
	var b [16]byte
	rand.Read(b[:])
	return prefix + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
}
