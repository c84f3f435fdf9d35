// Package importer sends files to a running Kith as records: CSV under a mapping that is read or guessed, NDJSON as it
// is, either of them packed with gzip.
//
// It remembers how far a file was acknowledged, so that an import that was cut off goes on where it stood. Records
// replace themselves by their ids: what is sent twice has no effect.
package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Config says where to and how. URL, Key and Dir are required.
type Config struct {
	URL     string   // of the Kith, without path
	Key     string   // write key of the source
	Source  string   // its name, for what people are told
	Mapping *Mapping // of CSV files; nil means that it is guessed, for each file
	Dir     string   // where it is remembered how far imports came

	// Confirm asks about what was guessed. Nil means yes.
	Confirm func(question string) (bool, error)
	Out     io.Writer // what was guessed and what came of it
	// Progress is where it is shown how far an import is; on a Terminal in one line that changes. Default nowhere.
	Progress io.Writer
	Terminal bool

	Client   *http.Client     // default: one that waits a minute for an answer
	Patience time.Duration    // how long a Kith may take nothing before the import gives up; default 15 min
	Now      func() time.Time // default time.Now
}

func (c Config) withDefaults() Config {
	if c.Client == nil {
		c.Client = &http.Client{Timeout: time.Minute, Transport: http.DefaultTransport.(*http.Transport).Clone()}
	}
	if c.Patience == 0 {
		c.Patience = 15 * time.Minute
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Out == nil {
		c.Out = io.Discard
	}
	if c.Progress == nil {
		c.Progress = io.Discard
	}
	return c
}

// Report is what came of an import.
type Report struct {
	Accepted, Refused int
	Position          string // of the journal, of what was accepted last; may be empty
}

// ErrDeclined is what Import returns when the guess was not confirmed.
var ErrDeclined = errors.New("nothing was imported")

// Guess is the text of a mapping file for a CSV file.
func Guess(path string) ([]byte, error) {
	f, err := look(path)
	if err != nil {
		return nil, err
	}
	if f.lines {
		return nil, fmt.Errorf("%s is NDJSON, whose lines are records already: it needs no mapping", path)
	}
	g, err := guessMapping(f.sample)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return g.mapping.encode()
}

// Import sends files, one after the other. All of them are looked through before the first is sent. The report counts
// what was sent also where there is an error.
func Import(ctx context.Context, cfg Config, paths []string) (Report, error) {
	cfg = cfg.withDefaults()
	defer cfg.Client.CloseIdleConnections()
	var total Report
	jobs, err := prepare(cfg, paths)
	if err != nil {
		return total, err
	}
	for _, j := range jobs {
		r, err := j.run(ctx)
		total.Accepted += r.Accepted
		total.Refused += r.Refused
		if r.Position != "" {
			total.Position = r.Position
		}
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// prepare looks at the files, and has what is guessed about them confirmed. Files that are written alike are asked
// about once.
func prepare(cfg Config, paths []string) ([]*job, error) {
	var jobs []*job
	var confirmed []string
	for _, path := range paths {
		f, err := look(path)
		if err != nil {
			return nil, err
		}
		j := &job{cfg: cfg, file: f, mapping: cfg.Mapping}
		jobs = append(jobs, j)
		switch {
		case f.lines:
			j.mapping = nil
			continue
		case j.mapping != nil:
			j.mapping = j.mapping.of(f)
			continue
		}
		g, err := guessMapping(f.sample)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		j.mapping = g.mapping
		text, err := g.mapping.encode()
		if err != nil {
			return nil, err
		}
		if slices.Contains(confirmed, string(text)) {
			continue
		}
		confirmed = append(confirmed, string(text))
		g.show(cfg.Out, path)
		if cfg.Confirm == nil {
			continue
		}
		yes, err := cfg.Confirm("Import like this?")
		if err != nil {
			return nil, err
		}
		if !yes {
			return nil, ErrDeclined
		}
	}
	return jobs, nil
}

// show says what was guessed, in a table, and with the first record that would be made.
func (g *guess) show(out io.Writer, path string) {
	m := g.mapping
	delimiter := fmt.Sprintf("%q", m.Delimiter)
	if m.Delimiter == "\t" {
		delimiter = "a tab"
	}
	header := "with a header"
	if !m.Header {
		header = "without a header"
	}
	fmt.Fprintf(out, "%s is CSV, with %s between fields and %s.\n\n", path, delimiter, header)
	widest := len("column")
	for _, c := range m.Columns {
		widest = min(max(widest, len(c.Name)), 32)
	}
	fmt.Fprintf(out, "  %-*s  %-28s %s\n", widest, "column", "becomes", "for example")
	for i, c := range m.Columns {
		to := c.To
		if to == "-" {
			to = "(left out)"
		}
		fmt.Fprintf(out, "  %-*s  %-28s %s\n", widest, printable(c.Name), printable(to), g.example(i))
	}
	if m.ID == idOfContent {
		fmt.Fprintln(out, "\n  No column has ids. The hash of what a row says takes their place: a row that changes is a new record,\n  and the old one stays. If a column has ids, say so in a mapping file.")
	}
	g.showRecords(out)
}

// printable is text without what would move a terminal's cursor or change its colours.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, text)
}

// example is the first value of a column.
func (g *guess) example(i int) string {
	const longest = 40
	for _, r := range g.rows {
		if cell := printable(strings.Join(strings.Fields(r[i]), " ")); cell != "" {
			if runes := []rune(cell); len(runes) > longest {
				return string(runes[:longest]) + "…"
			}
			return cell
		}
	}
	return ""
}

// showRecords shows the first record, and says when ids repeat.
func (g *guess) showRecords(out io.Writer) {
	targets := make([][]target, len(g.mapping.Columns))
	for i, c := range g.mapping.Columns {
		targets[i], _ = parseTargets(c.To)
	}
	seen, repeated, first := map[string]bool{}, 0, ""
	for _, r := range g.rows {
		record, why := g.mapping.record(targets, r)
		if why != "" {
			continue
		}
		if first == "" {
			first = string(record)
		}
		id := recordID(record)
		if seen[id] {
			repeated++
		}
		seen[id] = true
	}
	if first != "" {
		fmt.Fprintf(out, "\nThe first record:\n  %s\n\n", first)
	}
	if repeated > 0 {
		fmt.Fprintf(out, "Of the first %d rows %d have the id of another: of each id one row stays, the newest.\n\n", len(g.rows), repeated)
	}
}
