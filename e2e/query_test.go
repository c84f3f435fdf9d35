package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var httpClient = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// ask sends a GraphQL request, to be answered by a graph that has applied position after.
func (w *world) ask(role, document string, variables map[string]any, after string) ([]byte, error) {
	if w.running == nil {
		return nil, errors.New("no kith is running")
	}
	token, err := w.token(role)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequest(http.MethodPost, w.running.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	if after != "" {
		req.Header.Set("Kith-After", after)
	}
	res, err := httpClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(res.Body)
}

// queryCommand asks and prints the answer, ids by their turn (cus_1 is the first customer the scenario has shown):
//
//	query [-as ROLE] [-until PATTERN] FILE [name=value…]   reads what was sent before; FILE holds the document; values with the short form of an id get the real one
func queryCommand(w *world, ts *testscript.TestScript, args []string) error {
	args, role := valued(args, "-as", "admin")
	args, text := valued(args, "-until", "")
	if len(args) == 0 {
		return errors.New("query [-as ROLE] [-until PATTERN] FILE [name=value…]")
	}
	done := func(answer []byte) bool { return !tryAgain.Match(answer) }
	if text != "" {
		wanted, err := regexp.Compile(text)
		if err != nil {
			return err
		}
		done = wanted.Match
	}
	variables := map[string]any{}
	for _, a := range args[1:] {
		name, value, _ := strings.Cut(a, "=")
		variables[name] = w.realID(value)
	}
	document := ts.ReadFile(args[0])
	var answer []byte
	err := eventually(func() (err error) {
		if answer, err = w.ask(role, document, variables, w.after); err == nil && !done(answer) {
			err = fmt.Errorf("%s", answer)
		}
		return err
	})
	if err != nil {
		return err
	}
	return w.show(ts, answer)
}

// tryAgain is what a client does when the graph is behind or slow, as it is at first on a machine with much to do.
var tryAgain = regexp.MustCompile(`"code": ?"(LAGGING|TIMEOUT)"`)

var (
	anyID     = regexp.MustCompile(`\b(cus|idn|tp|acc|dec|src|qua|dea)_[A-Za-z0-9_-]{8,}`)
	anyDays   = regexp.MustCompile(`("(?:days_since_\w+|rfm\w*)": )\d+`)
	anyCursor = regexp.MustCompile(`("(?:cursor|startCursor|endCursor)": )"[^"]+"`)
)

// show prints JSON in a form that is the same in every run.
func (w *world) show(ts *testscript.TestScript, raw []byte) error {
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, bytes.TrimSpace(raw), "", "  "); err != nil {
		return fmt.Errorf("%w in %s", err, raw)
	}
	text := anyCursor.ReplaceAllString(anyDays.ReplaceAllString(pretty.String(), `$1"…"`), `$1"…"`)
	text = anyID.ReplaceAllStringFunc(text, func(id string) string {
		if w.names[id] == "" {
			kind, _, _ := strings.Cut(id, "_")
			n := 1
			for other := range w.names {
				if strings.HasPrefix(other, kind+"_") {
					n++
				}
			}
			w.names[id] = kind + "_" + strconv.Itoa(n)
		}
		return w.names[id]
	})
	_, err := fmt.Fprintln(ts.Stdout(), text)
	return err
}

func (w *world) realID(short string) string {
	for id, name := range w.names {
		if name == short {
			return id
		}
	}
	return short
}

// settleCommand waits until the graph has applied everything that was accepted.
func settleCommand(w *world, _ *testscript.TestScript, _ []string) error {
	return eventually(func() error {
		var reply struct {
			Data struct {
				Journal struct{ Head, Applied string }
			}
			Errors []struct{ Message string }
		}
		answer, err := w.ask("viewer", `{ journal { head applied } }`, nil, "")
		if err == nil {
			err = json.Unmarshal(answer, &reply)
		}
		switch j := reply.Data.Journal; {
		case err != nil:
			return err
		case len(reply.Errors) > 0:
			return errors.New(reply.Errors[0].Message)
		case j.Head != j.Applied:
			return fmt.Errorf("applied %s of %s", j.Applied, j.Head)
		}
		return nil
	})
}

// httpCommand prints the answer's status and body:
//
//	http GET PATH
func httpCommand(w *world, ts *testscript.TestScript, args []string) error {
	if len(args) != 2 || args[0] != "GET" || w.running == nil {
		return errors.New("http GET PATH, of a kith that runs")
	}
	res, err := httpClient.Get(w.running.url + args[1])
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	fmt.Fprintf(ts.Stdout(), "%d %s\n", res.StatusCode, bytes.TrimSpace(body))
	return err
}

// metricCommand waits until a metric is what it should be:
//
//	metric NAME = VALUE     or > or <
func metricCommand(w *world, _ *testscript.TestScript, args []string) error {
	if len(args) != 3 || w.running == nil {
		return errors.New("metric NAME = VALUE, of a kith that runs")
	}
	want, err := strconv.ParseFloat(args[2], 64)
	if err != nil {
		return err
	}
	return within(patience, func() error {
		got, err := w.metric(args[0])
		if err != nil {
			return err
		}
		if ok := map[string]bool{"=": got == want, ">": got > want, "<": got < want}[args[1]]; !ok {
			return fmt.Errorf("%s is %v", args[0], got)
		}
		return nil
	})
}

func (w *world) metric(name string) (float64, error) {
	res, err := httpClient.Get(w.running.url + "/metrics")
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(body)) {
		if rest, is := strings.CutPrefix(line, name+" "); is {
			return strconv.ParseFloat(strings.TrimSpace(rest), 64)
		}
	}
	return 0, fmt.Errorf("there is no metric %s", name)
}
