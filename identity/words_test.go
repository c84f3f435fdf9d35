package identity

import (
	"slices"
	"strings"
	"testing"

	"kith/fault"
)

func TestKey(t *testing.T) {
	k := NewKey("email", "a:b@x")
	if k != "email:a:b@x" || k.Type() != "email" || k.Value() != "a:b@x" {
		t.Errorf("%s is %q of %q", k, k.Value(), k.Type())
	}
}

func TestIDs(t *testing.T) {
	c := CustomerIDOf(workspace, "email:ada@x.org")
	if len(c) != 4+24 || !strings.HasPrefix(string(c), "cus_") || strings.ToLower(string(c)) != string(c) {
		t.Errorf("customer id %q", c)
	}
	i := IdentifierIDOf(workspace, "email:ada@x.org")
	if c.Identifier() != i || i.Customer() != c || !strings.HasPrefix(string(i), "idn_") || i[4:] != IdentifierID(c[4:]) {
		t.Errorf("%s and %s do not go together", c, i)
	}
	if c == CustomerIDOf(workspace, "email:ada@x.com") || c == CustomerIDOf([]byte("another"), "email:ada@x.org") {
		t.Error("another identifier or workspace has the same id")
	}
}

func TestNames(t *testing.T) {
	for s := Active; s <= Blocked; s++ {
		if got, err := ParseStatus(s.String()); got != s || err != nil {
			t.Errorf("status %s reads as %s, %v", s, got, err)
		}
	}
	for m := MarkNone; m <= MarkPersonal; m++ {
		if got, err := ParseMark(m.String()); got != m || err != nil {
			t.Errorf("mark %s reads as %s, %v", m, got, err)
		}
	}
	for k := Stewarded; k <= Matched; k++ {
		if got, err := ParseLinkKind(k.String()); got != k || err != nil {
			t.Errorf("kind %s reads as %s, %v", k, got, err)
		}
	}
	for k := Join; k <= Part; k++ {
		if got, err := ParseDecisionKind(k.String()); got != k || err != nil {
			t.Errorf("decision %s reads as %s, %v", k, got, err)
		}
	}
	for r := Followed; r <= ReasonEvidence; r++ {
		for _, cause := range []string{"", "user_id", "record:a:b"} {
			v := Verdict{Reason: r, Cause: cause}
			if reason, c, err := ParseReason(v.Text()); reason != r || c != cause || err != nil {
				t.Errorf("%q reads as %s, %q, %v", v.Text(), reason, c, err)
			}
		}
	}
	_, _, err := ParseReason("because:x")
	if fault.CodeOf(err) != fault.Invalid {
		t.Errorf("an unknown reason: %v", err)
	}
}

func TestExplain(t *testing.T) {
	rules := parsed(t, "size: 2000\nunique_records: [crm]")
	facts := scene(`
		a:1 u:ada
		a:1 u:bob
		e:1 u:ada @1
		e:1 u:bob @2
		alias a:2 u:bob
		matched r:crm/1 r:crm/2
		e:null u:bob
		p:1 e:2
		part d1 p:1 | e:2
		u:cy e:a1
		u:cy e:a2
		u:cy e:a3
		u:cy e:a4
		u:cy e:a5
		u:cy e:a6
	`).facts(t)
	p := Resolve(rules, facts)
	want := map[string]string{
		"a:1 u:ada":       "not followed (shared): this anonymous_id is shared by several people",
		"e:1 u:ada":       "followed: one call named both",
		"e:1 u:bob":       "not followed (exclusive): user_id allows one per customer and these would be two",
		"a:2 u:bob":       "followed: an alias call named both",
		"r:crm/1 r:crm/2": "not followed (exclusive): record of crm allows one per customer and these would be two",
		"e:null u:bob":    "not followed (blocked): this email stands for nobody",
		"e:2 p:1":         "not followed (part): decision d1 keeps the two sides apart",
		"e:a6 u:cy":       "not followed (limit): email allows 5 per customer and these would be more",
	}
	for _, l := range p.Links {
		name := short(l.A) + " " + short(l.B)
		if text, ok := want[name]; ok && rules.Explain(l) != text {
			t.Errorf("%s: %s\nwant %s", name, rules.Explain(l), text)
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("there is no link %s", name)
	}
	small := parsed(t, "size: 2")
	p = Resolve(small, scene("e:1 p:1 p:2").facts(t))
	if got, want := small.Explain(p.Links[0]), "not followed (oversized): more than 2 identifiers hang together here, and links like this one are the weakest that hold them"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestExplainRuling(t *testing.T) {
	p := Resolve(DefaultRules(), scene(`
		join d1 u:a u:b @1
		join d2 u:b u:c @3
		part d3 u:a | u:c @2
		join d4 u:d u:e @1
		part d5 u:d | u:e @2
		join d6 u:a e:null @1
	`).facts(t))
	want := map[string]string{
		"d1": "followed: a steward joined them",
		"d2": "not followed (part): decision d3 keeps the two sides apart",
		"d3": "followed: a steward parted them",
		"d4": "not followed (superseded): decision d5 on the same two is newer",
		"d5": "followed: a steward parted them",
		"d6": "not followed (blocked): this email stands for nobody",
	}
	for _, x := range p.Rulings {
		if got := DefaultRules().ExplainRuling(x); got != want[x.Decision] {
			t.Errorf("%s: %s\nwant %s", x.Decision, got, want[x.Decision])
		}
	}
}

func TestInTheWay(t *testing.T) {
	facts := scene(`
		join d1 u:a u:b @1
		part d2 u:a | u:c @2
		part d3 u:b | u:c @3
		part d4 u:c | u:d @4
		mark d5 BLOCKED u:z @5
	`).facts(t)
	for _, c := range []struct {
		join, parts string
	}{
		{"u:a u:x", ""},
		{"u:a u:c", "d3"}, // its own pair is decided anew; the other is not
		{"u:b u:x u:c", "d2"},
		{"u:x u:c", ""},
		{"u:x u:c u:a", "d3"},
		{"u:d u:x", ""},
		{"u:d u:a", ""},
		{"u:z u:a", ""}, // BLOCKED is not a part
	} {
		proposed := Joining("new", 9, longs(strings.Fields(c.join)))
		var names []string
		for _, part := range InTheWay(DefaultRules(), facts.Rulings, facts.Markings, proposed) {
			names = append(names, part.Decision)
		}
		if got := strings.Join(names, " "); got != c.parts {
			t.Errorf("joining %s: in the way are %q, want %q", c.join, got, c.parts)
		}
	}
	// A clock that is behind: the older part still counts, and is named.
	if got := InTheWay(DefaultRules(), facts.Rulings, nil, Joining("new", 1, longs([]string{"u:c", "u:d"}))); len(got) != 1 || got[0].Decision != "d4" {
		t.Errorf("in the way of an older join is %v", got)
	}
}

func TestDecisionRulings(t *testing.T) {
	keys := func(names string) []Key { return longs(strings.Fields(names)) }
	for _, c := range []struct {
		decision Decision
		want     string
	}{
		{Decision{ID: "d1", Kind: "JOIN", A: keys("u:b u:a e:x u:a")}, "e:x u:a, e:x u:b, u:a u:b"},
		{Decision{ID: "d2", Kind: "PART", A: keys("u:b u:a"), B: keys("e:x u:a")}, "e:x u:a, e:x u:b, u:a u:b"},
		{Decision{ID: "d3", Revokes: "d1"}, ""},
		{Decision{ID: "d4", Kind: "SHARED", A: keys("u:a u:b")}, ""},
	} {
		rulings, err := c.decision.Rulings()
		if err != nil {
			t.Fatal(err)
		}
		var pairs []string
		for _, x := range rulings {
			if x.Decision != c.decision.ID || x.Kind.String() != c.decision.Kind || x.A >= x.B {
				t.Errorf("%s gives %+v", c.decision.ID, x)
			}
			pairs = append(pairs, short(x.A)+" "+short(x.B))
		}
		if got := strings.Join(pairs, ", "); got != c.want {
			t.Errorf("%s is about %s, want %s", c.decision.ID, got, c.want)
		}
	}
	if _, err := (Decision{Kind: "SPLIT"}).Rulings(); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a decision of no kind: %v", err)
	}
}

func TestDecisionMarkings(t *testing.T) {
	keys := longs([]string{"u:b", "e:x", "u:b"})
	got := Decision{ID: "d1", Kind: "PERSONAL", A: keys, At: 7}.Markings()
	if want := []Marking{{"d1", keys[0], MarkPersonal, 7}, {"d1", keys[1], MarkPersonal, 7}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, d := range []Decision{{Kind: "JOIN", A: keys}, {Kind: "PART", A: keys}, {Kind: "NONE", A: keys}, {Kind: "SPLIT", A: keys}, {Revokes: "d1", A: keys}} {
		if m := d.Markings(); len(m) > 0 {
			t.Errorf("%+v marks %v", d, m)
		}
	}
}

func TestPath(t *testing.T) {
	p := Resolve(DefaultRules(), scene(`
		u:ada e:1 @5
		e:1 p:1 @6
		p:1 a:1 @7
		u:ada d:1 @8
		d:1 a:1 @2
		alias a:1 a:2 @9
		e:far p:far
		join d1 p:1 p:far
	`).facts(t))
	links := JoinLinks(p.Rulings)
	for _, l := range p.Links {
		if l.Followed {
			links = append(links, l.Link)
		}
	}
	for _, c := range []struct{ from, to, want string }{
		{"u:ada", "u:ada", ""},
		{"u:ada", "a:2", "d:1-u:ada a:1-d:1 a:1-a:2"},
		{"a:2", "u:ada", "a:1-a:2 a:1-d:1 d:1-u:ada"},
		{"u:ada", "e:far", "e:1-u:ada e:1-p:1 p:1-p:far e:far-p:far"},
	} {
		path, ok := Path(links, long(c.from), long(c.to))
		var steps []string
		for _, l := range path {
			steps = append(steps, short(l.A)+"-"+short(l.B))
		}
		if got := strings.Join(steps, " "); !ok || got != c.want {
			t.Errorf("from %s to %s: %s, want %s", c.from, c.to, got, c.want)
		}
	}
	if path, ok := Path(links, long("u:ada"), long("u:bob")); ok {
		t.Errorf("there is a path to nobody: %v", path)
	}
}
