package match

import (
	"math"
	"strconv"
	"strings"
)

// nameTable is how rare names of a kind are, in hundredths of a bit: −log2 of the share of people who bear them.
type nameTable struct {
	bits  map[string]int32
	sex   map[string]byte // 'm' or 'f' for names that nearly always are
	other int32           // names not in the table: they may be common elsewhere
	most  int32           // no name counts for more
}

// rarity of a folded name without spaces; known says that it stands in the table.
func (t *nameTable) rarity(s string) (bits int32, known bool) {
	if b, ok := t.bits[s]; ok {
		return min(b, t.most), true
	}
	return t.other, false
}

// readTable reads lines of a number of bits followed by the names that rare, with :m or :f behind those that tell the
// sex. The first mention of a name counts.
func readTable(text string) (bits map[string]int32, sex map[string]byte) {
	bits, sex = map[string]int32{}, map[string]byte{}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0][0] == '#' {
			continue
		}
		b, err := strconv.ParseFloat(words[0], 64)
		if err != nil {
			panic("match: " + err.Error()) // an embedded file is wrong; the tests of this package load it
		}
		for _, w := range words[1:] {
			name, of, told := strings.Cut(w, ":")
			if _, ok := bits[name]; !ok {
				bits[name] = int32(math.Round(b * 100))
			}
			if told {
				sex[name] = of[0]
			}
		}
	}
	return bits, sex
}

// readNicknames reads lines of a formal name followed by those that may stand for it: lists of the numbers of formal
// names for each.
func readNicknames(text string) map[string][]uint16 {
	out := map[string][]uint16{}
	n := uint16(0)
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0][0] == '#' {
			continue
		}
		for _, w := range words {
			if l := out[w]; len(l) == 0 || l[len(l)-1] != n {
				out[w] = append(l, n)
			}
		}
		n++
	}
	return out
}
