package match

import "testing"

func TestSplitName(t *testing.T) {
	for in, want := range map[string]fullName{
		"Ada Byron":                     {"ada", "", "byron", ""},
		"Dr. Ana María de la Cruz":      {"ana", "maria", "de la cruz", ""},
		"de la Cruz, Ana María":         {"ana", "maria", "de la cruz", ""},
		"Mr John Q. Public Jr.":         {"john", "q", "public", "2"},
		"John Public, III":              {"john", "", "public", "3"},
		"Jane Doe, PhD":                 {"jane", "", "doe", ""},
		"Heinz-Gerd Müller-Lüdenscheid": {"heinz gerd", "", "muller ludenscheid", ""},
		"Cher":                          {"", "", "cher", ""},
		"  ":                            {},
		",":                             {},
		"Ludwig van Beethoven":          {"ludwig", "", "van beethoven", ""},
	} {
		if got := splitName(in); got != want {
			t.Errorf("splitName(%q) = %+v, want %+v", in, got, want)
		}
	}
}

func TestFirstNames(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"William", "william", "exact"}, {"William", "Bill", "nickname"}, {"Bob", "Robert", "nickname"}, {"Jörg", "Joerg", "spelling"},
		{"José", "Jose", "exact"}, {"W", "William", "initial"}, {"B", "William", "initialDiffers"}, {"Anna-Lena", "Anna", "part"},
		{"Nathaniel", "Nathanile", "typo"}, {"Kyld", "Kyle", "typo"}, {"Maria", "Mario", "otherGender"}, {"Dale", "Gale", "similar"},
		{"Mary", "Robert", "otherGender"}, {"Talan", "Xenia", "differs"}, {"Иван", "Ivan", "exact"}, {"山", "山", "exact"},
	} {
		a, b := `{"firstName":"`+c.a+`","lastName":"Zq"}`, `{"firstName":"`+c.b+`","lastName":"Zq"}`
		if got := levelOf(t, "firstName", a, b); got != c.want {
			t.Errorf("%s and %s: %s, want %s", c.a, c.b, got, c.want)
		}
	}
}

func TestLastNames(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"Smith", "SMITH", "exact"}, {"Garcia Lopez", "Garcia", "part"}, {"Mueller", "Müller", "spelling"}, {"Smith-Jones", "Jones", "part"},
		{"de la Cruz", "Cruz", "part"}, {"Schemrbi", "Schembri", "typo"}, {"Smith", "Smyth", "similar"}, {"S", "Smith", "initial"},
		{"T", "Smith", "initialDiffers"}, {"Smith", "Nguyen", "differs"}, {"O'Brien", "OBrien", "exact"}, {"van Dam", "van Dijk", "differs"},
	} {
		a, b := `{"firstName":"Zq","lastName":"`+c.a+`"}`, `{"firstName":"Zq","lastName":"`+c.b+`"}`
		if got := levelOf(t, "lastName", a, b); got != c.want {
			t.Errorf("%s and %s: %s, want %s", c.a, c.b, got, c.want)
		}
	}
}

func TestNameFields(t *testing.T) {
	for _, c := range []struct{ field, a, b, want string }{
		{"nameOrder", `{"firstName":"Chelsea","lastName":"White"}`, `{"firstName":"White","lastName":"Chelsea"}`, "swapped"},
		{"nameOrder", `{"firstName":"Chelsea","lastName":"White"}`, `{"firstName":"Chelsea","lastName":"White"}`, ""},
		{"firstName", `{"firstName":"John","middleName":"Paul","lastName":"X"}`, `{"firstName":"Paul","lastName":"X"}`, "middle"},
		{"firstName", `{"name":"Doe, John"}`, `{"firstName":"John","lastName":"Doe"}`, "exact"},
		{"firstName", `{"name":"John"}`, `{"firstName":"John","lastName":"Doe"}`, "exact"},
		{"firstName", `{"firstName":"Baby Girl","lastName":"Doe"}`, `{"firstName":"John","lastName":"Doe"}`, ""},
		{"middleName", `{"middleName":"J"}`, `{"middleName":"John"}`, "initial"},
		{"middleName", `{"firstName":"Mary J."}`, `{"middleName":"Jane"}`, "initial"},
		{"middleName", `{"middleName":"Jane"}`, `{"middleName":"Jana"}`, "typo"},
		{"middleName", `{"middleName":"Jane"}`, `{"middleName":"Judith"}`, "sameInitial"},
		{"middleName", `{"middleName":"Jane"}`, `{"middleName":"K"}`, "initialDiffers"},
		{"nameSuffix", `{"lastName":"Smith Jr."}`, `{"nameSuffix":"II"}`, "exact"},
		{"nameSuffix", `{"name":"John Smith Sr"}`, `{"nameSuffix":"Jr"}`, "differs"},
		{"lastName", `{"lastName":"Garcia","secondLastName":"Lopez"}`, `{"lastName":"Garcia Lopez"}`, "exact"},
		{"lastName", `{"lastName":"New","alternates":[{"lastName":"Maiden"}]}`, `{"lastName":"Maiden"}`, "exact"},
	} {
		if got := levelOf(t, c.field, c.a, c.b); got != c.want {
			t.Errorf("%s of %s and %s: %q, want %q", c.field, c.a, c.b, got, c.want)
		}
	}
}

func TestRareNamesWeighMore(t *testing.T) {
	m := Default()
	weight := func(last string) int32 { r := rec(`{"lastName":"` + last + `"}`); return m.Weight(r, r) }
	if smith, rare := weight("Smith"), weight("Brathwaite"); smith >= rare {
		t.Errorf("Smith weighs %d, Brathwaite %d", smith, rare)
	}
}
