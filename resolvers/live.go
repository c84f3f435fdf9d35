package resolvers

import (
	"context"
	"sync/atomic"

	"kith/auth"
	"kith/event"
	"kith/fault"
	"kith/graph"
	"kith/graph/model"
	"kith/identity"
	"kith/store"
)

type liveResolver struct{ *Root }

// Live opens the streams of the fields of Subscription.
func (r *Root) Live() graph.Live { return liveResolver{r} }

func (r liveResolver) CustomerChanged(ctx context.Context, by *model.CustomerBy, segment, after *string) (graph.Stream, error) {
	if (by == nil) == (segment == nil) {
		return nil, fault.New("resolvers.customerChanged", fault.Invalid, "Give exactly one of `by` and `segment`.")
	}
	if segment != nil {
		return r.membersChanged(ctx, *segment, after)
	}
	if by.Identifier != nil {
		if err := require(ctx, auth.PIIRead, "Watching a customer by an identifier"); err != nil {
			return nil, err
		}
	}
	after = graph.After(ctx, after)
	cursor, err := r.cursor(ctx, after) // before the state is read, so that nothing falls between
	if err != nil {
		return nil, err
	}
	watched, err := r.watched(ctx, *by)
	if err != nil {
		return nil, err
	}
	if watched.Customer == "" {
		return nil, &fault.Error{Op: "resolvers.customerChanged", Code: fault.NotFound, Message: "There is no such customer.", Field: "by"}
	}
	changes, err := r.feed.Customer(ctx, watched.ID, watched.Customer, cursor)
	if err != nil {
		return nil, err
	}
	graph.AuditRead(ctx, string(watched.Customer))
	s := &stream{Changes: changes, event: customerEvent, made: &r.made}
	if after == nil {
		s.first = &graph.Event{
			Value: &model.CustomerChanged{
				Cursor: changes.Cursor(), At: event.MillisOf(r.now()), CustomerID: string(watched.Customer),
				Reasons: []model.ChangeReason{model.ChangeReasonSnapshot}, ChangedTraits: []string{},
			},
			Key:     "snapshot " + changes.Cursor(),
			Cursor:  changes.Cursor(),
			Ordered: true,
		}
	}
	return s, nil
}

// cursor is where to begin: behind after, or at the newest change there is.
func (r *Root) cursor(ctx context.Context, after *string) (string, error) {
	if after != nil {
		return *after, nil
	}
	return r.feed.Head(ctx)
}

// watched is the identifier that a subscription stays with: the one named, or the one that gives the id. It is the zero
// value when there is none.
func (r *Root) watched(ctx context.Context, by model.CustomerBy) (store.IdentifierView, error) {
	if by.Identifier != nil {
		key, ok := r.key(by.Identifier)
		if !ok {
			return store.IdentifierView{}, nil
		}
		found, err := r.graph.IdentifiersByKey(ctx, []identity.Key{key})
		return found[key], err
	}
	if by.ID == nil {
		return store.IdentifierView{}, nil
	}
	id := identity.CustomerID(*by.ID)
	found, err := r.graph.IdentifiersByID(ctx, []identity.CustomerID{id})
	return found[id], err
}

// maxWatched is how many members a segment may have whose members are watched: the feed keeps their ids.
const maxWatched = 200_000

// membersChanged opens the changes of everybody who is in a segment.
func (r liveResolver) membersChanged(ctx context.Context, segment string, after *string) (graph.Stream, error) {
	s, err := r.segmentByID(ctx, segment)
	if err != nil || s == nil {
		return nil, orNo(err, noSegment("segment"))
	}
	cursor, err := r.cursor(ctx, graph.After(ctx, after))
	if err != nil {
		return nil, err
	}
	members, last, err := r.graph.MemberIDs(ctx, segment, maxWatched+1)
	if err != nil {
		return nil, err
	}
	if len(members) > maxWatched {
		return nil, fault.New("resolvers.membersChanged", fault.Limit, "This segment has more than %d members; watch who enters and leaves it with segmentMembershipChanged.", maxWatched)
	}
	changes, err := r.feed.Members(ctx, segment, members, last, cursor)
	if err != nil {
		return nil, err
	}
	return &stream{Changes: changes, event: customerEvent, made: &r.made}, nil
}

func (r liveResolver) SegmentMembershipChanged(ctx context.Context, segment string, after *string) (graph.Stream, error) {
	s, err := r.segmentByID(ctx, segment)
	if err != nil || s == nil {
		return nil, orNo(err, noSegment("segment"))
	}
	cursor, err := r.cursor(ctx, graph.After(ctx, after))
	if err != nil {
		return nil, err
	}
	changes, err := r.feed.Segment(ctx, segment, cursor)
	if err != nil {
		return nil, err
	}
	return &stream{Changes: changes, event: membershipEvent, made: &r.made}, nil
}

func membershipEvent(c Change) any {
	m := c.Change.Membership
	if m == nil {
		return nil
	}
	return &model.SegmentMembershipChanged{Cursor: c.Cursor, At: c.At, Entered: m.Entered, CustomerID: string(m.Customer), SegmentID: m.Segment}
}

func (r liveResolver) TouchpointRecorded(ctx context.Context, filter *model.TouchpointFilter, after *string) (graph.Stream, error) {
	cursor, err := r.cursor(ctx, graph.After(ctx, after))
	if err != nil {
		return nil, err
	}
	changes, err := r.feed.Touchpoints(ctx, touchpointFilter(filter), cursor)
	if err != nil {
		return nil, err
	}
	return &stream{Changes: changes, event: touchpointEvent, made: &r.made}, nil
}

// stream makes a subscription's events of its changes.
type stream struct {
	Changes
	event func(Change) any // nil for a change that is not shown
	made  *lastEvent
	first *graph.Event // comes before all changes, once
	ended bool
}

func (s *stream) Next() (e graph.Event, ok bool, err error) {
	if s.first != nil {
		e, s.first = *s.first, nil
		return e, true, nil
	}
	for !s.ended {
		c, ok, err := s.Changes.Next()
		if err != nil || !ok {
			return graph.Event{}, false, err
		}
		if c.Resync != "" {
			s.ended = true
			return graph.Event{Value: &model.ResyncRequired{Reason: c.Resync}}, true, nil
		}
		value := s.made.of(c, s.event)
		if value == nil {
			continue
		}
		e := graph.Event{Value: value, Key: c.Key, Cursor: c.Cursor, Trace: c.Trace}
		_, fixed := value.(*model.TouchpointRecorded)
		e.Ordered, e.Subject = !fixed, subjectOf(value)
		if c.Received != 0 {
			e.Received = c.Received.Time()
		}
		return e, true, nil
	}
	return graph.Event{}, false, graph.ErrComplete
}

// subjectOf is the customer that an event shows, and nobody else; empty when it shows several.
func subjectOf(value any) string {
	switch x := value.(type) {
	case *model.CustomerChanged:
		return x.CustomerID
	case *model.SegmentMembershipChanged:
		return x.CustomerID
	}
	return ""
}

// lastEvent is the event that was made last, which nobody writes to: thousands who watch the same come for it one after
// the other.
type lastEvent struct {
	event atomic.Pointer[madeEvent]
}

type madeEvent struct {
	key   string
	value any
}

func (l *lastEvent) of(c Change, create func(Change) any) any {
	if m := l.event.Load(); m != nil && m.key == c.Key {
		return m.value
	}
	value := create(c)
	if value != nil && c.Key != "" {
		l.event.Store(&madeEvent{c.Key, value})
	}
	return value
}

// Notify also says that the event before all changes is there.
func (s *stream) Notify(f func()) {
	first := s.first != nil // f may have Next take it in another goroutine
	s.Changes.Notify(f)
	if first {
		f()
	}
}

func customerEvent(c Change) any {
	switch {
	case c.Change.Changed != nil:
		x := c.Change.Changed
		reasons := make([]model.ChangeReason, len(x.Reasons))
		for i, reason := range x.Reasons {
			reasons[i] = model.ChangeReason(reason)
		}
		traits := x.Traits
		if traits == nil {
			traits = []string{}
		}
		return &model.CustomerChanged{Cursor: c.Cursor, At: c.At, Reasons: reasons, ChangedTraits: traits, CustomerID: string(x.Customer)}
	case c.Change.Merged != nil:
		x := c.Change.Merged
		return &model.CustomerMerged{Cursor: c.Cursor, At: c.At, Absorbed: texts(x.Absorbed), CustomerID: string(x.Customer)}
	case c.Change.Split != nil:
		x := c.Change.Split
		created := make([]string, len(x.Created))
		for i, part := range x.Created {
			created[i] = string(part.Customer)
		}
		return &model.CustomerSplit{Cursor: c.Cursor, At: c.At, CustomerID: string(x.Customer), CreatedIDs: created}
	}
	return nil
}

func touchpointEvent(c Change) any {
	if c.Change.Touchpoint == nil {
		return nil
	}
	return &model.TouchpointRecorded{Cursor: c.Cursor, At: c.At, TouchpointID: c.Change.Touchpoint.ID}
}
