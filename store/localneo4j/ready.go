package localneo4j

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/fault"
)

// startLimit bounds a start whose context has no deadline: a recovery after a kill is part of it.
const startLimit = 3 * time.Minute

var errPortTaken = errors.New("the port was taken by another process")

// freePort finds a loopback port nobody listens on.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fault.Wrap("localneo4j.freePort", fault.Unavailable, err, "there is no free loopback port for the private Neo4j")
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// boltURI asks for no routing: there is one server, and the driver (5.28) takes the only server out of its routing table,
// without holding what its readers hold, whenever a context ends in the middle of a statement.
func boltURI(port int) string { return fmt.Sprintf("bolt://127.0.0.1:%d", port) }

// awaitReady returns when the server accepts the password and its database answers.
func awaitReady(ctx context.Context, p *process, port int, uri string, h *home) error {
	const op = "localneo4j.Start"
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, startLimit)
		defer cancel()
	}
	driver, err := neo4j.NewDriverWithContext(uri, neo4j.BasicAuth(Username, h.password, ""))
	if err != nil {
		return fault.Wrap(op, fault.Internal, err, "the driver refuses %s", uri)
	}
	defer driver.Close(context.WithoutCancel(ctx))
	for {
		err := reachable(ctx, port)
		if err == nil {
			_, err = neo4j.ExecuteQuery(ctx, driver, "RETURN 1", nil, neo4j.EagerResultTransformer)
		}
		var refused *neo4j.Neo4jError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &refused) && refused.Title() == "Unauthorized":
			return fault.New(op, fault.Unavailable, "the private Neo4j in %s does not accept the password kept in %s", h.dir, h.path("password"))
		}
		select {
		case <-p.gone:
			words := h.lastWords()
			if strings.Contains(words, "Address already in use") || strings.Contains(words, "port is already allocated") {
				return errPortTaken
			}
			return fault.New(op, fault.Unavailable, "the private Neo4j ended while starting: %s", words)
		case <-ctx.Done():
			return fault.Wrap(op, fault.Timeout, ctx.Err(), "the private Neo4j did not answer in time; its logs are in %s", h.path("logs"))
		case <-time.After(25 * time.Millisecond):
		}
	}
}

// reachable dials the port, which is cheaper than the driver's way while nobody listens yet.
func reachable(ctx context.Context, port int) error {
	var dialer net.Dialer
	c, err := dialer.DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	return c.Close()
}
