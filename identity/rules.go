package identity

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"

	"kith/event"
	"kith/identity/match"
)

//go:embed default.yaml
var defaultYAML []byte

// DefaultYAML is the text of the built-in rules, with comments: the documentation of the format.
func DefaultYAML() []byte { return append([]byte(nil), defaultYAML...) }

// semantics is the version of what this package makes of the rules. Raise it when the same rules would resolve the
// same facts otherwise, package event would read something else out of the same calls, or customers would be tied to other
// households, so that everything stored is read and resolved anew.
const semantics = 2

// Class is how much a type of identifier is worth in a link.
type Class uint8

// Strongest first.
const (
	Exclusive Class = iota // never two in one customer, never SHARED
	Strong                 // e-mail, phone
	Custom
	Device
	Anonymous
)

var classNames = [...]string{Exclusive: "exclusive", Strong: "strong", Custom: "custom", Device: "device", Anonymous: "anonymous"}

func (c Class) String() string { return classNames[c] }

// Names that stand for several types in the rules.
const (
	anyType       = "*"         // types not named
	exclusiveType = "exclusive" // in shares: every exclusive type
)

// ruleText is the rules as written, the defaults filled in. Its JSON is what the version is a hash of.
type ruleText struct {
	Size          int
	Rank          []string
	Types         map[string]typeText
	Share         map[string]int
	UniqueRecords []string
	Personal      []string
	Shared        []string
	Blocked       blockedText
	Traits        map[string]string
	PhoneCountry  string
	Sources       map[string]int
}

type typeText struct {
	Class Class
	Limit int
	First int
	Share map[string]int
}

type blockedText struct{ Values, Patterns, Keys []string }

// Rules is one version of the identity rules. It does not change and may be used concurrently.
type Rules struct {
	text     ruleText
	version  string
	rank     map[string]int
	unique   map[string]bool // sources
	marks    map[Key]Mark
	values   map[string]bool
	patterns []*regexp.Regexp
	keys     map[string]bool
	model    *match.Model
}

// newRules takes text that is known to be valid.
func newRules(text ruleText, model *match.Model) *Rules {
	r := &Rules{
		text: text, rank: map[string]int{}, unique: map[string]bool{}, marks: map[Key]Mark{},
		values: map[string]bool{}, keys: map[string]bool{}, model: model,
	}
	for i, typ := range text.Rank {
		r.rank[typ] = i
	}
	for _, source := range text.UniqueRecords {
		r.unique[source] = true
	}
	for _, key := range text.Personal {
		r.marks[Key(key)] = MarkPersonal
	}
	for _, key := range text.Shared {
		r.marks[Key(key)] = MarkShared
	}
	for _, value := range text.Blocked.Values {
		r.values[strings.ToLower(value)] = true
	}
	for _, key := range text.Blocked.Keys {
		r.keys[strings.ToLower(key)] = true
	}
	for _, pattern := range text.Blocked.Patterns {
		r.patterns = append(r.patterns, regexp.MustCompile("(?i)"+pattern))
	}
	canonical, _ := json.Marshal(struct {
		Semantics int
		Rules     ruleText
		Model     string
	}{semantics, text, model.Version()})
	sum := sha256.Sum256(canonical)
	r.version = hex.EncodeToString(sum[:6])
	return r
}

// DefaultRules is the built-in rules.
var DefaultRules = sync.OnceValue(func() *Rules {
	text, err := parseRules(defaultYAML, ruleText{})
	if err != nil {
		panic(err) // the embedded file is wrong; the tests of this package load it
	}
	return newRules(text, match.Default())
})

// Model is how records are matched.
func (r *Rules) Model() *match.Model { return r.model }

// WithModel is the same rules with another way of matching records.
func (r *Rules) WithModel(m *match.Model) *Rules { return newRules(r.text, m) }

// Version is 12 hexadecimal digits, a hash of what the rules say: equal for equal rules, however they are written.
func (r *Rules) Version() string { return r.version }

// Size is how many identifiers may hang together before weak links give way.
func (r *Rules) Size() int { return r.text.Size }

// Blocked says that a value of a type stands for nobody.
func (r *Rules) Blocked(typ, value string) bool {
	value = strings.ToLower(strings.TrimSpace(value))
	if r.values[value] {
		return true
	}
	for _, p := range r.patterns {
		if p.MatchString(value) {
			return true
		}
	}
	return len(r.keys) > 0 && r.keys[strings.ToLower(typ)+":"+value]
}

// Mark is the rules' own word on one identifier: MarkBlocked for what Blocked says, MarkPersonal and MarkShared for
// those listed. A steward's mark overrides it unless it is MarkBlocked.
func (r *Rules) Mark(k Key) Mark {
	if r.Blocked(k.Type(), k.Value()) {
		return MarkBlocked
	}
	return r.marks[k]
}

// Traits is the traits that are identifiers: trait name to identifier type. Not to be changed.
func (r *Rules) Traits() map[string]string { return r.text.Traits }

// PhoneCountry is the country of phone numbers that do not tell, as two upper-case letters; empty when not configured.
func (r *Rules) PhoneCountry() string { return r.text.PhoneCountry }

// SourceRank orders sources by how far their traits are believed: smaller wins, equal is decided by time. Sources not
// named come last.
func (r *Rules) SourceRank(source string) int {
	if n, ok := r.text.Sources[source]; ok {
		return n
	}
	return math.MaxInt
}

// TypeRank orders types by strength, strongest first.
func (r *Rules) TypeRank(typ string) int {
	if n, ok := r.rank[typ]; ok {
		return n
	}
	return r.rank[anyType]
}

// Anonymous says that identifiers of a type are a browser's or a device's: a customer with nothing else is not known.
func (r *Rules) Anonymous(typ string) bool { return r.typeText(typ).Class >= Device }

func (r *Rules) typeText(typ string) typeText {
	if t, ok := r.text.Types[typ]; ok {
		return t
	}
	return r.text.Types[anyType]
}

// policy is what the rules say of one identifier. Its name is the type that exclusivity, limits and shares count by:
// the identifier's type, except that records unique per person count per source, "record:crm".
type policy struct {
	name  string
	class Class
	rank  int
	limit int // 0: any number
	first int
	share map[string]int

	least, most int // of the shares, whatever they are of
}

func (r *Rules) policy(k Key) policy {
	typ := k.Type()
	t := r.typeText(typ)
	p := policy{name: typ, class: t.Class, rank: r.TypeRank(typ), limit: t.Limit, first: t.First, share: t.Share}
	if typ == event.Record && len(r.unique) > 0 {
		if source, _, _ := strings.Cut(k.Value(), "/"); r.unique[source] {
			p.name, p.class = typ+":"+source, Exclusive
		}
	}
	if p.class == Exclusive {
		p.limit = 1
	}
	return p
}

// shareOf is how many groups of other an identifier of p may be linked to before it is SHARED.
func (r *Rules) shareOf(p, other *policy) int {
	every := anyType
	if other.class == Exclusive {
		every = exclusiveType
	}
	if n, ok := p.share[other.name]; ok {
		return n
	}
	if other.class == Exclusive && p.first > 0 {
		return p.first
	}
	if n, ok := p.share[every]; ok {
		return n
	}
	if n, ok := r.text.Share[other.name]; ok {
		return n
	}
	return r.text.Share[every]
}

// shares is the bounds of shareOf over whatever other type there is.
func (r *Rules) shares(p *policy) (least, most int) {
	all := slices.AppendSeq(slices.Collect(maps.Values(r.text.Share)), maps.Values(p.share))
	if p.first > 0 {
		all = append(all, p.first)
	}
	return slices.Min(all), slices.Max(all)
}

// strength of a link: its kind, then the class of its weaker end. 0 is strongest.
func strength(kind LinkKind, a, b Class) uint8 {
	return uint8(kind-AliasLink)*classes + uint8(max(a, b))
}

const (
	classes   = uint8(Anonymous) + 1
	strengths = uint8(Matched-AliasLink+1) * classes // levels run from 0, nothing taken away, to this, joins alone
)
