package segment

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"kith/event"
)

// Function is how a computed trait is made of events.
type Function string

// The functions. Of no events COUNT, SUM and UNIQUE_COUNT are 0, and the others absent.
const (
	Count        Function = "COUNT"
	Total        Function = "SUM"
	Average      Function = "AVERAGE"
	Least        Function = "MIN"
	Most         Function = "MAX"
	FirstValue   Function = "FIRST"
	LastValue    Function = "LAST"
	MostFrequent Function = "MOST_FREQUENT" // of equal ones the first in the order of their JSON
	UniqueList   Function = "UNIQUE_LIST"   // in the order of their JSON
	UniqueCount  Function = "UNIQUE_COUNT"
	DaysSince    Function = "DAYS_SINCE" // whole days of 24 hours since the last one
	// Score and Join are made of other computed traits; only built-in ones are.
	Score Function = "SCORE" // 1 to 5 by four steps
	Join  Function = "JOIN"  // the digits of scores, one behind the other
)

// Computed is a trait that is computed from events.
type Computed struct {
	Key      string       `json:"key"`
	Name     string       `json:"name"`
	Function Function     `json:"function"`
	Events   []string     `json:"events,omitempty"` // none: any
	Where    []Comparison `json:"where,omitempty"`
	Property string       `json:"property,omitempty"`
	Within   *Duration    `json:"within,omitempty"`
	Of       []string     `json:"of,omitempty"`    // keys, for SCORE and JOIN
	Steps    []int64      `json:"steps,omitempty"` // of SCORE: reaching each is a point more; falling ones, falling below
	BuiltIn  bool         `json:"builtIn,omitempty"`
}

// BuiltIn are the computed traits that are always there.
func BuiltIn() []Computed {
	orders := []string{"Order Completed"}
	return []Computed{
		{Key: "lifetime_value", Name: "Lifetime value", Function: Total, Events: orders, Property: "revenue", BuiltIn: true},
		{Key: "order_count", Name: "Order count", Function: Count, Events: orders, BuiltIn: true},
		{Key: "average_order_value", Name: "Average order value", Function: Average, Events: orders, Property: "revenue", BuiltIn: true},
		{Key: "days_since_last_seen", Name: "Days since last seen", Function: DaysSince, BuiltIn: true},
		{Key: "days_since_last_order", Name: "Days since last order", Function: DaysSince, Events: orders, BuiltIn: true},
		{Key: "first_campaign", Name: "First campaign", Function: FirstValue, Property: "context.campaign.name", BuiltIn: true},
		{Key: "last_campaign", Name: "Last campaign", Function: LastValue, Property: "context.campaign.name", BuiltIn: true},
		{Key: "favourite_category", Name: "Favourite category", Function: MostFrequent, Events: []string{"Product Viewed", "Product Added"}, Property: "category", BuiltIn: true},
		{Key: "preferred_channel", Name: "Preferred channel", Function: MostFrequent, Property: "channel", BuiltIn: true},
		{Key: "rfm_recency", Name: "RFM: recency", Function: Score, Of: []string{"days_since_last_order"}, Steps: []int64{240, 120, 60, 30}, BuiltIn: true},
		{Key: "rfm_frequency", Name: "RFM: frequency", Function: Score, Of: []string{"order_count"}, Steps: []int64{2, 3, 5, 10}, BuiltIn: true},
		{Key: "rfm_monetary", Name: "RFM: monetary", Function: Score, Of: []string{"lifetime_value"}, Steps: []int64{50, 150, 500, 1500}, BuiltIn: true},
		{Key: "rfm", Name: "RFM", Function: Join, Of: []string{"rfm_recency", "rfm_frequency", "rfm_monetary"}, BuiltIn: true},
	}
}

// seen says that it counts from when the customer was last seen, which is kept for all customers.
func (c *Computed) seen() bool {
	return c.Function == DaysSince && len(c.Events)+len(c.Where) == 0 && c.Within == nil
}

// derived says that it is made of other computed traits and not of events.
func (c *Computed) derived() bool { return c.Function == Score || c.Function == Join }

func (c *Computed) feature() *Feature {
	s := spec{Names: slices.Clone(c.Events), Where: c.Where, Property: c.Property, Reach: Reach{Window: c.Within, Ever: c.Within == nil}}
	switch c.Function {
	case Total, Average, Least, Most:
		s.Kind = numbers
	case FirstValue, LastValue:
		s.Kind = edges
	case MostFrequent, UniqueList, UniqueCount:
		s.Kind = values
	case DaysSince:
		s.Kind, s.Property = latest, ""
		if c.Within != nil {
			s.Newest = 1
		}
	default:
		s.Kind, s.Property = times, ""
	}
	return newFeature(s)
}

// basis is what a computed trait is made of, as JSON: its value or, of one that counts days, the time of the last
// event; empty when there is none. next is when it changes by itself.
func (c *Computed) basis(slot *Slot, now event.Millis) (text string, next event.Millis) {
	if slot == nil {
		return "", never
	}
	next = never
	whole := Slot{}
	if c.Within == nil {
		whole = *slot
		whole.Values = nil
	}
	var counts map[string]int64
	if c.Within == nil {
		counts = maps.Clone(slot.Values)
	}
	for i := range slot.Entries {
		e := &slot.Entries[i]
		until := never
		if c.Within != nil {
			if until = c.Within.After(e.At); until < now {
				continue
			}
		}
		if e.At > now {
			next = min(next, e.At)
			continue
		}
		if until != never {
			next = min(next, until+1)
		}
		one := Slot{Count: 1, Sum: e.N, Min: e.N, Max: e.N, First: e, Last: e}
		whole.total(&one)
		if e.V != "" {
			if counts == nil {
				counts = map[string]int64{}
			}
			counts[e.V]++
		}
	}
	whole.Values = counts
	distinct(whole.Values)
	return c.of(&whole), next
}

func (c *Computed) of(s *Slot) string {
	if s.Count == 0 {
		return ""
	}
	switch c.Function {
	case Count:
		return strconv.FormatInt(s.Count, 10)
	case Total:
		return s.Sum.String()
	case Average:
		return s.Sum.over(s.Count).String()
	case Least:
		return s.Min.String()
	case Most:
		return s.Max.String()
	case FirstValue:
		if s.First != nil { // as it is unless what is stored is damaged
			return s.First.V
		}
	case LastValue:
		if s.Last != nil {
			return s.Last.V
		}
	case DaysSince:
		if s.Last != nil {
			return strconv.FormatInt(int64(s.Last.At), 10)
		}
	case UniqueCount:
		return strconv.Itoa(len(s.Values))
	case UniqueList:
		list := slices.Sorted(maps.Keys(s.Values))
		out := make([]json.RawMessage, len(list))
		for i, v := range list {
			out[i] = json.RawMessage(v)
		}
		text, err := json.Marshal(out)
		if err != nil {
			return ""
		}
		return string(text)
	case MostFrequent:
		list := slices.SortedFunc(maps.Keys(s.Values), func(a, b string) int {
			return cmp.Or(cmp.Compare(s.Values[b], s.Values[a]), cmp.Compare(a, b))
		})
		if len(list) > 0 {
			return list[0]
		}
	}
	return ""
}

// read is the value that a basis shows now.
func (c *Computed) read(basis string, next, now event.Millis) Reading {
	if basis == "" {
		if c.Function == Count || c.Function == Total || c.Function == UniqueCount {
			return Reading{Value: json.Number("0"), Next: next}
		}
		return Reading{Next: next}
	}
	if c.Function != DaysSince {
		return Reading{Value: decode([]byte(basis)), Next: next}
	}
	at, _ := strconv.ParseInt(basis, 10, 64)
	days := func(now event.Millis) any { return json.Number(strconv.FormatInt(max(0, int64(now)-at)/day, 10)) }
	turn := event.Millis(at) + ((now-event.Millis(at))/day+1)*day
	if next != never { // another event ahead of the clock will count, or the last one leave its window
		return Reading{Value: days(now), Next: min(next, turn)}
	}
	return Reading{Value: days(now), Next: turn, Later: days}
}

// derive makes a trait of the values of others.
func (c *Computed) derive(of []Reading) Reading {
	out := Reading{Next: never}
	values := make([]any, len(of))
	for i, r := range of {
		out.Next = min(out.Next, r.Next)
		values[i] = r.Value
	}
	out.Value = c.score(values)
	if len(of) == 1 && of[0].Later != nil {
		later := of[0].Later
		out.Later = func(now event.Millis) any { return c.score([]any{later(now)}) }
	}
	return out
}

func (c *Computed) score(of []any) any {
	if c.Function == Join {
		digits := ""
		for _, v := range of {
			n, ok := v.(json.Number)
			if !ok {
				return nil
			}
			digits += string(n)
		}
		return json.Number(digits)
	}
	n, ok := of[0].(json.Number)
	a, is := ParseAmount(string(n))
	if !ok || !is || a == (Amount{}) && c.Steps[0] < c.Steps[len(c.Steps)-1] {
		return nil // nothing to score
	}
	points := 1
	falling := c.Steps[0] > c.Steps[len(c.Steps)-1]
	for _, s := range c.Steps {
		if order := a.Compare(Amount{Units: s}); falling && order < 0 || !falling && order >= 0 {
			points++
		}
	}
	return json.Number(strconv.Itoa(points))
}
