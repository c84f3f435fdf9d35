package importer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// job is the import of one file.
type job struct {
	cfg     Config
	file    *file
	mapping *Mapping // nil for NDJSON

	state   *state
	refused *refusedFile
	sender  *sender
	bar     *progress
	text    *text
}

// Bounds of one request, well below what a Kith takes at once.
const (
	batchRows  = 1000
	batchBytes = 2 << 20
)

// codeUnreadable is the code of rows that are refused here, before they are sent.
const codeUnreadable = "unreadable_row"

// checkFirstRecord says in time that a file has JSON, but no records.
func (f *file) checkFirstRecord(start []byte) error {
	var first map[string]json.RawMessage
	d := json.NewDecoder(bytes.NewReader(start))
	if err := d.Decode(&first); err != nil {
		return fmt.Errorf("%s begins with a JSON object that cannot be read: %w", f.path, err)
	}
	if end := d.InputOffset(); bytes.IndexByte(start[:end], '\n') >= 0 {
		return fmt.Errorf("%s has JSON over several lines; Kith reads one object a line (NDJSON): jq -c . %s > %s.ndjson", f.path, f.path, f.path)
	}
	if first["id"] == nil || first["traits"] == nil && first["identifiers"] == nil && first["deleted"] == nil {
		return fmt.Errorf("the lines of %s are no records: a record is like {\"id\": \"17\", \"traits\": {\"email\": \"ada@example.org\"}}. "+
			"To make some: jq -c '{id: .customer_id, traits: {email: .email}}' %s > records.ndjson", f.path, f.path)
	}
	return nil
}

// run sends the file, from where an earlier run was cut off.
func (j *job) run(ctx context.Context) (report Report, err error) {
	if j.state, err = openState(j.cfg, j.file, j.mapping); err != nil {
		return Report{}, err
	}
	if j.refused, err = openRefused(j.file.path, j.state.RefusedBytes); err != nil {
		return Report{}, err
	}
	defer func() {
		report = Report{Accepted: j.state.Rows - j.state.Refused, Refused: j.state.Refused, Position: j.state.Position}
		err = errors.Join(err, j.refused.close())
	}()
	if j.text, err = j.file.open(); err != nil {
		return Report{}, err
	}
	defer j.text.Close()
	source, err := j.rows()
	if err != nil {
		return Report{}, err
	}
	j.bar = newProgress(j.cfg, j.file, j.state.Rows)
	j.sender = newSender(j.cfg, j.bar)
	if err := j.skip(ctx, source); err != nil {
		return Report{}, err
	}
	if err := j.sendAll(ctx, source); err != nil {
		j.bar.end()
		if j.state.Rows > 0 {
			err = fmt.Errorf("%s: stopped behind row %s; the same command goes on from there: %w", j.file.path, thousands(j.state.Rows), err)
		}
		return Report{}, err
	}
	j.finish()
	return Report{}, j.state.forget()
}

func (j *job) rows() (rows, error) {
	if j.mapping == nil {
		return &jsonRows{lines: bufio.NewReaderSize(j.text, 64<<10)}, nil
	}
	r, err := newCSVRows(j.text, j.mapping)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", j.file.path, err)
	}
	return r, nil
}

// skip reads over the rows that are acknowledged already.
func (j *job) skip(ctx context.Context, source rows) error {
	for n := range j.state.Rows {
		if n%batchRows == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if _, err := source.next(); err != nil {
			return fmt.Errorf("%s: %w", j.file.path, err)
		}
	}
	return nil
}

func (j *job) sendAll(ctx context.Context, source rows) error {
	for ended := false; !ended; {
		batch, err := gather(source)
		if ended = errors.Is(err, io.EOF); err != nil && !ended {
			return fmt.Errorf("%s: %w", j.file.path, err)
		}
		if len(batch) == 0 {
			break
		}
		before := *j.state
		if err := j.deliver(ctx, batch); err != nil {
			*j.state = before
			return err
		}
		j.state.Rows += len(batch)
		if err := j.remember(); err != nil {
			return err
		}
		j.bar.show(j.text.read, j.state.Rows, j.state.Refused)
	}
	j.bar.end()
	return nil
}

// gather reads the rows of one request. With an error there may be rows still.
func gather(source rows) (batch []row, err error) {
	for size := 0; len(batch) < batchRows && size < batchBytes; {
		r, err := source.next()
		if err != nil {
			return batch, err
		}
		batch = append(batch, r)
		size += len(r.record)
	}
	return batch, nil
}

// deliver has rows stored or refused.
func (j *job) deliver(ctx context.Context, batch []row) error {
	var sound []row
	for _, r := range batch {
		if r.why == "" {
			sound = append(sound, r)
			continue
		}
		if err := j.refuse(r, rejected{Code: codeUnreadable, Message: r.why}); err != nil {
			return err
		}
	}
	if len(sound) == 0 {
		return nil
	}
	a, err := j.sender.send(ctx, sound)
	switch {
	case errors.Is(err, errTooLarge) && len(sound) > 1:
		half := len(sound) / 2
		if err := j.deliver(ctx, sound[:half]); err != nil {
			return err
		}
		return j.deliver(ctx, sound[half:])
	case errors.Is(err, errTooLarge):
		return j.refuse(sound[0], rejected{Code: "too_large", Message: "The record is larger than this Kith takes."})
	case err != nil:
		return err
	}
	for _, no := range a.Rejected {
		if no.Index < 0 || no.Index >= len(sound) {
			return fmt.Errorf("the answer is about record %d of %d: %s is no Kith", no.Index, len(sound), j.cfg.URL)
		}
		if err := j.refuse(sound[no.Index], no); err != nil {
			return err
		}
	}
	if a.position != "" {
		j.state.Position = a.position
	}
	return nil
}

func (j *job) refuse(r row, why rejected) error {
	j.state.Refused++
	return j.refused.write(r, why)
}

// remember saves how far the file is acknowledged, after what was refused of it is in its file.
func (j *job) remember() (err error) {
	if j.state.RefusedBytes, err = j.refused.flush(); err != nil {
		return err
	}
	return j.state.save()
}

// finish says what came of it.
func (j *job) finish() {
	s := j.state
	fmt.Fprintf(j.cfg.Out, "%s: %s accepted", j.file.path, thousands(s.Rows-s.Refused))
	if s.Refused > 0 {
		fmt.Fprintf(j.cfg.Out, ", %s refused; %s says why", thousands(s.Refused), j.refused.path)
	}
	fmt.Fprintln(j.cfg.Out, ".")
}
