package browsertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"kith/auth"
	"kith/store/neo4jtest"
)

const (
	jwtSecret = "console-signing-secret-that-is-long-enough"
	writeKey  = "console-web-write-key"
	crmKey    = "console-crm-write-key"
)

// patience is how long anything may take that should happen at once, on a machine that has other things to do.
const patience = 60 * time.Second

func TestMain(m *testing.M) { neo4jtest.Main(shared{m}) }

// shared are the tests, after which what they shared is ended.
type shared struct{ *testing.M }

func (s shared) Run() int {
	code := s.M.Run()
	for _, end := range ends {
		end()
	}
	if started != nil {
		started.proxy.stop()
	}
	return code
}

// kith is one server for all tests, each of which has customers of its own; and one browser.
type kith struct {
	server  *server
	url     string // straight to the server
	proxy   *proxy // what the browser goes through
	browser context.Context

	issuer   string // of OpenID Connect
	provides *issuer
}

var (
	once    sync.Once
	started *kith
	failed  error
	ends    []func()
)

// start gives the server and the browser, which live until the last test has ended.
func start(t *testing.T) *kith {
	t.Helper()
	path := chromium(t)
	once.Do(func() { started, failed = launch(t, path) })
	if failed != nil {
		t.Fatal(failed)
	}
	return started
}

// chromium finds a browser. Without one a test is skipped, visibly; in CI it fails.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("no Chromium here; .ci/run installs one")
	}
	t.Skip("no Chromium here: the console was not looked at. apt-get install chromium")
	return ""
}

func launch(t *testing.T, path string) (*kith, error) {
	dir, err := os.MkdirTemp("", "kith-console-")
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(dir, "kith")
	if out, err := exec.Command("go", "build", "-o", binary, "kith").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building kith: %w\n%s", err, out)
	}
	k := &kith{provides: &issuer{}}
	front := httptest.NewServer(k.provides)
	ends = append(ends, front.Close)
	k.issuer = front.URL
	neo4jtest.Wipe(t)
	db := neo4jtest.Get(t)
	k.server = &server{binary: binary, dir: dir, env: append(environ(), "KITH_DATA="+filepath.Join(dir, "data"), "KITH_ADDR=127.0.0.1:0", "KITH_JWT_SECRET="+jwtSecret,
		"KITH_WRITE_KEYS=web:"+writeKey+",crm:"+crmKey,
		"KITH_OIDC_ISSUER="+k.issuer, "KITH_OIDC_CLIENT="+oidcClient, "KITH_OIDC_SCOPES="+oidcScopes,
		"NEO4J_URI="+db.URI, "NEO4J_USERNAME="+db.Username, "NEO4J_PASSWORD="+db.Password, "NEO4J_DATABASE="+db.Database)}
	if k.url, err = k.server.start(); err != nil {
		return nil, err
	}
	ends = append(ends, func() {
		k.server.stop()
		_ = os.RemoveAll(dir)
	})
	if k.proxy, err = newProxy(strings.TrimPrefix(k.url, "http://")); err != nil {
		return nil, err
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.UserDataDir(filepath.Join(dir, "profile")),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("lang", "en-US"),
		chromedp.Flag("disable-background-timer-throttling", true), chromedp.Flag("disable-renderer-backgrounding", true), chromedp.Flag("disable-backgrounding-occluded-windows", true))
	var end context.CancelFunc
	k.browser, end = chromedp.NewContext(allocator)
	ends = append([]func(){end, stop}, ends...)
	return k, chromedp.Do(k.browser)
}

// environ is this process's environment without what concerns Kith.
func environ() []string {
	return slices.DeleteFunc(os.Environ(), func(kv string) bool {
		return strings.HasPrefix(kv, "KITH_") || strings.HasPrefix(kv, "NEO4J_") || strings.HasPrefix(kv, "NATS_")
	})
}

// token is ada's, with the scopes of a role.
func token(t *testing.T, role string) string {
	t.Helper()
	return tokenOf(t, "ada", role)
}

func tokenOf(t *testing.T, subject, role string) string {
	t.Helper()
	text, err := auth.Sign([]byte(jwtSecret), role, subject, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// send posts calls as the source web does, straight to the server.
func (k *kith) send(t *testing.T, calls ...map[string]any) {
	t.Helper()
	k.post(t, writeKey, "/v1/batch", map[string]any{"batch": calls})
}

func (k *kith) post(t *testing.T, key, path string, body any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, k.url+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(key, "")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if said, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %d: %s", path, answer.StatusCode, said)
	}
}

// ask asks the API as a role.
func (k *kith) ask(t *testing.T, role, query string) map[string]any {
	t.Helper()
	return k.graphql(t, role, query, nil)
}

// mutate changes something, as admin.
func (k *kith) mutate(t *testing.T, mutation string, input map[string]any) map[string]any {
	t.Helper()
	return k.graphql(t, "admin", mutation, map[string]any{"input": input})
}

func (k *kith) graphql(t *testing.T, role, query string, variables map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, k.url+"/graphql", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token(t, role))
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var out struct {
		Data   map[string]any
		Errors []struct{ Message string }
	}
	if err := json.NewDecoder(answer.Body).Decode(&out); err != nil || len(out.Errors) > 0 {
		t.Fatalf("%s: %v %v", query, err, out.Errors)
	}
	return out.Data
}

// customer waits until an identifier has a customer, and gives its id.
func (k *kith) customer(t *testing.T, kind, value string) string {
	t.Helper()
	var id string
	within(t, func() error {
		c, _ := k.ask(t, "admin", fmt.Sprintf(`{ customer(by: {identifier: {type: %q, value: %q}}) { id } }`, kind, value))["customer"].(map[string]any)
		if c == nil {
			return errors.New("no customer yet")
		}
		id, _ = c["id"].(string)
		return nil
	})
	return id
}

// settled waits until everything accepted is in the graph.
func (k *kith) settled(t *testing.T) {
	t.Helper()
	within(t, func() error {
		j, _ := k.ask(t, "admin", `{ journal { lag } }`)["journal"].(map[string]any)
		if lag, _ := j["lag"].(float64); lag != 0 {
			return fmt.Errorf("%v messages wait", lag)
		}
		return nil
	})
}

// within asks again and again until there is no error.
func within(t *testing.T, f func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := f()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		<-time.After(40 * time.Millisecond)
	}
}
