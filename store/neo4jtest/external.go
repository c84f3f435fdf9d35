package neo4jtest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
)

// wipeAllowed is set to 1 by whoever knows that the database of NEO4J_URI holds nothing worth keeping.
const wipeAllowed = "KITH_TEST_WIPE"

// external uses the server NEO4J_URI names. Test binaries run at the same time and each wipes at will, so they take
// turns; and since tests delete everything, a database that holds data when they come is refused.
func external() (*running, error) {
	s := Server{
		URI: os.Getenv("NEO4J_URI"), Username: cmp.Or(os.Getenv("NEO4J_USERNAME"), "neo4j"),
		Password: os.Getenv("NEO4J_PASSWORD"), Database: cmp.Or(os.Getenv("NEO4J_DATABASE"), "neo4j"),
	}
	turn, err := takeTurn(s, true)
	if err != nil {
		return nil, err
	}
	return visit(s, turn)
}

// errTaken says that another binary has the server.
var errTaken = errors.New("another test binary has this server")

// takeTurn has s for this binary alone until turn is closed. With wait it waits for it, else it may fail with errTaken.
func takeTurn(s Server, wait bool) (turn *os.File, err error) {
	sum := sha256.Sum256([]byte(s.URI + "\x00" + s.Database))
	turn, err = os.OpenFile(filepath.Join(os.TempDir(), tempPrefix+hex.EncodeToString(sum[:6])+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	if err := syscall.Flock(int(turn.Fd()), how); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = errTaken
		}
		return nil, errors.Join(err, turn.Close())
	}
	return turn, nil
}

// visit connects to a server that others use before and after.
func visit(s Server, turn *os.File) (*running, error) {
	r, err := connect(s, turn.Close)
	if err != nil {
		return nil, err
	}
	if err := r.admit(); err != nil {
		return nil, errors.Join(err, r.close())
	}
	r.wipeAfter = true
	return r, nil
}

// admit refuses a database with data in it, unless told that it may go.
func (r *running) admit() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	result, err := neo4j.ExecuteQuery(ctx, r.driver, "MATCH (n) RETURN n LIMIT 1", nil, neo4j.EagerResultTransformer, neo4j.ExecuteQueryWithDatabase(r.Database))
	if err != nil {
		return err
	}
	if len(result.Records) > 0 && os.Getenv(wipeAllowed) != "1" {
		return fmt.Errorf("the database %s of NEO4J_URI is not empty, and tests delete all there is: empty it, or set %s=1", r.Database, wipeAllowed)
	}
	return nil
}
