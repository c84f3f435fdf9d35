package event

// header is what is checked of a call: its kind, and the raw values that matter.
type header struct {
	kind Type

	typ, messageID, userID, anonymousID, event, groupID, previousID []byte
	timestamp, originalTimestamp                                    []byte
}

// set keeps value if name is one of a header's and reports whether it is.
func (h *header) set(name, value []byte) bool {
	switch string(name) {
	case "type":
		h.typ = value
	case "messageId":
		h.messageID = value
	case "userId":
		h.userID = value
	case "anonymousId":
		h.anonymousID = value
	case "event":
		h.event = value
	case "groupId":
		h.groupID = value
	case "previousId":
		h.previousID = value
	case "timestamp":
		h.timestamp = value
	case "originalTimestamp":
		h.originalTimestamp = value
	default:
		return false
	}
	return true
}

func (h *header) hasTime() bool {
	_, state := parseTime(h.timestamp)
	if state != timeRead {
		_, state = parseTime(h.originalTimestamp)
	}
	return state == timeRead
}

// checkItem checks an event of a batch, or the single one of a call to the route of typ. The header is filled as far
// as the event could be read.
func checkItem(it item, typ Type, lim Limits) (header, *problem) {
	h := header{kind: typ}
	if !isObject(it.raw) {
		return h, notAnObject
	}
	for w := walk(it.raw); ; {
		name, value, ok := w.member()
		if !ok {
			break
		}
		h.set(name, value)
	}
	if typ == "" {
		h.kind = typeOf(h.typ)
	}
	switch {
	case len(it.raw) > lim.EventBytes:
		return h, tooLarge
	case it.depth > lim.Depth:
		return h, tooDeep
	}
	return h, h.check()
}

// check is the rule about required fields. Both stages of decoding go by it.
func (h *header) check() *problem {
	if h.kind == "" {
		return noType
	}
	if id, _ := plainText(h.messageID); tooLongID(id) {
		return longID
	}
	if !hasID(h.userID) && !hasID(h.anonymousID) {
		return noID
	}
	switch h.kind {
	case Track:
		if name, _ := plainText(h.event); len(name) == 0 {
			return noEvent
		}
	case Group:
		if !hasID(h.groupID) {
			return noGroup
		}
	case Alias:
		if !hasID(h.previousID) {
			return noPrevious
		}
	}
	return nil
}

// types is every type of a call; the place of each is how it is written in a part, so it may only grow at its end.
var types = [...]Type{Identify, Track, Page, Screen, Group, Alias}

// TypeOf is the type with this name, empty when there is none.
func TypeOf(name string) Type {
	for _, t := range types {
		if string(t) == name {
			return t
		}
	}
	return ""
}

func typeOf(raw []byte) Type {
	if !isString(raw) {
		return ""
	}
	name := unquote(raw)
	for _, t := range types {
		if string(name) == string(t) {
			return t
		}
	}
	return ""
}

// name is what the call is shown as.
func (h *header) name() string {
	switch h.kind {
	case Track:
		text, _ := plainText(h.event)
		return string(text)
	case Page:
		return "Page Viewed"
	case Screen:
		return "Screen Viewed"
	}
	return string(h.kind)
}
