package pipeline

import (
	"cmp"
	"slices"

	"kith/event"
	"kith/identity"
	"kith/store"
	"kith/trace"
)

// batch is what one transaction applies: calls of consecutive messages, or one message of another kind.
type batch struct {
	last    uint64 // journal position reached
	calls   []call
	refused []event.Refused
	letters []DeadLetter
	other   *Message              // a decision or rules
	records []event.RecordVersion // instead of calls
	oldest  event.Millis
	bytes   int      // of its messages
	traces  []string // of its messages; see Message
}

// call is one call with its touchpoint's id and where it came from.
type call struct {
	*event.Call
	id   string
	part *event.Part
	seq  uint64
}

// split cuts messages into batches of about as many calls as the pace allows. A message is never cut, and one that is not of events
// stands alone.
func (a *applier) split(messages []Message, policy event.Policy) []batch {
	var out []batch
	var now batch
	flush := func() {
		if now.last != 0 {
			out = append(out, now)
		}
		now = batch{}
	}
	for i := range messages {
		m := &messages[i]
		if m.Kind == KindRecords {
			if len(now.calls) > 0 || len(now.records) >= recordBatch {
				flush()
			}
			now.decodeRecords(m, policy)
			continue
		}
		if len(now.records) > 0 {
			flush()
		}
		if m.Kind != KindEvents {
			flush()
			out = append(out, batch{last: m.Seq, other: m, traces: m.Traces})
			continue
		}
		if len(now.calls) >= a.size.now(a.cfg.Batch) {
			flush()
		}
		now.decode(m, policy)
	}
	flush()
	return out
}

// take notes that a message is part of the batch.
func (b *batch) take(m *Message) {
	b.last = m.Seq
	b.bytes += len(m.Data)
	if len(b.traces) <= trace.MaxLinks {
		b.traces = append(b.traces, m.Traces...)
	}
}

// decode adds the calls of one message. What cannot be read becomes a dead letter; the parts around it are kept.
func (b *batch) decode(m *Message, policy event.Policy) {
	b.take(m)
	parts, err := event.DecodeParts(m.Data)
	if err != nil {
		b.letters = append(b.letters, DeadLetter{Seq: m.Seq, Kind: KindEvents, Reason: err.Error(), Raw: m.Data})
	}
	for i := range parts {
		p := &parts[i]
		calls, refused := event.DecodeCalls(p, policy)
		b.refused = append(b.refused, refused...)
		for j := range calls {
			c := &calls[j]
			b.calls = append(b.calls, call{Call: c, id: TouchpointID(c.Source, c.MessageID), part: p, seq: m.Seq})
		}
		b.oldest = earlier(b.oldest, p.ReceivedAt)
	}
}

// recordBatch is how many records a transaction takes, about: what they hang together with is in memory meanwhile.
const recordBatch = 500

// decodeRecords adds the records of one message, as decode does calls.
func (b *batch) decodeRecords(m *Message, policy event.Policy) {
	b.take(m)
	parts, err := event.DecodeRecordsParts(m.Data)
	if err != nil {
		b.letters = append(b.letters, DeadLetter{Seq: m.Seq, Kind: KindRecords, Reason: err.Error(), Raw: m.Data})
	}
	for i := range parts {
		p := &parts[i]
		records, refused := event.DecodeRecords(p, policy)
		b.records, b.refused = append(b.records, records...), append(b.refused, refused...)
		b.oldest = earlier(b.oldest, p.ReceivedAt)
	}
}

// policyOf is how calls are decoded under these rules.
func policyOf(r *identity.Rules) event.Policy {
	return event.Policy{DefaultCountry: r.PhoneCountry(), TraitIdentifiers: r.Traits()}
}

// asked is everything of the graph that the calls touch, each once and sorted.
func asked(f *fold) store.Asked {
	var a store.Asked
	for _, t := range f.touchpoints {
		a.Touchpoints = append(a.Touchpoints, t.id)
	}
	for k := range f.identifiers {
		a.Identifiers = append(a.Identifiers, k)
	}
	for id := range f.links {
		a.Links = append(a.Links, id)
	}
	for id := range f.accounts {
		a.Accounts = append(a.Accounts, id)
	}
	for id := range f.worksAt {
		a.WorksAt = append(a.WorksAt, id)
	}
	for name := range f.sources {
		a.Sources = append(a.Sources, name)
	}
	slices.Sort(a.Touchpoints)
	slices.Sort(a.Identifiers)
	slices.Sort(a.Links)
	slices.Sort(a.Accounts)
	slices.Sort(a.WorksAt)
	slices.Sort(a.Sources)
	return a
}

// sorted gives the values of m in the order of their keys.
func sorted[K cmp.Ordered, V any](m map[K]V) []V {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	out := make([]V, len(keys))
	for i, k := range keys {
		out[i] = m[k]
	}
	return out
}
