package graph

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"kith/fault"
)

// Documents are the texts that clients may ask for by their hash: the SHA-256 of the text, in hexadecimal digits.
type Documents map[string]string

// ParseDocuments reads a list of documents as build tools write them: an object of texts by any key, as relay-compiler
// does; a manifest with "operations" of which each has a "body", as Apollo's tools do; or a list of texts. Errors are
// INVALID.
func ParseDocuments(text []byte) (Documents, error) {
	const op = "graph.ParseDocuments"
	var manifest struct {
		Operations []struct {
			Body string `json:"body"`
		} `json:"operations"`
	}
	var byKey map[string]string
	var all []string
	switch {
	case json.Unmarshal(text, &byKey) == nil:
		for _, body := range byKey {
			all = append(all, body)
		}
	case json.Unmarshal(text, &all) == nil:
	case json.Unmarshal(text, &manifest) == nil:
		for _, o := range manifest.Operations {
			all = append(all, o.Body)
		}
	default:
		return nil, fault.New(op, fault.Invalid, "this is no list of documents: an object of texts, a manifest with operations, or a list of texts")
	}
	docs := Documents{}
	for _, body := range all {
		if strings.TrimSpace(body) == "" {
			return nil, fault.New(op, fault.Invalid, "one of the documents is empty")
		}
		docs[hashOf(body)] = body
	}
	if len(docs) == 0 {
		return nil, fault.New(op, fault.Invalid, "the list has no documents")
	}
	return docs, nil
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// persisted finds documents that are asked for by hash. When there is a list of documents, only these are executed; else
// a client may send a text once with its hash, and from then on, as long as it is in use, the hash alone.
type persisted struct {
	listed Documents // nil: every document is welcome
	seen   *kept[string]
}

// hashNamed is the hash a request names: as extensions.persistedQuery.sha256Hash (Apollo's way), or as documentId with
// or without the prefix "sha256:" (GraphQL over HTTP, Relay).
func (r *request) hashNamed() (hash string, err error) {
	if r.DocumentID != "" {
		return strings.TrimPrefix(r.DocumentID, "sha256:"), nil
	}
	raw, ok := r.Extensions["persistedQuery"]
	if !ok {
		return "", nil
	}
	named, _ := raw.(map[string]any)
	hash, ok = named["sha256Hash"].(string)
	if version, _ := whole(named["version"]); !ok || version != 1 {
		return "", fault.New("graph.persisted", fault.Invalid, "extensions.persistedQuery is {version: 1, sha256Hash: …}")
	}
	return hash, nil
}

// errNotPersisted has the message by which clients know that they should send the text along.
var errNotPersisted = fault.New("graph.persisted", fault.NotFound, "PersistedQueryNotFound")

// find puts the document into a request that names it by hash. hash is to be given to keep when the document is valid.
func (p *persisted) find(r *request) (hash string, err error) {
	if hash, err = r.hashNamed(); err != nil {
		return "", err
	}
	if p.listed != nil {
		if r.Query != "" {
			hash = hashOf(r.Query)
		}
		text, ok := p.listed[hash]
		switch {
		case ok:
			r.Query = text
			return "", nil
		case r.Query != "":
			return "", fault.New("graph.persisted", fault.Forbidden, "only listed documents are executed here, and this is none of them")
		}
		return "", errNotPersisted
	}
	switch {
	case hash == "":
		return "", nil
	case r.Query == "":
		text, ok := p.seen.get(hash)
		if !ok {
			return "", errNotPersisted
		}
		r.Query = text
		return "", nil
	case hashOf(r.Query) != hash:
		return "", fault.New("graph.persisted", fault.Invalid, "the hash is not that of the document: it is the SHA-256 of its bytes, in hexadecimal digits")
	}
	return hash, nil
}

// keep remembers a valid document under its hash.
func (p *persisted) keep(hash, text string) {
	if hash != "" {
		p.seen.put(hash, text, len(hash)+len(text))
	}
}
