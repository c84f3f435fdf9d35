package collect

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"kith/event"
)

// slack is how much larger than its content a body may be: framing of gzip around what does not compress.
const slack = 16 << 10

var gzips = sync.Pool{New: func() any { return new(gzip.Reader) }}

// read reads a body of at most limit bytes, decoded. refusal is nil when it succeeded; then the buffer has to be given
// back. The Content-Type says nothing: SDKs send JSON under any name.
func (c *Collector) read(r *http.Request, limit int) (body buffer, refused *answer) {
	compressed := false
	switch coding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); coding {
	case "", "identity":
	case "gzip", "x-gzip":
		compressed = true
	default:
		a := refuse(http.StatusBadRequest, codeBadEncoding, "Content-Encoding", "The only Content-Encoding taken is gzip.")
		return buffer{}, &a
	}
	most := limit
	if compressed {
		most += slack
	}
	if r.ContentLength > int64(most) {
		return buffer{}, tooLarge(limit)
	}
	raw, refused := c.readAll(r.Body, most, max(int(r.ContentLength), 0), func(err error) *answer {
		if tooMuch := (*http.MaxBytesError)(nil); errors.As(err, &tooMuch) {
			return tooLarge(limit)
		}
		a := refuse(http.StatusRequestTimeout, codeIncomplete, "body", "The body broke off. Send it again.")
		return &a
	})
	if refused != nil || !compressed {
		return raw, refused
	}
	defer c.buffers.give(&raw)
	return c.inflate(raw.b, limit)
}

func (c *Collector) inflate(packed []byte, limit int) (buffer, *answer) {
	bad := func(error) *answer {
		a := refuse(http.StatusBadRequest, codeBadEncoding, "body", "The body is not gzip, or is cut off, although its Content-Encoding says gzip.")
		return &a
	}
	z := gzips.Get().(*gzip.Reader)
	defer gzips.Put(z)
	if err := z.Reset(bytes.NewReader(packed)); err != nil {
		return buffer{}, bad(err)
	}
	return c.readAll(z, limit, 4*len(packed), bad)
}

// readAll reads to the end, at most limit bytes; hint is how many there may be.
func (c *Collector) readAll(from io.Reader, limit, hint int, broken func(error) *answer) (buffer, *answer) {
	buf, ok := c.buffers.take(min(hint, limit) + 1)
	if !ok {
		return buffer{}, busy()
	}
	for {
		n, err := from.Read(buf.b[len(buf.b):cap(buf.b)])
		buf.b = buf.b[:len(buf.b)+n]
		var refused *answer
		switch {
		case len(buf.b) > limit:
			refused = tooLarge(limit)
		case err == io.EOF:
			return buf, nil
		case err != nil:
			refused = broken(err)
		case len(buf.b) == cap(buf.b) && !c.buffers.grow(&buf):
			refused = busy()
		}
		if refused != nil {
			c.buffers.give(&buf)
			return buffer{}, refused
		}
	}
}

func tooLarge(limit int) *answer {
	a := refuse(http.StatusRequestEntityTooLarge, string(event.BodyTooLarge), "body", fmt.Sprintf("The body has more than %d bytes, decoded.", limit))
	return &a
}

func busy() *answer {
	a := retryLater(http.StatusServiceUnavailable, codeBusy, "Too much is coming in at once. Send it again.", 0)
	return &a
}
