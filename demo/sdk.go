package demo

import (
	"encoding/base64"
	"encoding/json"
	"time"
)

// Names of the sources the shop sends from. Each has a write key of its own and sends in the manner of another SDK.
const (
	SourceWeb     = "web"     // the shop's site, analytics.js: one call a request, text/plain
	SourceApp     = "app"     // the telephone app: small gzipped batches of one device
	SourceBackend = "backend" // orders and accounts, Node style: batches with the key in the body as well
	SourceEmail   = "email"   // the newsletter tool, Python style; opens come through the pixel
	SourceSupport = "support" // the help desk, Go style: batch-level context
	SourceStore   = "store"   // the tills, Rudder style: gzip under another content type
	SourceCRM     = "crm"     // a script of somebody's with the key in the query
)

// SourceNames are the sources a demo needs write keys for, in a fixed order.
func SourceNames() []string {
	return []string{SourceWeb, SourceApp, SourceBackend, SourceEmail, SourceSupport, SourceStore, SourceCRM}
}

// sdk is the manner in which a source sends.
type sdk struct {
	library object
	channel string
	single  bool          // one call a request, on the call's own route
	letters bool          // routes of one letter
	wait    time.Duration // before a batch that is not full goes out
	full    int           // calls
	gzip    bool
	mime    string
	noColon bool // Basic credentials without the colon after the key
	noBasic bool
	inBody  bool // writeKey in the body
	inQuery bool // writeKey in the query
	shared  bool // context of the batch instead of every call's
	timeKey string
	layout  string
	quirk   func(object)
}

func (k *sdk) time(t time.Time) string { return t.UTC().Format(k.layout) }

const millis = "2006-01-02T15:04:05.000Z"

var sdks = map[string]*sdk{
	SourceWeb: {
		library: object{"name": "analytics.js", "version": "next-1.81.0"}, single: true, letters: true, full: 100,
		mime: "text/plain", inBody: true, timeKey: "timestamp", layout: millis,
		quirk: func(b object) { b["integrations"] = object{} },
	},
	SourceApp: {
		library: object{"name": "analytics-mobile", "version": "1.19.2"}, wait: 3 * time.Second, full: 20,
		gzip: true, mime: "application/json", timeKey: "timestamp", layout: millis,
	},
	SourceBackend: {
		library: object{"name": "@segment/analytics-node", "version": "3.0.0"}, wait: time.Second, full: 100,
		mime: "application/json", inBody: true, timeKey: "timestamp", layout: millis, channel: "server",
		quirk: func(b object) {
			b["_metadata"] = object{"nodeVersion": "22.11.0", "jsRuntime": "node"}
			b["integrations"] = object{}
		},
	},
	SourceEmail: {
		library: object{"name": "analytics-python", "version": "2.3.4"}, wait: time.Second, full: 100,
		gzip: true, mime: "application/json", inBody: true, channel: "server",
		timeKey: "timestamp", layout: "2006-01-02T15:04:05.000000-07:00",
		quirk: func(b object) {
			if _, ok := b["anonymousId"]; !ok {
				b["anonymousId"] = nil
			}
		},
	},
	SourceSupport: {
		library: object{"name": "analytics-go", "version": "3.3.0"}, wait: time.Second, full: 250, shared: true,
		mime: "application/json", timeKey: "timestamp", layout: time.RFC3339Nano, channel: "server",
	},
	SourceStore: {
		library: object{"name": "@rudderstack/rudder-sdk-node", "version": "3.0.0"}, wait: 2 * time.Second, full: 20,
		gzip: true, mime: "application/x-www-form-urlencoded", noColon: true, channel: "server",
		timeKey: "originalTimestamp", layout: millis,
		quirk: func(b object) {
			b["channel"] = "server"
			if id, ok := b["userId"].(string); ok {
				b["userId"] = json.Number(id) // the tills keep customer numbers as numbers
			}
		},
	},
	SourceCRM: {
		single: true, full: 100, mime: "application/json; charset=utf-8", noBasic: true, inQuery: true,
		timeKey: "timestamp", layout: time.RFC3339, channel: "server",
	},
}

// authorization is the header of HTTP Basic with the write key as user name and no password.
func (k *sdk) authorization(key string) string {
	if !k.noColon {
		key += ":"
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(key))
}

// route is the path of one call, or of a batch when kind is empty.
func (k *sdk) route(kind string) string {
	switch {
	case kind == "" && k.letters:
		return "/v1/b"
	case kind == "":
		return "/v1/batch"
	case k.letters:
		return "/v1/" + kind[:1]
	}
	return "/v1/" + kind
}
