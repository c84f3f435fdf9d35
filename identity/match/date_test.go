package match

import "testing"

func TestParseBirth(t *testing.T) {
	for in, want := range map[string]string{
		"1980-12-31": "1980-12-31", "31.12.1980": "1980-12-31", "12/31/1980": "1980-12-31", "31/12/1980": "1980-12-31", "19801231": "1980-12-31",
		"12311980": "1980-12-31", "31121980": "1980-12-31", "Dec 31, 1980": "1980-12-31", "31 December 1980": "1980-12-31", "1980-12": "1980-12",
		"12/1980": "1980-12", "1980": "1980", "1980-12-31T00:00:00Z": "1980-12-31", "3.4.1980": "1980-04-03", "12/31/80": "??80-12-31",
		"1o/31/198l": "1981-10-31", "4. März 1990": "1990-03-04", "198012": "1980-12", "19351732": "1935-17-32",
	} {
		b, ok := parseBirth(in)
		if !ok || b.text() != want {
			t.Errorf("parseBirth(%q) = %q, %v, want %q", in, b.text(), ok, want)
		}
	}
	for _, in := range []string{"", "x", "unknown", "1900-01-01", "1970-01-01", "00000000", "12", "1/2/3/4/5/6/7/8", "12-31", "March"} {
		if b, ok := parseBirth(in); ok {
			t.Errorf("parseBirth(%q) = %q", in, b.text())
		}
	}
}

func TestCompareBirth(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want Level
	}{
		{"1980-12-31", "12/31/1980", birthExact},
		{"03/04/1980", "1980-04-03", birthExact}, // either reading
		{"03/04/1980", "1980-03-04", birthExact},
		{"1980-03-04", "1980-04-03", birthSwapped},
		{"1980-01-01", "1980-01-01", birthPlain},
		{"1980-12-31", "1981-12-31", birthDigit},
		{"1980-12-31", "1980-12-13", birthDigit}, // two digits changed places
		{"1989-12-30", "1991-12-30", birthYearNear},
		{"1972-12-30", "1991-12-30", birthDayOnly},
		{"1980-12-30", "1980-12-14", birthYearMonth},
		{"1980-12-30", "1980-01-30", birthYearDay},
		{"1980-12-30", "1980-05-17", birthYear},
		{"1980-12-30", "1962-05-17", birthDiffers},
		{"1980", "1980-05-17", birthPartYear},
		{"1980-05", "1980-05-17", birthPartMonth},
		{"1980-05", "1980-06-17", birthPartDiffers},
		{"1980", "1981-06-17", birthPartNear}, {"1980", "1982-06-17", birthPartDiffers},
		{"12/31/80", "1980-12-31", birthMonthDay},
	} {
		a, _ := parseBirth(c.a)
		b, _ := parseBirth(c.b)
		if x, y := compareBirth(&a, &b), compareBirth(&b, &a); x != c.want || y != c.want {
			t.Errorf("%s and %s: %v and %v, want %v", c.a, c.b, x, y, c.want)
		}
	}
}
