package localneo4j

import (
	"bytes"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

func TestMeter(t *testing.T) {
	work := func(m *meter) {
		m.say("begin")
		for i := range 120 { // twelve seconds of work
			time.Sleep(100 * time.Millisecond) // the bubble's clock
			if i%40 == 0 || !m.terminal {
				m.show("%d done", i)
			}
		}
		m.say("end")
	}
	for name, tc := range map[string]struct {
		terminal bool
		want     string
	}{
		"a file gets a line now and then":   {false, "begin\n49 done\n99 done\nend\n"},
		"a terminal's line is written over": {true, "\r\x1b[Kbegin\n\r\x1b[K0 done\r\x1b[K40 done\r\x1b[K80 done\r\x1b[Kend\n"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			work(&meter{to: &out, terminal: tc.terminal})
			if out.String() != tc.want {
				t.Errorf("%s: %q, want %q", name, out.String(), tc.want)
			}
		})
	}
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if newMeter(file).terminal || newMeter(&bytes.Buffer{}).terminal {
		t.Error("a file or buffer is taken for a terminal")
	}
}
