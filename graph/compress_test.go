package graph

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestCompression(t *testing.T) {
	b := start(t, nil)
	long := strings.Repeat("Ada ", 1000)
	b.data.rename("cus_1", long)
	want := `{"data":{"customer":{"displayName":"` + long + `"}}}`
	ask := func(document, accept string) (h http.Header, body []byte) {
		r, _ := http.NewRequest(http.MethodPost, b.url, strings.NewReader(query(document)))
		r.Header.Set("Content-Type", mediaJSON)
		r.Header.Set("Authorization", "Bearer viewer")
		r.Header.Set("Accept-Encoding", accept) // by hand, so that the client does not unpack it
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if body, err = io.ReadAll(res.Body); err != nil {
			t.Fatal(err)
		}
		return res.Header, body
	}
	for accept, zipped := range map[string]bool{
		"gzip": true, "gzip, deflate, br": true, "br;q=1.0, GZIP;q=0.5": true, "*": true,
		"": false, "identity": false, "br": false, "gzip;q=0": false, "gzip;q=x": false, "gzip;q=0.1, identity": false,
	} {
		h, body := ask(`{customer(by:{id:"cus_1"}){displayName}}`, accept)
		if got := h.Get("Content-Encoding") == "gzip"; got != zipped {
			t.Errorf("Accept-Encoding %q: compressed %t", accept, got)
			continue
		}
		if zipped {
			z, err := gzip.NewReader(strings.NewReader(string(body)))
			if err != nil {
				t.Fatal(err)
			}
			if body, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
		}
		if string(body) != want {
			t.Errorf("Accept-Encoding %q: %.100s", accept, body)
		}
	}
	if h, _ := ask(`{__typename}`, "gzip"); h.Get("Content-Encoding") != "" {
		t.Error("a small answer is compressed")
	}
}

func TestEntityTags(t *testing.T) {
	b := start(t, nil)
	get := func(document, have string) answer {
		r, _ := http.NewRequest(http.MethodGet, b.url+"?query="+url.QueryEscape(document), nil)
		r.Header.Set("Authorization", "Bearer viewer")
		r.Header.Set("If-None-Match", have)
		return b.do(r)
	}
	const doc = `{customer(by:{id:"cus_1"}){displayName}}`
	first := get(doc, "")
	tag := first.header.Get("Etag")
	if first.status != 200 || !strings.HasPrefix(tag, `W/"`) || first.header.Get("Cache-Control") != "private, no-cache" || !strings.Contains(strings.Join(first.header.Values("Vary"), ","), "Authorization") {
		t.Fatalf("%+v", first)
	}
	for _, have := range []string{tag, strings.TrimPrefix(tag, "W/"), `"x", ` + tag, "*"} {
		if got := get(doc, have); got.status != 304 || got.body != "" || got.header.Get("Etag") != tag {
			t.Errorf("%s: %+v", have, got)
		}
	}
	b.data.rename("cus_1", "Augusta")
	if got := get(doc, tag); got.status != 200 || !strings.Contains(got.body, "Augusta") || got.header.Get("Etag") == tag {
		t.Errorf("changed: %+v", got)
	}
	for _, failing := range []string{`{nope}`, `{customer(by:{id:"away"}){id}}`} {
		if got := get(failing, "*"); got.status == 304 || got.header.Get("Etag") != "" || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %+v", failing, got)
		}
	}
	if got := b.post("viewer", query(doc), "If-None-Match: *"); got.status != 200 || got.header.Get("Etag") != "" {
		t.Errorf("by POST: %+v", got)
	}
}
