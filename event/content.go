package event

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"kith/fault"
)

// Stored is what the graph keeps of a call, as far as it is needed to decode it again.
type Stored struct {
	Source     string
	MessageID  string
	Type       Type
	ReceivedAt Millis
	Properties json.RawMessage
	Context    json.RawMessage
	Extra      json.RawMessage
}

// Recode decodes a stored call again, under another policy: it gives the call that DecodeCalls would have given then,
// except for Index. Its error is INVALID, for what DecodeCalls cannot have made.
func Recode(s Stored, policy Policy) (Call, error) {
	for _, part := range [...][]byte{s.Properties, s.Context, s.Extra} {
		if !isObject(part) || !valid(part) {
			return Call{}, fault.New("event.Recode", fault.Invalid, "A stored call is not made of JSON objects.")
		}
	}
	c, why := newDecoder(policy).decode(input{
		source: s.Source, receivedAt: s.ReceivedAt, kind: s.Type, messageID: s.MessageID,
		context: s.Context, raw: s.item(),
	})
	if why != nil {
		return Call{}, fault.New("event.Recode", fault.Invalid, "A stored call cannot be decoded: %s", why.message)
	}
	return c, nil
}

// item puts a stored call together as it was sent.
func (s *Stored) item() []byte {
	name := bodyName(s.Type)
	if get(s.Extra, name) != nil {
		return s.Extra // its body was no object, and is kept there
	}
	raw := slices.Clone(s.Extra[:bytes.LastIndexByte(s.Extra, '}')])
	if w := walk(s.Extra); w.more() {
		raw = append(raw, ',')
	}
	raw = append(appendMember(raw, []byte(name)), s.Properties...)
	return append(raw, '}')
}

// body is the fields of a call that carry what it has to say.
type body struct {
	context, properties, traits, sentAt, channel, name, category []byte
}

func (b *body) set(name, value []byte) {
	switch string(name) {
	case "context":
		b.context = value
	case "properties":
		b.properties = value
	case "traits":
		b.traits = value
	case "sentAt":
		b.sentAt = value
	case "channel":
		b.channel = value
	case "name":
		b.name = value
	case "category":
		b.category = value
	}
}

// bodyName is the field in which calls of a type say the most.
func bodyName(t Type) string {
	if t == Identify || t == Group {
		return "traits"
	}
	return "properties"
}

// appendProperties appends the properties, or the traits of identify and group calls. Those of page and screen calls
// get the call's name and category: there they can be seen and filtered on.
func (d *decoder) appendProperties(dst []byte, h *header, b *body) []byte {
	if bodyName(h.kind) == "traits" {
		return appendMerged(dst, nil, d.object(b.traits, "traits"))
	}
	properties := d.object(b.properties, "properties")
	if h.kind != Page && h.kind != Screen {
		return appendMerged(dst, nil, properties)
	}
	base := []byte{'{'}
	for _, f := range [...]field{{name: []byte("category"), value: b.category}, {name: []byte("name"), value: b.name}} {
		if isString(f.value) && !isEmpty(f.value) {
			if len(base) > 1 {
				base = append(base, ',')
			}
			base = append(appendMember(base, f.name), f.value...)
		}
	}
	return appendMerged(dst, append(base, '}'), properties)
}

// appendExtra appends the object of everything that is kept in no other place, nulls left out.
func (d *decoder) appendExtra(dst []byte, in input, h *header, b *body) []byte {
	d.room = d.room[:0]
	integrations := object(in.integrations)
	for _, f := range d.fields {
		if isAbsent(f.value) {
			continue
		}
		switch name := string(f.name); name {
		case "type", "sentAt", "receivedAt", "writeKey", "_metadata":
			continue
		case "messageId":
			if isString(f.value) || isNumber(f.value) {
				continue
			}
		case "context", "properties", "traits":
			if isObject(f.value) && (name == "context" || name == bodyName(h.kind)) {
				continue
			}
		case "integrations":
			if isObject(f.value) {
				f.value = appendMerged(nil, integrations, f.value)
			}
			integrations = nil
		}
		d.room = append(d.room, f)
	}
	if integrations != nil {
		d.room = append(d.room, field{name: []byte("integrations"), value: integrations})
	}
	if !isEmpty(b.sentAt) {
		d.room = append(d.room, field{name: []byte("sentAt"), value: b.sentAt})
	}
	d.room = sortFields(d.room)
	dst = append(dst, '{')
	for i, f := range d.room {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendCanonical(appendMember(dst, f.name), f.value)
	}
	return append(dst, '}')
}

// sum is the hash of what the client says with a call, however often and whenever it sends it.
func (d *decoder) sum(c *Call) string {
	h := d.hash
	h.Reset()
	part := func(b []byte) {
		h.Write(b)
		h.Write([]byte{0}) // in no JSON text
	}
	part([]byte(c.Type))
	for w := walk(c.Extra); w.more(); {
		from := w.i
		name := w.name()
		_, _ = w.value()
		if !changesOnRetry(name) {
			part(c.Extra[from:w.i])
		}
	}
	part(nil)
	part(c.Properties)
	part(c.Context)
	var room [sha256.Size]byte
	return hex.EncodeToString(h.Sum(room[:0])[:16])
}
