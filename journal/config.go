package journal

import (
	"log/slog"
	"regexp"
	"time"

	"kith/fault"
)

// Config says where the journal lives and how much it may hold. The zero value of every field but Dir and URL
// means its default.
type Config struct {
	// Dir is the directory of the embedded server's store, created with mode 0700 and locked while open. It must be
	// a directory of its own. Required when URL is empty, unused otherwise.
	Dir string
	// URL is the address of an external NATS server 2.12 or later, or several with commas between; it may carry a
	// user and password or a token. Empty means embedded.
	URL string
	// Credentials is the path of a NATS credentials file for URL. Defaults to none.
	Credentials string
	// Name prefixes streams (in capitals) and subjects, so that workspaces can share an external server.
	// Lower-case letters, digits and dashes. Defaults to "kith".
	Name string
	// Replicas of each stream. Defaults to 1 embedded and 3 external.
	Replicas int

	// Keep is how long messages stay once applied. Defaults to 7 days.
	Keep time.Duration
	// SoftBytes is the size above which applied messages are trimmed before Keep has passed. Defaults to 4 GiB.
	SoftBytes int64
	// BacklogBytes is how much may wait to be applied; over it appends are refused with RATE_LIMITED.
	// Defaults to 8 GiB.
	BacklogBytes int64
	// MaxBytes is the size the journal never exceeds; at it appends are refused with RATE_LIMITED. Greater than
	// SoftBytes and BacklogBytes. Defaults to their sum and 1 GiB.
	MaxBytes int64

	// ChangesKeep and ChangesBytes bound the change stream; the oldest go first. Default to 24 hours and 1 GiB.
	ChangesKeep  time.Duration
	ChangesBytes int64
	// QuarantineBytes and DeadLetterBytes bound those; the oldest go first. Default to 1 GiB each.
	QuarantineBytes int64
	DeadLetterBytes int64
	// RevocationsKeep is how long a revocation counts: the longest life of a token. Defaults to 366 days.
	RevocationsKeep time.Duration
	// AuditKeep and AuditBytes bound the audit trail; the oldest goes first. Default to 90 days and 1 GiB.
	AuditKeep  time.Duration
	AuditBytes int64

	// MinFreeBytes and MinFreePercent are the watermark: while the filesystem of Dir has less free than either,
	// appends are refused with UNAVAILABLE. Half of it stays reserved for the pipeline's own writes. Default to
	// 1 GiB and 1 %; negative means no such bound.
	MinFreeBytes   int64
	MinFreePercent float64

	// PublishTimeout is how long a message may take to be stored, elections of an external cluster included.
	// Defaults to 5 s.
	PublishTimeout time.Duration
	// CoalesceBytes and CoalesceParts bound one message made of several parts. Default to 512 KiB and 1,000.
	CoalesceBytes int
	CoalesceParts int
	// WaitingBytes bounds the parts waiting to be stored; over it appends are refused with RATE_LIMITED.
	// Defaults to 64 MiB.
	WaitingBytes int

	// Logger takes what the journal and the embedded server have to say. Defaults to silence.
	Logger *slog.Logger

	statfs func(dir string) (disk, error) // tests give a disk of their own
	tick   time.Duration                  // of the journal's upkeep; 1 s
}

const (
	mib = 1 << 20
	gib = 1 << 30
)

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func (c Config) withDefaults() Config {
	orDefault(&c.Name, "kith")
	if c.URL == "" {
		orDefault(&c.Replicas, 1)
	} else {
		orDefault(&c.Replicas, 3)
	}
	orDefault(&c.Keep, 7*24*time.Hour)
	orDefault(&c.SoftBytes, 4*gib)
	orDefault(&c.BacklogBytes, 8*gib)
	orDefault(&c.MaxBytes, c.SoftBytes+c.BacklogBytes+gib)
	orDefault(&c.ChangesKeep, 24*time.Hour)
	orDefault(&c.ChangesBytes, gib)
	orDefault(&c.QuarantineBytes, gib)
	orDefault(&c.DeadLetterBytes, gib)
	orDefault(&c.RevocationsKeep, 366*24*time.Hour)
	orDefault(&c.AuditKeep, 90*24*time.Hour)
	orDefault(&c.AuditBytes, gib)
	orDefault(&c.MinFreeBytes, gib)
	orDefault(&c.MinFreePercent, 1)
	orDefault(&c.PublishTimeout, 5*time.Second)
	orDefault(&c.CoalesceBytes, 512<<10)
	orDefault(&c.CoalesceParts, 1000)
	orDefault(&c.WaitingBytes, 64*mib)
	orDefault(&c.tick, time.Second)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.statfs == nil {
		c.statfs = statfs
	}
	return c
}

var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// validate looks at c after withDefaults.
func (c Config) validate() error {
	const op = "journal.Open"
	wrong := func(format string, args ...any) error { return fault.New(op, fault.Invalid, format, args...) }
	if c.Dir == "" && c.URL == "" {
		return wrong("The journal needs a directory or the address of a NATS server.")
	}
	if !namePattern.MatchString(c.Name) {
		return wrong("The journal's name %q is not made of lower-case letters, digits and dashes (at most 32).", c.Name)
	}
	if c.Replicas < 1 || c.Replicas > 5 {
		return wrong("Replicas is %d, not within 1 to 5.", c.Replicas)
	}
	if c.URL == "" && c.Replicas != 1 {
		return wrong("Replicas is %d, but the embedded server is one.", c.Replicas)
	}
	for name, n := range map[string]int64{
		"Keep": int64(c.Keep), "ChangesKeep": int64(c.ChangesKeep), "PublishTimeout": int64(c.PublishTimeout),
		"RevocationsKeep": int64(c.RevocationsKeep), "AuditKeep": int64(c.AuditKeep), "AuditBytes": c.AuditBytes,
		"SoftBytes": c.SoftBytes, "BacklogBytes": c.BacklogBytes, "ChangesBytes": c.ChangesBytes,
		"QuarantineBytes": c.QuarantineBytes, "DeadLetterBytes": c.DeadLetterBytes,
		"CoalesceBytes": int64(c.CoalesceBytes), "CoalesceParts": int64(c.CoalesceParts), "WaitingBytes": int64(c.WaitingBytes),
	} {
		if n < 0 {
			return wrong("%s is negative.", name)
		}
	}
	if c.MaxBytes <= c.SoftBytes || c.MaxBytes <= c.BacklogBytes {
		return wrong("MaxBytes is %d, not above SoftBytes %d and BacklogBytes %d.", c.MaxBytes, c.SoftBytes, c.BacklogBytes)
	}
	if c.MinFreePercent > 90 {
		return wrong("MinFreePercent is %v, above 90.", c.MinFreePercent)
	}
	return nil
}
