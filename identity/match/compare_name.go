package match

// nameWeight is the weights of a level of names. Levels of agreement go by how rare the name is.
func (m *Model) nameWeight(f Field, l Level, bits int32) vec {
	w := m.weights[f][l]
	if mask := m.frequent[f][l]; mask != 0 {
		for i := range w {
			if mask&(1<<i) != 0 {
				w[i] += bits
			}
		}
	}
	switch l {
	case givenTypo, lastTypo:
		// A slip of a common name is often another common name: it never weighs more than the name itself.
		if excess := w[strangers] - max(bits-m.slip, 0); excess > 0 {
			w[strangers] -= excess
			w[colleagues] -= excess
		}
	}
	return w
}

func bestName(m *Model, f Field, as, bs []name, compare func(a, b *name) (Level, int32)) outcome {
	var best outcome
	for i := range as {
		for j := range bs {
			l, bits := compare(&as[i], &bs[j])
			best.offer(l, m.nameWeight(f, l, bits), i, j)
		}
	}
	return best
}

// names compares the names straight, and where that does not agree, first with last and first with middle.
func (p *pair) names() {
	m, a, b := p.m, p.a, p.b
	first := bestName(m, FirstName, a.first, b.first, compareGiven)
	last := bestName(m, LastName, a.last, b.last, compareLast)
	p.at[MiddleName] = bestName(m, MiddleName, a.middle, b.middle, compareMiddle)
	p.at[FirstName], p.at[LastName] = first, last
	if agrees(first.level) && agrees(last.level) {
		return
	}
	if !agrees(first.level) && !agrees(last.level) {
		p.swapped(first.w.plus(last.w))
	}
	if l := p.at[FirstName].level; (l == givenDiffers || l == givenOtherSex) && p.at[NameOrder].level == none {
		if goesBy(a.first, b.middle) || goesBy(b.first, a.middle) {
			p.at[FirstName].level, p.at[FirstName].w = givenMiddle, m.weights[FirstName][givenMiddle]
			p.at[MiddleName] = outcome{}
		}
	}
}

// swapped takes the reading in which one of the two has first and last name in each other's place, if it fits better.
func (p *pair) swapped(straight vec) {
	m, a, b := p.m, p.a, p.b
	one := bestName(m, FirstName, a.first, b.last, compareGiven)
	other := bestName(m, LastName, a.last, b.first, compareLast)
	if !full(one.level) && !full(other.level) || conflicts(one.level) || conflicts(other.level) {
		return
	}
	order := m.weights[NameOrder][orderSwapped]
	if straight.less(one.w.plus(other.w).plus(order)) {
		one.cross, other.cross = true, true
		p.at[FirstName], p.at[LastName] = one, other
		p.put(NameOrder, orderSwapped)
	}
}

// full says that more than an initial agrees.
func full(l Level) bool { return agrees(l) && l != givenInitial }

func conflicts(l Level) bool {
	return l >= givenClose && l <= givenDiffers || l == lastClose || l == lastInitialDiffers || l == lastDiffers
}

// agrees says that there is no better reading to look for.
func agrees(l Level) bool {
	return l >= givenExact && l <= givenTypo || l >= lastExact && l <= lastTypo
}

// goesBy says that somebody's first name here is their middle name there.
func goesBy(first, middle []name) bool {
	for i := range first {
		for j := range middle {
			if !first[i].initial && !middle[j].initial && first[i].plain == middle[j].plain {
				return true
			}
		}
	}
	return false
}
