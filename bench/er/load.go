package main

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// set is labelled records: whose each is.
type set struct {
	name    string
	ids     []string // source/id
	traits  []json.RawMessage
	persons []int
}

// load reads a folder with one file of records a source (.ndjson, .ndjson.gz) and truth.csv, which says source,
// record_id and entity_id.
func load(files fs.FS, folder string) (set, error) {
	s := set{name: path.Base(folder)}
	truth, err := readTruth(files, folder)
	if err != nil {
		return s, err
	}
	entries, err := fs.ReadDir(files, folder)
	if err != nil {
		return s, err
	}
	people := map[string]int{}
	for _, e := range entries {
		source, ok := strings.CutSuffix(strings.TrimSuffix(e.Name(), ".gz"), ".ndjson")
		if !ok {
			continue
		}
		if err := lines(files, path.Join(folder, e.Name()), func(line []byte) error {
			var r struct {
				ID     string          `json:"id"`
				Traits json.RawMessage `json:"traits"`
			}
			if err := json.Unmarshal(line, &r); err != nil {
				return err
			}
			person, ok := truth[source+"/"+r.ID]
			if !ok {
				return fmt.Errorf("%s/%s is not in truth.csv", source, r.ID)
			}
			if _, ok := people[person]; !ok {
				people[person] = len(people)
			}
			s.ids, s.traits, s.persons = append(s.ids, source+"/"+r.ID), append(s.traits, slices.Clone(r.Traits)), append(s.persons, people[person])
			return nil
		}); err != nil {
			return s, fmt.Errorf("%s/%s: %w", folder, e.Name(), err)
		}
	}
	if len(s.ids) != len(truth) {
		return s, fmt.Errorf("%s: %d records, but truth.csv has %d", folder, len(s.ids), len(truth))
	}
	return s, nil
}

func readTruth(files fs.FS, folder string) (map[string]string, error) {
	out := map[string]string{}
	name := path.Join(folder, "truth.csv")
	if _, err := fs.Stat(files, name); err != nil {
		name += ".gz"
	}
	f, err := open(files, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	for _, row := range rows[1:] {
		out[row[0]+"/"+row[1]] = row[2]
	}
	return out, nil
}

func lines(files fs.FS, name string, each func([]byte) error) error {
	f, err := open(files, name)
	if err != nil {
		return err
	}
	defer f.Close()
	scanner := bufio.NewScanner(f)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		if len(scanner.Bytes()) == 0 {
			continue
		}
		if err := each(scanner.Bytes()); err != nil {
			return err
		}
	}
	return scanner.Err()
}

// open opens a file, unpacked where its name says that it is packed.
func open(files fs.FS, name string) (io.ReadCloser, error) {
	f, err := files.Open(name)
	if err != nil || !strings.HasSuffix(name, ".gz") {
		return f, err
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{z, f}, nil
}
