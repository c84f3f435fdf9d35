package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// docsCommand makes what the documentation speaks of, and then runs every query that is shown in it, in an order in which
// each finds what it needs:
//
//	docs send      events and records of the people in the examples
//	docs run       all of its operations; none may fail, and none may answer with nothing unless that is what it is about
func docsCommand(w *world, ts *testscript.TestScript, args []string) error {
	switch {
	case w.running == nil:
	case len(args) == 1 && args[0] == "send":
		return w.sendShown()
	case len(args) == 1 && args[0] == "run":
		blocks, err := shownBlocks()
		if err != nil {
			return err
		}
		return w.runShown(ts, blocks)
	}
	return errors.New("docs send|run, of a kith that runs")
}

var (
	shownFence = regexp.MustCompile("(?s)```graphql\n(.*?)```")
	shownName  = regexp.MustCompile(`^(?:query|mutation|subscription) (\w+)`)
)

// shownBlocks are the operations that people read, by page and name.
func shownBlocks() (map[string]string, error) {
	root := ".."
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		return nil, err
	}
	blocks := map[string]string{}
	for _, page := range append(pages, filepath.Join(root, "README.md")) {
		text, err := os.ReadFile(page)
		if err != nil {
			return nil, err
		}
		for _, m := range shownFence.FindAllStringSubmatch(string(text), -1) {
			name := shownName.FindStringSubmatch(m[1])
			if name == nil {
				return nil, fmt.Errorf("%s has an operation without a name:\n%s", page, m[1])
			}
			key := strings.TrimSuffix(filepath.Base(page), ".md") + " " + name[1]
			if blocks[key] != "" {
				return nil, fmt.Errorf("%s has two operations named %s", page, name[1])
			}
			blocks[key] = m[1]
		}
	}
	return blocks, nil
}

// sendShown sends what the examples are about, with times that the windows in them reach.
func (w *world) sendShown() error {
	ago := func(d time.Duration) string { return time.Now().Add(-d).UTC().Format(time.RFC3339) }
	const day = 24 * time.Hour
	type object = map[string]any
	key := func(source string) string { k, _ := w.key(source); return k }
	var calls []any
	call := func(typ string, after time.Duration, more object) {
		more["type"], more["messageId"], more["timestamp"] = typ, fmt.Sprint("docs-", len(calls)), ago(after)
		calls = append(calls, more)
	}
	call("page", 9*day, object{"anonymousId": "visitor-1", "name": "Home"})
	call("identify", 8*day, object{"userId": "ada", "anonymousId": "visitor-1", "traits": object{"name": "Ada Byron", "email": "ada@example.org", "phone": "+49 30 1234567"}})
	call("identify", 8*day, object{"userId": "byron", "traits": object{"name": "Lady Byron", "email": "byron@example.org"}})
	call("identify", 7*day, object{"userId": "mira", "anonymousId": "laptop-1", "traits": object{"name": "Mira O.", "email": "mira.okafor@example.com"}})
	call("identify", 6*day, object{"userId": "mira", "traits": object{"name": "Mira Okafor", "plan": "gold"}})
	call("track", 5*day, object{"userId": "mira", "event": "Signed Up"})
	for n := range 3 {
		call("track", time.Duration(n+1)*day, object{"userId": "mira", "event": "Order Completed", "properties": object{"revenue": 60 + n}, "context": object{"locale": "en"}})
	}
	call("group", 4*day, object{"userId": "mira", "groupId": "okafor-ltd", "traits": object{"name": "Okafor Ltd"}})
	call("track", 3*day, object{"userId": "mira", "anonymousId": "kiosk", "event": "Looked Up"})
	call("track", 3*day, object{"userId": "byron", "anonymousId": "kiosk", "event": "Looked Up"})
	for range 4 {
		call("track", 2*day, object{"userId": "ada", "event": "Poisoned", "context": object{"channel": "poison"}})
	}
	for range 3 {
		call("track", day, object{"userId": "ada", "properties": object{"total": 7}}) // no event: refused
	}
	batch, _ := json.Marshal(object{"batch": calls})
	home := object{"street": "1 Mill Lane", "city": "Leeds", "postalCode": "LS1 1AA"}
	record := func(id, first, last, birthday string, more object) object {
		traits := object{"firstName": first, "lastName": last, "birthday": birthday}
		maps.Copy(traits, more)
		return object{"id": id, "at": ago(9 * day), "traits": traits}
	}
	records, _ := json.Marshal(object{"records": []any{
		record("m1", "Mira", "Okafor", "1985-05-06", object{"email": "mira.okafor@example.com", "address": home}),
		record("m2", "Chidi", "Okafor", "1983-02-01", object{"address": home}),
		record("r1", "Hedwig", "Zwiebelstein", "1971-03-04", object{"address": object{"city": "Jena"}}),
		record("r2", "Hedwig", "Zwiebelstein", "1971-03-05", object{"address": object{"city": "Gera"}}),
		record("r3", "Ottokar", "Pfefferkuch", "1980-07-01", object{"address": object{"city": "Jena"}}),
		record("r4", "Otto", "Pfefferkuch", "1980-07-01", object{"address": object{"city": "Weimar"}}),
		record("r5", "Kunigunde", "Rabenhorst", "1990-10-10", object{"address": object{"city": "Jena"}}),
		record("r6", "Kunigunde", "Rabenhorst", "1991-10-10", object{"address": object{"city": "Bonn"}}),
		record("r7", "Walburga", "Tintenfass", "1955-05-05", object{"address": object{"city": "Jena"}}),
		record("r8", "Walburga", "Tintenfas", "1958-05-05", object{"address": object{"city": "Ulm"}}),
	}})
	for _, part := range []struct {
		source, route string
		body          []byte
	}{{"web", "/v1/batch", batch}, {"crm", "/v1/records", records}} {
		res, said, err := w.post(w.running.url, part.route, key(part.source), part.body)
		if err != nil || res.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %d: %s %w", part.route, res.StatusCode, said, err)
		}
	}
	return nil
}

// order sends an order of somebody now, as what a subscription waits for.
func (w *world) order(user string, revenue int) error {
	return w.sendOne("/v1/track", fmt.Sprintf(`{"userId":%q,"event":"Order Completed","properties":{"revenue":%d}}`, user, revenue))
}

func (w *world) sendOne(route, body string) error {
	key, err := w.key("web")
	if err != nil {
		return err
	}
	res, said, err := w.post(w.running.url, route, key, []byte(body))
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s", said)
	}
	return err
}

// shown is how one operation of the documentation is run.
type shown struct {
	name  string             // page and operation
	vars  map[string]any     // strings that begin with $ are found first, see findings
	empty []string           // fields that may be empty or null
	then  func(*world) error // makes what a subscription waits for, until it has come
}

// findings are the ids that examples stand for, with the query that gives one and the way to it.
var findings = map[string][2]string{
	"$customer":   {`{ customer(by: {identifier: {type: "email", value: "mira.okafor@example.com"}}) { id } }`, "customer id"},
	"$joined":     {`{ customer(by: {identifier: {type: "user_id", value: "ada"}}) { id } }`, "customer id"},
	"$account":    {`{ customer(by: {identifier: {type: "user_id", value: "mira"}}) { accounts { nodes { id } } } }`, "customer accounts nodes 0 id"},
	"$touchpoint": {`{ customer(by: {identifier: {type: "user_id", value: "mira"}}) { touchpoints { nodes { id } } } }`, "customer touchpoints nodes 0 id"},
	"$phone":      {`{ customer(by: {identifier: {type: "phone", value: "+49 30 1234567"}}) { identifiers { nodes { id } } } }`, "customer identifiers nodes 0 id"},
	"$segment":    {`{ segment(by: {key: "big-spenders"}) { id } }`, "segment id"},
	"$refused":    {`{ quarantine { nodes { id } } }`, "quarantine nodes 0 id"},
	"$letter":     {`{ deadLetters { nodes { id } } }`, "deadLetters nodes 0 id"},
}

func identifier(typ, value string) map[string]any { return map[string]any{"type": typ, "value": value} }

// shownInOrder are all operations of the documentation.
var shownInOrder = []shown{
	{name: "README Customer360"}, {name: "README Why"}, {name: "README Live", empty: []string{"changedTraits"}},
	{name: "customer Customer360", empty: []string{"channel"}},
	{name: "customer ById", vars: map[string]any{"id": "$customer"}},
	{name: "customer Provenance"}, {name: "customer Find"}, {name: "customer LongestKnown"},
	{name: "touchpoint Timeline"}, {name: "touchpoint OneTouchpoint", vars: map[string]any{"id": "$touchpoint"}, empty: []string{"context"}},
	{name: "account Accounts"}, {name: "account OneAccount", vars: map[string]any{"id": "$account"}},
	{name: "household Household"},
	{name: "identity Graph"},
	{name: "identity Why", vars: map[string]any{"from": identifier("anonymous_id", "laptop-1"), "to": identifier("email", "mira.okafor@example.com")}},
	{name: "identity Past", vars: map[string]any{"id": "$customer", "at": time.Now().UTC().Format(time.RFC3339)}},
	{name: "identity SharedOnes"}, {name: "identity Rules"}, {name: "matching Model"},
	{name: "console Now", empty: []string{"oldestPendingSeconds"}},
	{name: "journal Progress", empty: []string{"oldestPendingSeconds"}}, {name: "journal Sources"},
	{name: "errors WhoAmI"}, {name: "access WhoAmI"},
	{name: "access WhoLookedAtHer"},
	{name: "access Left"}, {name: "access Revoked", empty: []string{"tokenId"}},
	{name: "live Watch", empty: []string{"changedTraits"}},
	{name: "live Orders", then: func(w *world) error { return w.order("mira", 70) }},
	{name: "computed-traits Make"}, {name: "computed-traits Hers", empty: []string{"property", "within", "value", "events"}},
	{name: "segment Before"}, {name: "segment InUse"},
	{name: "segment Make"},
	{name: "segment Members", empty: []string{"description"}},
	{name: "segment Why", empty: []string{"nextChangeAt", "actual", "path"}},
	{name: "segment Watch", then: func(w *world) error {
		return errors.Join(w.order(fmt.Sprint("spender-", time.Now().UnixNano()/1e9), 80), w.order(fmt.Sprint("spender-", time.Now().UnixNano()/1e9), 80))
	}, empty: []string{"displayName"}},
	{name: "stewardship Waiting", empty: []string{"advice", "link"}},
	{name: "stewardship Preview", vars: map[string]any{"one": identifier("user_id", "ada"), "other": identifier("user_id", "byron")}},
	{name: "stewardship TryRules"},
	{name: "decision Join"},
	{name: "stewardship History", vars: map[string]any{"id": "$joined"}, empty: []string{"evidence"}},
	{name: "decision Part", empty: []string{"displayName"}},
	{name: "stewardship Apart", vars: map[string]any{"from": identifier("user_id", "ada"), "to": identifier("anonymous_id", "visitor-1")}, empty: []string{"mean", "comparisons"}},
	{name: "decision Mark"},
	{name: "decision Marks", vars: map[string]any{"id": "$phone"}},
	{name: "decision Revoke", vars: map[string]any{"id": "$decision"}},
	{name: "quarantine Refused", empty: []string{"field"}},
	{name: "quarantine SendAgain", vars: map[string]any{"id": "$refused", "call": map[string]any{"type": "track", "messageId": "docs-mended", "userId": "ada", "event": "Mended"}}, empty: []string{"refused"}},
	{name: "quarantine Discard", vars: map[string]any{"ids": []string{"$refused"}}},
	{name: "quarantine DeadLetters"},
	{name: "quarantine Replay", vars: map[string]any{"ids": []string{"$letter"}}},
	{name: "quarantine DiscardLetters", vars: map[string]any{"ids": []string{"$letter"}}},
}

// notRun are the operations of the documentation that are known to be valid and no more: they want items of the review queue,
// which what is sent here does not make for sure.
var notRun = []string{"stewardship SamePerson", "stewardship TwoPeople"}

func (w *world) runShown(ts *testscript.TestScript, blocks map[string]string) error {
	var failed []error
	decision := ""
	for _, s := range shownInOrder {
		text, ok := blocks[s.name]
		if !ok {
			failed = append(failed, fmt.Errorf("%s is not in the documentation any more", s.name))
			continue
		}
		delete(blocks, s.name)
		data, err := w.runOne(s, text, decision)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", s.name, err))
			continue
		}
		fmt.Fprintf(ts.Stdout(), "%s: %.400s\n", s.name, data)
		if s.name == "decision Join" {
			decision = follow(data, "identityJoin decision id")
		}
	}
	for _, name := range notRun {
		if blocks[name] == "" {
			failed = append(failed, fmt.Errorf("%s is not in the documentation any more", name))
		}
		delete(blocks, name)
	}
	for _, name := range slices.Sorted(maps.Keys(blocks)) {
		failed = append(failed, fmt.Errorf("%s is run by nobody: add it to shownInOrder", name))
	}
	return errors.Join(failed...)
}

// runOne runs an operation, again and again until it has an answer that is not empty; a mutation once.
func (w *world) runOne(s shown, text, decision string) (data json.RawMessage, err error) {
	found := map[string]string{"$decision": decision}
	var fill func(v any) (any, error)
	fill = func(v any) (any, error) {
		switch x := v.(type) {
		case string:
			if !strings.HasPrefix(x, "$") {
				return x, nil
			}
			if found[x] == "" {
				answer, err := w.answered(findings[x][0], nil)
				if err != nil {
					return nil, err
				}
				if found[x] = follow(answer, findings[x][1]); found[x] == "" {
					return nil, fmt.Errorf("no %s: %s", x, answer)
				}
			}
			return found[x], nil
		case []string:
			var out []any
			for _, e := range x {
				one, err := fill(e)
				if err != nil {
					return nil, err
				}
				out = append(out, one)
			}
			return out, nil
		}
		return v, nil
	}
	vars := map[string]any{}
	for name, v := range s.vars {
		if vars[name], err = fill(v); err != nil {
			return nil, err
		}
	}
	for stands, name := range map[string]string{"cus_x": "$customer", "seg_x": "$segment"} {
		if strings.Contains(text, stands) {
			id, err := fill(name)
			if err != nil {
				return nil, err
			}
			text = strings.ReplaceAll(text, stands, id.(string))
		}
	}
	if strings.HasPrefix(text, "subscription") {
		return w.firstEvent(s, text)
	}
	try := func() error {
		if data, err = w.answered(text, vars); err != nil {
			return err
		}
		return nothingMissing(data, s.empty)
	}
	if strings.HasPrefix(text, "mutation") {
		return data, try()
	}
	return data, eventually(try)
}

// firstEvent is the first event of a subscription.
func (w *world) firstEvent(s shown, text string) (json.RawMessage, error) {
	watch, err := w.watch("admin", text, "")
	if err != nil {
		return nil, err
	}
	defer watch.hangUp()
	var data json.RawMessage
	err = eventually(func() error {
		watch.mu.Lock()
		frames := len(watch.frames)
		if frames > 0 {
			var payload struct {
				Data   json.RawMessage
				Errors []json.RawMessage
			}
			if err := json.Unmarshal(watch.frames[0].Payload, &payload); err != nil || len(payload.Errors) > 0 {
				watch.mu.Unlock()
				return fmt.Errorf("%s", watch.frames[0].Payload)
			}
			data = payload.Data
		}
		watch.mu.Unlock()
		if frames > 0 {
			return nothingMissing(data, s.empty)
		}
		if s.then != nil {
			if err := s.then(w); err != nil {
				return err
			}
		}
		return errors.New("no event has come")
	})
	return data, err
}

// answered asks as an administrator; errors in the answer are one.
func (w *world) answered(text string, vars map[string]any) (json.RawMessage, error) {
	answer, err := w.ask("admin", text, vars, w.after)
	if err != nil {
		return nil, err
	}
	var parsed struct {
		Data   json.RawMessage
		Errors []json.RawMessage
	}
	if err := json.Unmarshal(answer, &parsed); err != nil || len(parsed.Errors) > 0 {
		return nil, fmt.Errorf("%s", answer)
	}
	return parsed.Data, nil
}

// follow goes down an answer by names and numbers. It is empty when there is nothing.
func follow(data json.RawMessage, way string) string {
	var at any
	if json.Unmarshal(data, &at) != nil {
		return ""
	}
	for step := range strings.FieldsSeq(way) {
		switch x := at.(type) {
		case map[string]any:
			at = x[step]
		case []any:
			if len(x) == 0 {
				return ""
			}
			at = x[0]
		}
	}
	text, _ := at.(string)
	return text
}

// nothingMissing is an error about the first place of an answer that is null or an empty list, but for fields that may be.
func nothingMissing(data json.RawMessage, empty []string) error {
	var at any
	if err := json.Unmarshal(data, &at); err != nil {
		return err
	}
	var look func(v any, way string) error
	look = func(v any, way string) error {
		switch x := v.(type) {
		case nil:
			return fmt.Errorf("%s is null in %s", way, data)
		case []any:
			if len(x) == 0 {
				return fmt.Errorf("%s is empty in %s", way, data)
			}
			for _, e := range x {
				if err := look(e, way); err != nil {
					return err
				}
			}
		case map[string]any:
			if way != "" && len(x) == 0 {
				return fmt.Errorf("%s has nothing in %s", way, data)
			}
			for _, name := range slices.Sorted(maps.Keys(x)) {
				if wrong, _ := x[name].([]any); name == "userErrors" && len(wrong) == 0 {
					continue
				} else if name == "userErrors" {
					return fmt.Errorf("%s", data)
				}
				if slices.Contains(empty, name) || name == "endCursor" || name == "after" {
					continue
				}
				if err := look(x[name], way+" "+name); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return look(at, "")
}
