package collect

import (
	"encoding/base64"
	"net/http"
	"strings"

	"kith/event"
	"kith/fault"
)

// basicKey is the write key of the Authorization header, empty when there is none: base64 of the key and a colon,
// which some clients leave away, as some do the padding.
func basicKey(r *http.Request) string {
	scheme, credentials, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Basic") {
		return ""
	}
	text, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.TrimSpace(credentials), "="))
	if err != nil {
		return ""
	}
	key, _, _ := strings.Cut(string(text), ":")
	return key
}

// source finds the source of a write key. An empty key is an unknown one. refused is nil when it succeeded.
func (c *Collector) source(key string) (name string, refused *answer) {
	name, err := c.keys.Check(key)
	switch {
	case fault.CodeOf(err) == fault.Forbidden:
		a := refuse(http.StatusForbidden, codeDisabled, "", "The source of this write key is switched off.")
		return "", &a
	case err != nil || key == "":
		a := refuse(http.StatusUnauthorized, codeUnauthorized, "", "The write key is missing or unknown.")
		return "", &a
	}
	return name, nil
}

// sourceOf finds the source of a request whose body is read: by the key of the header, of the body, of the query.
func (c *Collector) sourceOf(r *http.Request, req *event.Request) (name string, refused *answer) {
	key := basicKey(r)
	if key == "" {
		key = req.WriteKey
	}
	if key == "" {
		key = r.URL.Query().Get("writeKey")
	}
	return c.source(key)
}
