package main

// score is how close found groups come to true ones. Pairwise: of all pairs of records put together, how many belong
// together (precision), and of those that belong together, how many are put so (recall). B-cubed (Bagga and Baldwin,
// 1998): the same, as the mean over records, so that a large group does not outweigh many small ones.
type score struct {
	pairPrecision, pairRecall   float64
	cubedPrecision, cubedRecall float64
	mixed                       int // groups with records of two persons or more
}

func f1(p, r float64) float64 {
	if p+r == 0 {
		return 0
	}
	return 2 * p * r / (p + r)
}

// scoreOf compares two ways to group the same records, by position.
func scoreOf(found, truth []int) score {
	both, byFound, byTruth := map[[2]int]int{}, map[int]int{}, map[int]int{}
	for i := range truth {
		both[[2]int{found[i], truth[i]}]++
		byFound[found[i]]++
		byTruth[truth[i]]++
	}
	var s score
	right, people := 0, map[int]int{}
	for k, n := range both {
		right += n * (n - 1) / 2
		s.cubedPrecision += float64(n*n) / float64(byFound[k[0]])
		s.cubedRecall += float64(n*n) / float64(byTruth[k[1]])
		people[k[0]]++
	}
	for _, n := range people {
		if n > 1 {
			s.mixed++
		}
	}
	s.cubedPrecision /= float64(len(truth))
	s.cubedRecall /= float64(len(truth))
	s.pairPrecision, s.pairRecall = share(right, pairs(byFound)), share(right, pairs(byTruth))
	return s
}

func pairs(sizes map[int]int) int {
	n := 0
	for _, size := range sizes {
		n += size * (size - 1) / 2
	}
	return n
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}
