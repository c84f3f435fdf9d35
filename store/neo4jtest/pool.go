package neo4jtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"
)

// PoolVariable names servers that test binaries may take turns with, as addresses with user name and password, a space
// between two. A server that has planned the statements of one package is quicker with the next than a new one would be.
const PoolVariable = "KITH_TEST_NEO4J"

// pooled takes the first server of the pool that no other binary has.
func pooled(ctx context.Context, list string) (*running, error) {
	var servers []Server
	for _, text := range strings.Fields(list) {
		address, err := url.Parse(text)
		if err != nil {
			return nil, errors.New(PoolVariable + " holds something that is not an address")
		}
		password, _ := address.User.Password()
		servers = append(servers, Server{URI: address.Scheme + "://" + address.Host, Username: address.User.Username(), Password: password, Database: "neo4j"})
	}
	if len(servers) == 0 {
		return nil, errors.New(PoolVariable + " names no server")
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		for _, s := range servers {
			turn, err := takeTurn(s, false)
			if errors.Is(err, errTaken) {
				continue
			}
			if err != nil {
				return nil, err
			}
			return visit(s, turn)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("each of the %d servers of %s is taken: %w", len(servers), PoolVariable, ctx.Err())
		}
	}
}

// Pool starts n private servers, for [PoolVariable], and says how to reach them. stop ends them.
func Pool(ctx context.Context, n int) (list string, stop func() error, err error) {
	type begun struct {
		r   *running
		err error
	}
	results := make(chan begun, n)
	for range n {
		go func() {
			r, err := private(ctx)
			results <- begun{r, err}
		}()
	}
	var all []*running
	var texts []string
	stop = func() error {
		var errs []error
		for _, r := range all {
			errs = append(errs, r.close())
		}
		return errors.Join(errs...)
	}
	for range n {
		b := <-results
		if b.err != nil {
			err = errors.Join(err, b.err)
			continue
		}
		all = append(all, b.r)
		address, _ := url.Parse(b.r.URI) // the driver has taken it
		address.User = url.UserPassword(b.r.Username, b.r.Password)
		texts = append(texts, address.String())
	}
	if err != nil {
		return "", nil, errors.Join(err, stop())
	}
	return strings.Join(texts, " "), stop, nil
}

// begin is which Neo4j this binary tests with.
func begin() (*running, error) {
	if os.Getenv("NEO4J_URI") != "" {
		return external()
	}
	if list := os.Getenv(PoolVariable); list != "" {
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
		defer cancel()
		return pooled(ctx, list)
	}
	return private(context.Background())
}
