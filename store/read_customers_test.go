package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"kith/fault"
	"kith/identity"
)

// Whatever the order, the filter, the page size and the direction, the pages put together are the whole list, once, and
// each page knows its neighbours.
func TestCustomersPagesAreTheWhole(t *testing.T) {
	f := newFixture(t)
	r := rand.New(rand.NewPCG(3, 4))
	var people []person
	for n := range 23 {
		name := []string{"ada", "ada byron", "adam byron", "bob"}[r.IntN(4)]
		props := map[string]any{"known": n%3 != 0, "shared": n%7 == 0, "searchName": name, "searchEmail": "", "searchPhone": ""}
		people = append(people, person{int64(r.IntN(4)), 10 + int64(r.IntN(5)), props, []string{fmt.Sprintf("user_id:%d", n)}})
	}
	f.customers(people)
	f.awaitSearch()
	yes, no := true, false
	for _, known := range []*bool{nil, &yes, &no} {
		for _, search := range []string{"", "ada", "ad byr"} {
			for mode := range 8 {
				q := CustomersQuery{Known: known, Shared: mode&1 != 0, Search: search, ByFirstSeen: mode&2 != 0, Ascending: mode&4 != 0}
				f.checkPages(q, people)
				if search != "" {
					q.Ranked = true
					f.checkPages(q, people)
				}
			}
		}
	}
}

func (f fixture) checkPages(q CustomersQuery, people []person) {
	f.t.Helper()
	name := fmt.Sprintf("%+v", q)
	q.First = 200
	whole := f.customersPage(q)
	if whole.HasNext || whole.HasPrevious {
		f.t.Fatalf("%s: the whole has neighbours", name)
	}
	want := 0
	for _, p := range people {
		n := p.props["searchName"]
		met := q.Search == "" || q.Search == "ada" && n != "bob" || q.Search == "ad byr" && (n == "ada byron" || n == "adam byron")
		if met && p.props["shared"] == q.Shared && (q.Known == nil || p.props["known"] == *q.Known) {
			want++
		}
	}
	if len(whole.Entries) != want {
		f.t.Errorf("%s: %d customers, want %d", name, len(whole.Entries), want)
	}
	all := marks(whole)
	if !slices.IsSortedFunc(all, q.compare) {
		f.t.Errorf("%s: not in order: %v", name, all)
	}
	for _, size := range []int{1, 2, 5} {
		var forward, backward []Mark
		q.First, q.Last, q.After, q.Before = size, 0, nil, nil
		for {
			p := f.customersPage(q)
			if p.HasPrevious != (len(forward) > 0) || p.HasNext != (len(forward)+len(p.Entries) < want) {
				f.t.Fatalf("%s: page of %d behind %d of %d: previous %v, next %v", name, size, len(forward), want, p.HasPrevious, p.HasNext)
			}
			forward = append(forward, marks(p)...)
			if !p.HasNext {
				break
			}
			q.After = &forward[len(forward)-1]
		}
		if !slices.Equal(forward, all) {
			f.t.Errorf("%s: forward by %d: %v, want %v", name, size, forward, all)
		}
		q.First, q.Last, q.After = 0, size, nil
		for {
			p := f.customersPage(q)
			if p.HasNext != (len(backward) > 0) || p.HasPrevious != (len(backward)+len(p.Entries) < want) {
				f.t.Fatalf("%s: page of the last %d before %d of %d: previous %v, next %v", name, size, len(backward), want, p.HasPrevious, p.HasNext)
			}
			backward = append(marks(p), backward...)
			if !p.HasPrevious {
				break
			}
			q.Before = &backward[0]
		}
		if !slices.Equal(backward, all) {
			f.t.Errorf("%s: backward by %d: %v, want %v", name, size, backward, all)
		}
	}
	if want > 2 {
		q.First, q.Last, q.After, q.Before = 200, 0, &all[0], &all[want-1]
		if p := f.customersPage(q); !slices.Equal(marks(p), all[1:want-1]) || !p.HasNext || !p.HasPrevious {
			f.t.Errorf("%s: between the ends: %v, next %v, previous %v", name, marks(p), p.HasNext, p.HasPrevious)
		}
		q.Before = &all[1]
		if p := f.customersPage(q); len(p.Entries) != 0 || !p.HasNext || !p.HasPrevious {
			f.t.Errorf("%s: between two neighbours: %v, next %v, previous %v", name, marks(p), p.HasNext, p.HasPrevious)
		}
	}
}

func marks(p *Page[*Profile]) []Mark {
	out := make([]Mark, 0, len(p.Entries))
	for _, e := range p.Entries {
		out = append(out, e.Mark)
	}
	return out
}

func (f fixture) customersPage(q CustomersQuery) *Page[*Profile] {
	f.t.Helper()
	p, err := f.g.CustomersPage(f.t.Context(), q, Want{})
	if err != nil {
		f.t.Fatal(err)
	}
	return p
}

// awaitSearch waits until the full-text index, which follows its writes a moment later, has seen them.
func (f fixture) awaitSearch() {
	f.t.Helper()
}

func TestSearch(t *testing.T) {
	f := newFixture(t)
	f.customer(1, 10, map[string]any{"searchName": "ada byron", "searchEmail": "ada.byron@x.org ada.byron x.org", "searchPhone": "493012345678 012345678 12345678 2345678"}, "user_id:1")
	f.customer(1, 20, map[string]any{"searchName": "adam o'hara-smith", "searchEmail": "a+b@y.org a+b y.org", "searchPhone": ""}, "user_id:2")
	f.customer(1, 30, map[string]any{"searchName": "andreas and or not", "searchEmail": "", "searchPhone": "15551234567 551234567 51234567 1234567"}, "user_id:3")
	f.awaitSearch()
	for _, c := range []struct {
		search string
		want   []string
	}{
		{"ada", []string{"1", "2"}}, // in full before a beginning, though seen earlier
		{"AD", []string{"2", "1"}},
		{"a", []string{"3", "2", "1"}},
		{"byron ad", []string{"1"}},
		{"ada smith", nil},
		{"àdà býron", []string{"1"}},
		{"ada.byron@x.org", []string{"1"}},
		{"ada.by", []string{"1"}},
		{"x.org", []string{"1"}},
		{"a+b@y", []string{"2"}},
		{"a*b", nil},
		{"o'hara-sm", []string{"2"}},
		{"and or not", []string{"3"}},
		{"+49 30 1234-5678", []string{"1"}},
		{"00493012345678", []string{"1"}},
		{"12345678", []string{"1"}},
		{"(555) 123-4567", []string{"3"}},
		{"1234", []string{"3", "1"}},
		{`"x" AND (y`, nil},
		{`\`, nil},
		{"searchName:ada", nil},
		{"*", nil},
		{"/a.*/", nil},
	} {
		p := f.customersPage(CustomersQuery{Search: c.search, Ranked: true, First: 10})
		var got []string
		for _, e := range p.Entries {
			got = append(got, string(e.Node.ID[len("cus_user_id0"):]))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("search %q: %v, want %v", c.search, got, c.want)
		}
	}
	for _, wrong := range []string{" \t", string(make([]rune, 300)), "a b c d e f g h i j k"} {
		if _, err := f.g.CustomersPage(t.Context(), CustomersQuery{Search: wrong, First: 1}, Want{}); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("search %q: %v, want INVALID", wrong, err)
		}
	}
}

// No text that anybody can type breaks the index's own language or reaches beyond its word.
func FuzzSearch(f *testing.F) {
	for _, s := range []string{"ada", `a"(`, `\`, "+49 30", "a && b || !c", "[a TO b]", "a^4", "~", "\x00", "日本 語"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseSearch(text)
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid {
				t.Fatal(err)
			}
			return
		}
		if len(s.words) == 0 || len(s.words) > maxSearchWords {
			t.Fatalf("%q: words %q", text, s.words)
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add("customers", Mark{1, 2, "cus_x"}.Cursor("customers"))
	f.Add("customers", "")
	f.Fuzz(func(t *testing.T, list, cursor string) {
		m, err := ParseMark(list, cursor)
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid {
				t.Fatal(err)
			}
			return
		}
		if again, err := ParseMark(list, m.Cursor(list)); err != nil || again != m {
			t.Fatalf("%+v is read again as %+v, %v", m, again, err)
		}
	})
}

func TestCursorOfAnotherListIsRefused(t *testing.T) {
	q := CustomersQuery{}
	cursor := Mark{0, 12, string(identity.CustomerID("cus_a"))}.Cursor(q.List())
	if _, err := ParseMark(q.List(), cursor); err != nil {
		t.Error(err)
	}
	q.ByFirstSeen = true
	if _, err := ParseMark(q.List(), cursor); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a cursor of another order: %v, want INVALID", err)
	}
}
