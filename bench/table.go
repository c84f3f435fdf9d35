package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// row is one line of the table.
type row struct {
	what     string
	goal     string
	measured string
	ratio    string // to the floor, which it names
	spread   string // over rounds
	met      bool
}

var headings = []string{"what", "goal", "measured", "ratio to floor", "spread", "goal met"}

// write prints rows as a Markdown table, padded so that it can be read as it is.
func write(w io.Writer, rows []row) {
	cells := [][]string{headings}
	for _, r := range rows {
		met := "no"
		if r.met {
			met = "yes"
		}
		if r.goal == "" {
			met = ""
		}
		cells = append(cells, []string{r.what, r.goal, r.measured, r.ratio, r.spread, met})
	}
	width := make([]int, len(headings))
	for _, line := range cells {
		for i, c := range line {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	for n, line := range cells {
		for i, c := range line {
			fmt.Fprintf(w, "| %s%s ", c, strings.Repeat(" ", width[i]-utf8.RuneCountInString(c)))
		}
		fmt.Fprintln(w, "|")
		if n == 0 {
			for i := range line {
				fmt.Fprintf(w, "|%s", strings.Repeat("-", width[i]+2))
			}
			fmt.Fprintln(w, "|")
		}
	}
}
