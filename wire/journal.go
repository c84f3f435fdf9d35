// Package wire fits the packages of Kith to each other. Each declares what it needs as a small interface in its own
// words; here these are answered by the ones that have it. Nothing here decides anything.
package wire

import (
	"context"
	"errors"

	"kith/event"
	"kith/journal"
	"kith/pipeline"
)

// Pipeline is the journal as the pipeline reads it.
type Pipeline struct {
	*journal.Journal
	Progress *Progress // is told how far the pipeline came
}

var _ pipeline.Journal = Pipeline{}

// Read begins behind a position.
func (p Pipeline) Read(after uint64) pipeline.Reader { return reader{p.Journal.Read(after)} }

// SetApplied tells the journal and everybody who waits.
func (p Pipeline) SetApplied(seq uint64) {
	p.Journal.SetApplied(seq)
	p.Progress.reached(seq)
}

// PublishChanges stores a message of the change stream once.
func (p Pipeline) PublishChanges(ctx context.Context, tx int64, part int, data []byte) error {
	_, err := p.Journal.PublishChanges(ctx, tx, part, data)
	return err
}

// LastChange is the transaction whose changes were published last.
func (p Pipeline) LastChange(ctx context.Context) (int64, bool, error) {
	tx, _, ok, err := p.Journal.LastChange(ctx)
	return tx, ok, err
}

// DeadLetter keeps what could not be applied.
func (p Pipeline) DeadLetter(ctx context.Context, letters []pipeline.DeadLetter) error {
	items := make([]journal.DeadLetter, len(letters))
	for i, l := range letters {
		if len(l.Raw) > p.MaxMessageBytes()/2 { // it is kept as text, with what is said about it
			l.Raw, l.Reason = nil, l.Reason+" It is too large to be kept."
		}
		items[i] = journal.DeadLetter{
			Position: journal.Position{Epoch: p.Journal.Epoch(), Seq: l.Seq},
			Kind:     l.Kind, Source: l.Source, MessageID: l.MessageID, Reason: l.Reason, Raw: l.Raw,
		}
	}
	return p.DeadLetters().Add(ctx, items)
}

// Quarantine keeps calls that turned out not to be acceptable.
func (p Pipeline) Quarantine(ctx context.Context, refused []event.Refused) error {
	return Quarantine{p.Journal}.Add(ctx, refused)
}

type reader struct{ *journal.Reader }

func (r reader) Fetch(ctx context.Context, messages, bytes int) ([]pipeline.Message, error) {
	list, err := r.Reader.Fetch(ctx, messages, bytes)
	var gap *journal.Gap
	if errors.As(err, &gap) {
		return nil, &pipeline.Lost{First: gap.First, Last: gap.Last, Trimmed: gap.Trimmed}
	}
	if err != nil {
		return nil, err
	}
	out := make([]pipeline.Message, len(list))
	for i, m := range list {
		out[i] = pipeline.Message{Seq: m.Seq, Kind: m.Kind, At: m.At, Data: m.Data, Traces: m.Traces}
	}
	return out, nil
}

// Collect is the journal as ingest writes it.
type Collect struct{ *journal.Journal }

// AppendEvents stores one part and gives its position as text.
func (c Collect) AppendEvents(ctx context.Context, part []byte) (string, error) {
	p, err := c.Journal.AppendEvents(ctx, part)
	return p.String(), err
}

// AppendRecords stores one part of records and gives its position as text.
func (c Collect) AppendRecords(ctx context.Context, part []byte) (string, error) {
	p, err := c.Journal.AppendRecords(ctx, part)
	return p.String(), err
}
