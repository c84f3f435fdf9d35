// Package floor is what the journal's speed is measured against: a bare JetStream that stores the same bytes with the
// same sync setting, without Kith. Nothing here is part of the product.
package floor

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const subject = "floor"

// Stream is one file stream on an embedded server that syncs every write.
type Stream struct {
	server *server.Server
	conn   *nats.Conn
	js     jetstream.JetStream
}

// Open starts a server that keeps its files in dir.
func Open(ctx context.Context, dir string) (*Stream, error) {
	srv, err := server.NewServer(&server.Options{
		ServerName: "floor", DontListen: true, NoSigs: true, NoLog: true, MaxPayload: 8 << 20, MaxPending: 64 << 20,
		JetStream: true, StoreDir: dir, SyncAlways: true, JetStreamMaxStore: 64 << 30, JetStreamMaxMemory: 64 << 20,
	})
	if err != nil {
		return nil, err
	}
	s := &Stream{server: srv}
	srv.Start()
	if !srv.ReadyForConnections(30 * time.Second) {
		s.Close()
		return nil, errors.New("the bare NATS server does not start")
	}
	if s.conn, err = nats.Connect("", nats.InProcessServer(srv)); err != nil {
		s.Close()
		return nil, err
	}
	if s.js, err = jetstream.New(s.conn); err == nil {
		_, err = s.js.CreateStream(ctx, jetstream.StreamConfig{Name: "FLOOR", Subjects: []string{subject}, Storage: jetstream.FileStorage})
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Publish stores data and returns when the server says that it is on disk. It may be called concurrently.
func (s *Stream) Publish(ctx context.Context, data []byte) error {
	_, err := s.js.Publish(ctx, subject, data)
	return err
}

// Close ends the server and returns when it is gone.
func (s *Stream) Close() {
	if s.conn != nil {
		s.conn.Close()
	}
	s.server.Shutdown()
	s.server.WaitForShutdown()
}
