package pipeline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kith/event"
)

// records accepts records, given as JSON, as one request of a source.
func (w *world) records(source string, list ...string) {
	w.t.Helper()
	w.at++
	p := event.RecordsPart{Source: source, ReceivedAt: w.at}
	for _, r := range list {
		p.Records = append(p.Records, json.RawMessage(r))
	}
	if _, err := w.journal.AppendRecords(context.Background(), event.AppendRecordsPart(nil, &p)); err != nil {
		w.t.Fatal(err)
	}
}

func crm(id string, at int, rest string) string {
	return fmt.Sprintf(`{"id":%q,"at":"2025-01-02T03:04:%02dZ",%s}`, id, at, rest)
}

func deleted(id string, at int) string { return crm(id, at, `"deleted":true`) }

const (
	ada     = `"traits":{"firstName":"Ada","lastName":"Byron","birthday":"1815-12-10","email":"ada@x.org"}`
	adaToo  = `"traits":{"firstName":"Ada","lastName":"Byron","birthday":"1815-12-10","phone":"+442079460001","address":{"street":"12 St James Sq","city":"London","postalCode":"SW1Y 4LE"}}`
	charles = `"traits":{"firstName":"Charles","lastName":"Babbage","birthday":"1791-12-26","email":"cb@x.org"}`
	grace   = `"traits":{"firstName":"Grace","lastName":"Hopper","email":"grace@x.org"}`
)

func TestRecordsOfOnePersonBecomeOneCustomer(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.records("crm", crm("1", 1, ada), crm("2", 1, charles))
	w.records("till", crm("a", 2, adaToo))
	w.settle()
	one, two := w.profile("record:crm/1"), w.profile("record:till/a")
	if one == nil || two == nil || one.ID != two.ID {
		t.Fatalf("the two records of Ada are %v and %v", one, two)
	}
	if other := w.profile("email:cb@x.org"); other == nil || other.ID == one.ID {
		t.Fatalf("Charles is %v", other)
	}
}

// Replacing a record equals deleting it and sending the new one; deleting one equals never having sent it.
func TestWhatARecordNoLongerSaysIsGone(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.send("shop", `{"type":"identify","userId":"u1","messageId":"m1","timestamp":"2025-02-01T00:00:00Z","traits":{"email":"ADA@x.org","firstName":"Ada"}}`)
	w.records("crm", crm("9", 5, charles))
	w.settle()
	before := w.dump()
	w.records("crm", crm("1", 1, ada), crm("2", 1, adaToo))
	w.records("crm", crm("1", 2, grace))
	w.records("crm", crm("3", 1, charles))
	w.settle()
	w.records("crm", crm("1", 3, ada))
	w.settle()
	w.records("crm", deleted("1", 9), deleted("2", 9), deleted("3", 9))
	w.settle()
	w.records("crm", crm("1", 4, ada)) // late: older than the deletion
	w.settle()
	after := slices.DeleteFunc(w.dump(), func(line string) bool { return strings.HasPrefix(line, `["Tombstone"`) })
	compare(t, timeless(after), timeless(before))
}

// Any order, any split, everything twice: the same graph. Some of the records are of namesakes, some share an address.
func TestRecordsInAnyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var sent []string
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	for i := range 80 {
		id := fmt.Sprint(r.IntN(30))
		if r.IntN(10) == 0 {
			sent = append(sent, deleted(id, i%50))
			continue
		}
		traits := fmt.Sprintf(`"firstName":%q,"lastName":%q,"birthday":"18%02d-12-10"`,
			pick("Ada", "Adah", "Charles", "Mary", "George"), pick("Byron", "Babbage", "Somerville"), 10+r.IntN(3))
		if r.IntN(2) == 0 {
			traits += fmt.Sprintf(`,"email":"%s@x.org"`, pick("a", "b", "INFO", "c", "A"))
		}
		if r.IntN(3) == 0 {
			traits += fmt.Sprintf(`,"phone":"+44207946000%d"`, r.IntN(3))
		}
		sent = append(sent, crm(id, i%50, `"traits":{`+traits+`}`))
	}
	var want []string
	for n := range 4 {
		w := newWorld(t)
		w.start()
		order := r.Perm(len(sent))
		if n == 0 {
			slices.Sort(order)
		}
		for len(order) > 0 {
			cut := 1 + r.IntN(min(len(order), 20))
			var list []string
			for _, i := range order[:cut] {
				list = append(list, sent[i])
			}
			w.records("crm", list...)
			if r.IntN(2) == 0 {
				w.records("crm", list...)
				w.settle()
			}
			order = order[cut:]
		}
		w.settle()
		got := timeless(w.dump())
		if n == 0 {
			want = got
			continue
		}
		compare(t, got, want)
	}
}

// A thousand people who give one phone number stay a thousand, also those who were there before it was so many.
func TestAPhoneOfThousandsJoinsNobody(t *testing.T) {
	w := newWorld(t)
	w.start()
	var list []string
	for i := range 1000 {
		list = append(list, crm(fmt.Sprint(i), 1, fmt.Sprintf(
			`"traits":{"firstName":"%c%c","lastName":"%c%c%c","birthday":"19%02d-%02d-%02d","phone":"+442079460001","email":"info@x.org"}`,
			'A'+i%26, 'a'+i/26%26, 'A'+i*7%26, 'a'+i*3%26, 'a'+i*11%26, i*17%100, 1+i%12, 1+i*5%28)))
	}
	w.records("crm", list[:3]...)
	w.settle()
	w.records("crm", list[3:]...)
	w.settle()
	customers := map[string]int{}
	for i := range list {
		p := w.profile(fmt.Sprint("record:crm/", i))
		if p == nil {
			t.Fatalf("record %d is nobody's", i)
		}
		customers[string(p.ID)]++
	}
	if len(customers) < 990 {
		t.Errorf("1,000 people who share a phone number are %d customers", len(customers))
	}
}

var received = regexp.MustCompile(`"(recordReceivedAt|receivedAt)":\d+,?`)

// timeless leaves out what depends on when something came.
func timeless(lines []string) []string {
	var out []string
	for _, l := range lines {
		if !strings.HasPrefix(l, `["Source"`) {
			out = append(out, received.ReplaceAllString(l, ""))
		}
	}
	slices.Sort(out)
	return out
}

func compare(t *testing.T, got, want []string) {
	t.Helper()
	for _, l := range got {
		if !slices.Contains(want, l) {
			t.Errorf("too much: %s", l)
		}
	}
	for _, l := range want {
		if !slices.Contains(got, l) {
			t.Errorf("missing: %s", l)
		}
	}
}

// The labelled records of febrl1: sent in any order, by eight at once, everything twice, they are the same customers; and
// deleting some equals never having sent them.
func TestLabelledRecordsInAnyOrder(t *testing.T) {
	list := febrl(t)
	r := rand.New(rand.NewPCG(8, 8))
	whole := newWorld(t)
	whole.start()
	for page := range slices.Chunk(list, 100) {
		whole.records("febrl1", page...)
	}
	whole.settle()
	want := timeless(whole.dump())
	whole.stop()

	shuffled := newWorld(t)
	shuffled.start()
	twice := slices.Concat(list, list)
	r.Shuffle(len(twice), func(i, j int) { twice[i], twice[j] = twice[j], twice[i] })
	for page := range slices.Chunk(twice, 37) {
		shuffled.records("febrl1", page...)
	}
	shuffled.settle()
	compare(t, timeless(shuffled.dump()), want)

	var rest, gone []string
	for _, record := range list {
		if r.IntN(20) == 0 {
			var head struct{ ID string }
			if err := json.Unmarshal([]byte(record), &head); err != nil {
				t.Fatal(err)
			}
			gone = append(gone, deleted(head.ID, 59))
		} else {
			rest = append(rest, record)
		}
	}
	shuffled.records("febrl1", gone...)
	shuffled.settle()
	after := slices.DeleteFunc(timeless(shuffled.dump()), func(line string) bool { return strings.HasPrefix(line, `["Tombstone"`) })
	shuffled.stop()

	never := newWorld(t)
	never.start()
	for page := range slices.Chunk(rest, 100) {
		never.records("febrl1", page...)
	}
	never.settle()
	compare(t, after, timeless(never.dump()))
}

// febrl is the labelled records, each with a time of its own kind: the same whenever it is sent.
func febrl(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "identity", "match", "testdata", "febrl1", "febrl1.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(text)) {
		out = append(out, strings.Replace(strings.TrimSpace(line), "{", `{"at":"2025-01-02T03:04:05Z",`, 1))
	}
	return out
}
