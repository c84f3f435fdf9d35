package event

import "kith/fault"

// Limits of one request; zero means the default, which is that of the wire format, section 3.
type Limits struct {
	BatchBytes int // a batch, decoded; 500 KB
	EventBytes int // an event, and what a batch adds to each of its events; 32 KB
	Events     int // in a batch; 2,500
	Depth      int // nesting of an event, itself included; 64

	RecordsBytes int // a body of records, decoded; 5 MB. A single record is bounded like an event
	Records      int // in one body; 100,000
}

func (l Limits) withDefaults() Limits {
	or := func(n, standard int) int {
		if n == 0 {
			return standard
		}
		return n
	}
	return Limits{
		BatchBytes: or(l.BatchBytes, 500<<10), EventBytes: or(l.EventBytes, 32<<10), Events: or(l.Events, 2500), Depth: or(l.Depth, 64),
		RecordsBytes: or(l.RecordsBytes, 5<<20), Records: or(l.Records, 100_000),
	}
}

// Defaulted is l with its zeros filled in, or an error when a limit is below the wire format's: clients count on those.
func (l Limits) Defaulted() (Limits, error) {
	l = l.withDefaults()
	least := Limits{}.withDefaults()
	if l.BatchBytes < least.BatchBytes || l.EventBytes < least.EventBytes || l.Events < least.Events || l.Depth < least.Depth || l.Depth > 1000 ||
		l.RecordsBytes < least.RecordsBytes || l.Records < least.Records {
		return l, fault.New("event.Limits", fault.Invalid, "Limits %+v: each must be at least %+v, and the depth at most 1000.", l, least)
	}
	return l, nil
}

// BodyCode says in the answer to the client why a whole body was refused. It is the cause of the fault.Error that
// ParseBatch and ParseCall return.
type BodyCode string

func (c BodyCode) Error() string { return string(c) }

// Why a whole body is refused.
const (
	BodyInvalidJSON   BodyCode = "invalid_json"
	BodyEmptyBatch    BodyCode = "empty_batch"
	BodyTooLarge      BodyCode = "body_too_large"
	BodyTooManyEvents BodyCode = "too_many_events"
	BodyTooDeep       BodyCode = "too_deep" // what the batch adds to its events
)

func bodyError(kind fault.Code, code BodyCode, where, format string, args ...any) error {
	err := fault.New("event.Parse", kind, format, args...)
	err.Field, err.Err = where, code
	return err
}
