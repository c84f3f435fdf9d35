package importer

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// state is how far a file is acknowledged. It is kept while an import is under way, under what it is of: the file's
// content, the mapping, the source, the Kith. Another mapping is another import.
type state struct {
	File         string `json:"file"` // for people who look
	Rows         int    `json:"rows"`
	Refused      int    `json:"refused"` // of the rows
	RefusedBytes int64  `json:"refusedBytes"`
	Position     string `json:"position,omitempty"`

	path string
}

func openState(cfg Config, f *file, m *Mapping) (*state, error) {
	h := sha256.New()
	mapping, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	for _, part := range []string{f.hash, string(mapping), cfg.Source, cfg.URL} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	s := &state{path: filepath.Join(cfg.Dir, hex.EncodeToString(h.Sum(nil)[:12])+".json")}
	b, err := os.ReadFile(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = os.MkdirAll(cfg.Dir, 0o700)
	case err == nil && json.Unmarshal(b, s) != nil:
		*s = state{path: s.path} // begin anew: what is sent again has no effect
	}
	s.File = f.path
	return s, err
}

// save puts the new state in the place of the old one at once. A power cut may bring the old one back, which costs
// sending some rows again.
func (s *state) save() error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.path+".new", append(b, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(s.path+".new", s.path)
}

// forget is for an import that is complete: the same command sends the file again.
func (s *state) forget() error {
	if err := os.Remove(s.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// refusedFile is where refused rows go: beside the file they are of, one JSON object a line. It is made with the first.
type refusedFile struct {
	path string
	file *os.File
	out  *bufio.Writer
	size int64
}

// openRefused keeps the first bytes of what an earlier run has written, which are those its state speaks of.
func openRefused(path string, keep int64) (*refusedFile, error) {
	r := &refusedFile{path: path + ".refused.ndjson"}
	info, err := os.Stat(r.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return r, nil
	case err != nil:
		return nil, err
	case keep == 0:
		return r, os.Remove(r.path)
	}
	r.size = min(keep, info.Size())
	return r, os.Truncate(r.path, r.size)
}

func (r *refusedFile) open() (err error) {
	r.file, err = os.OpenFile(r.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err == nil {
		r.out = bufio.NewWriter(r.file)
	}
	return err
}

func (r *refusedFile) write(of row, why rejected) error {
	if r.file == nil {
		if err := r.open(); err != nil {
			return err
		}
	}
	line, err := json.Marshal(struct {
		Row     int             `json:"row"`
		Line    int             `json:"line"`
		Code    string          `json:"code"`
		Field   string          `json:"field,omitempty"`
		Message string          `json:"message"`
		Record  json.RawMessage `json:"record"` // as sent, or the cells of the row
	}{of.number, of.line, why.Code, why.Field, why.Message, of.record})
	if err != nil {
		return err
	}
	n, err := r.out.Write(append(line, '\n'))
	r.size += int64(n)
	return err
}

// flush gives the size the file has.
func (r *refusedFile) flush() (int64, error) {
	if r.out == nil {
		return r.size, nil
	}
	return r.size, r.out.Flush()
}

func (r *refusedFile) close() error {
	if r.file == nil {
		return nil
	}
	return errors.Join(r.out.Flush(), r.file.Close())
}
