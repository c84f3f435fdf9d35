package event

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"

	"kith/fault"
)

// DecodeRecords decodes the records of a part in full. What Accept has accepted always decodes; records are refused
// only in parts that were made in another way. The records do not alias the part.
func DecodeRecords(p *RecordsPart, policy Policy) ([]RecordVersion, []Refused) {
	d := newDecoder(policy)
	records := make([]RecordVersion, 0, len(p.Records))
	var refused []Refused
	for i, raw := range p.Records {
		r, why := d.record(p, raw)
		if why != nil {
			refused = append(refused, refuseRecord(p.Source, p.ReceivedAt, i, "", raw, why))
			continue
		}
		r.Index = i
		records = append(records, r)
	}
	return records, refused
}

// RecodeRecord decodes a stored version again, under another policy: it gives the version that DecodeRecords would
// have given then, except for Index and what there was to remark about its time. Its error is INVALID, for what
// DecodeRecords cannot have made.
func RecodeRecord(s StoredRecord, policy Policy) (RecordVersion, error) {
	if !isObject(s.Content) || !valid(s.Content) {
		return RecordVersion{}, fault.New("event.RecodeRecord", fault.Invalid, "A stored record is not a JSON object.")
	}
	r := RecordVersion{Source: s.Source, ID: s.ID, At: s.At, ReceivedAt: s.ReceivedAt, Deleted: s.Deleted, Content: bytes.Clone(s.Content)}
	if why := checkIdentifiers(get(s.Content, "identifiers")); why != nil {
		return RecordVersion{}, fault.New("event.RecodeRecord", fault.Invalid, "A stored record cannot be decoded: %s", why.message)
	}
	newDecoder(policy).recordContent(&r)
	return r, nil
}

func (d *decoder) record(p *RecordsPart, raw []byte) (RecordVersion, *problem) {
	raw = wellFormed(raw)
	switch {
	case raw == nil:
		return RecordVersion{}, notJSONRecord
	case !isObject(raw):
		return RecordVersion{}, notAnObjectRecord
	}
	h := readRecordHeader(raw)
	if why := h.check(p.Source); why != nil {
		return RecordVersion{}, why
	}
	r := RecordVersion{Source: p.Source, ID: h.recordID(), At: p.ReceivedAt, ReceivedAt: p.ReceivedAt, Deleted: h.isDeleted()}
	r.Content = appendContent(make([]byte, 0, len(raw)), &h)
	d.recordContent(&r)
	switch at, state, ahead := h.time(p.ReceivedAt); {
	case ahead:
		r.Warnings = append(r.Warnings, Warning{WarnAhead, "at"})
	case state == timeInvalid:
		r.Warnings = append(r.Warnings, Warning{WarnTimestamp, "at"})
	case state == timeRead:
		r.At = at
	}
	return r, nil
}

// appendContent appends what a record says in canonical form. A deleted one says nothing, so nothing of it is kept.
func appendContent(dst []byte, h *recordHeader) []byte {
	dst = append(dst, '{')
	if !h.isDeleted() {
		if !isAbsent(h.identifiers) {
			dst = appendCanonical(appendMember(dst, []byte("identifiers")), h.identifiers)
		}
		if !isAbsent(h.traits) {
			if len(dst) > 1 {
				dst = append(dst, ',')
			}
			dst = appendCanonical(appendMember(dst, []byte("traits")), h.traits)
		}
	}
	return append(dst, '}')
}

// recordContent fills in what follows from the content.
func (d *decoder) recordContent(r *RecordVersion) {
	d.warnings, d.traits, d.context, d.ids = nil, nil, contextView{}, d.ids[:0]
	self := recordIdentifier(r.Source, r.ID)
	if r.Deleted {
		r.Hash, r.Identifiers = deletedHash, []Identifier{self}
		return
	}
	sum := sha256.Sum256(r.Content)
	r.Hash = hex.EncodeToString(sum[:16])
	d.traits = object(get(r.Content, "traits"))
	r.Traits = d.recordTraits()
	d.recordIdentifiers(get(r.Content, "identifiers"))
	r.Identifiers = d.found([]Identifier{self})
	r.Warnings = d.warnings
}

// recordTraits cleanses the traits and their alternates. A null says that there is nothing, as leaving it away does.
func (d *decoder) recordTraits() []Trait {
	kept := make([]Trait, 0, 16)
	for _, t := range d.cleanTraits(d.traits, nil) {
		if isAbsent(t.Value) {
			continue
		}
		if t.Key == "alternates" {
			if value := d.cleanAlternates(t.Value); !bytes.Equal(value, t.Value) {
				t.Value, t.Raw = value, t.Value
			}
		}
		kept = append(kept, t)
	}
	if len(kept) == 0 {
		return nil
	}
	return withFullName(kept)
}

const alternatesPath = "traits.alternates."

// cleanAlternates cleanses further values of traits: a list of objects like the traits themselves.
func (d *decoder) cleanAlternates(raw []byte) []byte {
	if !isArray(raw) {
		d.warn(WarnTrait, "traits.alternates")
		return raw
	}
	out := []byte{'['}
	for w := walk(raw); w.more(); {
		element, _ := w.value()
		if len(out) > 1 {
			out = append(out, ',')
		}
		if !isObject(element) {
			d.warn(WarnTrait, "traits.alternates")
			out = append(out, element...)
			continue
		}
		out = d.appendAlternate(out, element)
	}
	return append(out, ']')
}

func (d *decoder) appendAlternate(out, object []byte) []byte {
	out = append(out, '{')
	first := true
	for w := walk(object); ; first = false {
		name, value, ok := w.member()
		if !ok {
			return append(out, '}')
		}
		if !first {
			out = append(out, ',')
		}
		if clean := cleaners[string(name)]; clean != nil && !isAbsent(value) {
			var warn string
			if value, warn = clean(d, value); warn != "" {
				d.warn(warn, alternatesPath+string(name))
			}
		}
		out = append(appendMember(out, name), value...)
	}
}

// recordIdentifiers finds those that the record names, and those in its traits and their alternates.
func (d *decoder) recordIdentifiers(named []byte) {
	if isArray(named) {
		for w := walk(named); w.more(); {
			element, _ := w.value()
			d.find(identifierType(get(element, "type")), get(element, "value"), "identifiers")
		}
	}
	d.findInTraits(d.traits, "traits.")
	if alternates := get(d.traits, "alternates"); isArray(alternates) {
		for w := walk(alternates); w.more(); {
			element, _ := w.value()
			d.findInTraits(element, alternatesPath)
		}
	}
}
