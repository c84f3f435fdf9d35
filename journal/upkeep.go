package journal

import (
	"context"
	"time"
)

// keepUp refreshes the gauges, writes the checkpoint and trims the change stream until ctx ends.
func (j *Journal) keepUp(ctx context.Context) {
	defer close(j.upkeep)
	const saveEvery, trimEvery = 5, 60 // ticks
	ticker := time.NewTicker(j.cfg.tick)
	defer ticker.Stop()
	saved := uint64(0)
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
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
			if ctx.Err() == nil {
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
