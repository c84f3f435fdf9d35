package importer

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"unicode/utf8"
)

// file is what a first look at an input file tells. Looking reads all of it once, so that what is wrong with its
// encoding is said before anything is sent.
type file struct {
	path   string
	hash   string // of its bytes as they lie on disk
	size   int64  // of its text
	sample []byte // the beginning of its text, whole lines where it can be
	lines  bool   // NDJSON; else CSV
}

// sampleBytes is how much of a file is looked at to guess how it is written.
const sampleBytes = 256 << 10

var byteOrderMark = []byte("\ufeff")

// look reads a file through. Its error says what is wrong with it and what to do about that.
func look(path string) (*file, error) {
	raw, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	if info, err := raw.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", path)
	}
	sum := sha256.New()
	text, err := plain(io.TeeReader(raw, sum))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	f := &file{path: path}
	check := utf8Check{line: 1}
	for buf := make([]byte, 64<<10); ; {
		n, err := text.Read(buf)
		f.size += int64(n)
		if room := sampleBytes - len(f.sample); room > 0 {
			f.sample = append(f.sample, buf[:min(n, room)]...)
		}
		if !check.write(buf[:n]) {
			return nil, fmt.Errorf("%s: line %d is not UTF-8. %s", path, check.line, encodingHelp(path, f.sample))
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s cannot be read to its end: %w", path, err)
		}
	}
	if len(check.rest) > 0 {
		return nil, fmt.Errorf("%s: line %d is not UTF-8. %s", path, check.line, encodingHelp(path, f.sample))
	}
	if _, err := io.Copy(io.Discard, io.TeeReader(raw, sum)); err != nil { // what lies behind the end of gzip
		return nil, err
	}
	f.hash = hex.EncodeToString(sum.Sum(nil))
	f.sample = bytes.TrimPrefix(f.sample, byteOrderMark)
	if f.size > sampleBytes {
		f.sample = f.sample[:bytes.LastIndexByte(f.sample, '\n')+1]
	}
	return f, f.recognise()
}

// recognise tells NDJSON from CSV.
func (f *file) recognise() error {
	start := bytes.TrimSpace(f.sample)
	switch {
	case len(start) == 0 && f.size > sampleBytes:
		return fmt.Errorf("%s has no line end in its first %d bytes, so it is neither CSV nor NDJSON", f.path, sampleBytes)
	case len(start) == 0:
		return fmt.Errorf("%s is empty", f.path)
	case start[0] == '[':
		return fmt.Errorf("%s is one JSON list; Kith reads one object a line (NDJSON): jq -c '.[]' %s > %s.ndjson", f.path, f.path, f.path)
	case start[0] != '{':
		return nil
	}
	f.lines = true
	return f.checkFirstRecord(start)
}

// encodingHelp is how to make text of something else UTF-8.
func encodingHelp(path string, start []byte) string {
	for _, kind := range []struct{ magic, help string }{
		{"PK\x03\x04", "It looks like an Excel file: save it as CSV (UTF-8)."},
		{"\xd0\xcf\x11\xe0", "It looks like an Excel file: save it as CSV (UTF-8)."},
		{"\xff\xfe", "It is UTF-16: iconv -f utf-16 -t utf-8 " + path + " > utf8.csv"},
		{"\xfe\xff", "It is UTF-16: iconv -f utf-16 -t utf-8 " + path + " > utf8.csv"},
	} {
		if bytes.HasPrefix(start, []byte(kind.magic)) {
			return kind.help
		}
	}
	return "Save it as UTF-8; if it is Latin-1 (older Excel and Windows programs): iconv -f windows-1252 -t utf-8 " + path + " > utf8.csv"
}

// utf8Check finds what is not UTF-8 in a text that comes in pieces. NULs are no text either.
type utf8Check struct {
	rest []byte // of a character that began in the piece before
	line int
}

func (c *utf8Check) write(b []byte) bool {
	if len(c.rest) > 0 {
		b = append(c.rest, b...)
		c.rest = nil
	}
	for len(b) > 0 {
		end := bytes.IndexByte(b, '\n') + 1
		line := b[:end]
		if end == 0 {
			line = b
			if n := incomplete(b); n > 0 {
				line, c.rest = b[:len(b)-n], bytes.Clone(b[len(b)-n:])
			}
			end = len(b)
		}
		if !utf8.Valid(line) || bytes.IndexByte(line, 0) >= 0 {
			return false
		}
		if len(line) > 0 && line[len(line)-1] == '\n' {
			c.line++
		}
		b = b[end:]
	}
	return true
}

// incomplete is how many bytes at the end of b begin a character that does not end there.
func incomplete(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if last := b[len(b)-n:]; utf8.RuneStart(last[0]) {
			if utf8.FullRune(last) {
				return 0
			}
			return n
		}
	}
	return 0
}

// plain is the text of what may be gzip, by its first bytes and not by its name.
func plain(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	if magic, _ := b.Peek(2); string(magic) != "\x1f\x8b" {
		return b, nil
	}
	return gzip.NewReader(b)
}

// text is a file being read. It counts what was read of it.
type text struct {
	from io.Reader
	file *os.File
	read int64
}

// open begins a file anew, behind its byte order mark.
func (f *file) open() (*text, error) {
	raw, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	from, err := plain(raw)
	if err != nil {
		raw.Close()
		return nil, err
	}
	b := bufio.NewReaderSize(from, 64<<10)
	if mark, _ := b.Peek(len(byteOrderMark)); bytes.Equal(mark, byteOrderMark) {
		_, _ = b.Discard(len(byteOrderMark))
	}
	return &text{from: b, file: raw}, nil
}

func (t *text) Read(p []byte) (int, error) {
	n, err := t.from.Read(p)
	t.read += int64(n)
	return n, err
}

func (t *text) Close() error { return t.file.Close() }
