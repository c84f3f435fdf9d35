package localneo4j

import (
	"fmt"
	"io"
	"os"
	"time"
)

// meter shows work going on: one line rewritten in place on a terminal, a new line every few seconds elsewhere.
type meter struct {
	to       io.Writer
	terminal bool
	last     time.Time
	open     bool // the terminal's line is not ended yet
}

func newMeter(to io.Writer) *meter {
	m := &meter{to: to}
	if f, ok := to.(*os.File); ok {
		info, err := f.Stat()
		m.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return m
}

// show replaces what the meter says now. Called often; most calls print nothing.
func (m *meter) show(format string, args ...any) {
	every := 5 * time.Second
	if m.terminal {
		every = 100 * time.Millisecond
	}
	if now := time.Now(); now.Sub(m.last) >= every {
		m.last = now
		m.print(format, args...)
	}
}

// say prints a line that stays.
func (m *meter) say(format string, args ...any) {
	m.print(format, args...)
	if m.open {
		fmt.Fprintln(m.to)
		m.open = false
	}
	m.last = time.Now()
}

func (m *meter) print(format string, args ...any) {
	if m.terminal {
		fmt.Fprintf(m.to, "\r\x1b[K"+format, args...)
		m.open = true
		return
	}
	fmt.Fprintf(m.to, format+"\n", args...)
}
