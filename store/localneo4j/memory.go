package localneo4j

import (
	"fmt"
	"os"
	"strings"
)

const (
	leastPageCache = 256  // MB
	mostPageCache  = 2048 // MB
)

// pageCache is the page cache, in MB, that suits this machine: the graph is fast while what is in use of it fits.
func pageCache() int {
	info, err := os.ReadFile("/proc/meminfo") // Linux alone has it
	if err != nil {
		return leastPageCache
	}
	return pageCacheOf(string(info))
}

// pageCacheOf is a sixteenth of the memory that the text of /proc/meminfo names, within bounds.
func pageCacheOf(info string) int {
	for line := range strings.Lines(info) {
		var kB int
		if _, err := fmt.Sscanf(line, "MemTotal: %d kB", &kB); err == nil {
			return min(max(kB>>10/16, leastPageCache), mostPageCache)
		}
	}
	return leastPageCache
}
