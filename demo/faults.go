package demo

import (
	"maps"
	"strings"
)

// Codes of the calls that are broken on purpose, as the wire format names them.
const (
	faultNoIDs      = "no_user_anon_id"
	faultNoEvent    = "missing_event"
	faultNoGroup    = "missing_group_id"
	faultNoPrevious = "missing_previous_id"
	faultType       = "unknown_type"
	faultTooLarge   = "too_large"
	faultTooDeep    = "too_deep"
	faultLongID     = "message_id_too_long"
	faultConflict   = "message_id_conflict" // accepted, and found when it is applied
)

// spoil is a broken sibling of a good call. What would make a single call's whole request fail comes in batches only.
func (w *World) spoil(c *call, good item) item {
	b := maps.Clone(good.body)
	b["messageId"] = uuid(w.cfg.Seed, "spoilt", good.body["messageId"])
	bad := item{kind: good.kind, body: b}
	kinds := []string{faultNoIDs, faultNoIDs, faultNoEvent, faultNoEvent, faultNoGroup, faultNoPrevious, faultLongID, faultConflict}
	if !sdks[c.source].single || w.past {
		kinds = append(kinds, faultType, faultTooLarge, faultTooDeep)
	}
	bad.fault = pick(w.rng, kinds...)
	if bad.fault == faultConflict && good.kind != "track" && good.kind != "page" && good.kind != "screen" {
		bad.fault = faultNoEvent // what differs must be what the call is about
	}
	as := func(kind string) {
		bad.kind, b["type"] = kind, kind
		delete(b, "event")
	}
	switch bad.fault {
	case faultNoIDs:
		delete(b, "userId")
		delete(b, "anonymousId")
		as("track")
		b["event"] = "Product Viewed"
	case faultNoEvent:
		as("track")
	case faultNoGroup:
		as("group")
	case faultNoPrevious:
		as("alias")
		delete(b, "previousId")
	case faultType:
		as("purchase")
	case faultTooLarge:
		b["properties"] = object{"debug": strings.Repeat("state dump ", 3200)}
	case faultTooDeep:
		b["properties"] = nested(70)
	case faultLongID:
		b["messageId"] = strings.Repeat("message-", 16)
	case faultConflict:
		b["messageId"] = good.body["messageId"]
		b["properties"] = object{"sent_by": "a tab that was restored"}
	}
	bad.raw = encode(b)
	bad.beat = Beat{Text: "A broken call comes from the " + c.source + " source (" + bad.fault + "); it waits in quarantine.", Kind: "fault", Weight: 5}
	return bad
}

// nested is an object that many levels deep.
func nested(levels int) object {
	o := object{"end": true}
	for range levels {
		o = object{"in": o}
	}
	return o
}
