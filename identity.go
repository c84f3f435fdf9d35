package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"kith/identity"
	"kith/identity/match"
	"kith/pipeline"
	"kith/store"
)

func identityCommand(ctx context.Context, cfg Config, args []string, out, errs io.Writer) error {
	verb := strings.Join(args[:min(len(args), 2)], " ")
	switch {
	case verb == "rules" && len(args) == 1:
		_, err := out.Write(identity.DefaultYAML())
		return err
	case verb == "model" && len(args) == 1:
		_, err := out.Write(match.DefaultYAML())
		return err
	case verb == "rules check" && len(args) == 3:
		rules, _, err := readRules(args[2], cfg.IdentityModel)
		if err != nil {
			return err
		}
		return checkRules(ctx, cfg, rules, out, errs)
	case verb == "model check" && len(args) == 3:
		rules, _, err := readRules(cfg.IdentityRules, args[2])
		if err != nil {
			return err
		}
		return checkRules(ctx, cfg, rules, out, errs)
	case len(args) > 0 && args[0] == "train":
		return trainCommand(ctx, cfg, args[1:], out, errs)
	}
	return errors.New("kith identity rules [check FILE] | model [check FILE] | train; kith --help shows more")
}

// checkRules says what other identity rules would change, and changes nothing.
func checkRules(ctx context.Context, cfg Config, rules *identity.Rules, out, errs io.Writer) error {
	graph, done, err := graphToRead(ctx, cfg, errs)
	if err != nil {
		return err
	}
	defer done()
	old, inForce, err := rulesInForce(ctx, graph)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Rules %s would take the place of %s.\n", rules.Version(), inForce)
	if inForce == rules.Version() {
		fmt.Fprintln(out, "They say the same: nothing would change.")
		return nil
	}
	if old != nil && !rules.SameSources(old) {
		fmt.Fprintln(out, "They believe sources in another order: traits of customers and accounts may show other values.")
	}
	if old == nil || !rules.SameExtraction(old) {
		fmt.Fprintln(out, "They find other identifiers in calls (traits, phone_country, blocked or shared).")
		fmt.Fprintln(errs, "Reading every call stored …")
	}
	if old == nil || old.Model().Version() != rules.Model().Version() {
		fmt.Fprintf(out, "They match records by model %s.\n", rules.Model().Version())
	}
	return forecast(ctx, graph, rules, out, errs)
}

// rulesInForce is those that the graph was resolved with; nil when it names none.
func rulesInForce(ctx context.Context, graph *store.Graph) (*identity.Rules, string, error) {
	_, _, inForce, err := graph.Applied(ctx)
	if err != nil {
		return nil, "", err
	}
	view, ok, err := graph.RulesInForce(ctx)
	if err != nil || !ok {
		return nil, inForce, err
	}
	rules, err := identity.StoredRules{YAML: view.YAML, Text: json.RawMessage(view.Text), Model: view.Model}.Rules()
	return rules, inForce, err
}

func forecast(ctx context.Context, graph *store.Graph, rules *identity.Rules, out, errs io.Writer) error {
	fmt.Fprintln(errs, "Resolving everything stored …")
	f, err := pipeline.Reresolve(ctx, graph, rules)
	if err != nil {
		return err
	}
	report(out, f)
	return nil
}

// trainCommand learns a model from the stored records, writes it to a file, and says what it would change. The graph stays
// as it is.
func trainCommand(ctx context.Context, cfg Config, args []string, out, errs io.Writer) error {
	from, to := "", ""
	if err := flags("identity train", args, func(f *flag.FlagSet) {
		f.StringVar(&from, "from", "", "")
		f.StringVar(&to, "out", "", "")
	}); err != nil {
		return err
	}
	base := match.Default()
	if from != "" {
		var err error
		if base, err = readModel(from); err != nil {
			return err
		}
	}
	graph, done, err := graphToRead(ctx, cfg, errs)
	if err != nil {
		return err
	}
	defer done()
	old, _, err := rulesInForce(ctx, graph)
	if err != nil {
		return err
	}
	if old == nil {
		return errors.New("nothing is stored yet: send records first, `kith import` does")
	}
	fmt.Fprintln(errs, "Reading every record stored …")
	records, err := pipeline.PreparedRecords(ctx, graph, base)
	if err != nil {
		return err
	}
	if len(records) < fewRecords {
		fmt.Fprintf(errs, "There are %d records. With fewer than %d the outcome is nearly the model it began with.\n", len(records), fewRecords)
	}
	fmt.Fprintf(errs, "Learning from %d records …\n", len(records))
	learnt, learning := match.Train(records, base)
	if to == "" {
		to = "model-" + learnt.Version() + ".yaml"
	}
	if err := writeModel(to, learnt, base, len(records)); err != nil {
		return err
	}
	fmt.Fprintf(out, "Model %s, learnt from %d records on top of model %s, is in %s.\n", learnt.Version(), len(records), base.Version(), to)
	reportLearning(out, learning)
	if learnt.Version() == old.Model().Version() {
		fmt.Fprintln(out, "It is in force already: nothing would change.")
		return nil
	}
	fmt.Fprintf(out, "In the place of model %s, which is in force:\n", old.Model().Version())
	if err := forecast(ctx, graph, old.WithModel(learnt), out, errs); err != nil {
		return err
	}
	fmt.Fprintf(out, "Nothing has changed yet. To put it in force, start every instance with KITH_IDENTITY_MODEL=%s.\n", to)
	return nil
}

// fewRecords is how few records are too few to learn much from.
const fewRecords = 1000

func writeModel(path string, learnt, base *match.Model, records int) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Matching model %s, learnt %s from %d records on top of model %s by `kith identity train`.\n# `kith identity model` explains every value.\n",
		learnt.Version(), time.Now().UTC().Format(time.DateOnly), records, base.Version())
	b.Write(learnt.YAML())
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // it holds names
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s is there already; --out names another file", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(b.Bytes())
	return errors.Join(err, f.Close())
}

// shownLevels is how many levels a report lists.
const shownLevels = 12

func reportLearning(out io.Writer, r match.Report) {
	fmt.Fprintf(out, "Of %d pairs that were looked at, about %.0f are of one person. The frequencies of %d names were counted, and the odds of %d levels moved.\n",
		r.Pairs, r.Matches, r.Names, len(r.Changes))
	slices.SortStableFunc(r.Changes, func(x, y match.Change) int { return y.Moved() - x.Moved() })
	for i, c := range r.Changes {
		if i == shownLevels {
			fmt.Fprintf(out, "  … and %d more\n", len(r.Changes)-i)
			break
		}
		fmt.Fprintf(out, "  %-14s %-16s m %.4f → %.4f", c.Field, c.Level, c.OldM, c.M)
		if c.U != 0 {
			fmt.Fprintf(out, ", u %.6f → %.6f", c.OldU, c.U)
		}
		fmt.Fprintln(out)
	}
}

// shownChanges is how many merges and splits a report lists.
const shownChanges = 20

func report(out io.Writer, f *pipeline.Forecast) {
	d := f.Diff
	fmt.Fprintf(out, "%d customers would be merged into others, %d would be split, %d identifiers would move, %d would change their status.\n",
		absorbed(d), len(d.Splits), len(d.Moves), len(d.Identifiers)-f.Found)
	fmt.Fprintf(out, "%d customers would be %d.\n", f.CustomersWas, f.Customers)
	if f.Found+len(d.Gone) > 0 {
		fmt.Fprintf(out, "%d identifiers would be found anew, %d would be no more.\n", f.Found, len(d.Gone))
	}
	for _, s := range f.Samples(shownChanges) {
		if s.Merge != nil {
			fmt.Fprintf(out, "  merge  %s takes in %s\n", s.Merge.Survivor, join(s.Merge.Absorbed))
		} else {
			fmt.Fprintf(out, "  split  %s gives off %s\n", s.Split.Was, join(s.Split.Created))
		}
		reason(out, s)
	}
	for _, rest := range []struct {
		n    int
		what string
	}{{len(d.Merges), "merges"}, {len(d.Splits), "splits"}} {
		if rest.n > shownChanges {
			fmt.Fprintf(out, "  … and %d more %s\n", rest.n-shownChanges, rest.what)
		}
	}
}

// reason says which link makes the difference. Records are named; other identifiers are values of persons, so only their
// types are.
func reason(out io.Writer, s pipeline.Sample) {
	if s.Link.A == "" {
		return
	}
	name := func(k identity.Key) string {
		if k.Type() == "record" {
			return k.Value()
		}
		return "one " + k.Type()
	}
	fmt.Fprintf(out, "         %s and %s: %s → %s", name(s.Link.A), name(s.Link.B), verdict(s.Was), verdict(s.Is))
	if s.Compared != nil {
		for _, step := range s.Compared.Steps {
			if step.Weight > 0 {
				fmt.Fprintf(out, " +%s", step.Field)
			} else if step.Weight < 0 {
				fmt.Fprintf(out, " −%s", step.Field)
			}
		}
	}
	fmt.Fprintln(out)
}

func verdict(j *identity.Judged) string {
	switch {
	case j == nil:
		return "no link"
	case j.Kind == identity.Matched:
		return fmt.Sprintf("%s (%.2f bits)", j.Text(), float64(j.Weight)/100)
	}
	return j.Text()
}

func absorbed(d *identity.Diff) int {
	n := 0
	for _, m := range d.Merges {
		n += len(m.Absorbed)
	}
	return n
}

func join(ids []identity.CustomerID) string {
	parts := make([]string, 0, len(ids))
	for i, id := range ids {
		if i == 5 {
			parts = append(parts, fmt.Sprintf("%d more", len(ids)-i))
			break
		}
		parts = append(parts, string(id))
	}
	return strings.Join(parts, ", ")
}

// graphToRead opens the graph beside a running Kith, or starts the private one for the time being.
func graphToRead(ctx context.Context, cfg Config, errs io.Writer) (*store.Graph, func(), error) {
	s := &server{cfg: cfg, log: newLogger(cfg, errs), out: errs}
	if cfg.Neo4jURI == "" {
		if uri, password, ok := runningNeo4j(cfg.Data); ok {
			s.cfg.Neo4jURI, s.cfg.Neo4jUser, s.cfg.Neo4jPassword = uri, "neo4j", password
		}
	}
	if err := s.openGraph(ctx); err != nil {
		s.stop()
		return nil, nil, err
	}
	return s.graph, s.stop, nil
}
