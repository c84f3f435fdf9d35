package importer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// row is one record to be: a line of NDJSON or the cells of CSV.
type row struct {
	number int // from 1, without the header
	line   int // it begins in, from 1
	record []byte
	why    string // it cannot be read; record is then what it was, as JSON
}

// rows reads a file row by row. io.EOF ends it; other errors are of the file.
type rows interface {
	next() (row, error)
}

// maxRow bounds a row: Kith takes records of 32 KB, and a quote that is never closed must not swallow the file.
const maxRow = 1 << 20

// jsonRows are the lines of NDJSON, as they are.
type jsonRows struct {
	lines        *bufio.Reader
	number, line int
}

func (r *jsonRows) next() (row, error) {
	for {
		r.line++
		line, tooLong, err := readLine(r.lines)
		if err != nil {
			return row{}, err
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		r.number++
		out := row{number: r.number, line: r.line, record: line}
		switch {
		case tooLong:
			out.record, out.why = quoted(line[:200]), fmt.Sprintf("The line has more than %d bytes.", maxRow)
		case !json.Valid(line):
			out.record, out.why = quoted(line), "The line is not valid JSON."
		}
		return out, nil
	}
}

// readLine reads a line of its own memory; of one that is too long only the beginning.
func readLine(b *bufio.Reader) (line []byte, tooLong bool, err error) {
	for {
		piece, err := b.ReadSlice('\n')
		if room := maxRow - len(line); len(piece) > room {
			piece, tooLong = piece[:room], true
		}
		line = append(line, piece...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err == nil, err == io.EOF && len(line) > 0:
			return line, tooLong, nil
		default:
			return nil, false, err
		}
	}
}

func quoted(text []byte) []byte {
	b, _ := json.Marshal(string(text))
	return b
}

// csvRows are the rows of CSV under a mapping.
type csvRows struct {
	csv     *csv.Reader
	limit   *rowLimit
	mapping *Mapping
	columns []string
	targets [][]target
	number  int
}

// errRowTooLong ends the reading of CSV: where the next row begins cannot be told.
var errRowTooLong = errors.New("a row is longer than 1 MiB; probably a quote is opened there and not closed")

// rowLimit fails when too much is read for one row.
type rowLimit struct {
	from io.Reader
	left int
}

func (l *rowLimit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errRowTooLong
	}
	n, err := l.from.Read(p)
	l.left -= n
	return n, err
}

func newCSV(from io.Reader, delimiter rune) (*csv.Reader, *rowLimit) {
	limit := &rowLimit{from: from, left: maxRow}
	r := csv.NewReader(limit)
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = delimiter, -1, true
	return r, limit
}

// columnNames are the names a mapping knows the columns by: of the header, made distinct, or their numbers.
func columnNames(first []string, header bool) []string {
	names := make([]string, len(first))
	for i := range names {
		name := strings.Join(strings.Fields(first[i]), " ")
		if !header || name == "" {
			name = fmt.Sprintf("column %d", i+1)
		}
		distinct := name
		for n := 2; slices.Contains(names[:i], distinct); n++ {
			distinct = fmt.Sprintf("%s (%d)", name, n)
		}
		names[i] = distinct
	}
	return names
}

func newCSVRows(from io.Reader, m *Mapping) (*csvRows, error) {
	r := &csvRows{mapping: m}
	r.csv, r.limit = newCSV(from, m.delimiter())
	if m.Header {
		first, err := r.csv.Read()
		if err != nil {
			return nil, fmt.Errorf("the header cannot be read: %w", err)
		}
		r.columns = columnNames(first, true)
		r.limit.left = maxRow
	}
	return r, nil
}

func (r *csvRows) next() (row, error) {
	cells, err := r.csv.Read()
	r.limit.left = maxRow
	var wrong *csv.ParseError
	switch {
	case errors.As(err, &wrong) && !errors.Is(err, errRowTooLong):
		r.number++
		record, _ := json.Marshal(cells)
		return row{number: r.number, line: wrong.StartLine, record: record,
			why: fmt.Sprintf("Line %d, column %d: %v. Fields with quotes in them are written \"like \"\"this\"\"\".", wrong.Line, wrong.Column, wrong.Err)}, nil
	case errors.Is(err, errRowTooLong):
		return row{}, fmt.Errorf("behind row %d: %w", r.number, errRowTooLong)
	case err != nil:
		return row{}, err
	}
	r.number++
	line, _ := r.csv.FieldPos(0)
	out := row{number: r.number, line: line}
	if r.targets == nil {
		if r.columns == nil {
			r.columns = columnNames(cells, false)
		}
		if r.targets, err = r.mapping.targets(r.columns); err != nil {
			return row{}, err
		}
	}
	if len(cells) != len(r.targets) {
		out.record, _ = json.Marshal(cells)
		out.why = fmt.Sprintf("The row has %d fields where %d are expected.", len(cells), len(r.targets))
		return out, nil
	}
	out.record, out.why = r.mapping.record(r.targets, cells)
	if out.why != "" {
		out.record, _ = json.Marshal(cells)
	}
	return out, nil
}
