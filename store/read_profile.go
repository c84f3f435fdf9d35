package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/event"
	"kith/identity"
)

// Want says what comes along with each customer of a read. Nothing costs a round trip more.
type Want struct {
	Values      bool // the resolved traits
	OtherIDs    bool
	Identifiers *Slice // strongest type first, then earliest
	Touchpoints *Timeline
	Accounts    *Slice // earliest first
	Traits      bool   // all versions of all traits, by identifier
	Graph       *GraphWant
	Segments    *Slice // by key
}

// Timeline asks for touchpoints, newest first.
type Timeline struct {
	Slice
	Filter     TouchpointFilter
	Properties bool // with the call's properties
	Context    bool // with the call's context
}

// TouchpointFilter narrows a timeline. A nil list allows anything, an empty one nothing.
type TouchpointFilter struct {
	Types   []event.Type
	Names   []string
	Sources []string
	From    *event.Millis // at this time or later
	To      *event.Millis // before this time
}

// Profile is a customer as it is read. The parts are nil unless wanted.
type Profile struct {
	ID                  identity.CustomerID
	DisplayName         string // empty when there is none
	Known, Shared       bool
	FirstSeen, LastSeen event.Millis
	Values              string // JSON object of the resolved traits
	Computed            string // JSON object of what computed traits are made of (see segment.Set.Shown)

	OtherIDs    []identity.CustomerID // sorted
	Identifiers *Page[IdentifierView]
	Touchpoints *Page[Touchpoint]
	Accounts    *Page[AccountView]
	Traits      []IdentifierView // those that have any, and the one that gives the id
	Graph       *IdentityGraph
	Segments    *Page[Membership]
}

// AccountView is an account as it is shown.
type AccountView struct {
	ID, GroupID string
	Traits      string // JSON object of the resolved values
}

// ProfilesByID reads the customers that answer to ids, by the id asked for. One that nobody answers to is not among
// them.
func (g *Graph) ProfilesByID(ctx context.Context, ids []identity.CustomerID, w Want) (map[identity.CustomerID]*Profile, error) {
	return profilesBy(ctx, g, "store.ProfilesByID", "id", ids, w)
}

// ProfilesByKey reads the customers that hold identifiers, by the identifier's key.
func (g *Graph) ProfilesByKey(ctx context.Context, keys []identity.Key, w Want) (map[identity.Key]*Profile, error) {
	return profilesBy(ctx, g, "store.ProfilesByKey", "key", keys, w)
}

func profilesBy[K ~string](ctx context.Context, g *Graph, op, head string, asked []K, w Want) (map[K]*Profile, error) {
	out := make(map[K]*Profile, len(asked))
	if len(asked) == 0 {
		return out, nil
	}
	err := g.profiles(ctx, op, head, map[string]any{"asked": anys(asked)}, w, func(f found) {
		out[K(f.asked)] = f.profile
	})
	return out, err
}

// CustomersOf reads the customers tied to accounts, last seen first, by account id. Every account asked for has a
// page, be it empty.
func (g *Graph) CustomersOf(ctx context.Context, accounts []string, s Slice, w Want) (map[string]*Page[*Profile], error) {
	return customersOf(ctx, g, "store.CustomersOf", "accounts", accounts, s, w)
}

// MaxHousehold is how many customers a household may have: where more live at one address under one name, it is a home
// for the elderly, a street without house numbers, or a default value, and none of them is connected with any other.
const MaxHousehold = 20

// HouseholdsOf reads who else is of the households of customers, last seen first, by the customer's present id. Every
// customer asked for has a page, be it empty.
func (g *Graph) HouseholdsOf(ctx context.Context, customers []identity.CustomerID, s Slice, w Want) (map[identity.CustomerID]*Page[*Profile], error) {
	return customersOf(ctx, g, "store.HouseholdsOf", "household", customers, s, w)
}

func customersOf[K ~string](ctx context.Context, g *Graph, op, head string, asked []K, s Slice, w Want) (map[K]*Page[*Profile], error) {
	entries := make(map[K][]Entry[*Profile], len(asked))
	high := Mark{At: lastAt, ID: lastID}
	if s.After != nil {
		high = *s.After
	}
	params := map[string]any{"asked": anys(asked), "highAt": int64(high.At), "highID": high.ID, "n": s.First + 1, "most": MaxHousehold}
	err := g.profiles(ctx, op, head, params, w, func(f found) {
		k := K(f.asked)
		entries[k] = append(entries[k], Entry[*Profile]{Mark{At: f.profile.LastSeen, ID: string(f.profile.ID)}, f.profile})
	})
	out := make(map[K]*Page[*Profile], len(asked))
	for _, id := range asked {
		slices.SortFunc(entries[id], func(a, b Entry[*Profile]) int { return -compareMarks(a.Mark, b.Mark) })
		out[id] = cut(entries[id], s)
	}
	return out, err
}

func compareMarks(a, b Mark) int {
	return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID))
}

// found is one row of a read of profiles. profile is nil in the one row of an empty page.
type found struct {
	asked          string
	rank           int64
	before, behind bool
	profile        *Profile
}

// profiles runs the statement of a head with the parts wanted.
func (g *Graph) profiles(ctx context.Context, op, head string, params map[string]any, w Want, row func(found)) error {
	parts := w.params(params)
	return g.read(ctx, op, profileTexts[head][parts], params, func(r *neo4j.Record) error {
		v := r.Values
		f := found{asked: str(v[0]), rank: integer(v[1]), before: v[2] == true, behind: v[3] == true}
		if v[4] != nil {
			f.profile = &Profile{
				ID: identity.CustomerID(str(v[4])), DisplayName: str(v[5]), Known: v[6] == true, Shared: v[7] == true,
				FirstSeen: millis(v[8]), LastSeen: millis(v[9]),
			}
			if values := cells(v[10]); len(values) == 2 {
				f.profile.Values, f.profile.Computed = str(values[0]), str(values[1])
			}
			w.decode(r, f.profile)
		}
		row(f)
		return nil
	})
}

// params adds the parameters of the parts wanted and says which these are.
func (w Want) params(p map[string]any) (parts int) {
	p["values"] = w.Values
	if w.OtherIDs {
		parts |= wantsOtherIDs
	}
	if w.Identifiers != nil {
		parts |= wantsIdentifiers
		w.Identifiers.from(p, "ids")
	}
	if w.Touchpoints != nil {
		parts |= wantsTouchpoints
		w.Touchpoints.params(p)
	}
	if w.Accounts != nil {
		parts |= wantsAccounts
		w.Accounts.from(p, "accounts")
	}
	if w.Traits {
		parts |= wantsTraits
	}
	if w.Graph != nil {
		parts |= wantsGraph
		p["rejected"], p["candidates"], p["compared"], p["linksN"] = w.Graph.Rejected, w.Graph.Candidates, w.Graph.Compared, maxOtherLinks
	}
	if w.Segments != nil {
		parts |= wantsSegments
		w.Segments.from(p, "segments")
	}
	return parts
}

// decode reads the columns behind those of the customer, which are those of the parts wanted, in their order.
func (w Want) decode(r *neo4j.Record, c *Profile) {
	column := 11
	next := func() [][]any { column++; return rows(r, column-1) }
	if w.OtherIDs {
		c.OtherIDs = customerIDs(r.Values[column])
		column++
	}
	if w.Identifiers != nil {
		var entries []Entry[IdentifierView]
		for _, row := range next() {
			i := identifierOf(row, c.ID)
			entries = append(entries, Entry[IdentifierView]{Mark{Rank: rankOf(i.Type), At: i.FirstSeen, ID: string(i.ID)}, i})
		}
		slices.SortFunc(entries, func(a, b Entry[IdentifierView]) int { return compareMarks(a.Mark, b.Mark) })
		c.Identifiers = cut(entries, *w.Identifiers)
	}
	if w.Touchpoints != nil {
		list, actors := next(), next()
		c.Touchpoints = timelineOf(list, actors, c.ID, w.Touchpoints.Slice)
	}
	if w.Accounts != nil {
		var entries []Entry[AccountView]
		for _, row := range next() {
			a := AccountView{ID: str(row[0]), GroupID: str(row[1]), Traits: str(row[2])}
			entries = append(entries, Entry[AccountView]{Mark{At: millis(row[3]), ID: a.ID}, a})
		}
		slices.SortFunc(entries, func(a, b Entry[AccountView]) int { return compareMarks(a.Mark, b.Mark) })
		c.Accounts = cut(entries, *w.Accounts)
	}
	if w.Traits {
		c.Traits = []IdentifierView{}
		for _, row := range next() {
			cells, _ := row[0].([]any)
			i := identifierOf(cells, c.ID)
			i.Traits = str(row[1])
			c.Traits = append(c.Traits, i)
		}
	}
	if w.Graph != nil {
		c.Graph = graphOf(c.ID, next(), next(), next(), next())
		c.Graph.Records = map[identity.CustomerID]RecordView{}
		for _, row := range next() {
			id, record := recordOf(row)
			c.Graph.Records[id] = record
		}
	}
	if w.Segments != nil {
		var entries []Entry[Membership]
		for _, row := range next() {
			entries = append(entries, Entry[Membership]{Mark{ID: str(row[1])}, Membership{str(row[0]), millis(row[2])}})
		}
		c.Segments = cut(entries, *w.Segments)
	}
}

func customerIDs(v any) []identity.CustomerID {
	list, _ := v.([]any)
	out := make([]identity.CustomerID, 0, len(list))
	for _, id := range list {
		out = append(out, identity.CustomerID(str(id)))
	}
	slices.Sort(out)
	return out
}

// rankOf is typeRank of the statement. The type of a record may name its source behind a slash.
func rankOf(typ string) int64 {
	kind, _, _ := strings.Cut(typ, "/")
	switch kind {
	case event.UserID:
		return 0
	case event.Record:
		return 1
	case event.Email:
		return 2
	case event.Phone:
		return 3
	case event.DeviceID:
		return 5
	case event.AdvertisingID:
		return 6
	case event.AnonymousID:
		return 7
	}
	return 4
}
