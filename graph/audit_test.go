package graph

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"kith/audit"
)

type auditLog struct {
	mu      sync.Mutex
	entries []string
}

func (a *auditLog) Record(e audit.Entry) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if e.Request == "" {
		e.Outcome += " without a request id"
	}
	a.entries = append(a.entries, strings.TrimSpace(fmt.Sprintf("%s %s %s %v %s", e.Subject, e.Kind, e.Action, e.Targets, e.Outcome)))
}

func (a *auditLog) take() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	taken := a.entries
	a.entries = nil
	return taken
}

// TestAudit: reads of single customers and every field of a mutation are kept, over whichever transport; lists, events and
// what is refused before it is executed are not.
func TestAudit(t *testing.T) {
	log := &auditLog{}
	b := start(t, func(c *ServerConfig) { c.Auditor = log })
	expect := func(what string, want ...string) {
		t.Helper()
		b.eventually(what, func() bool { log.mu.Lock(); defer log.mu.Unlock(); return len(log.entries) >= len(want) })
		if got := log.take(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	b.post("viewer", query(`{a:customer(by:{id:"cus_1"}){id} b:customer(by:{id:"nobody"}){id} customers{nodes{id}}}`))
	expect("two reads, one of nobody", "viewer READ customer [cus_1]")
	b.post("viewer", query(`{nope}`))
	b.post("viewer", query(`{journal{lag}}`))
	expect("what reads no customer")
	b.post("admin", query(`mutation{a:identityDecisionRevoke(id:"dec_1"){userErrors{code}} segmentDelete(id:"seg_1"){segment{id}} b:segmentDelete(id:"panic"){segment{id}}}`))
	expect("a mutation", "admin CHANGE identityDecisionRevoke [dec_1] NOT_FOUND", "admin CHANGE segmentDelete [seg_1 seg_2]", "admin CHANGE segmentDelete [panic] INTERNAL")
	b.post("viewer", query(`mutation{identityDecisionRevoke(id:"dec_1"){userErrors{code}}}`))
	expect("one without its scope", "viewer CHANGE identityDecisionRevoke [dec_1] FORBIDDEN")
	s := b.connect("viewer")
	s.subscribe("1", `{customer(by:{id:"cus_1"}){id}}`)
	s.next()
	s.next()
	expect("over a socket", "viewer READ customer [cus_1]")
	s.subscribe("2", watchAda)
	stream := <-b.data.opened
	stream.emit(changed(1))
	s.next()
	expect("a subscription, once", "viewer READ customerChanged [cus_1]")
}
