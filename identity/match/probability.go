package match

import "math"

// atJoin is how sure a pair at the join threshold is: 4.25 bits, odds of 19 to 1.
const atJoin = 4.25

// Probability puts a weight between 0 and 1: the chance that two records are of one person, where a pair at the weight
// that joins has 0.95. So the odds before anything is compared are those that make it so.
func (m *Model) Probability(weight int32) float64 {
	return 1 / (1 + math.Exp2(-(float64(weight-m.join)/100 + atJoin)))
}
