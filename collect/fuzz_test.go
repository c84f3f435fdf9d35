package collect

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// Whatever comes in, the answer is one of the documented ones, and nothing is held back.
func FuzzRequest(f *testing.F) {
	for _, body := range []string{batchOf(pageItem), zipped(batchOf(pageItem)), `{"type":"x","writeKey":"good-key"}`, "{", zipped("")[:12]} {
		f.Add([]byte(body), "gzip", base64.StdEncoding.EncodeToString([]byte(goodKey+":")))
		f.Add([]byte(body), "", base64.RawStdEncoding.EncodeToString([]byte(goodKey)))
	}
	c := recordsCollector(f, Config{}, &recordsRecorder{})
	f.Fuzz(func(t *testing.T, body []byte, coding, credentials string) {
		for _, path := range []string{"/v1/batch", "/v1/track", "/v1/records"} {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(string(body)))
			r.Header.Set("Content-Encoding", coding)
			r.Header.Set("Authorization", "Basic "+credentials)
			if w := send(t, c, r); !slices.Contains([]int{200, 400, 401, 403, 413}, w.Code) {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
		}
		r := httptest.NewRequest(http.MethodGet, "/v1/pixel/track?writeKey=good-key&data="+base64.URLEncoding.EncodeToString(body), nil)
		if w := send(t, c, r); w.Code != http.StatusOK {
			t.Fatalf("pixel: %d", w.Code)
		}
	})
}
