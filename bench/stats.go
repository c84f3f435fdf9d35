package main

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// samples are measurements of one thing, one for each round or each request.
type samples []float64

// quantile is the smallest sample that at least the part q of all samples do not exceed; NaN of none.
func (s samples) quantile(q float64) float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(s))
	i := int(math.Ceil(q*float64(len(sorted)))) - 1
	return sorted[min(max(i, 0), len(sorted)-1)]
}

// median is the middle sample, of an even number the mean of the two in the middle.
func (s samples) median() float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(s))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// spread is how far apart least and greatest are, as a part of the median: 0.1 is ten per cent.
func (s samples) spread() float64 {
	if len(s) < 2 || s.median() == 0 {
		return math.NaN()
	}
	return (slices.Max(s) - slices.Min(s)) / math.Abs(s.median())
}

// each gives f of every sample with the sample of o at the same place.
func (s samples) each(o samples, f func(a, b float64) float64) samples {
	out := make(samples, 0, len(s))
	for i := range min(len(s), len(o)) {
		out = append(out, f(s[i], o[i]))
	}
	return out
}

// over is each sample divided by that of the same round of a floor, so that what disturbs both cancels out.
func (s samples) over(floor samples) samples {
	return s.each(floor, func(a, b float64) float64 { return a / b })
}

// millis is a duration in milliseconds, with fractions.
func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// thousands writes a whole number with separators.
func thousands(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	text := fmt.Sprintf("%.0f", math.Abs(v))
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	if v <= -0.5 {
		return "-" + text
	}
	return text
}

// percent writes a part of one; "-" when there is none.
func percent(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf("±%.0f %%", v*50)
}
