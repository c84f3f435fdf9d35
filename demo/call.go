package demo

import (
	"encoding/json"
	"maps"
	"time"
)

// object is a JSON object on its way out.
type object = map[string]any

// call is one call of an SDK, before that SDK has given it its own form.
type call struct {
	source string
	device *device   // nil for what servers send
	at     time.Time // when it happened, by a right clock
	due    time.Time // when the SDK gets to send it: later than at when the device was offline
	kind   string    // identify, track, page, screen, group or alias
	name   string    // of the event, page or screen

	userID, anonymousID, previousID, groupID string
	traits, props, context                   object

	owner string // the persona whose doing it is, for the ground truth
	beat  Beat
}

// Beat is one moment of the story, told when the request it belongs to was accepted.
type Beat struct {
	Text   string // one line; empty when there is nothing to tell
	Kind   string // beats of one kind resemble each other
	Weight int    // 1 (everyday) to 9 (seen once in a while, worth knowing)
}

// item is one call in the form it goes out in. Its body is shared between repeats and never changed.
type item struct {
	kind  string
	body  object
	raw   json.RawMessage // the body, encoded
	fault string          // why the server should refuse it, as a code of the wire format; empty for a good call
	beat  Beat
}

// body is the call as JSON of the given SDK: everything but messageId, sentAt and the key.
func (c *call) body(k *sdk, skew time.Duration) object {
	b := object{"type": c.kind}
	put := func(key, value string) {
		if value != "" {
			b[key] = value
		}
	}
	put("userId", c.userID)
	put("anonymousId", c.anonymousID)
	put("previousId", c.previousID)
	put("groupId", c.groupID)
	switch c.kind {
	case "track":
		b["event"] = c.name
	case "page", "screen":
		put("name", c.name)
	}
	if c.traits != nil {
		b["traits"] = c.traits
	}
	if c.props != nil {
		b["properties"] = c.props
	}
	context := object{}
	maps.Copy(context, c.context)
	if k.library != nil && !k.shared {
		context["library"] = k.library
	}
	if len(context) > 0 {
		b["context"] = context
	}
	b[k.timeKey] = k.time(c.at.Add(skew))
	if k.quirk != nil {
		k.quirk(b)
	}
	return b
}
