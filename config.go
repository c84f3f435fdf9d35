package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"kith/auth"
	"kith/demo"
	"kith/trace"
)

// Config is all of Kith's settings. They come from environment variables and nothing else reads the environment.
type Config struct {
	Addr           string        // KITH_ADDR
	AdminAddr      string        // KITH_ADMIN_ADDR: metrics and pprof get a port of their own; empty: metrics on Addr, no pprof
	Data           string        // KITH_DATA: journal, private Neo4j, development secrets
	Cache          string        // KITH_CACHE: downloaded artifacts
	JWTSecret      []byte        // KITH_JWT_SECRET: HS256, at least 32 bytes
	JWKSURL        string        // KITH_JWKS_URL: instead of a secret
	JWTIssuer      string        // KITH_JWT_ISSUER
	JWTAudience    string        // KITH_JWT_AUDIENCE
	OIDCIssuer     string        // KITH_OIDC_ISSUER: where people sign in to the console
	OIDCClient     string        // KITH_OIDC_CLIENT: the console's client id there
	OIDCScopes     string        // KITH_OIDC_SCOPES: what the console asks it for
	TokenLife      time.Duration // KITH_TOKEN_MAX_LIFE
	SubjectRate    float64       // KITH_SUBJECT_RATE: operations a second of each subject; 0 is off
	SubjectLive    int           // KITH_SUBJECT_SUBSCRIPTIONS; 0 is graph's default
	Documents      string        // KITH_PERSISTED_QUERIES: a file; only its documents are executed
	AuditKeep      time.Duration // KITH_AUDIT_KEEP
	WriteKeys      string        // KITH_WRITE_KEYS: source:key,…
	WriteKey       string        // KITH_WRITE_KEY: what `import` sends with
	AllowedOrigins []string      // KITH_ALLOWED_ORIGINS, for /graphql
	IdentityRules  string        // KITH_IDENTITY_RULES: a YAML file
	IdentityModel  string        // KITH_IDENTITY_MODEL: a YAML file
	JournalKeep    time.Duration // KITH_JOURNAL_KEEP
	JournalMax     int64         // KITH_JOURNAL_MAX_BYTES: of the unapplied backlog
	SourceRate     float64       // KITH_SOURCE_RATE: events a second for each source; 0 is off
	HeapMB         int           // KITH_NEO4J_HEAP_MB: of the private Neo4j
	LogFormat      string        // KITH_LOG: text or json; default: text on a terminal
	Neo4jURI       string        // NEO4J_URI
	Neo4jUser      string        // NEO4J_USERNAME
	Neo4jPassword  string        // NEO4J_PASSWORD
	Neo4jDatabase  string        // NEO4J_DATABASE
	NATSURL        string        // NATS_URL
	NATSReplicas   int           // KITH_NATS_REPLICAS: of each stream on NATSURL; 0 is the journal's default

	Traced bool // an OTEL_ variable names where traces go
	// Secrets that were generated, because none were given and the address is loopback.
	DevelopmentSecret, DevelopmentKeys bool
}

// settings are the variables with a meaning, for --help and so that a misspelt one is refused instead of ignored.
var settings = []struct{ name, text string }{
	{"KITH_ADDR", "address to listen on (127.0.0.1:8080)"},
	{"KITH_ADMIN_ADDR", "own address for /metrics and /debug/pprof (none: /metrics on KITH_ADDR, no pprof)"},
	{"KITH_DATA", "directory of journal, private Neo4j and development secrets (.kith)"},
	{"KITH_CACHE", "directory of downloaded artifacts (the user's cache directory)"},
	{"KITH_JWT_SECRET", "HS256 secret of at least 32 bytes; also KITH_JWT_SECRET_FILE"},
	{"KITH_JWKS_URL", "where the public keys of your identity provider are, instead of a secret"},
	{"KITH_JWT_ISSUER", "required issuer of tokens (any)"},
	{"KITH_JWT_AUDIENCE", "required audience of tokens (any)"},
	{"KITH_OIDC_ISSUER", "OpenID Connect issuer where people sign in to the console (none: with a token)"},
	{"KITH_OIDC_CLIENT", "the console's client id there, a public client that comes back to /sign-in"},
	{"KITH_OIDC_SCOPES", "scopes to ask it for, with blanks between; with offline_access most give what renews a session (openid)"},
	{"KITH_TOKEN_MAX_LIFE", "how long after its issue a token is good at most (8784h)"},
	{"KITH_SUBJECT_RATE", "GraphQL operations a second of one subject (0: no limit)"},
	{"KITH_SUBJECT_SUBSCRIPTIONS", "open subscriptions of one subject (20000)"},
	{"KITH_PERSISTED_QUERIES", "file of GraphQL documents; when set, no others are executed"},
	{"KITH_AUDIT_KEEP", "how long the audit trail is kept (2160h)"},
	{"KITH_WRITE_KEYS", "write keys of the sources, as source:key,source:key; also KITH_WRITE_KEYS_FILE"},
	{"KITH_WRITE_KEY", "write key that `import` sends with (that of its source, as this Kith would take it); also KITH_WRITE_KEY_FILE"},
	{"KITH_ALLOWED_ORIGINS", "web origins that may use /graphql, separated by commas (same origin)"},
	{"KITH_IDENTITY_RULES", "file with identity rules (the built-in ones; see identity/default.yaml)"},
	{"KITH_IDENTITY_MODEL", "file with a matching model (the built-in one; `identity train` learns others)"},
	{"KITH_JOURNAL_KEEP", "how long applied messages are kept (168h)"},
	{"KITH_JOURNAL_MAX_BYTES", "how much may wait to be applied before senders get 429 (8589934592)"},
	{"KITH_SOURCE_RATE", "events a second one source may send (0: no limit)"},
	{"KITH_NEO4J_HEAP_MB", "heap of the private Neo4j (1024)"},
	{"KITH_LOG", "text or json (text on a terminal)"},
	{"NEO4J_URI", "Neo4j to use instead of a private one; also NEO4J_USERNAME, NEO4J_PASSWORD(_FILE), NEO4J_DATABASE"},
	{"NATS_URL", "NATS with JetStream to use instead of the embedded one"},
	{"OTEL_EXPORTER_OTLP_ENDPOINT", "where OpenTelemetry traces go, over http/protobuf (none); other OTEL_ variables as their specification has them"},
	{"KITH_NATS_REPLICAS", "copies of each stream on that NATS (3; a single server takes 1)"},
}

var extraNames = []string{"NEO4J_USERNAME", "NEO4J_PASSWORD", "NEO4J_DATABASE"}

// env reads one variable, or the file its _FILE twin names.
func env(lookup func(string) (string, bool), name string) (string, error) {
	value, ok := lookup(name)
	path, fromFile := lookup(name + "_FILE")
	switch {
	case ok && value != "" && fromFile:
		return "", fmt.Errorf("%s and %s_FILE are both set; set one", name, name)
	case fromFile:
		b, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("%s_FILE: %w", name, err)
		}
		return strings.TrimSpace(string(b)), nil
	}
	return strings.TrimSpace(value), nil
}

// loadConfig reads the settings and checks them. Its errors say which variable is wrong and what it may be.
func loadConfig(environ []string) (Config, error) {
	values := map[string]string{}
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		values[name] = value
		if strings.HasPrefix(name, "KITH_") && !slices.ContainsFunc(settings, func(s struct{ name, text string }) bool {
			return s.name == name || s.name+"_FILE" == name
		}) {
			return Config{}, fmt.Errorf("%s is not a setting of Kith; `go run . --help` lists them", name)
		}
	}
	lookup := func(name string) (string, bool) { v, ok := values[name]; return v, ok }
	got := map[string]string{}
	for _, s := range settings {
		v, err := env(lookup, s.name)
		if err != nil {
			return Config{}, err
		}
		got[s.name] = v
	}
	for _, name := range extraNames {
		v, err := env(lookup, name)
		if err != nil {
			return Config{}, err
		}
		got[name] = v
	}
	or := func(name, fallback string) string {
		if got[name] != "" {
			return got[name]
		}
		return fallback
	}
	c := Config{
		Addr: or("KITH_ADDR", "127.0.0.1:8080"), AdminAddr: got["KITH_ADMIN_ADDR"], Data: or("KITH_DATA", ".kith"), Cache: got["KITH_CACHE"],
		JWTSecret: []byte(got["KITH_JWT_SECRET"]), JWKSURL: got["KITH_JWKS_URL"], JWTIssuer: got["KITH_JWT_ISSUER"], JWTAudience: got["KITH_JWT_AUDIENCE"],
		OIDCIssuer: got["KITH_OIDC_ISSUER"], OIDCClient: got["KITH_OIDC_CLIENT"], OIDCScopes: got["KITH_OIDC_SCOPES"],
		WriteKeys: got["KITH_WRITE_KEYS"], WriteKey: got["KITH_WRITE_KEY"], IdentityRules: got["KITH_IDENTITY_RULES"], IdentityModel: got["KITH_IDENTITY_MODEL"], LogFormat: got["KITH_LOG"],
		Neo4jURI: got["NEO4J_URI"], Neo4jUser: or("NEO4J_USERNAME", "neo4j"), Neo4jPassword: got["NEO4J_PASSWORD"], Neo4jDatabase: got["NEO4J_DATABASE"],
		NATSURL: got["NATS_URL"], Documents: got["KITH_PERSISTED_QUERIES"],
	}
	for _, o := range strings.Split(got["KITH_ALLOWED_ORIGINS"], ",") {
		if o = strings.TrimSpace(o); o == "" {
			continue
		}
		if u, err := url.Parse(o); err != nil || u.Scheme == "" || u.Host == "" || u.Path != "" {
			return c, fmt.Errorf("KITH_ALLOWED_ORIGINS: %q is not an origin; write it like https://app.example.com", o)
		}
		c.AllowedOrigins = append(c.AllowedOrigins, o)
	}
	for _, d := range []struct {
		name, standard string
		into           *time.Duration
	}{{"KITH_JOURNAL_KEEP", "168h", &c.JournalKeep}, {"KITH_TOKEN_MAX_LIFE", "8784h", &c.TokenLife}, {"KITH_AUDIT_KEEP", "2160h", &c.AuditKeep}} {
		var err error
		if *d.into, err = time.ParseDuration(or(d.name, d.standard)); err != nil || *d.into < time.Minute {
			return c, fmt.Errorf("%s: %q is not a duration of at least a minute; write it like 168h or 90m", d.name, got[d.name])
		}
	}
	var err error
	if c.Traced, err = trace.Wanted(environ); err != nil {
		return c, err
	}
	if c.JournalMax, err = strconv.ParseInt(or("KITH_JOURNAL_MAX_BYTES", "0"), 10, 64); err != nil || c.JournalMax < 0 {
		return c, fmt.Errorf("KITH_JOURNAL_MAX_BYTES: %q is not a number of bytes", got["KITH_JOURNAL_MAX_BYTES"])
	}
	if c.SourceRate, err = strconv.ParseFloat(or("KITH_SOURCE_RATE", "0"), 64); err != nil || c.SourceRate < 0 {
		return c, fmt.Errorf("KITH_SOURCE_RATE: %q is not a number of events a second", got["KITH_SOURCE_RATE"])
	}
	if c.SubjectRate, err = strconv.ParseFloat(or("KITH_SUBJECT_RATE", "0"), 64); err != nil || c.SubjectRate < 0 {
		return c, fmt.Errorf("KITH_SUBJECT_RATE: %q is not a number of operations a second", got["KITH_SUBJECT_RATE"])
	}
	if c.SubjectLive, err = strconv.Atoi(or("KITH_SUBJECT_SUBSCRIPTIONS", "0")); err != nil || c.SubjectLive < 0 {
		return c, fmt.Errorf("KITH_SUBJECT_SUBSCRIPTIONS: %q is not a number of subscriptions", got["KITH_SUBJECT_SUBSCRIPTIONS"])
	}
	if c.HeapMB, err = strconv.Atoi(or("KITH_NEO4J_HEAP_MB", "1024")); err != nil || c.HeapMB < 256 {
		return c, fmt.Errorf("KITH_NEO4J_HEAP_MB: %q is not a size of at least 256", got["KITH_NEO4J_HEAP_MB"])
	}
	if c.NATSReplicas, err = strconv.Atoi(or("KITH_NATS_REPLICAS", "0")); err != nil || c.NATSReplicas < 0 || c.NATSReplicas > 5 {
		return c, fmt.Errorf("KITH_NATS_REPLICAS: %q is not a number of copies from 1 to 5", got["KITH_NATS_REPLICAS"])
	}
	if c.LogFormat != "" && c.LogFormat != "text" && c.LogFormat != "json" {
		return c, fmt.Errorf("KITH_LOG: %q is neither text nor json", c.LogFormat)
	}
	if n := len(c.JWTSecret); n > 0 && n < 32 {
		return c, fmt.Errorf("KITH_JWT_SECRET has %d bytes; HS256 needs at least 32", n)
	}
	if len(c.JWTSecret) > 0 && c.JWKSURL != "" {
		return c, errors.New("KITH_JWT_SECRET and KITH_JWKS_URL are both set; tokens are checked with one or the other")
	}
	if (c.OIDCIssuer == "") != (c.OIDCClient == "") {
		return c, errors.New("KITH_OIDC_ISSUER and KITH_OIDC_CLIENT go together: set both or neither")
	}
	if u, err := url.Parse(c.OIDCIssuer); c.OIDCIssuer != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
		return c, fmt.Errorf("KITH_OIDC_ISSUER: %q is not an address; write it like https://id.example.com/realm", c.OIDCIssuer)
	}
	if c.WriteKeys != "" {
		if _, err := auth.ParseKeys(c.WriteKeys); err != nil {
			return c, fmt.Errorf("KITH_WRITE_KEYS: %s", explain(err))
		}
	}
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return c, fmt.Errorf("KITH_ADDR: %q is not an address; write it like 127.0.0.1:8080", c.Addr)
	}
	return c, nil
}

// loopback reports whether only this machine can reach addr.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// demoSources are the sources that get development write keys.
var demoSources = demo.SourceNames()

// developmentSecrets fills in what was not given: on a loopback address from files made once under the data
// directory, elsewhere with a refusal.
func (c *Config) developmentSecrets() error {
	needSecret := len(c.JWTSecret) == 0 && c.JWKSURL == ""
	if !needSecret && c.WriteKeys != "" {
		return nil
	}
	if !loopback(c.Addr) {
		missing := []string{}
		if needSecret {
			missing = append(missing, "KITH_JWT_SECRET (or KITH_JWKS_URL)")
		}
		if c.WriteKeys == "" {
			missing = append(missing, "KITH_WRITE_KEYS")
		}
		return fmt.Errorf("%s can be reached from other machines, so Kith does not start without secrets: set %s", c.Addr, strings.Join(missing, " and "))
	}
	if needSecret {
		c.DevelopmentSecret = true
		secret, err := onceInFile(filepath.Join(c.Data, "jwt-secret"), func() string { return randomText(32) })
		if err != nil {
			return err
		}
		c.JWTSecret = []byte(secret)
	}
	if c.WriteKeys == "" {
		c.DevelopmentKeys = true
		keys, err := onceInFile(filepath.Join(c.Data, "write-keys"), func() string {
			var list []string
			for _, s := range demoSources {
				list = append(list, s+":"+s+"_"+randomText(12))
			}
			return strings.Join(list, ",")
		})
		if err != nil {
			return err
		}
		c.WriteKeys = keys
	}
	return nil
}

func randomText(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// onceInFile reads a secret, or makes it and keeps it where only this user can read it.
func onceInFile(path string, make func() string) (string, error) {
	b, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(b)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	secret := make()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return onceInFile(path, make)
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	if _, err := f.WriteString(secret + "\n"); err != nil {
		return "", err
	}
	return secret, f.Sync()
}
