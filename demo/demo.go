// Package demo plays the life of a shop into Kith's own public ingest endpoints, so that every screen and
// subscription has something to show.
//
// A [World] is a simulator: a few hundred personas who visit, sign up, sign in elsewhere, order, open letters, call
// the support desk and pay at tills, with all that makes real data hard: shared tablets, a kiosk, junk ids, late and
// repeated calls, wrong clocks, robots, and calls that are plainly broken. It is deterministic: the same Config and
// the same moments give the same requests. It knows who is who ([World.Truth]) without any identity resolution, so a
// test can hold Kith's answer against it. [Play] sends what a World says and tells the story while doing so.
package demo

import (
	"time"

	"kith/fault"
)

// Config says what world to play. The zero value of every field but Sources means its default.
type Config struct {
	// Seed decides everything that is left to chance. Defaults to 1.
	Seed uint64
	// Personas have come by the end of the history; more join while play goes on. Defaults to 300, at least 24.
	Personas int
	// Rate is the average number of calls per second in live play. Defaults to 20, at most 5,000. The star
	// customer's own calls, about one every four seconds, come in any case.
	Rate float64
	// History is how far the past reaches that is sent first. Defaults to 30 days, at least one; negative means none.
	History time.Duration
	// HistoryCalls is about how many calls the past holds. Defaults to 5,000.
	HistoryCalls int
	// FaultShare is the share of calls that are broken on purpose and belong into quarantine. Defaults to 0.01,
	// at most 0.5; negative means none.
	FaultShare float64
	// Start is when live play begins. Defaults to the moment of the first Next.
	Start time.Time
	// Opened is where the past ends. Defaults to Start. A later run that keeps the Opened of the first one sends the
	// past again with the same message ids and contents, which counts once.
	Opened time.Time
	// Sources are the write keys by source name; every name of SourceNames is needed.
	Sources map[string]string
}

func (c Config) withDefaults() Config {
	if c.Seed == 0 {
		c.Seed = 1
	}
	if c.Personas == 0 {
		c.Personas = 300
	}
	if c.Rate == 0 {
		c.Rate = 20
	}
	if c.History == 0 {
		c.History = 30 * 24 * time.Hour
	}
	if c.HistoryCalls == 0 {
		c.HistoryCalls = 5000
	}
	if c.FaultShare == 0 {
		c.FaultShare = 0.01
	}
	return c
}

func (c Config) validate() error {
	const op = "demo.New"
	switch {
	case c.Personas < regulars:
		return fault.New(op, fault.Invalid, "a demo needs at least %d personas, not %d", regulars, c.Personas)
	case !(c.Rate > 0 && c.Rate <= 5000):
		return fault.New(op, fault.Invalid, "the demo's rate is %v calls per second; it must be above 0 and at most 5000", c.Rate)
	case c.History > 0 && c.History < 24*time.Hour:
		return fault.New(op, fault.Invalid, "the demo's history is %v; it must be at least a day, or negative for none", c.History)
	case c.HistoryCalls < 0:
		return fault.New(op, fault.Invalid, "the demo's history cannot hold %d calls", c.HistoryCalls)
	case !(c.FaultShare <= 0.5):
		return fault.New(op, fault.Invalid, "the demo's share of broken calls is %v; it must be at most 0.5", c.FaultShare)
	case !c.Opened.IsZero() && !c.Start.IsZero() && c.Opened.After(c.Start):
		return fault.New(op, fault.Invalid, "the demo's history ends at %v, after its start at %v", c.Opened, c.Start)
	}
	for _, name := range SourceNames() {
		if c.Sources[name] == "" {
			return fault.New(op, fault.Invalid, "the demo has no write key for its source %q", name)
		}
	}
	return nil
}

// runOf tells the past, which all runs share, from the live play of one run.
func (c Config) runOf(past bool) int64 {
	if past {
		return 0
	}
	return c.Start.UnixNano()
}
