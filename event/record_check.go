package event

// maxAlternates is how many objects of further values a record may have.
const maxAlternates = 20

// The reasons why records are refused.
var (
	notJSONRecord     = &problem{CodeInvalidJSON, "", "The record is not valid JSON."}
	notAnObjectRecord = &problem{CodeInvalidRecord, "", "The record is not a JSON object."}
	tooLargeRecord    = &problem{CodeTooLarge, "", "The record is larger than a record may be."}
	tooDeepRecord     = &problem{CodeTooDeep, "", "The record is nested deeper than a record may be."}
	noRecordID        = &problem{CodeMissingRecordID, "id", "The record has no id: a text or a number that names it inside its source."}
	longRecordID      = &problem{CodeRecordIDTooLong, "id", "The record's id is too long: source, slash and id may have 500 bytes."}
	noTraits          = &problem{CodeMissingTraits, "traits", "The record has neither traits nor identifiers. To delete one, send `\"deleted\": true`."}
	wrongDeleted      = &problem{CodeInvalidRecord, "deleted", "`deleted` is neither true nor false."}
	wrongTraits       = &problem{CodeInvalidRecord, "traits", "The traits are not a JSON object."}
	wrongIdentifiers  = &problem{CodeInvalidRecord, "identifiers", "The identifiers are not a list of objects like {\"type\": \"loyalty_card\", \"value\": \"778\"}."}
	wrongType         = &problem{CodeInvalidRecord, "identifiers.type", "The type of an identifier is 1 to 64 letters, digits, dots, dashes and underscores, and not `record`."}
	manyIdentifiers   = &problem{CodeTooManyIdentifiers, "identifiers", "The record names more than 20 identifiers."}
	manyAlternates    = &problem{CodeTooManyAlternates, "traits.alternates", "The record has more than 20 alternates."}
)

// recordHeader is the fields of a record, raw.
type recordHeader struct {
	id, deleted, at, traits, identifiers []byte
}

func readRecordHeader(raw []byte) (h recordHeader) {
	for w := walk(raw); ; {
		name, value, ok := w.member()
		if !ok {
			return h
		}
		switch string(name) {
		case "id":
			h.id = value
		case "deleted":
			h.deleted = value
		case "at":
			h.at = value
		case "traits":
			h.traits = value
		case "identifiers":
			h.identifiers = value
		}
	}
}

// recordID is the record's id as text, empty when it has none.
func (h *recordHeader) recordID() string {
	text, _ := plainText(h.id)
	return string(text)
}

func (h *recordHeader) isDeleted() bool { return string(h.deleted) == "true" }

// time is when the record was as it is; state says whether that could be read and ahead whether it is believed.
func (h *recordHeader) time(receivedAt Millis) (at Millis, state timeState, ahead bool) {
	at, state = parseTime(h.at)
	return at, state, state == timeRead && at > receivedAt+aheadLimit
}

// hasTime reports whether the record has a time of its own that counts.
func (h *recordHeader) hasTime(receivedAt Millis) bool {
	_, state, ahead := h.time(receivedAt)
	return state == timeRead && !ahead
}

// checkRecord checks a record of a source. The header is filled as far as the record could be read.
func checkRecord(it item, source string, lim Limits) (h recordHeader, why *problem) {
	switch {
	case it.depth == notJSON:
		return h, notJSONRecord
	case !isObject(it.raw):
		return h, notAnObjectRecord
	}
	h = readRecordHeader(it.raw)
	switch {
	case len(it.raw) > lim.EventBytes:
		return h, tooLargeRecord
	case it.depth > lim.Depth:
		return h, tooDeepRecord
	}
	return h, h.check(source)
}

// check is the rule about fields. Both stages of decoding go by it. Records are stricter than calls: a version takes
// the place of what was known, so that one that says nothing by mistake would wipe it out.
func (h *recordHeader) check(source string) *problem {
	id := h.recordID()
	switch {
	case id == "":
		return noRecordID
	case len(source)+len("/")+len(id) > maxIdentifier:
		return longRecordID
	case h.isDeleted():
		return nil
	case !isAbsent(h.deleted) && string(h.deleted) != "false":
		return wrongDeleted
	case !isAbsent(h.traits) && !isObject(h.traits):
		return wrongTraits
	case isAbsent(h.traits) && isAbsent(h.identifiers):
		return noTraits
	}
	if alternates := get(h.traits, "alternates"); isArray(alternates) && count(alternates) > maxAlternates {
		return manyAlternates
	}
	return checkIdentifiers(h.identifiers)
}

func checkIdentifiers(raw []byte) *problem {
	switch {
	case isAbsent(raw):
		return nil
	case !isArray(raw):
		return wrongIdentifiers
	case count(raw) > maxIdentifiers:
		return manyIdentifiers
	}
	for w := walk(raw); w.more(); {
		element, _ := w.value()
		typ, value := get(element, "type"), get(element, "value")
		if _, wrong := plainText(value); wrong || !isObject(element) || !isString(typ) {
			return wrongIdentifiers
		}
		if name := identifierType(typ); !isTypeName(name) || name == Record { // a record is its source's word alone
			return wrongType
		}
	}
	return nil
}

func identifierType(raw []byte) string {
	text, _ := plainText(raw)
	return string(text)
}

func isArray(raw []byte) bool { return len(raw) > 0 && raw[0] == '[' }

// count is how many elements an array has.
func count(raw []byte) (n int) {
	for w := walk(raw); w.more(); n++ {
		_, _ = w.value()
	}
	return n
}
