package journal

import (
	"os"
	"testing"
)

// records is a block as JetStream writes it.
func records(t testing.TB) []byte {
	j, ctx := open(t, Config{Dir: t.TempDir()}), within(t)
	for i := range 5 {
		if _, err := j.Append(ctx, KindEvents, make([]byte, i*10)); err != nil {
			t.Fatal(err)
		}
	}
	path := storeDir(j.cfg.Dir, j.log.name) + "/msgs/1.blk"
	closeJournal(t, j)
	buf, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return buf
}

func newTestScanner(t testing.TB) *scanner {
	scan, err := newScanner("KITH_JOURNAL", "kith.journal", 1)
	if err != nil {
		t.Fatal(err)
	}
	return scan
}

// The format that repair reads is the one that this version of JetStream writes.
func TestScanner(t *testing.T) {
	buf, scan := records(t), newTestScanner(t)
	n := 0
	for at := 0; at < len(buf); n++ {
		size := scan.record(buf[at:])
		if size == 0 {
			t.Fatalf("record %d at %d is not understood", n, at)
		}
		at += size
	}
	if n != 5 {
		t.Errorf("%d records", n)
	}
	if next := scan.next(buf[1:]) + 1; next != scan.record(buf) {
		t.Errorf("the second record is found at %d, and is at %d", next, scan.record(buf))
	}
	if scan.next(nil) != 0 || scan.next(buf[len(buf)-20:]) != 20 {
		t.Error("something is found where nothing is")
	}
}

// No bytes make the scanner fail or go out of bounds.
func FuzzScanner(f *testing.F) {
	buf := records(f)
	f.Add(buf, 0, byte(0))
	f.Add(buf, 100, byte(1))
	f.Add(buf[3:], 7, byte(255))
	f.Fuzz(func(t *testing.T, data []byte, at int, change byte) {
		scan := newTestScanner(t)
		if at >= 0 && at < len(data) {
			data[at] ^= change
		}
		if n := scan.record(data); n < 0 || n > len(data) {
			t.Errorf("a record of %d bytes in %d", n, len(data))
		}
		if n := scan.next(data); n < 0 || n > len(data) {
			t.Errorf("a record at %d in %d bytes", n, len(data))
		}
	})
}
