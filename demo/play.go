package demo

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	tick    = 100 * time.Millisecond // how often the world is asked what it sends
	backlog = 512                    // requests a source may have waiting; a shop with more stands still
)

// Play sends the history and then the live play of w to the server at baseURL until ctx ends, and tells the story on
// out, at most a line in two seconds. Every source has a sender of its own, so one that is told to wait does not hold
// up the others. It answers nil when ctx ended, within a second of that, and an error when a write key is refused.
// w must not be used by others until Play has returned.
func Play(ctx context.Context, baseURL string, w *World, out io.Writer, log *slog.Logger) (Tally, error) {
	p := &player{
		world: w, sender: newSender(baseURL, log), narrator: &narrator{out: out}, queues: map[string]chan Request{},
	}
	defer p.sender.client.CloseIdleConnections()
	err := p.play(ctx)
	return p.sender.result(), err
}

// player is one run of Play.
type player struct {
	world    *World
	sender   *sender
	narrator *narrator
	queues   map[string]chan Request // by source
	started  time.Time
	past     atomic.Int64 // requests of the history still under way
}

func (p *player) play(parent context.Context) error {
	ctx, stop := context.WithCancelCause(parent)
	defer stop(nil)
	var senders sync.WaitGroup
	for _, source := range SourceNames() {
		queue := make(chan Request, backlog)
		p.queues[source] = queue
		senders.Go(func() {
			if err := p.deliver(ctx, queue); err != nil {
				stop(err)
			}
		})
	}
	defer senders.Wait()

	p.started = time.Now()
	if !p.hand(ctx, p.begin()) {
		return p.ending(ctx, parent)
	}
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return p.ending(ctx, parent)
		case now := <-ticker.C:
			p.narrator.speak(now)
			if !p.crowded() && !p.hand(ctx, p.world.Next(now)) {
				return p.ending(ctx, parent)
			}
		}
	}
}

// ending is nil when the caller ended the play, and else what did.
func (p *player) ending(ctx, parent context.Context) error {
	if parent.Err() != nil {
		return nil
	}
	return context.Cause(ctx)
}

// begin is the first part of the play, announced.
func (p *player) begin() []Request {
	requests := p.world.Next(p.started)
	batches, calls := 0, 0
	for _, r := range requests {
		if r.History {
			batches++
			calls += r.Calls
		}
	}
	if batches == 0 {
		p.narrator.say(p.started, "The shop opens.")
		return requests
	}
	days := int(p.world.cfg.History.Hours() / 24)
	p.narrator.say(p.started, fmt.Sprintf("The last %s of Fernhill Outfitters first: %s from %d sources.",
		count(days, "day"), count(calls, "call"), len(SourceNames())))
	p.past.Store(int64(batches))
	return requests
}

// hand puts the requests into the queues of their sources; false when the play has ended meanwhile.
func (p *player) hand(ctx context.Context, requests []Request) bool {
	for _, r := range requests {
		select {
		case p.queues[r.Source] <- r:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// crowded says whether some source has so much waiting that the shop had better stand still. The world makes up for
// a short pause and skips a long one.
func (p *player) crowded() bool {
	for _, queue := range p.queues {
		if len(queue) > backlog/2 {
			return true
		}
	}
	return false
}

// deliver sends what comes through the queue of one source, in order, until ctx ends.
func (p *player) deliver(ctx context.Context, queue <-chan Request) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case r := <-queue:
			if err := p.sender.send(ctx, r); err != nil {
				if ctx.Err() != nil {
					return nil
				}
				return err
			}
			p.narrator.hear(r.Beats)
			if r.History && p.past.Add(-1) == 0 {
				p.narrator.hear([]Beat{{
					Text: fmt.Sprintf("The past is told, in %.1f seconds. From here on it is live.", time.Since(p.started).Seconds()),
					Kind: "history", Weight: 10,
				}})
			}
		}
	}
}
