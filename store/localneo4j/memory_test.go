package localneo4j

import "testing"

func TestPageCache(t *testing.T) {
	for info, want := range map[string]int{
		"MemTotal:       24683656 kB\nMemFree:        20000000 kB\n": 1506,
		"Other: 1 kB\nMemTotal: 16777216 kB\n":                       1024,
		"MemTotal: 2097152 kB\n":                                     leastPageCache,
		"MemTotal: 263882752 kB\n":                                   mostPageCache,
		"":                                                           leastPageCache,
		"MemTotal: much\n":                                           leastPageCache,
	} {
		if got := pageCacheOf(info); got != want {
			t.Errorf("%q: %d MB, want %d", info, got, want)
		}
	}
}
