package event

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// The codes of refused events, wire format, section 3.
const (
	CodeNoUserAnonID      = "no_user_anon_id"
	CodeMissingEvent      = "missing_event"
	CodeMissingGroupID    = "missing_group_id"
	CodeMissingPreviousID = "missing_previous_id"
	CodeUnknownType       = "unknown_type"
	CodeTooLarge          = "too_large"
	CodeTooDeep           = "too_deep"
	CodeMessageIDTooLong  = "message_id_too_long"
	CodeMessageIDConflict = "message_id_conflict" // found by the pipeline: known message id, other content
	CodeInvalidJSON       = "invalid_json"        // of events mended by hand and sent again, and of lines of NDJSON

	// Of records alone; too_large, too_deep and invalid_json are theirs too.
	CodeMissingRecordID    = "missing_record_id"
	CodeRecordIDTooLong    = "record_id_too_long"
	CodeMissingTraits      = "missing_traits" // neither traits nor identifiers, and not deleted
	CodeInvalidRecord      = "invalid_record" // a field that is not what it has to be
	CodeTooManyIdentifiers = "too_many_identifiers"
	CodeTooManyAlternates  = "too_many_alternates"
)

// Refused is an event that was not accepted: why, and all that is needed to mend it and send it again (Resend).
// Its JSON form is what quarantine keeps.
type Refused struct {
	Source     string `json:"source"`
	ReceivedAt Millis `json:"receivedAt"`
	Index      int    `json:"index"`          // its place in the batch
	Type       Type   `json:"type,omitempty"` // as far as it is known
	MessageID  string `json:"messageId"`      // its own, or the one made for it; empty when its own was too long
	Code       string `json:"code"`
	Field      string `json:"field,omitempty"`
	Message    string `json:"message"`
	// Raw is the event as sent, the others what its batch adds to it. They alias the request they came in.
	Raw          json.RawMessage `json:"raw"`
	SentAt       json.RawMessage `json:"sentAt,omitempty"`
	Context      json.RawMessage `json:"context,omitempty"`
	Integrations json.RawMessage `json:"integrations,omitempty"`
}

// Key names what was refused: a retried request has the same keys, so that quarantine keeps an event once.
func (r *Refused) Key() string {
	h := sha256.New()
	for _, part := range [][]byte{[]byte(r.Source), []byte(r.MessageID), []byte(r.Code), r.Raw} {
		sum := sha256.Sum256(part)
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// problem is why a call is refused. All of them are made once, so that refusing costs nothing.
type problem struct{ code, field, message string }

var (
	noID         = &problem{CodeNoUserAnonID, "userId", "The call has neither a userId nor an anonymousId."}
	noEvent      = &problem{CodeMissingEvent, "event", "A track call needs the name of its event."}
	noGroup      = &problem{CodeMissingGroupID, "groupId", "A group call needs a groupId."}
	noPrevious   = &problem{CodeMissingPreviousID, "previousId", "An alias call needs a previousId."}
	noType       = &problem{CodeUnknownType, "type", "The type is not one of identify, track, page, screen, group and alias."}
	notAnObject  = &problem{CodeUnknownType, "", "The event is not a JSON object."}
	tooLarge     = &problem{CodeTooLarge, "", "The event is larger than an event may be."}
	tooDeep      = &problem{CodeTooDeep, "", "The event is nested deeper than an event may be."}
	longID       = &problem{CodeMessageIDTooLong, "messageId", "The messageId is longer than 100 characters."}
	notJSONEvent = &problem{CodeInvalidJSON, "", "The event is not valid JSON."}
)

// Refuse is the refusal of a call of p that was accepted and decoded, but cannot be kept.
func (p *Part) Refuse(c Call, code, field, message string) Refused {
	r := p.refused(c.Index, c.Type, &problem{code, field, message})
	r.MessageID = c.MessageID
	return r
}

func (p *Part) refused(index int, typ Type, why *problem) Refused {
	r := Refused{
		Source: p.Source, ReceivedAt: p.ReceivedAt, Index: index, Type: typ,
		Code: why.code, Field: why.field, Message: why.message,
		SentAt: p.SentAt, Context: p.Context, Integrations: p.Integrations,
	}
	if index < len(p.Calls) {
		r.Raw, r.MessageID = p.Calls[index].Raw, p.Calls[index].MessageID
	}
	return r
}

// Resend makes a refused event a part of its own, to be appended like any other. It keeps its source, its receivedAt
// and, unless the mended event brings another, its messageId. A nil mended is the event as it was; one without a
// type has that of r. What is refused again is returned as such.
func Resend(r Refused, mended json.RawMessage, lim Limits) (Part, *Refused) {
	lim = lim.withDefaults()
	if mended == nil {
		mended = r.Raw
	}
	p := Part{Source: r.Source, ReceivedAt: r.ReceivedAt, SentAt: r.SentAt, Context: r.Context, Integrations: r.Integrations}
	again := func(why *problem) (Part, *Refused) {
		n := p.refused(0, r.Type, why)
		n.Raw, n.MessageID = mended, r.MessageID
		return Part{}, &n
	}
	if !valid(mended) {
		return again(notJSONEvent)
	}
	start := space(mended, 0)
	end, depth := skip(mended, start)
	raw := []byte(mended[start:end])
	h, why := checkItem(item{raw, depth}, "", lim)
	if why == noType && isAbsent(h.typ) {
		h, why = checkItem(item{raw, depth}, r.Type, lim)
	}
	if why != nil {
		return again(why)
	}
	call := RawCall{Type: h.kind, Raw: raw}
	if own, _ := plainText(h.messageID); len(own) == 0 {
		if call.MessageID = r.MessageID; call.MessageID == "" {
			call.MessageID = makeMessageID(r.Source, h.kind, raw, nil)
		}
	}
	p.Calls = []RawCall{call}
	return p, nil
}
