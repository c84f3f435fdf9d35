package journal

import (
	"syscall"
	"time"

	"kith/fault"
)

// disk is what a filesystem has, in bytes.
type disk struct{ free, total int64 }

// statfs asks for the filesystem of dir. It costs about a microsecond, so that every append can afford it.
func statfs(dir string) (disk, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return disk{}, err
	}
	return disk{free: int64(s.Bavail) * int64(s.Bsize), total: int64(s.Blocks) * int64(s.Bsize)}, nil //nolint:unconvert // the sizes differ between systems
}

// watermark is how many bytes must stay free on d.
func (c *Config) watermark(d disk) int64 {
	return max(c.MinFreeBytes, int64(c.MinFreePercent/100*float64(d.total)), 0)
}

// room refuses when writing would bring the filesystem below a part of the watermark. A store that meets a full
// disk stops for good, so everything that writes asks here first. What comes from outside leaves the whole
// watermark free; what the pipeline needs to work off its backlog may use half of it.
func (j *Journal) room(op string, fraction float64) error {
	if j.server == nil {
		return nil
	}
	d, err := j.cfg.statfs(j.cfg.Dir)
	if err != nil {
		return &fault.Error{Op: op, Code: fault.Unavailable, RetryAfter: retryDisk, Err: err, Message: "The journal's disk does not answer."}
	}
	if d.free >= int64(fraction*float64(j.cfg.watermark(d))) {
		return nil
	}
	j.counts.refusedDisk.Add(1)
	return &fault.Error{Op: op, Code: fault.Unavailable, RetryAfter: retryDisk,
		Message: "The journal's disk is nearly full. Repeat when there is room again."}
}

// roomToTrim refuses to remove messages on a disk that is as good as full: JetStream writes the rest of a block
// anew, and would give the stream up if that failed.
func (j *Journal) roomToTrim(op string) error {
	if j.server == nil {
		return nil
	}
	if d, err := j.cfg.statfs(j.cfg.Dir); err == nil && d.free >= 2*embeddedPayload {
		return nil
	}
	return &fault.Error{Op: op, Code: fault.Unavailable, RetryAfter: retryDisk, Message: "The journal's disk is too full to remove anything safely."}
}

// How long to stay away, by what is in the way.
const (
	retryDisk    = 30 * time.Second
	retryBacklog = 10 * time.Second
	retryBusy    = time.Second
	retryStore   = 2 * time.Second
)

// Parts of the watermark, for room.
const (
	fromOutside  = 1.0
	fromPipeline = 0.5
)
