package match

import "testing"

func TestJaroWinkler(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"martha", "marhta", 961}, {"dwayne", "duane", 840}, {"dixon", "dicksonx", 813}, {"same", "same", 1000}, {"", "x", 0}, {"ab", "cd", 0},
	} {
		for _, got := range []int{jaroWinkler(c.a, c.b), jaroWinkler(c.b, c.a)} {
			if got < c.want-2 || got > c.want+2 {
				t.Errorf("jaroWinkler(%q, %q) = %d, want about %d", c.a, c.b, got, c.want)
			}
		}
	}
}

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		a, b       string
		most, want int
	}{
		{"kitten", "sitting", 3, 3}, {"kitten", "sitting", 2, 3}, {"ab", "ba", 1, 1}, {"abc", "abc", 1, 0}, {"smith", "smiht", 1, 1},
		{"smith", "smth", 1, 1}, {"smith", "smyth", 1, 1}, {"smith", "jones", 2, 3}, {"", "a", 1, 1}, {"", "abc", 1, 2}, {"ca", "abc", 3, 3},
		{"123456789", "213456798", 2, 2},
	} {
		for _, got := range []int{edits(c.a, c.b, c.most), edits(c.b, c.a, c.most)} {
			if got != c.want {
				t.Errorf("edits(%q, %q, %d) = %d, want %d", c.a, c.b, c.most, got, c.want)
			}
		}
	}
}

func TestAlike(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"jonathan", "jonathon", true}, {"catherine", "katherine", true}, {"al", "ed", false}, {"ann", "anne", true}, {"smith", "jones", false},
		{codes("山田"), codes("山本"), false}, {codes("中央区"), codes("中野区"), false}, {"zimmermann", "zimmerman", true},
		{"person17", "person18", false}, {"158th", "159th", false}, {"4nytown", "anytown", true},
	} {
		if got := alike(c.a, c.b); got != c.want {
			t.Errorf("alike(%q, %q) = %v", c.a, c.b, got)
		}
	}
}

func TestDice(t *testing.T) {
	straight, turned := gramsOf("hawkesburycrescenttathraeast"), gramsOf("tathraeasthawkesburycrescent")
	if got := dice(straight, turned); got < 900 {
		t.Errorf("words in another order share %d", got)
	}
	if got := dice(gramsOf("mainstreet"), gramsOf("oakavenue")); got > 300 {
		t.Errorf("two streets share %d", got)
	}
	if dice("", "") != 0 {
		t.Error("nothing is like nothing")
	}
}

func TestSound(t *testing.T) {
	for _, pair := range [][2]string{{"smith", "smyth"}, {"catherine", "katherine"}, {"meyer", "maier"}, {"philipp", "filip"}, {"schmidt", "schmitt"}, {"stephen", "steven"}} {
		if sound(pair[0]) != sound(pair[1]) {
			t.Errorf("%s sounds %q, %s %q", pair[0], sound(pair[0]), pair[1], sound(pair[1]))
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"José  María!": "jose maria", "O'Brien": "obrien", "Anna-Lena": "anna lena", "STRAßE": "strasse", "Łukasz": "lukasz",
		"Иванова": "ivanova", "Παπαδόπουλος": "papadopoulos", "山田": "山田", "": "", "a\x00b": "a b",
	} {
		if got := fold(in); got != want {
			t.Errorf("fold(%q) = %q, want %q", in, got, want)
		}
	}
}
