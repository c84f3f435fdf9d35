package demo

import (
	"fmt"
	"strings"
)

// count is a number with its noun: "1 page view", "14 page views".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// agree is the form of a verb that goes with the number.
func agree(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// upperFirst writes an address the way a telephone's keyboard begins a line.
func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// money is an amount in words: "64.90 EUR".
func money(amount float64, currency string) string { return fmt.Sprintf("%.2f %s", amount, currency) }
