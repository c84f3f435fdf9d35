package event

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func samplePart(source string, events int) Part {
	p := Part{
		Source: source, ReceivedAt: received,
		SentAt: json.RawMessage(`"2026-01-02T03:04:06Z"`), Context: json.RawMessage(`{"locale":"en-GB"}`),
	}
	for i := range events {
		p.Calls = append(p.Calls, RawCall{Type: types[i%len(types)], Raw: json.RawMessage(`{"userId":"u","event":"e"}`)})
	}
	p.Calls[0].MessageID = madeID + "1"
	return p
}

func TestPartRoundTrip(t *testing.T) {
	one, two, three := samplePart("web", 3), samplePart("app", 1), Part{Source: "empty", ReceivedAt: -5, Calls: []RawCall{}}
	message := AppendPart(AppendPart(AppendPart(nil, &one), &two), &three)
	joined := slices.Concat(AppendPart(nil, &one), AppendPart(nil, &two), AppendPart(nil, &three))
	if !bytes.Equal(message, joined) {
		t.Error("parts coalesced by joining their bytes differ from parts appended")
	}
	parts, err := DecodeParts(message)
	if err != nil || !reflect.DeepEqual(parts, []Part{one, two, three}) {
		t.Errorf("%v\n%+v", err, parts)
	}
	if parts, err := DecodeParts(nil); err != nil || len(parts) != 0 {
		t.Errorf("empty message: %v %v", parts, err)
	}
}

// Case 12: a flipped byte anywhere is noticed, and the other parts survive unless it is a length that was hit.
func TestPartDamage(t *testing.T) {
	one, two := samplePart("web", 2), samplePart("app", 2)
	first := AppendPart(nil, &one)
	message := AppendPart(slices.Clone(first), &two)
	for i := range message {
		for _, flip := range []byte{0x01, 0x80, 0xff} {
			damaged := slices.Clone(message)
			damaged[i] ^= flip
			parts, err := DecodeParts(damaged)
			if err == nil {
				t.Fatalf("byte %d flipped by %#x: not noticed", i, flip)
			}
			inLength := i%len(first) >= 1 && i%len(first) < 5
			want := []Part{two}
			if i >= len(first) {
				want = []Part{one}
			}
			if !inLength && !reflect.DeepEqual(parts, want) {
				t.Fatalf("byte %d flipped by %#x: the other part is lost: %+v", i, flip, parts)
			}
			if i >= len(first) && !reflect.DeepEqual(parts, want) {
				t.Fatalf("byte %d flipped by %#x: the part before it is lost", i, flip)
			}
		}
	}
	for i := 1; i < len(message); i++ {
		if parts, err := DecodeParts(message[:i]); err == nil && i != len(first) {
			t.Fatalf("cut off at %d: not noticed: %+v", i, parts)
		}
	}
	if _, err := DecodeParts(make([]byte, 64)); err == nil {
		t.Error("zeros are no message")
	}
}

func TestRefusedStored(t *testing.T) {
	p := samplePart("web", 2)
	p.Calls[1].Raw = json.RawMessage("{\"event\":\"a<b>\xff\"}")
	r := p.Refuse(Call{Index: 1, Type: Track, MessageID: "m"}, CodeMessageIDConflict, "messageId", "Known, with other content.")
	stored, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Refused
	if err := json.Unmarshal(stored, &back); err != nil {
		t.Fatal(err)
	}
	if back.Code != CodeMessageIDConflict || back.MessageID != "m" || back.Integrations != nil || !strings.Contains(string(back.Context), "en-GB") {
		t.Errorf("%+v", back)
	}
	if got := appendCanonical(nil, back.Raw); !bytes.Equal(got, appendCanonical(nil, r.Raw)) {
		t.Errorf("event changed: %s", got)
	}
}
