package graph

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kith/graph/model"
)

const (
	fanSockets = 1000
	fanAhead   = 4 // events that may be under way
)

// fan is sockets whose clients do nothing but count what they get, frame by frame of one length.
type fan struct {
	b        *testing.B
	got      atomic.Int64
	progress chan struct{}
	done     sync.WaitGroup
}

func newFan(b *testing.B) *fan { return &fan{b: b, progress: make(chan struct{}, 1)} }

// count reads frames of the length until the connection ends.
func (f *fan) count(conn net.Conn, length int) {
	f.done.Go(func() {
		buf := make([]byte, 16*length)
		bytes := 0
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			frames := (bytes + n) / length
			bytes = (bytes + n) % length
			before := f.got.Add(int64(frames)) - int64(frames)
			if before/fanSockets != (before+int64(frames))/fanSockets {
				select {
				case f.progress <- struct{}{}:
				default:
				}
			}
		}
	})
}

// drive sends b.N events and waits until everybody has them all.
func (f *fan) drive(send func(n int)) {
	f.b.ResetTimer()
	begin, used := time.Now(), processorTime()
	for n := range f.b.N {
		for f.got.Load() < int64(n-fanAhead)*fanSockets {
			<-f.progress
		}
		send(n)
	}
	for f.got.Load() < int64(f.b.N)*fanSockets {
		<-f.progress
	}
	f.b.StopTimer()
	deliveries := float64(f.b.N) * fanSockets
	f.b.ReportMetric(deliveries/time.Since(begin).Seconds(), "deliveries/s")
	f.b.ReportMetric(float64(processorTime()-used)/deliveries, "cpu-ns/delivery")
}

// processorTime is what this process has used of all cores; it says more than the clock on a machine that does other
// things, too.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkFanOut: 1,000 sockets watch one customer; a delivery is an event written to one of them.
func BenchmarkFanOut(b *testing.B) {
	f := newFan(b)
	data := newTestData()
	server, err := NewServer(ServerConfig{Resolvers: testRoot{data: data}, Verifier: &testVerifier{}})
	if err != nil {
		b.Fatal(err)
	}
	srv := httptest.NewServer(server)
	var streams []*testStream
	length := len(fanFrame(0)) + 4
	for range fanSockets {
		conn := fanDial(b, srv.URL)
		defer hangUp(conn)
		for _, text := range []string{`{"type":"connection_init","payload":{"token":"viewer"}}`, `{"id":"1","type":"subscribe","payload":` + query(fanQuery) + `}`} {
			if err := conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
				b.Fatal(err)
			}
		}
		if _, _, err := conn.ReadMessage(); err != nil {
			b.Fatal(err)
		}
		streams = append(streams, <-data.opened)
		f.count(conn.NetConn(), length)
	}
	f.drive(func(n int) {
		e := changed(n)
		e.Key = fmt.Sprintf("%09d", n)
		e.Value = fanValue(n)
		for _, s := range streams {
			s.emit(e)
		}
	})
	b.ReportMetric(float64(data.reads.Load())/float64(b.N), "executions/event")
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_ = server.Drain(ctx) // cuts the clients off
	f.done.Wait()
	srv.Close()
}

// BenchmarkBareSockets is the same frames written to the same number of sockets by gorilla/websocket alone, prepared once,
// on as many goroutines as there are cores.
func BenchmarkBareSockets(b *testing.B) {
	f := newFan(b)
	conns := make(chan *websocket.Conn, fanSockets)
	up := websocket.Upgrader{Subprotocols: []string{subprotocol}, WriteBufferPool: &sync.Pool{}}
	var handlers sync.WaitGroup
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handlers.Add(1)
		defer handlers.Done()
		conn, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		conns <- conn
		_, _ = io.Copy(io.Discard, conn.NetConn())
	}))
	var servers []*websocket.Conn
	for range fanSockets {
		conn := fanDial(b, srv.URL)
		defer hangUp(conn)
		servers = append(servers, <-conns)
		f.count(conn.NetConn(), len(fanFrame(0))+4)
	}
	f.drive(func(n int) {
		m, err := websocket.NewPreparedMessage(websocket.TextMessage, fanFrame(n))
		if err != nil {
			b.Fatal(err)
		}
		var writers sync.WaitGroup
		for some := range slices.Chunk(servers, (fanSockets+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0)) {
			writers.Go(func() {
				for _, conn := range some {
					if err := conn.WritePreparedMessage(m); err != nil {
						b.Error(err)
					}
				}
			})
		}
		writers.Wait()
	})
	for _, conn := range servers {
		hangUp(conn)
	}
	f.done.Wait()
	handlers.Wait()
	srv.Close()
}

func hangUp(conn *websocket.Conn) { _ = conn.Close() }

func fanDial(b *testing.B, url string) *websocket.Conn {
	conn, res, err := (&websocket.Dialer{Subprotocols: []string{subprotocol}}).Dial("ws"+strings.TrimPrefix(url, "http"), nil)
	if err != nil {
		b.Fatal(err)
	}
	res.Body.Close()
	return conn
}

const fanQuery = `subscription{customerChanged(by:{id:"cus_1"}){...on CustomerChanged{cursor at reasons changedTraits customer{id displayName known traits lastSeenAt}}}}`

func fanValue(n int) *model.CustomerChanged {
	return &model.CustomerChanged{
		Cursor: fmt.Sprintf("epoch.%09d.1.cus_1", n), Reasons: []model.ChangeReason{model.ChangeReasonTraits}, ChangedTraits: []string{"email"}, CustomerID: "cus_1",
	}
}

// fanFrame is what a subscriber gets for event n.
func fanFrame(n int) []byte {
	return fmt.Appendf(nil, `{"id":"1","type":"next","payload":{"data":{"customerChanged":{"cursor":"epoch.%09d.1.cus_1","at":"1970-01-01T00:00:00.000Z","reasons":["TRAITS"],"changedTraits":["email"],"customer":{"id":"cus_1","displayName":"Ada","known":true,"traits":{"b":1,"a":[1.50,"<&>"]},"lastSeenAt":null}}}}}`, n)
}
