package match

import "strings"

// compareAddress is the level of two addresses.
func compareAddress(a, b *address) Level {
	near, far := placeOf(a, b)
	sameStreet := a.street != "" && b.street != "" &&
		(streetAlike(a.street, b.street) || (near || a.number == b.number) && dice(a.grams, b.grams) >= 700)
	if sameStreet {
		if far {
			if a.number == b.number && a.number != "" {
				return addressFar
			}
			return addressDiffers
		}
		switch {
		case a.number == b.number && a.number != "":
			switch {
			case a.unit == "" || b.unit == "":
				return addressHouse
			case a.unit == b.unit:
				return addressUnit
			}
			return addressOtherUnit
		case a.number == "" || b.number == "" || numberAlike(a.number, b.number):
			return addressNear
		}
		return addressStreet
	}
	samePostal := a.postal != "" && a.postal == b.postal
	switch {
	case samePostal && a.number != "" && a.number == b.number:
		return addressNumber
	case samePostal:
		return addressPostal
	case a.city != "" && a.city == b.city:
		return addressCity
	case near && a.street == "" && b.street == "":
		return addressCity
	case (a.street == "" || b.street == "") && (a.postal == "" || b.postal == "") && (a.city == "" || b.city == ""):
		if a.state == "" || b.state == "" {
			return none
		}
		if a.state == b.state {
			return addressState
		}
	}
	return addressDiffers
}

func streetAlike(a, b string) bool {
	if a == b || alike(a, b) {
		return true
	}
	n := min(len(a), len(b))
	return n >= 5 && (a[:n] == b[:n] || strings.HasSuffix(a, b) || strings.HasSuffix(b, a)) ||
		n >= 12 && jaroWinkler(a[:n], b[:n]) >= 900
}

// numberAlike says that one house number may be a slip for the other: 12 and 12b, 1748 and 1848, 213 and 231.
func numberAlike(a, b string) bool {
	da, db := digitsOf(a), digitsOf(b)
	if da == db {
		return true
	}
	return min(len(da), len(db)) >= 3 && edits(da, db, 1) <= 1
}

// placeOf says that the two are in places that agree, or in places that do not; neither where it cannot be told.
func placeOf(a, b *address) (near, far bool) {
	postal, city := a.postal != "" && b.postal != "", a.city != "" && b.city != ""
	switch {
	case postal && (a.postal == b.postal || edits(a.postal, b.postal, 1) <= 1):
		return true, false
	case city && (a.city == b.city || alike(a.city, b.city)):
		return true, false
	case postal && city:
		return false, true
	case postal:
		return false, edits(a.postal, b.postal, 2) > 2
	case city:
		return false, true
	}
	return false, a.country != "" && b.country != "" && a.country != b.country && len(a.country) == len(b.country)
}
