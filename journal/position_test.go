package journal

import (
	"strings"
	"testing"

	"kith/fault"
)

func TestPosition(t *testing.T) {
	for text, want := range map[string]Position{
		"abcdefgh-0":                            {"abcdefgh", 0},
		"a2345678-17":                           {},
		"a2345677-17":                           {"a2345677", 17},
		"abcdefgh-18446744073709551615":         {"abcdefgh", 1<<64 - 1},
		"abcdefgh-18446744073709551616":         {},
		"":                                      {},
		"abcdefgh":                              {},
		"abcdefgh-":                             {},
		"abcdefgh-01":                           {},
		"abcdefgh-+1":                           {},
		"abcdefgh--1":                           {},
		"abcdefgh-1-2":                          {},
		"abcdefg-1":                             {},
		"ABCDEFGH-1":                            {},
		"abcdefgh-1" + strings.Repeat("1", 100): {},
	} {
		got, err := ParsePosition(text)
		if got != want || (err != nil) != (want == Position{}) || err != nil && fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%q is %v, %v", text, got, err)
		}
		if err == nil && got.String() != text {
			t.Errorf("%q is written %q", text, got.String())
		}
	}
	if s := (Position{}).String() + (ChangeCursor{}).String(); s != "" {
		t.Errorf("zero places are written %q", s)
	}
	p, q := Position{"abcdefgh", 9}, Position{"abcdefgh", 10}
	if order, ok := p.Compare(q); order >= 0 || !ok {
		t.Errorf("%v against %v: %d, %v", p, q, order, ok)
	}
	if _, ok := p.Compare(Position{"bbcdefgh", 9}); ok {
		t.Error("positions of two epochs have an order")
	}
}

func TestChangeCursor(t *testing.T) {
	for text, ok := range map[string]bool{"abcdefgh-1-0": true, "abcdefgh-7-2147483647": true, "abcdefgh-7-2147483648": false,
		"abcdefgh-0-0": false, "abcdefgh-1": false, "abcdefgh-1-1-1": false, "abcdefgh-1--1": false} {
		c, err := ParseChangeCursor(text)
		if (err == nil) != ok || ok && c.String() != text {
			t.Errorf("%q is %v, %v", text, c, err)
		}
	}
	ordered := []ChangeCursor{{"abcdefgh", 1, 5}, {"abcdefgh", 2, 0}, {"abcdefgh", 2, 1}, {"abcdefgh", 3, 0}}
	for i, c := range ordered {
		for k, d := range ordered {
			if order, ok := c.Compare(d); !ok || (order < 0) != (i < k) || (order == 0) != (i == k) {
				t.Errorf("%v against %v: %d, %v", c, d, order, ok)
			}
		}
	}
}

func TestNewEpoch(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		p := Position{Epoch: newEpoch(), Seq: 1}
		if back, err := ParsePosition(p.String()); err != nil || back != p || seen[p.Epoch] {
			t.Fatalf("%v: %v, seen before: %v", p, err, seen[p.Epoch])
		}
		seen[p.Epoch] = true
	}
}

// What parses is exactly what String writes.
func FuzzPosition(f *testing.F) {
	for _, s := range []string{"", "abcdefgh-17", "abcdefgh-18446744073709551616", "abcdefgh-01", "äbcdefg-1", "--", "abcdefgh-1-2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := ParsePosition(s); err == nil && p.String() != s {
			t.Errorf("%q parses to %v", s, p)
		}
	})
}

func FuzzChangeCursor(f *testing.F) {
	for _, s := range []string{"", "abcdefgh-17-3", "abcdefgh-1-99999999999", "abcdefgh-01-2", "--"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := ParseChangeCursor(s); err == nil && (c.String() != s || c.Index < 0) {
			t.Errorf("%q parses to %v", s, c)
		}
	})
}
