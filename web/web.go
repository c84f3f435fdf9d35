// Package web is the console: the page in which people watch customers, explore identities and build segments. It uses
// nothing but the public GraphQL API.
//
// Its sources are TypeScript in src; `npm ci && npm run build` makes dist of them, which is checked in, so that building
// Kith needs no Node.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed dist
var dist embed.FS

//go:embed documents.json
var documents []byte

// Documents are the texts of all operations that the page sends, as a JSON list: what a server that executes listed documents
// alone has to list.
func Documents() []byte { return documents }

// pages are the first parts of the addresses the page knows; below each it finds its own way.
var pages = []string{"customers", "identity", "review", "segments", "quarantine", "sign-in"}

// Settings is what the page has to know before it signs in.
type Settings struct {
	// Sign in through OpenID Connect at this issuer, with this client; none when empty.
	OIDCIssuer string `json:"oidcIssuer,omitempty"`
	OIDCClient string `json:"oidcClient,omitempty"`
	// What to ask it for, with blanks between. Defaults to openid.
	OIDCScopes string `json:"oidcScopes,omitempty"`
}

func (s Settings) validate() error {
	if (s.OIDCIssuer == "") != (s.OIDCClient == "") {
		return errors.New("web: an OpenID Connect issuer and a client go together")
	}
	if s.OIDCIssuer == "" {
		return nil
	}
	if u, err := url.Parse(s.OIDCIssuer); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return fmt.Errorf("web: %q is no address of an OpenID Connect issuer", s.OIDCIssuer)
	}
	return nil
}

// policy lets the page use its own files and its own server, nothing else. Workers start at one place (src/lib/worker.ts),
// and no text becomes markup or script anywhere.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-%s'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'%s; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types kith-worker"

// Handler serves the page at / and at the addresses in it, and its files, which browsers keep for ever: their names
// change with what is in them. A token can be handed over in the address, as #token=…, which browsers do not send.
func Handler(s Settings) (http.Handler, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	text, err := fs.ReadFile(dist, "dist/index.html")
	if err != nil {
		return nil, fmt.Errorf("web: the page is not built: %w", err)
	}
	page, err := template.New("index.html").Parse(string(text))
	if err != nil {
		return nil, err
	}
	settings, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	var issuer string
	if s.OIDCIssuer != "" {
		u, _ := url.Parse(s.OIDCIssuer) // validate has
		issuer = " " + u.Scheme + "://" + u.Host
	}
	files, err := readFiles()
	if err != nil {
		return nil, err
	}
	h := &handler{page: page, settings: string(settings), issuer: issuer, files: files}
	return h, nil
}

type handler struct {
	page     *template.Template
	settings string
	issuer   string // for connect-src, with a blank before it
	files    map[string]*file
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "the methods are GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	if f := h.files[r.URL.Path]; f != nil {
		f.serve(w, r)
		return
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if first != "" && !slices.Contains(pages, first) {
		http.NotFound(w, r)
		return
	}
	nonce := rand.Text()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", fmt.Sprintf(policy, nonce, h.issuer))
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	var out bytes.Buffer
	if err := h.page.Execute(&out, map[string]string{"Nonce": nonce, "Settings": h.settings}); err != nil {
		http.Error(w, "the page cannot be made", http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(out.Bytes()) // a reader that is gone needs no answer
}

// file is one built file. It is compressed when it is first asked for.
type file struct {
	content []byte
	kind    string
	once    sync.Once
	zipped  []byte
}

func readFiles() (map[string]*file, error) {
	files := map[string]*file{}
	err := fs.WalkDir(dist, "dist", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || name == "dist/index.html" {
			return err
		}
		content, err := fs.ReadFile(dist, name)
		files[strings.TrimPrefix(name, "dist")] = &file{content: content, kind: kindOf(name)}
		return err
	})
	return files, err
}

// kindOf does not leave it to the machine what a script is.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", f.kind)
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("Vary", "Accept-Encoding")
	body := f.content
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		header.Set("Content-Encoding", "gzip")
		body = f.compressed()
	}
	header.Set("Content-Length", fmt.Sprint(len(body)))
	_, _ = w.Write(body) // a reader that is gone needs no answer
}

func (f *file) compressed() []byte {
	f.once.Do(func() {
		var out bytes.Buffer
		z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is valid
		_, _ = z.Write(f.content)                               // a buffer takes everything
		_ = z.Close()
		f.zipped = out.Bytes()
	})
	return f.zipped
}
