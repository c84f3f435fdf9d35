package event

import (
	"crypto/sha256"
	"hash"
	"maps"
	"slices"
)

// DecodeCalls decodes the calls of a part in full. What Accept has accepted always decodes; calls are refused only
// in parts that were made in another way. The calls do not alias the part.
func DecodeCalls(p *Part, policy Policy) ([]Call, []Refused) {
	d := newDecoder(policy)
	in := input{
		source: p.Source, receivedAt: p.ReceivedAt,
		sentAt: wellFormed(p.SentAt), context: wellFormed(p.Context), integrations: wellFormed(p.Integrations),
	}
	calls := make([]Call, 0, len(p.Calls))
	var refused []Refused
	for i, raw := range p.Calls {
		in.kind, in.messageID, in.raw = raw.Type, raw.MessageID, wellFormed(raw.Raw)
		c, why := d.decode(in)
		if why != nil {
			refused = append(refused, p.refused(i, raw.Type, why))
			continue
		}
		c.Index = i
		calls = append(calls, c)
	}
	return calls, refused
}

// wellFormed is raw without white space before it, and nil when it is no JSON.
func wellFormed(raw []byte) []byte {
	if !valid(raw) {
		return nil
	}
	return raw[space(raw, 0):]
}

// decoder decodes calls one after the other under one policy.
type decoder struct {
	policy    Policy
	traitKeys []string // of policy, sorted

	// Of the call at hand.
	traits   []byte // the person's, of an identify call
	context  contextView
	warnings []Warning

	// Scratch, and memory from call to call: the calls of a batch are much alike.
	fields, room []field
	ids          []Identifier
	hash         hash.Hash
	lastPhone    struct {
		text, country, phone string
		ok                   bool
	}
	lastAgent struct {
		text      string
		bot, test bool
	}
}

func newDecoder(policy Policy) *decoder {
	return &decoder{policy: policy, traitKeys: slices.Sorted(maps.Keys(policy.TraitIdentifiers)), hash: sha256.New()}
}

// input is a call to decode and what its batch adds: JSON without white space before it, nil where there is none.
type input struct {
	source                        string
	receivedAt                    Millis
	kind                          Type
	messageID                     string // the one made at acceptance; empty when the call brings its own
	raw                           []byte
	sentAt, context, integrations []byte
}

func (d *decoder) decode(in input) (Call, *problem) {
	d.warnings, d.traits = nil, nil
	switch {
	case in.raw == nil:
		return Call{}, notJSONEvent
	case !isObject(in.raw):
		return Call{}, notAnObject
	}
	h := header{kind: TypeOf(string(in.kind))}
	var b body
	d.fields = sortFields(appendFields(d.fields[:0], in.raw))
	for _, f := range d.fields {
		if !h.set(f.name, f.value) {
			b.set(f.name, f.value)
		}
	}
	if why := h.check(); why != nil {
		return Call{}, why
	}
	if isEmpty(b.sentAt) {
		b.sentAt = in.sentAt
	}

	c := Call{Source: in.source, MessageID: d.messageID(in, &h), Type: h.kind, Name: h.name(), ReceivedAt: in.receivedAt}
	buf := make([]byte, 0, len(in.raw)+len(in.context)+len(in.integrations)+64)
	c.Properties, buf = rest(d.appendProperties(buf, &h, &b))
	c.Context, buf = rest(appendMerged(buf, object(in.context), d.object(b.context, "context")))
	c.Extra, _ = rest(d.appendExtra(buf, in, &h, &b))
	c.Hash = d.sum(&c)

	c.At = d.clock(in.receivedAt, h.timestamp, h.originalTimestamp, b.sentAt)
	d.context = viewContext(c.Context)
	if !isAbsent(d.context.traits) && !isObject(d.context.traits) {
		d.warn(WarnType, "context.traits")
	}
	c.Channel = channel(b.channel, d.context.channel)
	c.Passive = string(d.context.active) == "false"
	c.Bot, c.Test = d.agent(d.context.userAgent)
	d.people(&c, &h)
	c.Warnings = d.warnings
	return c, nil
}

// rest cuts what was appended to a buffer off it, so that the next value can go behind it.
func rest(buf []byte) (value, behind []byte) {
	return buf[:len(buf):len(buf)], buf[len(buf):]
}

// messageID is the id made at acceptance, else the call's own. One of the two is there in every part Accept made.
func (d *decoder) messageID(in input, h *header) string {
	own, wrong := plainText(h.messageID)
	if wrong {
		d.warn(WarnType, "messageId")
	}
	switch {
	case in.messageID != "":
		return in.messageID
	case len(own) > 0:
		return string(own)
	}
	return makeMessageID(in.source, h.kind, in.raw, nil)
}

// people fills in who the call is about: traits, identifiers, account.
func (d *decoder) people(c *Call, h *header) {
	if h.kind == Identify {
		d.traits = c.Properties
	}
	c.Traits = withFullName(d.cleanTraits(d.traits, d.context.traits))
	c.Identifiers = d.identifiers(h)
	switch h.kind {
	case Group:
		group, _ := idText(h.groupID)
		c.GroupID = string(group)
		c.Group = d.cleanTraits(c.Properties, nil)
	case Alias:
		if !hasID(h.userID) {
			d.warn(WarnAliasWithoutUserID, "userId")
			return
		}
		text, _ := idText(h.previousID)
		c.PreviousID = &Identifier{Type: AnonymousID, Value: string(text), Raw: rawText(h.previousID)}
	}
}

func (d *decoder) warn(code, path string) {
	if w := (Warning{code, path}); !slices.Contains(d.warnings, w) {
		d.warnings = append(d.warnings, w)
	}
}

// object is raw if it is an object, and nil if it is absent or something else, which is remarked on.
func (d *decoder) object(raw []byte, path string) []byte {
	if !isObject(raw) && !isAbsent(raw) {
		d.warn(WarnType, path)
	}
	return object(raw)
}

// object is raw if it is an object, else nil.
func object(raw []byte) []byte {
	if isObject(raw) {
		return raw
	}
	return nil
}
