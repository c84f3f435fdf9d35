package journal

import (
	"context"
	"errors"
	"time"
)

// keepUp refreshes the gauges, writes the checkpoint, trims the change stream and revives the store, until ctx ends.
func (j *Journal) keepUp(ctx context.Context) {
	defer close(j.upkeep)
	const saveEvery, reviveEvery, trimEvery = 5, 20, 60 // ticks
	ticker := time.NewTicker(j.cfg.tick)
	defer ticker.Stop()
	saved := uint64(0)
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if n%reviveEvery == 0 {
			j.revive(ctx)
		}
		j.refresh(ctx)
		if stamp := j.stamp(); n%saveEvery == 0 && stamp != saved {
			if err := j.noteState(); err != nil {
				j.cfg.Logger.Error("journal: checkpoint", "error", err)
			} else {
				saved = stamp
			}
		}
		if n%trimEvery == 0 {
			if err := j.trimChanges(ctx); err != nil && ctx.Err() == nil {
				j.cfg.Logger.Warn("journal: trimming the change stream", "error", err)
			}
		}
	}
}

// revive starts an embedded server again whose store cannot be written, once the disk has room. (The watermark is
// there to keep it from coming to this, but others use the disk as well.)
func (j *Journal) revive(ctx context.Context) {
	const op = "journal.revive"
	if j.server == nil {
		return
	}
	sick := j.server.healthy()
	if sick == nil || j.room(op, fromPipeline) != nil || j.roomToTrim(op) != nil {
		return
	}
	j.cfg.Logger.Error("journal: the store is opened anew", "error", sick)
	if err := j.server.stop(ctx); err != nil {
		return // Close has come first
	}
	if err := errors.Join(j.repairAll(nil), j.server.start()); err != nil {
		j.cfg.Logger.Error("journal: the store does not open", "error", err)
	}
}

// stamp changes with everything that a checkpoint holds.
func (j *Journal) stamp() uint64 {
	stamp := j.backlog.appliedSeq()
	for _, s := range j.streams() {
		stamp += s.head.Load()
	}
	return stamp
}

// refresh asks all streams and the disk. What does not answer keeps its old figures.
func (j *Journal) refresh(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, j.cfg.PublishTimeout)
	defer cancel()
	g := gauges{}
	if old := j.gauges.Load(); old != nil {
		g = *old
	}
	for s, into := range map[*stream]*StreamStats{
		j.log: &g.journal, j.changes: &g.changes, j.quarantine.stream: &g.quarantine, j.deadLetters.stream: &g.deadLetters,
	} {
		state, err := s.state(ctx)
		if err != nil {
			if ctx.Err() == nil && j.writing.IsConnected() {
				j.cfg.Logger.Warn("journal: a stream does not answer", "stream", s.name, "error", err)
			}
			continue
		}
		*into = StreamStats{First: state.FirstSeq, Last: state.LastSeq, Messages: state.Msgs, Bytes: int64(state.Bytes)}
		if s == j.log {
			j.backlog.sample(state.FirstSeq, state.LastSeq, int64(state.Bytes))
		}
	}
	if j.server != nil {
		if d, err := j.cfg.statfs(j.cfg.Dir); err == nil {
			g.disk = d
		}
	}
	if applied := j.backlog.appliedSeq(); g.journal.Last > applied {
		if at, err := j.oldest(ctx, applied+1); err == nil {
			g.oldest = at
		}
	} else {
		g.oldest = time.Time{}
	}
	j.gauges.Store(&g)
}
