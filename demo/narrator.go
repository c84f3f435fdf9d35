package demo

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// quiet is the least time between two lines of the story.
const quiet = 2 * time.Second

// narrator tells the story: of all that has happened since its last line, the beat most worth telling, rather of a
// kind it has not told of lately.
type narrator struct {
	mu    sync.Mutex
	out   io.Writer
	last  time.Time
	heard []Beat
	told  []string // kinds of the last lines
}

// hear notes beats that have happened.
func (n *narrator) hear(beats []Beat) {
	if len(beats) == 0 {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.heard = append(n.heard, beats...)
	if len(n.heard) > 200 {
		n.heard = n.heard[len(n.heard)-200:]
	}
}

// speak writes a line when there is one and it is time.
func (n *narrator) speak(now time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.heard) == 0 || now.Sub(n.last) < quiet {
		return
	}
	best := slices.MaxFunc(n.heard, func(a, b Beat) int { return n.worth(a) - n.worth(b) })
	n.heard = nil
	n.told = append(n.told, best.Kind)
	if len(n.told) > 6 {
		n.told = n.told[1:]
	}
	n.write(now, best.Text)
}

// worth is a beat's weight, less for every recent line of its kind.
func (n *narrator) worth(b Beat) int {
	w := b.Weight * 10
	for i, kind := range n.told {
		if kind == b.Kind {
			w -= 8 * (i + 1)
		}
	}
	return w
}

// say writes a line at once.
func (n *narrator) say(now time.Time, text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.write(now, text)
}

func (n *narrator) write(now time.Time, text string) {
	n.last = now
	_, _ = fmt.Fprintf(n.out, "%s  %s\n", now.Format("15:04:05"), text) // a closed terminal does not stop the play
}
