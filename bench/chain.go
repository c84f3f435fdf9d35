package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"kith/identity"
)

const (
	chainLimit  = 2000 // the identity rules' bound on what hangs together
	chainWarm   = 10   // events at the chain before any is measured
	chainAlone  = 5    // in each round, with nothing else going on
	chainAmong  = 8    // in each round, one a second among others
	othersRate  = 200
	chainBatch  = 100
	chainBefore = "2026-01-01T00:00:00Z"
)

// chain lets e-mails hang together in one long chain, each tied to the next by a cookie that was used with both, up to
// the bound. Then it sends events that each tie one more cookie to an e-mail in it, so that all of it has to be
// resolved anew: alone, for the time of one; and among others, for what those feel of it.
func chain(ctx context.Context, l *lab) (rows []row, err error) {
	k, err := l.openKith(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	k.start(ctx)
	send := newSender(k.url)
	defer send.close()
	c := &chained{kith: k, send: send, length: chainLimit - chainWarm - l.rounds*(chainAlone+chainAmong)}
	if err := c.build(ctx); err != nil {
		return nil, err
	}
	w, err := subscribe(ctx, k.url, k.token, send)
	if err != nil {
		return nil, err
	}
	defer w.close()
	others := newShop("others")
	if _, err := paced(ctx, w, send, others, othersRate, l.warmFor()); err != nil {
		return nil, err
	}
	for range chainWarm {
		if _, err := c.touch(ctx); err != nil {
			return nil, err
		}
	}
	var alone, quiet, among samples
	for r := range l.rounds {
		var took samples
		for range chainAlone {
			ms, err := c.touch(ctx)
			if err != nil {
				return nil, err
			}
			took = append(took, ms)
		}
		before, err := paced(ctx, w, send, others, othersRate, chainAmong*time.Second)
		if err != nil {
			return nil, err
		}
		during, err := c.among(ctx, w, others)
		if err != nil {
			return nil, err
		}
		alone, quiet, among = append(alone, took.median()), append(quiet, before.quantile(0.99)), append(among, during.quantile(0.99))
		l.say("round %d: %.0f ms; others' p99 %.0f ms, with one a second %.0f ms", r+1, took.median(), before.quantile(0.99), during.quantile(0.99))
	}
	size, err := c.size(ctx)
	if err != nil {
		return nil, err
	}
	ratio := among.over(quiet)
	return []row{{
		what: fmt.Sprintf("one event touching %s identifiers that hang together (a chain of e-mails)", thousands(float64(size))), goal: "≤ 100 ms, other events' p99 ≤ 2×",
		measured: fmt.Sprintf("%.0f ms in the pipeline; others' p99 from 200 to frame %.0f ms with one such a second", alone.median(), among.median()),
		ratio:    fmt.Sprintf("%.2f× of the others' p99 without (%.0f ms), %d events/s", ratio.median(), quiet.median(), othersRate),
		spread:   percent(alone.spread()) + ", ratio " + percent(ratio.spread()), met: alone.median() <= 100 && ratio.median() <= 2,
	}}, nil
}

type chained struct {
	*kith
	send   *sender
	length int // identifiers, e-mails and cookies by turns
	more   int // cookies tied on since
}

// build sends one event for each e-mail and neighbouring cookie.
func (c *chained) build(ctx context.Context) error {
	var events []string
	flush := func() error {
		body := `{"batch":[` + strings.Join(events, ",") + `]}`
		events = nil
		return c.send.post(ctx, []byte(body))
	}
	for i := range c.length - 1 {
		events = append(events, tie(fmt.Sprintf("chain-%d", i), fmt.Sprintf("chain-%d", (i+1)/2), i/2))
		if len(events) == chainBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if len(events) > 0 {
		if err := flush(); err != nil {
			return err
		}
	}
	if err := c.settle(ctx, 5*time.Minute); err != nil {
		return err
	}
	size, err := c.size(ctx)
	if err == nil && size < c.length {
		err = fmt.Errorf("only %d of %d identifiers hang together", size, c.length)
	}
	return err
}

// tie is an event in which a cookie comes with the e-mail of a number.
func tie(messageID, cookie string, email int) string {
	return fmt.Sprintf(`{"type":"identify","messageId":%q,"anonymousId":%q,"timestamp":%q,"traits":{"email":"chain-%d@example.org"}}`, messageID, cookie, chainBefore, email)
}

// next is one more event at the chain, somewhere in its middle, never at the same e-mail again.
func (c *chained) next() string {
	c.more++
	name := fmt.Sprintf("chain-more-%d", c.more)
	return `{"batch":[` + tie(name, name, c.length/4+c.more) + `]}`
}

func (c *chained) touch(ctx context.Context) (float64, error) {
	return c.applyOne(ctx, c.send, c.next())
}

// among sends one a second while others go their way.
func (c *chained) among(ctx context.Context, w *watch, others *shop) (samples, error) {
	sent := make(chan error, 1)
	go func() { // ends by itself after so many; waited for below
		_, err := steady(ctx, 1, chainAmong*time.Second, 1, func(int) error {
			if c.more >= chainLimit-c.length {
				return nil
			}
			return c.send.post(ctx, []byte(c.next()))
		})
		sent <- err
	}()
	delays, err := paced(ctx, w, c.send, others, othersRate, chainAmong*time.Second)
	return delays, errors.Join(err, <-sent)
}

// size is how many identifiers hang together with the first e-mail.
func (c *chained) size(ctx context.Context) (int, error) {
	loaded, err := c.graph.Neighbourhood(ctx, identity.Need{Components: []identity.Key{"email:chain-0@example.org"}})
	return len(loaded.Components.Members), err
}
