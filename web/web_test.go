package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
)

func serve(t *testing.T, s Settings) func(method, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	h, err := Handler(s)
	if err != nil {
		t.Fatal(err)
	}
	return func(method, target string, header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, target, nil)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
}

var nonceIn = regexp.MustCompile(`<meta name="csp-nonce" nonce="([A-Z2-7]{26})"`)

func TestThePageHasAFreshNonceAndAStrictPolicy(t *testing.T) {
	get := serve(t, Settings{})
	seen := map[string]bool{}
	for _, target := range []string{"/", "/customers", "/customers/cus_x", "/identity/cus_x?to=1", "/review", "/segments/new", "/quarantine"} {
		r := get("GET", target)
		page := r.Body.String()
		m := nonceIn.FindStringSubmatch(page)
		if r.Code != http.StatusOK || m == nil {
			t.Fatalf("GET %s: %d, nonce %v", target, r.Code, m)
		}
		if seen[m[1]] {
			t.Errorf("GET %s has the nonce of another answer", target)
		}
		seen[m[1]] = true
		policy := r.Header().Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self';", "'nonce-" + m[1] + "'", "connect-src 'self';", "require-trusted-types-for 'script'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("GET %s: the policy lacks %q: %s", target, part, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || r.Header().Get("Cache-Control") != "no-store" || r.Header().Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("GET %s: headers %v", target, r.Header())
		}
		if strings.Contains(page, "<script>") || strings.Contains(page, "<style") || strings.Contains(page, " style=") {
			t.Errorf("GET %s: the page has something inline", target)
		}
	}
}

func TestNothingElseIsAPage(t *testing.T) {
	get := serve(t, Settings{})
	for _, target := range []string{"/v2/batch", "/assets/missing.js", "/index.html", "/customerz", "/.env"} {
		if r := get("GET", target); r.Code != http.StatusNotFound {
			t.Errorf("GET %s: %d", target, r.Code)
		}
	}
	if r := get("POST", "/"); r.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST /: %d", r.Code)
	}
}

// maxInitial is how much JavaScript the first page may load, compressed.
const maxInitial = 300 << 10

var fileIn = regexp.MustCompile(`(?:src|href)="(/assets/[^"]+)"`)

func TestFilesAreImmutableAndSmall(t *testing.T) {
	get := serve(t, Settings{})
	files := fileIn.FindAllStringSubmatch(get("GET", "/").Body.String(), -1)
	if len(files) < 3 {
		t.Fatalf("the page names %d files", len(files))
	}
	initial := 0
	for _, f := range files {
		plain, zipped := get("GET", f[1]), get("GET", f[1], "Accept-Encoding", "gzip, br")
		if plain.Code != http.StatusOK || !strings.Contains(plain.Header().Get("Cache-Control"), "immutable") || plain.Header().Get("Content-Type") == "" {
			t.Errorf("%s: %d %v", f[1], plain.Code, plain.Header())
		}
		if zipped.Header().Get("Content-Encoding") != "gzip" || plain.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s: compressed as %q, plain as %q", f[1], zipped.Header().Get("Content-Encoding"), plain.Header().Get("Content-Encoding"))
		}
		if strings.HasSuffix(f[1], ".js") {
			initial += zipped.Body.Len()
		}
	}
	t.Logf("initial JavaScript: %d KiB compressed", initial>>10)
	if initial > maxInitial {
		t.Errorf("the first page loads %d KiB of JavaScript; the limit is %d", initial>>10, maxInitial>>10)
	}
}

// The page must not reach for anything of another server.
func TestNoAddressOfAnotherServer(t *testing.T) {
	files, err := readFiles()
	if err != nil {
		t.Fatal(err)
	}
	loads := regexp.MustCompile(`(?:import\(|from|src=|href=|url\()\s*["']?https?://`)
	for name, f := range files {
		if m := loads.Find(f.content); m != nil {
			t.Errorf("%s loads from elsewhere: %s", name, m)
		}
	}
}

func TestSignInThroughAProvider(t *testing.T) {
	get := serve(t, Settings{OIDCIssuer: "https://id.example.com/realm", OIDCClient: "kith"})
	r := get("GET", "/sign-in")
	if policy := r.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "connect-src 'self' https://id.example.com;") {
		t.Errorf("the page may not ask the provider: %s", policy)
	}
	if page := r.Body.String(); !strings.Contains(page, "id.example.com/realm") {
		t.Error("the page does not know the provider")
	}
	for _, s := range []Settings{{OIDCIssuer: "https://id.example.com"}, {OIDCClient: "kith"}, {OIDCIssuer: "id.example.com", OIDCClient: "kith"}, {OIDCIssuer: "javascript:alert(1)", OIDCClient: "kith"}} {
		if _, err := Handler(s); err == nil {
			t.Errorf("%+v was accepted", s)
		}
	}
}

// What a server that executes listed documents alone is told to list is what the page sends.
func TestDocumentsAreThePages(t *testing.T) {
	var listed []string
	if err := json.Unmarshal(Documents(), &listed); err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("src/api/api.gen.ts")
	if err != nil {
		t.Fatal(err)
	}
	sent := regexp.MustCompile(`(?m)^export const \w+ = ("(?:[^"\\]|\\.)*") as `).FindAllStringSubmatch(string(source), -1)
	if len(sent) < 20 || len(sent) != len(listed) {
		t.Fatalf("%d documents are listed of %d", len(listed), len(sent))
	}
	for i, m := range sent {
		var text string
		if err := json.Unmarshal([]byte(m[1]), &text); err != nil || text != listed[i] {
			t.Errorf("listed is\n%s\nand sent\n%s", listed[i], m[1])
		}
	}
}
