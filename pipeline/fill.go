package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"kith/customer"
	"kith/event"
	"kith/identity"
	"kith/segment"
	"kith/store"
)

// job brings definitions in force over what is stored already: first every identifier's touchpoints are read for the
// features that nothing stood on before, then every customer is evaluated. It goes page by page between the batches, and
// each page writes how far it came in the same transaction. What a batch says of identifiers is taken in as always, since
// others may stand on the same features already; the page that comes to one makes its slots anew of all that is stored.
// Customers beyond the place reached are left to the page that will come to them. So nothing is missed and nothing counted
// twice, whenever it is broken off.
type job struct {
	ID       int64      `json:"id"`
	Stage    string     `json:"stage"`
	Segments []string   `json:"segments,omitempty"` // whom it is for
	Computed []string   `json:"computed,omitempty"`
	Rules    []string   `json:"rules,omitempty"`    // to be evaluated for everybody
	Later    [][]string `json:"later,omitempty"`    // and these when the ones before are, each in a pass of its own
	Features []string   `json:"features,omitempty"` // to be gathered
	Cursor   string     `json:"cursor"`             // the last identifier, or customer, that is done
	Done     int64      `json:"done"`
	Total    int64      `json:"total"` // about
	Whole    bool       `json:"whole,omitempty"`
	Names    bool       `json:"names,omitempty"` // the names of traits are to be counted anew, before anything else
}

const (
	gathering  = "GATHERING"  // facts on identifiers
	evaluating = "EVALUATING" // customers
	removing   = "REMOVING"   // the members of a segment that is gone
)

// ready says that a rule or computed trait is live for a customer.
func (l *live) ready(rule string, id identity.CustomerID) bool {
	for n, j := range l.jobs {
		if slices.ContainsFunc(j.Later, func(pass []string) bool { return slices.Contains(pass, rule) }) {
			return false
		}
		if (slices.Contains(j.Rules, rule) || slices.Contains(j.Computed, rule)) && (n > 0 || j.Stage != evaluating || string(id) > j.Cursor) {
			return false
		}
	}
	return true
}

// fillPage is how many identifiers, and fillCustomers how many customers, one transaction of a job takes: a batch of
// events that comes in between waits no longer than for one.
const (
	fillPage      = 200
	fillCustomers = 400
)

// fillShared is how long after events a job leaves two thirds of the time to others: it rests after a full page twice as
// long as the page took. Events are taken in by the same machine, and a part of a backfill's speed is what they wait little
// longer for.
const fillShared = time.Second

// resting is how long a job waits until its next page.
func (a *applier) resting() time.Duration {
	if time.Since(a.eventful) > fillShared {
		return 0
	}
	return max(time.Until(a.rested), 0)
}

// fill does one page of the job whose turn it is. full says that the page was a full one, and more of them come.
func (a *applier) fill(ctx context.Context) (full bool, err error) {
	l := a.live
	if len(l.jobs) == 0 {
		return false, nil
	}
	j := *l.jobs[0] // becomes what is so when it is written
	w := a.write()
	var changes []customer.Change
	done := false
	if j.Names {
		if err := a.recount(ctx, &w); err != nil {
			return false, err
		}
		j.Names = false
	}
	stage := j.Stage
	switch stage {
	case gathering:
		err = a.gather(ctx, &w, &j)
	case evaluating:
		changes, done, err = a.evaluate(ctx, &w, &j)
	default:
		done, err = a.empty(ctx, &w, &j)
	}
	if err != nil {
		return false, err
	}
	if done {
		w.GoneFills = []any{j.ID}
	} else {
		w.Fills = []store.Row{j.row()}
	}
	if err := a.cfg.Faults("fill " + stage); err != nil {
		return false, err
	}
	if err := a.commitChanges(ctx, w, changes, 0); err != nil {
		return false, err
	}
	if done {
		l.jobs = l.jobs[1:]
		a.cfg.Logger.Info("segments: a job is done", "segments", j.Segments, "computed", len(j.Computed), "customers", j.Done)
		if j.Stage == removing {
			delete(l.stored, j.Segments[0])
		}
	} else {
		l.jobs[0] = &j
	}
	return !done && j.Stage == stage, nil
}

// inPasses has rules evaluated one pass after the other: those that ask what connected customers meet when that is known of
// everybody. Otherwise who meets "not connected" would enter, and leave again.
func (j *job) inPasses(set *segment.Set, rules []string) {
	if passes := set.Passes(rules); len(passes) > 0 {
		j.Rules, j.Later = passes[0], passes[1:]
	}
}

// lookedAt is how many customers are looked at in all passes together, of so many that there are.
func (j *job) lookedAt(customers int64) int64 { return customers * int64(1+len(j.Later)) }

func (j *job) row() store.Row {
	text, err := json.Marshal(j)
	if err != nil {
		panic("pipeline: a job is JSON: " + err.Error())
	}
	return store.Row{"id": j.ID, "p": store.Row{"job": string(text)}}
}

// gather reads a page of identifiers with their touchpoints and makes the slots of the job's features anew.
func (a *applier) gather(ctx context.Context, w *store.Write, j *job) error {
	l := a.live
	now := event.MillisOf(a.cfg.Now())
	var features []*segment.Feature
	for _, f := range l.set.Features() {
		if slices.Contains(j.Features, f.ID.String()) {
			features = append(features, f)
		}
	}
	what := store.GatheringOf(features, now)
	page, err := a.cfg.Graph.TalliesAfter(ctx, identity.Key(j.Cursor), fillPage, what)
	if err != nil {
		return err
	}
	for i := range page {
		s := &page[i]
		state, err := segment.ParseState(s.Tallies)
		if err != nil {
			return err
		}
		if state == nil {
			state = segment.State{}
		}
		for _, f := range features {
			delete(state, f.ID)
		}
		for facts, last := s.Facts, s.Last; ; {
			for n := range facts {
				for _, f := range features {
					state.Add(f, &facts[n], now)
				}
			}
			if last == "" {
				break
			}
			if err := a.upkeep(ctx); err != nil { // an identifier may have a great many
				return err
			}
			if facts, last, err = a.cfg.Graph.FactsAfter(ctx, s.Key, facts[len(facts)-1].At, last, what); err != nil {
				return err
			}
		}
		if b := state.Encode(l.set.Feature, now); !bytes.Equal(b, s.Tallies) {
			row := store.Row{"key": string(s.Key), "tallies": nil}
			if b != nil {
				row["tallies"] = b
			}
			w.Tallies = append(w.Tallies, row)
		}
		l.standby.drop(s.Customer)
		j.Cursor = string(s.Key)
		j.Done++
	}
	if len(page) < fillPage {
		customers, _, err := a.cfg.Graph.Counts(ctx)
		if err != nil {
			return err
		}
		j.Stage, j.Cursor, j.Done, j.Total = evaluating, "", 0, j.lookedAt(customers)
	}
	return nil
}

// evaluate goes over a page of customers; behind the last it begins with the next pass, if there is one.
func (a *applier) evaluate(ctx context.Context, w *store.Write, j *job) (changes []customer.Change, done bool, err error) {
	page, err := a.cfg.Graph.StandingsAfter(ctx, identity.CustomerID(j.Cursor), fillCustomers)
	if err != nil {
		return nil, false, err
	}
	if len(page) > 0 {
		j.Cursor = string(page[len(page)-1].ID)
		j.Done += int64(len(page))
		before := a.live.jobs[0]
		a.live.jobs[0] = j // up to the new cursor all are live, in this very transaction
		what := segment.Change{Rules: slices.Concat(j.Rules, j.Computed), All: j.Whole}
		changes, err = a.reevaluate(ctx, w, page, event.MillisOf(a.cfg.Now()), func(*known) segment.Change { return what })
		a.live.jobs[0] = before
		if err != nil {
			return nil, false, err
		}
	}
	if len(page) < fillCustomers && len(j.Later) > 0 {
		j.Rules, j.Later = j.Later[0], j.Later[1:]
		j.Computed, j.Whole, j.Cursor = nil, false, ""
		return changes, false, nil
	}
	return changes, len(page) < fillCustomers, nil
}

// empty takes the members out of a segment that is gone, and then the segment.
func (a *applier) empty(ctx context.Context, w *store.Write, j *job) (done bool, err error) {
	id := j.Segments[0]
	left, err := a.cfg.Graph.MembersOf(ctx, id)
	if err != nil {
		return false, err
	}
	if left == 0 {
		w.GoneSegments = []any{id}
		return true, nil
	}
	w.Emptied = []store.Row{{"id": id}}
	j.Done++
	a.live.standby.clear()
	return false, nil
}

// planWhole notes, before the identity rules change, that everything has to be evaluated anew when they have, and gathered
// if calls say something else then. It takes over what other jobs still had to gather: what these and those behind them
// were for is evaluated with the whole, and has to have its facts by then. What is noted is done, whoever is the pipeline
// by then.
func (a *applier) planWhole(ctx context.Context, gather bool) (*job, error) {
	l := a.live
	j := &job{ID: a.nextJob(), Stage: evaluating, Whole: true, Names: true}
	if gather {
		j.Features = featureNames(l.set.Features())
	} else {
		for _, other := range l.jobs {
			if other.Stage == gathering {
				j.Features = append(j.Features, other.Features...)
			}
		}
		slices.Sort(j.Features)
		j.Features = slices.Compact(j.Features)
	}
	if len(j.Features) > 0 {
		j.Stage = gathering
	}
	for _, s := range l.set.Segments {
		j.Segments = append(j.Segments, s.ID)
	}
	j.inPasses(l.set, l.set.RulesOf(j.Segments))
	for _, c := range l.set.Computed {
		j.Computed = append(j.Computed, c.Key)
	}
	w := a.write()
	w.Fills = []store.Row{j.row()}
	if err := a.commit(ctx, w); err != nil {
		return nil, err
	}
	l.jobs = append(slices.Clone(l.jobs), j)
	return j, nil
}

// runWhole does what planWhole noted. All other jobs go off the list, since it does their work too; only those stay that empty
// a segment that is gone.
func (a *applier) runWhole(ctx context.Context, whole *job) error {
	l := a.live
	l.standby.clear()
	jobs := []*job{whole}
	w := a.write()
	for _, j := range l.jobs {
		switch {
		case j.Stage == removing:
			jobs = append(jobs, j)
		case j != whole:
			w.GoneFills = append(w.GoneFills, j.ID)
		}
	}
	if len(w.GoneFills) > 0 {
		if err := a.commit(ctx, w); err != nil {
			return err
		}
	}
	for l.jobs = jobs; len(l.jobs) > 0 && l.jobs[0].ID == whole.ID; {
		if _, err := a.fill(ctx); err != nil {
			return err
		}
		if err := a.upkeep(ctx); err != nil {
			return err
		}
	}
	return nil
}

func featureNames(list []*segment.Feature) []string {
	out := make([]string, len(list))
	for i, f := range list {
		out[i] = f.ID.String()
	}
	slices.Sort(out)
	return out
}
