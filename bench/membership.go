package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// membership runs the real program with 200 segments of mixed kinds and one that is watched. One event in ten is of a
// known customer who enters that one by it; the time is taken from each such event's 200 to the frame that says so, which
// shows the customer's newest touchpoint.
func membership(ctx context.Context, l *lab) (rows []row, err error) {
	c, err := l.startChild(ctx, l.config.URI)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	send := newSender(c.url)
	defer send.close()
	const some = 100
	first, _ := newShop("first").batch(some) // until it is applied, nothing waits for the pipeline to take office
	if err := errors.Join(send.post(ctx, first), c.applied(ctx, some, 2*time.Minute)); err != nil {
		return nil, err
	}
	ids := map[string]string{} // as the mixture has them, to what they are
	for _, s := range mixture() {
		condition := string(s.Condition.Encode())
		for was, is := range ids {
			condition = strings.ReplaceAll(condition, `"`+was+`"`, `"`+is+`"`)
		}
		if ids[s.ID], err = c.segment(ctx, s.Key, condition); err != nil {
			return nil, err
		}
	}
	watched, err := c.segment(ctx, "watched", `{"event":{"name":"Signal","within":"P1D"}}`)
	if err != nil {
		return nil, err
	}
	known := 3000 + 1500*l.rounds
	for n := 0; n < known; n += 500 {
		body := []byte(`{"batch":[`)
		for i := n; i < n+500; i++ {
			body = fmt.Appendf(body, `{"type":"identify","messageId":"known-%d","userId":"known-%d","traits":{"plan":"gold"},"timestamp":%q},`, i, i, time.Now().Add(-time.Hour).UTC().Format(time.RFC3339Nano))
		}
		body[len(body)-1] = ']'
		if err := send.post(ctx, append(body, '}')); err != nil {
			return nil, err
		}
	}
	if err := c.applied(ctx, float64(some+known), 2*time.Minute); err != nil {
		return nil, err
	}
	made := 0
	signal := func() one {
		made++
		id := fmt.Sprintf("signal-%d", made)
		return one{id, fmt.Appendf(nil, `{"type":"track","event":"Signal","messageId":%q,"userId":"known-%d","timestamp":%q}`, id, made%known, time.Now().UTC().Format(time.RFC3339Nano))}
	}
	query := fmt.Sprintf(`subscription { segmentMembershipChanged(segment: %q) { ... on SegmentMembershipChanged { entered customer { touchpoints(first: 1) { nodes { messageId } } } } } }`, watched)
	w, err := subscribeTo(ctx, c.url, c.token, send, query, entered, func() []byte { return []byte(`{"batch":[` + string(signal().raw) + `]}`) })
	if err != nil {
		return nil, err
	}
	defer w.close()
	const pace, every = 500, 10
	shop := newShop("membership")
	round := func(perSecond float64, span time.Duration) (samples, error) {
		events := make([]one, int(perSecond*span.Seconds())+1)
		for i := range events {
			if events[i] = shop.event(); i%every == 0 {
				events[i] = signal()
			}
		}
		_, err := steady(ctx, perSecond, span, 64, func(i int) error {
			if i >= len(events) {
				return nil
			}
			e := events[i]
			if err := send.post(ctx, []byte(`{"batch":[`+string(e.raw)+`]}`)); err != nil {
				return err
			}
			if i%every == 0 {
				w.accept(e.messageID)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		return w.delays(ctx, 2*time.Minute)
	}
	if _, err := round(pace, l.warmFor()); err != nil {
		return nil, err
	}
	var middle, tail, calm, calmTail samples
	span := time.Duration(l.pick(20, 4)) * time.Second
	frames := 0
	for r := range l.rounds {
		quiet, err := round(pace/10, span/2)
		if err != nil {
			return nil, err
		}
		profiled := func() error { return nil }
		if r == 0 {
			profiled = l.profiledChild(ctx, c, "membership")
		}
		before := c.applying(ctx)
		busy, err := round(pace, span)
		if err := errors.Join(err, profiled()); err != nil {
			return nil, err
		}
		done := c.applying(ctx)
		batches := done.batches - before.batches
		l.say("%.0f batches of %.0f events, %.0f ms each, and %.0f other transactions", batches, (done.events-before.events)/batches, 1000*(done.seconds-before.seconds)/batches,
			done.transactions-before.transactions-batches)
		middle, tail, calm, calmTail = append(middle, busy.median()), append(tail, busy.quantile(0.99)), append(calm, quiet.median()), append(calmTail, quiet.quantile(0.99))
		frames += len(busy)
		l.say("round %d: p50 %.1f ms, p99 %.1f ms, max %.0f ms; at %d events/s p50 %.1f ms, p99 %.1f ms", r+1, busy.median(), busy.quantile(0.99), busy.quantile(1), pace/10, quiet.median(), quiet.quantile(0.99))
	}
	return []row{{
		what: fmt.Sprintf("HTTP 200 → membership frame at a subscriber, %d events/s steady, 200 segments", pace), goal: "p50 ≤ 75 ms, p99 ≤ 500 ms",
		measured: fmt.Sprintf("p50 %.0f ms, p99 %.0f ms (%s frames)", middle.median(), tail.median(), thousands(float64(frames))),
		ratio:    fmt.Sprintf("p50 %.1f×, p99 %.1f× of the same at %d events/s (%.0f, %.0f ms)", middle.over(calm).median(), tail.over(calmTail).median(), pace/10, calm.median(), calmTail.median()),
		spread:   "p50 " + percent(middle.spread()) + ", p99 " + percent(tail.spread()), met: middle.median() <= 75 && tail.median() <= 500,
	}}, nil
}

// applying is what the child's pipeline has done so far; zero where it does not say.
type applying struct{ batches, events, seconds, transactions float64 }

func (c *child) applying(ctx context.Context) (a applying) {
	for name, into := range map[string]*float64{
		"kith_apply_duration_seconds_count": &a.batches, "kith_apply_duration_seconds_sum": &a.seconds, "kith_apply_events_total": &a.events, "kith_apply_transactions_total": &a.transactions,
	} {
		if v, err := c.metric(ctx, name); err == nil {
			*into = v
		}
	}
	return a
}

func entered(payload []byte) (string, error) {
	var frame struct {
		Data struct {
			SegmentMembershipChanged struct {
				Customer struct {
					Touchpoints struct{ Nodes []struct{ MessageID string } }
				}
			}
		}
	}
	err := json.Unmarshal(payload, &frame)
	nodes := frame.Data.SegmentMembershipChanged.Customer.Touchpoints.Nodes
	if err == nil && len(nodes) == 0 {
		err = fmt.Errorf("a frame without a touchpoint: %s", payload)
	}
	if err != nil {
		return "", err
	}
	return nodes[0].MessageID, nil
}

// segment makes one through the API, waits until it is live and gives its id.
func (c *child) segment(ctx context.Context, key, condition string) (string, error) {
	ask := func(query string, variables any) (out struct {
		Data struct {
			SegmentCreate struct {
				UserErrors []struct{ Message string }
			}
			Segment struct{ ID, Status string }
		}
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}, err error) {
		body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
		if err != nil {
			return out, err
		}
		answer, err := post(ctx, c.url+"/graphql", c.token, string(body))
		if err != nil {
			return out, err
		}
		err = json.Unmarshal(answer, &out)
		accepted := len(out.Errors) == 1 && out.Errors[0].Extensions.Code == "LAGGING" // and made in a moment
		if err == nil && !accepted && len(out.Errors)+len(out.Data.SegmentCreate.UserErrors) > 0 {
			err = fmt.Errorf("segment %s: %s", key, answer)
		}
		return out, err
	}
	if _, err := ask(`mutation($in: SegmentInput!) { segmentCreate(input: $in) { userErrors { message } } }`,
		map[string]any{"in": map[string]any{"key": key, "name": key, "condition": json.RawMessage(condition)}}); err != nil {
		return "", err
	}
	for deadline := time.Now().Add(time.Minute); ; {
		now, err := ask(`query($key: String!) { segment(by: {key: $key}) { id status } }`, map[string]any{"key": key})
		if err != nil || now.Data.Segment.Status == "LIVE" {
			return now.Data.Segment.ID, err
		}
		if time.Now().After(deadline) {
			return "", fmt.Errorf("segment %s is %s for a minute", key, now.Data.Segment.Status)
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}
