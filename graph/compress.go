package graph

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// compressible is the size from which answers are compressed, in bytes: smaller ones fit into one packet anyway.
const compressible = 1400

// zippers are compressors at the level that costs least; each has more memory than an answer.
var zippers = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level exists
	return z
}}

// compress writes body as gzip. Errors mean that the client is gone.
func compress(w io.Writer, body []byte) {
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	z.Reset(w)
	_, _ = z.Write(body)
	_ = z.Close()
}

// takesGzip reports whether a client takes gzip, and does not say that it would rather have nothing done to the answer.
func takesGzip(h http.Header) bool {
	best := 0.0
	plain := 0.0
	for part := range strings.SplitSeq(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		quality := 1.0
		if text, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			var err error
			if quality, err = strconv.ParseFloat(text, 64); err != nil {
				continue
			}
		}
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "gzip", "x-gzip":
			best = quality
		case "*":
			best = max(best, quality)
		case "identity":
			plain = quality
		}
	}
	return best > 0 && best >= plain
}

// entityTag names an answer by what it says. It is weak, because one answer may be sent compressed and not.
func entityTag(media string, body []byte) string {
	h := sha256.New()
	_, _ = io.WriteString(h, media)
	_, _ = h.Write(body)
	return `W/"` + base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:15]) + `"`
}

// matches reports whether a client has the answer of the tag already.
func matches(have []string, tag string) bool {
	for one := range strings.SplitSeq(strings.Join(have, ","), ",") {
		one = strings.TrimSpace(one)
		if one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
