package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/transport"

	"kith/graph"
)

// typename asks for next to nothing with a token, and asks the same of gqlgen as it comes: the same schema, no tokens, no
// limits, no ids, no metrics.
func typename(ctx context.Context, l *lab) (rows []row, err error) {
	k, err := l.openKith(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	bare := handler.New(graph.NewExecutableSchema(graph.Config{}))
	bare.AddTransport(transport.POST{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: bare, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // ends with Close
	defer server.Close()
	send := newSender("")
	defer send.close()
	ask := func(url string) func() error {
		return func() error {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader([]byte(`{"query":"{__typename}"}`)))
			if err != nil {
				return err
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Authorization", "Bearer "+k.token)
			res, err := send.client.Do(req)
			if err != nil {
				return err
			}
			defer res.Body.Close()
			text, err := io.ReadAll(res.Body)
			if err == nil && string(text) != `{"data":{"__typename":"Query"}}` {
				err = fmt.Errorf("the answer is %s", text)
			}
			return err
		}
	}
	ours, floor := ask(k.url+"/graphql"), ask("http://"+listener.Addr().String())
	span := time.Duration(l.pick(5, 1)) * time.Second
	var kith, plain samples
	for r := range l.rounds + 1 { // the first warms up
		a, err := flood(ctx, 16, span, ours)
		if err != nil {
			return nil, err
		}
		b, err := flood(ctx, 16, span, floor)
		if err != nil {
			return nil, err
		}
		if r > 0 {
			kith, plain = append(kith, a), append(plain, b)
			l.say("round %d: %s/s, bare gqlgen %s/s", r, thousands(a), thousands(b))
		}
	}
	ratio := kith.over(plain)
	return []row{{
		what: "{__typename} over HTTP with a verified token, 16 connections", goal: "≥ 0.6 of bare gqlgen", measured: fmt.Sprintf("%s/s", thousands(kith.median())),
		ratio:  fmt.Sprintf("%.2f of gqlgen's own server without tokens and limits (%s/s)", ratio.median(), thousands(plain.median())),
		spread: percent(kith.spread()) + ", ratio " + percent(ratio.spread()), met: ratio.median() >= 0.6,
	}}, nil
}

// flood calls do from a number of clients for a while, and gives how often a second.
func flood(ctx context.Context, clients int, span time.Duration, do func() error) (float64, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, span, errOver)
	defer cancel()
	counts := make([]int, clients)
	began := time.Now()
	err := all(context.WithoutCancel(ctx), clients, clients, func(i int) error {
		for ctx.Err() == nil {
			if err := do(); err != nil {
				return err
			}
			counts[i]++
		}
		return nil
	})
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return float64(sum) / time.Since(began).Seconds(), err
}

var errOver = errors.New("time is over")
