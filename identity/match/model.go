package match

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"math"
	"slices"
	"sync"
)

//go:embed default.yaml
var defaultYAML []byte

//go:embed tables/first.txt
var firstTable string

//go:embed tables/last.txt
var lastTable string

//go:embed tables/nicknames.txt
var nicknameTable string

// DefaultYAML is the text of the built-in model, with comments: the documentation of the format.
func DefaultYAML() []byte { return append([]byte(nil), defaultYAML...) }

// semantics is the version of what this package makes of a model. Raise it when the same model would compare the same
// records otherwise, or make other keys of them.
const semantics = 1

// odds are how likely a level is for each thing that a pair can be. Those against which nothing is given are NaN in
// the making and u or the frequency thereafter.
type odds struct {
	M          float64 `json:"m"`
	U          float64 `json:"u,omitempty"`
	Household  float64 `json:"household,omitempty"`
	Colleagues float64 `json:"colleagues,omitempty"`
	Namesakes  float64 `json:"namesakes,omitempty"`
	Frequency  bool    `json:"frequency,omitempty"` // u is the frequency of the value
}

type thresholds struct {
	Join, Candidate, Mean, Floor, Ceiling, Against float64
}

type nameText struct {
	Unlisted, Most float64
	Values         map[string]float64 `json:",omitempty"`
}

type extraText struct {
	Compare string
	Levels  map[string]odds
}

// modelText is a model as written. Its JSON is what the version is a hash of.
type modelText struct {
	Thresholds                       thresholds
	Household, Colleagues, Namesakes float64
	PhoneCountry                     string
	Slip                             float64
	FirstName, LastName              nameText
	Keys                             map[string]int
	Fields                           map[string]map[string]odds
	Extra                            map[string]extraText
}

type extraField struct {
	name string
	id   bool
}

// Model is one version of how records are matched. It does not change and may be used concurrently.
type Model struct {
	text     modelText
	version  string
	weights  [maxFields][levels]vec
	frequent [maxFields][levels]uint8 // bit by alternative: the rarity of the value is to be added
	relation vec
	slip     int32

	given, family nameTable
	nicknames     map[string][]uint16
	extra         []extraField
	phoneCountry  string
	caps          [families]int

	join, candidate, mean, floor, ceiling, against int32
}

// hundredths is bits as weights count them.
func hundredths(bits float64) int32 { return int32(math.Round(bits * 100)) }

// tables are the built-in ones, read once.
var tables = sync.OnceValue(func() (t struct {
	first, last map[string]int32
	sex         map[string]byte
	nicknames   map[string][]uint16
}) {
	t.first, t.sex = readTable(firstTable)
	t.last, _ = readTable(lastTable)
	t.nicknames = readNicknames(nicknameTable)
	return t
})

// newModel takes text that is known to be valid.
func newModel(text modelText) *Model {
	m := &Model{
		text: text, slip: hundredths(text.Slip), phoneCountry: text.PhoneCountry,
		relation: vec{0, hundredths(text.Household), hundredths(text.Colleagues), hundredths(text.Namesakes)},
		join:     hundredths(text.Thresholds.Join), candidate: hundredths(text.Thresholds.Candidate),
		mean: hundredths(text.Thresholds.Mean), against: hundredths(text.Thresholds.Against),
		floor: hundredths(text.Thresholds.Floor), ceiling: hundredths(text.Thresholds.Ceiling),
	}
	m.given = newNameTable(text.FirstName, tables().first)
	m.given.sex = tables().sex
	m.family = newNameTable(text.LastName, tables().last)
	m.nicknames = tables().nicknames
	for f := range builtIn {
		c := comparatorOf(f)
		m.weigh(f, c, text.Fields[fieldNames[f]])
	}
	for _, name := range sortedKeys(text.Extra) {
		x := text.Extra[name]
		f := builtIn + Field(len(m.extra))
		m.extra = append(m.extra, extraField{name: name, id: x.Compare == "id"})
		m.weigh(f, extraComparator(x.Compare), x.Levels)
	}
	for i := range families {
		m.caps[i] = text.Keys[familyNames[i]]
	}
	canonical, _ := json.Marshal(struct {
		Semantics int
		Model     modelText
	}{semantics, text})
	h := sha256.New()
	for _, part := range [][]byte{canonical, []byte(firstTable), []byte(lastTable), []byte(nicknameTable)} {
		h.Write(part)
	}
	m.version = hex.EncodeToString(h.Sum(nil)[:6])
	return m
}

func extraComparator(compare string) comparator {
	if compare == "id" {
		return comparatorOf(NationalID)
	}
	return comparatorOf(Employer)
}

func newNameTable(text nameText, builtIn map[string]int32) nameTable {
	t := nameTable{bits: builtIn, other: hundredths(text.Unlisted), most: hundredths(text.Most)}
	if len(text.Values) > 0 {
		t.bits = make(map[string]int32, len(builtIn)+len(text.Values))
		for k, v := range builtIn {
			t.bits[k] = v
		}
		for k, v := range text.Values {
			t.bits[k] = hundredths(v)
		}
	}
	return t
}

func (m *Model) weigh(f Field, c comparator, byName map[string]odds) {
	for l := c.first; l <= c.last; l++ {
		o := byName[levelNames[l]]
		for i, p := range [againsts]float64{o.U, o.Household, o.Colleagues, o.Namesakes} {
			switch {
			case p > 0:
				m.weights[f][l][i] = hundredths(math.Log2(o.M / p))
			case o.Frequency:
				m.weights[f][l][i] = hundredths(math.Log2(o.M))
				m.frequent[f][l] |= 1 << i
			default:
				m.weights[f][l][i] = m.weights[f][l][strangers]
			}
		}
	}
}

// Default is the built-in model.
var Default = sync.OnceValue(func() *Model {
	text, err := parseModel(defaultYAML, modelText{})
	if err != nil {
		panic(err) // the embedded file is wrong; the tests of this package load it
	}
	return newModel(text)
})

// Version is 12 hexadecimal digits, a hash of what the model says: equal for equal models, however they are written.
func (m *Model) Version() string { return m.version }

// Join is the weight from which a pair may join two cells, in hundredths of a bit.
func (m *Model) Join() int32 { return m.join }

// Candidate is the weight from which a pair is shown to a steward, in hundredths of a bit.
func (m *Model) Candidate() int32 { return m.candidate }

// Extra is the names of the traits the model compares beside the built-in ones.
func (m *Model) Extra() []string {
	var names []string
	for _, x := range m.extra {
		names = append(names, x.name)
	}
	return names
}

// FieldName is what a field is called in model files and explanations.
func (m *Model) FieldName(f Field) string {
	switch {
	case f < builtIn:
		return fieldNames[f]
	case int(f-builtIn) < len(m.extra):
		return m.extra[f-builtIn].name
	}
	return ""
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
