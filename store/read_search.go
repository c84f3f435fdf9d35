package store

import (
	"strings"
	"unicode/utf8"

	"kith/customer"
	"kith/fault"
)

const (
	// maxSearch and maxSearchWords bound what one search can cost the index.
	maxSearch      = 256
	maxSearchWords = 10
	// searchCandidates is how many customers a search considers, those first that the index finds best. What more
	// than that meet is no search but a list.
	searchCandidates = 10_000
)

type searchTerms struct {
	words []string // folded
	query string   // in the index's own language
}

// parseSearch makes what a person typed into a query of the full-text index in which every word must be met, in full
// or as a beginning. A text that holds nothing but a number is taken as one, however it is grouped.
func parseSearch(text string) (searchTerms, error) {
	if utf8.RuneCountInString(text) > maxSearch {
		return searchTerms{}, fault.New("store.parseSearch", fault.Invalid, "The search is too long: at most %d characters.", maxSearch)
	}
	if digits, ok := phoneDigits(text); ok {
		return searchTerms{words: digits, query: "+(" + anyOf(digits) + ")"}, nil
	}
	s := searchTerms{words: strings.Fields(customer.Fold(text))}
	if len(s.words) > maxSearchWords {
		return searchTerms{}, fault.New("store.parseSearch", fault.Invalid, "The search has too many words: at most %d.", maxSearchWords)
	}
	if len(s.words) == 0 {
		return searchTerms{}, fault.New("store.parseSearch", fault.Invalid, "The search has no words.")
	}
	var b strings.Builder
	for _, w := range s.words {
		b.WriteString("+(" + anyOf([]string{w}) + ") ")
	}
	s.query = b.String()
	return s, nil
}

// anyOf is met by each of the words, better in full than as a beginning.
func anyOf(words []string) string {
	var b strings.Builder
	for _, w := range words {
		e := escape(w)
		b.WriteString(e + "^4 " + e + "* ")
	}
	return strings.TrimSpace(b.String())
}

// escape takes their meaning from the characters that have one in the index's language. Its words (AND, OR, NOT, TO)
// are capitals, which folding has left none of.
func escape(w string) string {
	var b strings.Builder
	for _, r := range w {
		if strings.ContainsRune(`+-&|!(){}[]^"~*?:\/<>=`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// phoneDigits are the ways in which a text that looks like a phone number may be stored: with its country, and, as
// numbers are also stored by their last nine, eight and seven digits, without.
func phoneDigits(text string) ([]string, bool) {
	digits := make([]byte, 0, len(text))
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			digits = append(digits, byte(r))
		case !strings.ContainsRune(" \u00a0+()-./", r):
			return nil, false
		}
	}
	number := strings.TrimLeft(string(digits), "0")
	if len(number) < 3 {
		return nil, false
	}
	forms := []string{number}
	if len(number) > 9 {
		forms = append(forms, number[len(number)-9:])
	}
	return forms, true
}
