package collect

import (
	"encoding/base64"
	"net/http"
	"strings"

	"kith/event"
)

// settings is what analytics.js asks for before it sends anything: where to send, in the smallest form that boots it.
func (c *Collector) settings(r *http.Request) answer {
	key := r.PathValue("writeKey")
	if _, refused := c.source(key); refused != nil {
		return *refused
	}
	type object = map[string]any
	body := encode(object{
		"integrations": object{"Segment.io": object{"apiKey": key, "apiHost": r.Host + "/v1", "protocol": protocol(r)}},
		"plan":         object{"track": object{"__default": object{"enabled": true}}},
	})
	return answer{status: http.StatusOK, body: body, cache: "private, max-age=300"}
}

// protocol is how the client reached us, over a proxy or not.
func protocol(r *http.Request) string {
	forwarded, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Proto"), ",")
	switch p := strings.ToLower(strings.TrimSpace(forwarded)); {
	case p == "http" || p == "https":
		return p
	case r.TLS != nil:
		return "https"
	}
	return "http"
}

// transparent is a GIF of one transparent pixel.
var transparent = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")

// pixel takes a call from where only images load. Whoever looks at the page or mail gets the image in any case; a
// status other than 200 says that the same request may succeed later.
func (c *Collector) pixel(r *http.Request) answer {
	a := c.pixelCall(r)
	a.kind, a.body, a.cache = "image/gif", transparent, "no-store"
	if a.status != http.StatusTooManyRequests && a.status != http.StatusServiceUnavailable {
		a.status = http.StatusOK
	}
	return a
}

func (c *Collector) pixelCall(r *http.Request) answer {
	typ := event.TypeOf(r.PathValue("call"))
	if typ == "" {
		return refuse(http.StatusNotFound, codeNotFound, "", "There is no such call.")
	}
	query := r.URL.Query()
	body, err := decodeBase64(query.Get("data"))
	if err != nil {
		return refuse(http.StatusBadRequest, codeBadEncoding, "data", "The parameter data is not base64.")
	}
	c.metrics.bytes.Observe(float64(len(body)))
	req, err := event.ParseCall(body, typ, c.cfg.Limits)
	if err != nil {
		return bodyAnswer(err)
	}
	source, refused := c.sourceOf(r, req)
	if refused != nil {
		return *refused
	}
	return c.keep(r, source, req, len(body))
}

// decodeBase64 takes both alphabets, with and without padding, and the space that an unescaped plus becomes in a query.
func decodeBase64(s string) ([]byte, error) {
	s = strings.NewReplacer(" ", "+", "-", "+", "_", "/", "=", "").Replace(s)
	return base64.RawStdEncoding.DecodeString(s)
}
