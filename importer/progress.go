package importer

import (
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// progress shows how far an import is: on a terminal as a bar that changes, elsewhere as a line now and then.
type progress struct {
	out      io.Writer
	terminal bool
	name     string
	size     int64 // of the file's text
	now      func() time.Time
	started  time.Time
	shown    time.Time
	begun    int   // rows that earlier runs had sent
	read     int64 // bytes when this run began to send
	drawn    int   // characters of the line on the terminal
	trouble  bool  // a note was the last thing shown
}

// How often the bar moves, and how often a line is written.
const (
	barEvery  = 100 * time.Millisecond
	lineEvery = 5 * time.Second
)

func newProgress(cfg Config, f *file, begun int) *progress {
	p := &progress{out: cfg.Progress, terminal: cfg.Terminal, name: filepath.Base(f.path), size: f.size, now: cfg.Now, begun: begun, read: -1}
	p.started = p.now()
	p.shown = p.started
	if begun > 0 {
		fmt.Fprintf(p.out, "%s: going on behind row %s.\n", p.name, thousands(begun))
	}
	return p
}

// show is called after each request, with the bytes read and the rows acknowledged since the file's beginning.
func (p *progress) show(read int64, rows, refused int) {
	now := p.now()
	every := lineEvery
	if p.terminal {
		every = barEvery
	}
	if p.read < 0 {
		p.read = 0
		if p.begun > 0 { // what was read over is no measure of speed
			p.read = read
		}
	}
	if now.Sub(p.shown) < every && !p.trouble {
		return
	}
	p.shown, p.trouble = now, false
	done := float64(read) / float64(max(p.size, 1))
	took := now.Sub(p.started).Seconds()
	rate, eta := 0.0, "?"
	if took > 0 && rows > p.begun {
		rate = float64(rows-p.begun) / took
		if moved := read - p.read; moved > 0 {
			left := float64(p.size-read) / float64(moved) * took
			eta = clock(time.Duration(left * float64(time.Second)))
		}
	}
	text := fmt.Sprintf("%3.0f%%  %s rows  %s rows/s  ETA %s", 100*min(done, 1), thousands(rows), thousands(int(rate)), eta)
	if refused > 0 {
		text += fmt.Sprintf("  %s refused", thousands(refused))
	}
	if !p.terminal {
		fmt.Fprintf(p.out, "%s: %s\n", p.name, strings.TrimSpace(text))
		return
	}
	const width = 24
	full := int(min(done, 1) * width)
	p.draw(fmt.Sprintf("%s [%s%s] %s", p.name, strings.Repeat("#", full), strings.Repeat(".", width-full), text))
}

// note says why nothing moves.
func (p *progress) note(text string) {
	p.trouble = true
	if p.terminal {
		p.draw(p.name + ": " + text)
		return
	}
	fmt.Fprintf(p.out, "%s: %s\n", p.name, text)
}

func (p *progress) draw(line string) {
	length := len([]rune(line))
	fmt.Fprintf(p.out, "\r%s%s", line, strings.Repeat(" ", max(p.drawn-length, 0)))
	p.drawn = length
}

// end takes the bar away.
func (p *progress) end() {
	if p.drawn > 0 {
		fmt.Fprintf(p.out, "\r%s\r", strings.Repeat(" ", p.drawn))
		p.drawn = 0
	}
}

// clock is a duration as minutes and seconds, or hours, minutes and seconds.
func clock(d time.Duration) string {
	s := int(d.Round(time.Second).Seconds())
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// thousands is n with commas.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
