package main

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestQuantile(t *testing.T) {
	hundred := make(samples, 100)
	for i := range hundred {
		hundred[99-i] = float64(i + 1)
	}
	for _, c := range []struct {
		of   samples
		q    float64
		want float64
	}{{hundred, 0.5, 50}, {hundred, 0.99, 99}, {hundred, 1, 100}, {hundred, 0, 1}, {samples{7}, 0.99, 7}, {samples{1, 2}, 0.99, 2}} {
		if got := c.of.quantile(c.q); got != c.want {
			t.Errorf("quantile(%g) of %d samples is %g, want %g", c.q, len(c.of), got, c.want)
		}
	}
	if hundred[0] != 100 {
		t.Error("the samples were put in another order")
	}
	if got := (samples{}).quantile(0.5); !math.IsNaN(got) {
		t.Errorf("quantile of nothing is %g", got)
	}
}

func TestMedianAndSpread(t *testing.T) {
	for _, c := range []struct {
		of             samples
		median, spread float64
	}{{samples{3, 1, 2}, 2, 1}, {samples{4, 1, 2, 3}, 2.5, 1.2}, {samples{90, 100, 110}, 100, 0.2}} {
		if got := c.of.median(); got != c.median {
			t.Errorf("median of %v is %g, want %g", c.of, got, c.median)
		}
		if got := c.of.spread(); math.Abs(got-c.spread) > 1e-9 {
			t.Errorf("spread of %v is %g, want %g", c.of, got, c.spread)
		}
	}
	if got := (samples{5}).spread(); !math.IsNaN(got) {
		t.Errorf("one round has spread %g", got)
	}
}

func TestRatiosAreOfTheSameRound(t *testing.T) {
	got := samples{50, 200}.over(samples{100, 400})
	if len(got) != 2 || got[0] != 0.5 || got[1] != 0.5 {
		t.Errorf("ratios are %v", got)
	}
}

func TestNumbersForPeople(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 999: "999", 1000: "1,000", 1234567.4: "1,234,567", -1500: "-1,500", math.NaN(): "-"} {
		if got := thousands(v); got != want {
			t.Errorf("thousands(%g) = %q, want %q", v, got, want)
		}
	}
	if got := percent(0.2); got != "±10 %" {
		t.Errorf("percent(0.2) = %q", got)
	}
	if got := millis(1500 * time.Microsecond); got != 1.5 {
		t.Errorf("millis = %g", got)
	}
}

func TestTable(t *testing.T) {
	var b strings.Builder
	write(&b, []row{{what: "a", goal: "≥ 1", measured: "2", met: true}, {what: "note", measured: "3"}})
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 4 || !strings.HasSuffix(lines[2], "| yes      |") || !strings.HasSuffix(lines[3], "|          |") {
		t.Errorf("the table is\n%s", b.String())
	}
}

func TestFileSystemOfAPath(t *testing.T) {
	const mounts = "22 1 0:20 / / rw - ext4 /dev/root rw\n23 22 0:21 / /dev/shm rw - tmpfs tmpfs rw\n24 22 0:22 / /mnt/a\\040b rw master:1 - xfs /dev/b rw\n"
	for path, want := range map[string]string{"/": "ext4", "/tmp/x": "ext4", "/dev/shm": "tmpfs", "/dev/shm/x/y": "tmpfs", "/dev/shmx": "ext4", "/mnt/a b/c": "xfs"} {
		if got := fileSystem(mounts, path); got != want {
			t.Errorf("%s is on %q, want %q", path, got, want)
		}
	}
}

func TestEventsAreAsSent(t *testing.T) {
	s := newShop("t")
	var ids []string
	for range 50 {
		e := s.event()
		ids = append(ids, e.messageID)
		if len(e.raw) > 4000 || !strings.Contains(string(e.raw), e.messageID) {
			t.Fatalf("an event is %s", e.raw)
		}
	}
	if ids[0] == ids[1] {
		t.Error("two events have the same messageId")
	}
	again := newShop("t")
	if first := again.event(); first.messageID != ids[0] {
		t.Errorf("the same name gives other events: %q, then %q", ids[0], first.messageID)
	}
}
