package wire

import (
	"context"
	"encoding/json"

	"kith/event"
	"kith/fault"
	"kith/journal"
	"kith/resolvers"
)

// Quarantine keeps refused calls in the journal. What is stored of one is event.Refused as JSON, so that it can be
// mended and sent again with its messageId and time of receipt.
type Quarantine struct{ *journal.Journal }

var _ resolvers.Quarantine = Quarantine{}

// Add keeps refused calls; one that is there already is kept once.
func (q Quarantine) Add(ctx context.Context, refused []event.Refused) error {
	items := make([]journal.Quarantined, 0, len(refused))
	for i := range refused {
		r := &refused[i]
		raw, err := json.Marshal(r)
		if err == nil && len(raw) > q.MaxMessageBytes()/2 { // what is kept is longer again than that
			cutOff := *r
			cutOff.Raw = json.RawMessage(`"It is too large to be kept."`)
			raw, err = json.Marshal(cutOff)
		}
		if err != nil {
			// The event itself is no JSON: kept as a string, so that it can at least be looked at.
			asText := *r
			asText.Raw, _ = json.Marshal(string(r.Raw[:min(len(r.Raw), q.MaxMessageBytes()/8)]))
			if raw, err = json.Marshal(asText); err != nil {
				return fault.Wrap("wire.Quarantine", fault.Internal, err, "a refused event cannot be kept")
			}
		}
		items = append(items, journal.Quarantined{
			ID: "qua_" + r.Key(), Source: r.Source, MessageID: r.MessageID, Code: r.Code, Field: r.Field, Message: r.Message,
			ReceivedAt: r.ReceivedAt, Raw: raw,
		})
	}
	return q.Journal.Quarantine().Add(ctx, items)
}

func quarantined(item journal.Quarantined) (resolvers.QuarantinedCall, event.Refused, error) {
	var r event.Refused
	err := json.Unmarshal(item.Raw, &r)
	return resolvers.QuarantinedCall{
		ID: item.ID, Source: item.Source, MessageID: item.MessageID, Code: item.Code, Field: item.Field, Message: item.Message,
		ReceivedAt: item.ReceivedAt, Raw: r.Raw,
	}, r, err
}

// List gives the newest first.
func (q Quarantine) List(ctx context.Context, source string, limit int, after string) ([]resolvers.QuarantinedCall, bool, error) {
	return list(ctx, q.Journal.Quarantine(), limit, after, func(item journal.Quarantined) (resolvers.QuarantinedCall, bool) {
		c, _, err := quarantined(item)
		if err != nil {
			c.Raw = item.Raw
		}
		return c, source == "" || item.Source == source
	})
}

// Resend accepts a call again, as it is or mended. Accepted, it is in the journal before it leaves quarantine.
func (q Quarantine) Resend(ctx context.Context, id string, mended json.RawMessage) (string, *resolvers.QuarantinedCall, error) {
	item, err := q.Journal.Quarantine().Get(ctx, id)
	if err != nil {
		return "", nil, err
	}
	call, r, err := quarantined(item)
	if err != nil {
		return "", nil, fault.Wrap("wire.Resend", fault.Internal, err, "this entry of the quarantine is damaged")
	}
	position, again, err := q.append(ctx, r, mended)
	if err != nil {
		return "", nil, err
	}
	if again != nil {
		call.Code, call.Field, call.Message = again.Code, again.Field, again.Message
		return "", &call, nil
	}
	return position.String(), nil, gone(q.Journal.Quarantine().Remove(ctx, id))
}

// append accepts a call or a record, or says why it is refused again.
func (q Quarantine) append(ctx context.Context, r event.Refused, mended json.RawMessage) (journal.Position, *event.Refused, error) {
	if r.Type == event.TypeRecord {
		part, again := event.ResendRecord(r, mended, event.Limits{})
		if again != nil {
			return journal.Position{}, again, nil
		}
		position, err := q.Journal.AppendRecords(ctx, event.AppendRecordsPart(nil, &part))
		return position, nil, err
	}
	part, again := event.Resend(r, mended, event.Limits{})
	if again != nil {
		return journal.Position{}, again, nil
	}
	position, err := q.Journal.AppendEvents(ctx, event.AppendPart(nil, &part))
	return position, nil, err
}

// Count is how many there are.
func (q Quarantine) Count(ctx context.Context) (int, error) {
	n, err := q.Journal.Quarantine().Count(ctx)
	return int(n.Items), err
}

// Discard deletes a call for good.
func (q Quarantine) Discard(ctx context.Context, id string) error {
	return q.Journal.Quarantine().Remove(ctx, id)
}

// maxPasses bounds how many pages of a shelf one answer looks through for those that are wanted.
const maxPasses = 20

func list[T, R any](ctx context.Context, s *journal.Shelf[T], limit int, after string, keep func(T) (R, bool)) (out []R, more bool, err error) {
	place := ""
	if after != "" {
		if place, err = s.Behind(ctx, after); err != nil {
			return nil, false, fault.New("wire.list", fault.Invalid, "This cursor is of an entry that is not there any more; begin again without `after`.")
		}
	}
	for range maxPasses {
		page, err := s.List(ctx, limit, place)
		if err != nil {
			return nil, false, err
		}
		for i, item := range page.Items {
			if r, wanted := keep(item); wanted {
				out = append(out, r)
			}
			if len(out) == limit {
				return out, i < len(page.Items)-1 || page.Next != "", nil
			}
		}
		if page.Next == "" {
			return out, false, nil
		}
		place = page.Next
	}
	return out, true, nil
}
