package feed

import "kith/customer"

// batch is one message of the change stream, decoded.
type batch struct {
	seq   uint64
	size  int // bytes, as a message
	trace string
	customer.Batch
}

// ring is the last messages, without holes, up to a number of bytes. The newest is always among them.
type ring struct {
	batches []*batch
	bytes   int
	limit   int
}

func (r *ring) add(b *batch) {
	r.batches = append(r.batches, b)
	r.bytes += b.size
	for r.bytes > r.limit && len(r.batches) > 1 {
		r.bytes -= r.batches[0].size
		r.batches[0] = nil
		r.batches = r.batches[1:]
	}
}

func (r *ring) clear() { r.batches, r.bytes = nil, 0 }

// after is the messages behind seq. ok is false when some of them are not there any more.
func (r *ring) after(seq uint64) (behind []*batch, ok bool) {
	if len(r.batches) == 0 {
		return nil, false
	}
	first := r.batches[0].seq
	if seq+1 < first {
		return nil, false
	}
	skip := seq + 1 - first
	if skip >= uint64(len(r.batches)) {
		return nil, true
	}
	return r.batches[skip:], true
}
