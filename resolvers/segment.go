package resolvers

import (
	"context"

	"kith/auth"
	"kith/fault"
	"kith/graph"
	"kith/graph/model"
)

// Segments are not there yet: lists of them are empty, none is found, and none can be made.

const noSegmentsYet = "Segments are not available yet in this version of Kith."

type segmentResolver struct{ *Root }

// Segment answers the nested fields of Segment.
func (r *Root) Segment() graph.SegmentResolver { return segmentResolver{r} }

func errNoSegments(field string) error {
	return &fault.Error{Op: "resolvers.segment", Code: fault.Invalid, Message: noSegmentsYet, Field: field}
}

// noSegment says that there is no segment of that id.
func noSegment(field string) error {
	return &fault.Error{Op: "resolvers.segment", Code: fault.NotFound, Message: "There is no such segment.", Field: field}
}

// noCondition refuses a condition: a caller who may not see personal values first for that.
func noCondition(ctx context.Context, field string) error {
	if err := require(ctx, auth.PIIRead, "A condition"); err != nil {
		return err
	}
	return errNoSegments(field)
}

func (r queryResolver) Segment(context.Context, model.SegmentBy) (*model.Segment, error) {
	return nil, nil
}

func (r queryResolver) Segments(context.Context, *int, *string) (*model.SegmentConnection, error) {
	return &model.SegmentConnection{}, nil
}

func (r queryResolver) SegmentPreview(ctx context.Context, _ model.Condition, _ *int) (*model.SegmentPreview, error) {
	return nil, noCondition(ctx, "condition")
}

func (r customerResolver) Segments(_ context.Context, objs []*model.Customer, _ *int, _ *string) ([]*model.SegmentMembershipConnection, error) {
	out := make([]*model.SegmentMembershipConnection, len(objs))
	for n := range out {
		out[n] = &model.SegmentMembershipConnection{}
	}
	return out, nil
}

func (r segmentResolver) Size(context.Context, []*model.Segment) ([]int, error) {
	return nil, errNoSegments("")
}

func (r segmentResolver) Customers(context.Context, []*model.Segment, *int, *string) ([]*model.CustomerConnection, error) {
	return nil, errNoSegments("")
}

func (r mutationResolver) SegmentCreate(context.Context, model.SegmentInput) (*model.SegmentPayload, error) {
	return noSegmentPayload(), nil
}

func (r mutationResolver) SegmentUpdate(context.Context, string, model.SegmentInput) (*model.SegmentPayload, error) {
	return noSegmentPayload(), nil
}

func (r mutationResolver) SegmentDelete(context.Context, string) (*model.SegmentPayload, error) {
	return noSegmentPayload(), nil
}

func noSegmentPayload() *model.SegmentPayload {
	return &model.SegmentPayload{UserErrors: []*model.UserError{{Message: noSegmentsYet, Code: model.UserErrorCodeInvalid}}}
}
