// Er measures how well the matching of identity/match finds out which records are of one person, on labelled sets.
//
//	go run ./bench/er                        the sets that come with Kith
//	go run ./bench/er -data DIR              every folder of DIR that holds a truth.csv
//	go run ./bench/er -model FILE            another model than the built-in one
//	go run ./bench/er -out DIR               also write, for each set, source,record_id,customer_id
package main

import (
	"embed"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"kith/identity/match"
)

//go:embed sets
var shipped embed.FS

func main() {
	data := flag.String("data", "", "folder of labelled sets, or one of them (default: those that come with Kith)")
	model := flag.String("model", "", "file of a matching model (default: the built-in one)")
	out := flag.String("out", "", "folder to write the resolved records of each set to")
	train := flag.Bool("train", false, "learn the model from the records of each set first, without looking at the truth")
	mistakes := flag.Int("mistakes", 0, "show this many wrongly joined and missed pairs of each set")
	flag.Parse()
	if err := run(os.Stdout, *data, *model, *out, *train, *mistakes); err != nil {
		fmt.Fprintln(os.Stderr, "er:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, data, model, out string, train bool, mistakes int) error {
	m := match.Default()
	if model != "" {
		text, err := os.ReadFile(model)
		if err != nil {
			return err
		}
		if m, err = match.Parse(text); err != nil {
			return err
		}
	}
	sets, err := find(data)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "set\trecords\tpersons\tpair P\tpair R\tpair F1\tB³ P\tB³ R\tB³ F1\tmixed\tcandidates\tper record\tcomparisons/s\tseconds")
	var shown strings.Builder
	for _, s := range sets {
		r := resolve(m, s, train)
		fmt.Fprintln(table, r.row())
		if out != "" {
			if err := r.write(filepath.Join(out, s.name+".csv")); err != nil {
				return err
			}
		}
		r.mistakes(&shown, mistakes)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprint(w, shown.String())
	return err
}

// find loads the labelled sets of a folder, or the shipped ones.
func find(data string) ([]set, error) {
	var files fs.FS = shipped
	root := "sets"
	if data != "" {
		files, root = os.DirFS(data), "."
	}
	var sets []set
	err := fs.WalkDir(files, root, func(at string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasPrefix(e.Name(), "truth.csv") {
			return err
		}
		s, err := load(files, path.Dir(at))
		if s.name == "." {
			s.name = filepath.Base(data)
		}
		sets = append(sets, s)
		return err
	})
	if err == nil && len(sets) == 0 {
		err = fmt.Errorf("no truth.csv under %s", data)
	}
	return sets, err
}

// result is a set, resolved.
type result struct {
	set      set
	model    *match.Model
	items    []match.Item
	clusters match.Clusters
	score    score
	took     time.Duration
	perSec   float64
}

func resolve(m *match.Model, s set, train bool) *result {
	r := &result{set: s, model: m}
	start := time.Now()
	r.items = items(m, s)
	if train {
		records := make([]*match.Record, len(r.items))
		for i := range r.items {
			records[i] = r.items[i].Record
		}
		r.model, _ = match.Train(records, m)
		r.items = items(r.model, s)
	}
	r.clusters = r.model.Cluster(r.items)
	r.took = time.Since(start)
	r.score = scoreOf(r.clusters.Cells, s.persons)
	r.perSec = comparisons(r.model, r.items)
	return r
}

func items(m *match.Model, s set) []match.Item {
	out := make([]match.Item, len(s.ids))
	for i := range s.ids {
		out[i] = match.Item{ID: s.ids[i], Record: m.PrepareJSON(s.traits[i])}
	}
	return out
}

// comparisons is how many pairs a second one core weighs, over neighbours in an order that brings like to like.
func comparisons(m *match.Model, items []match.Item) float64 {
	const n = 300_000
	start := time.Now()
	for i := range n {
		a := i % len(items)
		m.Weight(items[a].Record, items[(a+1+i/len(items))%len(items)].Record)
	}
	return n / time.Since(start).Seconds()
}

func (r *result) row() string {
	s := r.score
	persons := map[int]bool{}
	for _, p := range r.set.persons {
		persons[p] = true
	}
	return fmt.Sprintf("%s\t%d\t%d\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%d\t%d\t%.1f\t%.0f\t%.1f", r.set.name, len(r.items), len(persons),
		s.pairPrecision, s.pairRecall, f1(s.pairPrecision, s.pairRecall), s.cubedPrecision, s.cubedRecall, f1(s.cubedPrecision, s.cubedRecall),
		s.mixed, r.clusters.Compared, float64(r.clusters.Compared)/float64(len(r.items)), r.perSec, r.took.Seconds())
}

func (r *result) write(name string) error {
	var b strings.Builder
	b.WriteString("source,record_id,customer_id\n")
	for i, it := range r.items {
		source, id, _ := strings.Cut(it.ID, "/")
		fmt.Fprintf(&b, "%s,%s,%s\n", source, id, r.items[r.clusters.Cells[i]].ID)
	}
	return os.WriteFile(name, []byte(b.String()), 0o644)
}
