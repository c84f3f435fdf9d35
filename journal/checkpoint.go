package journal

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nats-io/nats.go/jetstream"

	"kith/fault"
)

const checkpointFile = "checkpoint.json"

// checkpoint is what the embedded journal remembers of its store beside the store, so that a damaged one cannot
// pass for a new one. JetStream itself goes on with whatever it can read, and with nothing if need be.
type checkpoint struct {
	Clean   bool                  `json:"clean"` // the store was closed in order since
	Streams map[string]extentSeen `json:"streams"`
	Applied uint64                `json:"applied"`
	Curve   []point               `json:"curve"` // see backlog
}

// extentSeen says what a stream is known to hold. The true one may have grown at its end since.
type extentSeen struct {
	Epoch string `json:"epoch"`
	First uint64 `json:"first,omitempty"` // journal only: no message from here on was trimmed
	Last  uint64 `json:"last"`
}

// loadCheckpoint is nil when dir has none, which a new directory has not.
func loadCheckpoint(dir string) (*checkpoint, error) {
	path := filepath.Join(dir, checkpointFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	c := &checkpoint{}
	if err == nil {
		err = json.Unmarshal(text, c)
	}
	return c, fault.Wrap("journal.Open", fault.Unavailable, err, "The file %s cannot be read. %s", path, wayOut(path))
}

func wayOut(path string) string {
	return "Restore the directory from a backup; or delete " + path + " to go on with what is left."
}

// check refuses a stream that holds less than it is known to. found is nil when there is no such stream.
func (c *checkpoint) check(dir, name string, found *jetstream.StreamInfo) error {
	seen, ok := c.Streams[name]
	if !ok || seen.Last == 0 {
		return nil
	}
	lost := func(format string, args ...any) error {
		text := fault.New("", "", format, args...).Message
		return fault.New("journal.Open", fault.Conflict, "The store in %s has lost messages of %s: %s %s",
			dir, name, text, wayOut(filepath.Join(dir, checkpointFile)))
	}
	switch {
	case found == nil:
		return lost("it held messages up to %d, and is gone.", seen.Last)
	case found.Config.Metadata[epochKey] != seen.Epoch:
		return lost("it is not the stream that was here before.")
	case found.State.LastSeq < seen.Last:
		return lost("it held messages up to %d, and ends at %d.", seen.Last, found.State.LastSeq)
	case seen.First > 0 && found.State.FirstSeq > seen.First:
		return lost("it held messages from %d on, and begins at %d.", seen.First, found.State.FirstSeq)
	}
	return nil
}

// saveCheckpoint writes what is known now. j.saving is held by the caller.
func (j *Journal) saveCheckpoint(clean bool) error {
	if j.cfg.URL != "" {
		return nil
	}
	c := checkpoint{Clean: clean, Applied: j.backlog.appliedSeq(), Curve: thin(j.backlog.curve(), 128), Streams: map[string]extentSeen{}}
	for _, s := range j.streams() {
		c.Streams[s.name] = extentSeen{Epoch: s.epoch, Last: s.head.Load()}
	}
	seen := c.Streams[j.log.name]
	seen.First = j.trimmed
	c.Streams[j.log.name] = seen
	text, err := json.Marshal(c)
	if err == nil {
		err = replaceFile(filepath.Join(j.cfg.Dir, checkpointFile), text)
	}
	return fault.Wrap("journal.saveCheckpoint", fault.Unavailable, err, "The journal's checkpoint cannot be written.")
}

// noteTrim records that messages before first are about to go.
func (j *Journal) noteTrim(first uint64) error {
	j.saving.Lock()
	defer j.saving.Unlock()
	j.trimmed = max(j.trimmed, first)
	return j.saveCheckpoint(false)
}

// noteState records how far the streams have come.
func (j *Journal) noteState() error {
	j.saving.Lock()
	defer j.saving.Unlock()
	return j.saveCheckpoint(false)
}

// replaceFile writes text to path so that after any crash it is there whole, old or new.
func replaceFile(path string, text []byte) error {
	tmp := path + ".tmp"
	file, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// thin leaves about n points of the curve, its ends among them.
func thin(points []point, n int) []point {
	step := len(points)/n + 1
	var few []point
	for i, p := range points {
		if i%step == 0 || i == len(points)-1 {
			few = append(few, p)
		}
	}
	return few
}
