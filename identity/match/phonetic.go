package match

import "strings"

// sound is a name by its consonants, so that spellings that sound alike in the languages of Europe mostly share it: a
// coarse relative of Cologne phonetics (Postel 1969). It is used to find candidates, never as evidence. Names of other
// scripts keep their letters.
func sound(s string) string {
	s = sounds.Replace(s)
	var b [8]byte
	n := 0
	last := byte(0)
	for i := 0; i < len(s) && n < len(b); i++ {
		c := s[i]
		k := byte(0)
		switch c {
		case 'a', 'e', 'i', 'o', 'u', 'y', 'h', 'w':
			if i == 0 {
				k = 'a'
				if c == 'w' || c == 'h' {
					k = c
				}
			}
		case 'b', 'p':
			k = 'p'
		case 'd', 't':
			k = 't'
		case 'f', 'v':
			k = 'f'
		case 'c', 'g', 'k', 'q':
			k = 'k'
		case 's', 'z', 'x':
			k = 's'
		case 'm', 'n':
			k = 'n'
		case ' ':
		default:
			k = c
		}
		if k != 0 && k != last {
			b[n] = k
			n++
		}
		last = k
	}
	return string(b[:n])
}

var sounds = strings.NewReplacer("ph", "f", "sch", "s", "sh", "s", "ch", "k", "ck", "k", "kn", "n", "gh", "", "wr", "r", "mb", "m",
	"ce", "se", "ci", "si", "cy", "sy", "tz", "s", "ts", "s", "dt", "t", "j", "i", "th", "t", "qu", "k")
