package graph

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"strings"
	"time"
)

//go:embed playground
var playground embed.FS

// playgroundPolicy lets the page use its own files and talk to its own server, nothing else.
const playgroundPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Playground serves a page to try the API with, at path and below it. The page asks at endpoint, and asks nobody else. A
// token can be handed to it in the address, as #token=…, which browsers do not send.
func Playground(path, endpoint string) http.Handler {
	path = "/" + strings.Trim(path, "/")
	var page bytes.Buffer
	t := template.Must(template.ParseFS(playground, "playground/page.html"))
	if err := t.Execute(&page, map[string]string{"Assets": path, "Endpoint": endpoint}); err != nil {
		panic(err) // the template is ours
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "page.html", time.Time{}, bytes.NewReader(page.Bytes()))
	})
	for _, name := range []string{"app.js", "style.css"} {
		mux.HandleFunc("GET "+path+"/"+name, func(w http.ResponseWriter, r *http.Request) {
			http.ServeFileFS(w, r, playground, "playground/"+name)
		})
	}
	mux.Handle("GET "+path+"/{$}", http.RedirectHandler(path, http.StatusMovedPermanently))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", playgroundPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		mux.ServeHTTP(w, r)
	})
}
