package e2e

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"kith/graph/graphtest"
)

var errOpen = errors.New("the socket is open")

// watch is one subscription on a socket of its own.
type watch struct {
	client *graphtest.Client
	done   chan struct{} // closed when nothing more is read

	mu     sync.Mutex
	frames []graphtest.Message
	shown  int    // how many of them the script has seen
	cursor string // of the last event
	end    error  // how the socket ended
}

var (
	cursorField = regexp.MustCompile(`"cursor":"([^"]+)"`)
	closeCode   = regexp.MustCompile(`close (\d+)`)
)

func (w *world) watch(role, document, after string) (*watch, error) {
	if w.running == nil {
		return nil, errors.New("no kith is running")
	}
	token, err := w.token(role)
	if err != nil {
		return nil, err
	}
	client, err := graphtest.Dial(context.Background(), w.running.url+"/graphql", token)
	if err != nil {
		return nil, err
	}
	s := &watch{client: client, done: make(chan struct{}), cursor: after}
	variables := map[string]any{}
	if after != "" {
		variables["after"] = after
	}
	if err := client.Subscribe("1", document, variables); err != nil {
		client.Close()
		return nil, err
	}
	go s.read() // ends with the socket; hangUp waits for it
	return s, nil
}

func (s *watch) read() {
	defer close(s.done)
	for {
		m, err := s.client.Next()
		s.mu.Lock()
		if err != nil {
			s.end = err
			s.mu.Unlock()
			return
		}
		s.frames = append(s.frames, m)
		if found := cursorField.FindSubmatch(m.Payload); found != nil {
			s.cursor = string(found[1])
		}
		s.mu.Unlock()
	}
}

func (s *watch) hangUp() {
	s.client.Close()
	<-s.done
}

// closed is the code the server closed the socket with.
func (s *watch) closed() (int, error) {
	err := eventually(func() error {
		select {
		case <-s.done:
			return nil
		default:
			return errors.New("the socket is open")
		}
	})
	if err != nil {
		return 0, err
	}
	found := closeCode.FindStringSubmatch(s.end.Error())
	if found == nil {
		return 0, fmt.Errorf("the socket ended without a close frame: %w", s.end)
	}
	return strconv.Atoi(found[1])
}

// subscribeCommand begins to watch:
//
//	subscribe [-as ROLE] [-after NAME] NAME FILE   FILE holds the document; with -after its $after is the last cursor NAME has seen
func subscribeCommand(w *world, ts *testscript.TestScript, args []string) error {
	args, role := valued(args, "-as", "agent")
	args, after := valued(args, "-after", "")
	if len(args) != 2 {
		return errors.New("subscribe [-as ROLE] [-after NAME] NAME FILE")
	}
	if after != "" {
		before, ok := w.watches[after]
		if !ok {
			return fmt.Errorf("%s watches nothing", after)
		}
		before.mu.Lock()
		after = before.cursor
		before.mu.Unlock()
	}
	if old := w.watches[args[0]]; old != nil {
		old.hangUp()
	}
	s, err := w.watch(role, ts.ReadFile(args[1]), after)
	if err == nil {
		w.watches[args[0]] = s
	}
	return err
}

// framesCommand waits for the next frames of a subscription and prints them:
//
//	frames NAME N
func framesCommand(w *world, ts *testscript.TestScript, args []string) error {
	if len(args) != 2 {
		return errors.New("frames NAME N")
	}
	s, ok := w.watches[args[0]]
	n, err := strconv.Atoi(args[1])
	if !ok || err != nil {
		return errors.New("frames NAME N, of a subscription that was begun")
	}
	var frames []graphtest.Message
	err = within(patience, func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if frames = s.frames[s.shown:]; len(frames) < n {
			return fmt.Errorf("%d of %d frames came: %s (%w)", len(frames), n, frames, cmp.Or(s.end, errOpen))
		}
		frames = slices.Clone(frames[:n])
		s.shown += n
		return nil
	})
	if err != nil {
		return err
	}
	for _, f := range frames {
		payload := f.Payload
		var next struct{ Data json.RawMessage }
		if json.Unmarshal(payload, &next) == nil && len(next.Data) > 0 && !bytes.Contains(payload, []byte(`"errors"`)) {
			payload = next.Data
		}
		if f.Type != "next" {
			fmt.Fprintln(ts.Stdout(), f.Type)
		}
		if err := w.show(ts, payload); err != nil {
			return err
		}
	}
	return nil
}

// hangUpCommand breaks a subscription's connection, as a lost network would:
//
//	hangup NAME
func hangUpCommand(w *world, _ *testscript.TestScript, args []string) error {
	if len(args) != 1 || w.watches[args[0]] == nil {
		return errors.New("hangup NAME, of a subscription that was begun")
	}
	w.watches[args[0]].hangUp()
	return nil
}

// closedCommand waits for the server to close a subscription's socket:
//
//	closed NAME CODE…   with one of these codes
func closedCommand(w *world, _ *testscript.TestScript, args []string) error {
	if len(args) < 2 || w.watches[args[0]] == nil {
		return errors.New("closed NAME CODE…, of a subscription that was begun")
	}
	return expectCode(w.watches[args[0]], args[1:])
}

func expectCode(s *watch, codes []string) error {
	code, err := s.closed()
	if err == nil && !slices.Contains(codes, strconv.Itoa(code)) {
		err = fmt.Errorf("closed with %d, not %v", code, codes)
	}
	return err
}

// crowdCommand is many subscriptions at once:
//
//	crowd N FILE         N sockets, each with the document in FILE; waits for the first frame of each
//	crowd closed CODE…   each is closed by the server with one of these codes
func crowdCommand(w *world, ts *testscript.TestScript, args []string) error {
	if len(args) < 2 {
		return errors.New("crowd N FILE, or crowd closed CODE…")
	}
	if args[0] == "closed" {
		for _, s := range w.crowd {
			if err := expectCode(s, args[1:]); err != nil {
				return err
			}
		}
		return nil
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	document := ts.ReadFile(args[1])
	opened, failed := make([]*watch, n), make([]error, n)
	var opening sync.WaitGroup
	atOnce := make(chan struct{}, 50)
	for i := range n {
		opening.Go(func() {
			atOnce <- struct{}{}
			defer func() { <-atOnce }()
			opened[i], failed[i] = w.watch("agent", document, "")
		})
	}
	opening.Wait()
	w.crowd = append(w.crowd, slices.DeleteFunc(opened, func(s *watch) bool { return s == nil })...)
	if err := errors.Join(failed...); err != nil {
		return err
	}
	for _, s := range w.crowd {
		if err := eventually(func() error {
			s.mu.Lock()
			defer s.mu.Unlock()
			if len(s.frames) == 0 {
				return fmt.Errorf("no frame came: %w", cmp.Or(s.end, errOpen))
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}
