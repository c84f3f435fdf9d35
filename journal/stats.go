package journal

import (
	"sync/atomic"
	"time"
)

// Stats is the journal in numbers. Counters count since Open; the others are at most a few seconds old.
type Stats struct {
	Journal     StreamStats
	Changes     StreamStats
	Quarantine  StreamStats
	DeadLetters StreamStats

	Applied        uint64
	BacklogBytes   int64     // not applied
	OldestBacklog  time.Time // when the first message of it was stored; zero when there is none
	DiskFree       int64     // bytes; zero when the server is external
	DiskTotal      int64
	DiskWatermark  int64 // free bytes below which appends are refused
	WaitingBytes   int   // parts not stored yet
	Connected      bool
	DamagedBlocks  uint64 // counter: block files mended at start
	AppendMessages uint64 // counters of this process's appends
	AppendParts    uint64
	AppendBytes    uint64
	AppendFailures uint64
	RefusedDisk    uint64 // counters of what was refused before it was tried
	RefusedBacklog uint64
	RefusedBusy    uint64
}

// StreamStats is one stream.
type StreamStats struct {
	First, Last uint64 // sequences
	Messages    uint64
	Bytes       int64
}

// Stats does not wait for anything.
func (j *Journal) Stats() Stats {
	g, c := j.gauges.Load(), &j.counts
	waiting := j.events.bytes() + j.records.bytes()
	return Stats{
		Journal: g.journal, Changes: g.changes, Quarantine: g.quarantine, DeadLetters: g.deadLetters,
		Applied: j.backlog.appliedSeq(), BacklogBytes: j.backlog.waiting(), OldestBacklog: g.oldest,
		DiskFree: g.disk.free, DiskTotal: g.disk.total, DiskWatermark: j.cfg.watermark(g.disk),
		WaitingBytes: waiting, Connected: j.writing.IsConnected() && j.reading.IsConnected(),
		DamagedBlocks:  c.damaged.Load(),
		AppendMessages: c.messages.Load(), AppendParts: c.parts.Load(), AppendBytes: c.bytes.Load(), AppendFailures: c.failed.Load(),
		RefusedDisk: c.refusedDisk.Load(), RefusedBacklog: c.refusedBacklog.Load(), RefusedBusy: c.refusedBusy.Load(),
	}
}

type counts struct {
	messages, parts, bytes, failed, damaged  atomic.Uint64
	refusedDisk, refusedBacklog, refusedBusy atomic.Uint64
}

// gauges is what refresh found.
type gauges struct {
	journal, changes, quarantine, deadLetters StreamStats
	disk                                      disk
	oldest                                    time.Time
}
