package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"kith/identity"
	"kith/pipeline"
	"kith/resolvers"
	"kith/wire"
)

// readRules reads identity rules and the model they match records by. An empty path is what is built in. It returns the
// text of the rules, too, nil when they are built in.
func readRules(path, modelPath string) (*identity.Rules, []byte, error) {
	rules, text := identity.DefaultRules(), []byte(nil)
	var err error
	if path != "" {
		if text, err = os.ReadFile(path); err != nil {
			return nil, nil, fmt.Errorf("KITH_IDENTITY_RULES: %w", err)
		}
		if rules, err = identity.ParseRules(text); err != nil {
			return nil, nil, fmt.Errorf("%s: %s", path, explain(err))
		}
	}
	if modelPath == "" {
		return rules, text, nil
	}
	model, err := readModel(modelPath)
	if err != nil {
		return nil, nil, fmt.Errorf("KITH_IDENTITY_MODEL: %w", err)
	}
	return rules.WithModel(model), text, nil
}

// proposeRules puts this instance's identity rules into the journal when the graph was resolved with others.
func (s *server) proposeRules(ctx context.Context) error {
	_, _, applied, err := s.graph.Applied(ctx)
	if err != nil || applied == "" || applied == s.rules.Version() {
		return err
	}
	data, err := wire.EncodeRules(s.rules.Store(s.rulesFile))
	if err != nil {
		return err
	}
	s.log.Info("proposing identity rules", "version", s.rules.Version(), "in_force", applied)
	_, err = s.journal.Append(ctx, pipeline.KindRules, data)
	return err
}

// rulesAge is how long answers may still go by identity rules that were in force before.
const rulesAge = time.Second

// followRules has answers go by the identity rules in force, whoever put them there, until unfollow.
func (s *server) followRules(root *resolvers.Root) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { // ends before unfollow returns
		defer close(done)
		tick := time.NewTicker(rulesAge)
		defer tick.Stop()
		for {
			if err := root.AgreeOnRules(ctx); err != nil && ctx.Err() == nil {
				s.log.Debug("the identity rules in force cannot be read; answers go by those known", "error", err)
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	s.unfollow = func() { cancel(); <-done }
}
