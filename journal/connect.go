package journal

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"kith/fault"
)

// connectPatience bounds how long Open waits for an external server, whatever its context allows.
const connectPatience = 30 * time.Second

// connect makes one connection, to srv when there is one and else to cfg.URL. It reconnects for ever.
func connect(ctx context.Context, cfg Config, srv *embedded, purpose string) (*nats.Conn, error) {
	options := []nats.Option{
		nats.Name("kith " + purpose),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(100 * time.Millisecond),
		nats.ReconnectJitter(100*time.Millisecond, 100*time.Millisecond),
		nats.ReconnectBufSize(-1), // what cannot be sent now fails now; a buffer would send it after its caller was told so
		nats.Timeout(2 * time.Second),
		nats.PingInterval(10 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				cfg.Logger.Warn("journal: connection lost", "purpose", purpose, "error", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { cfg.Logger.Info("journal: connected again", "purpose", purpose) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			cfg.Logger.Warn("journal: connection error", "purpose", purpose, "error", err)
		}),
	}
	if srv != nil {
		nc, err := nats.Connect("", append(options, nats.InProcessServer(srv))...)
		return nc, fault.Wrap("journal.Open", fault.Unavailable, err, "The embedded NATS server does not accept connections.")
	}
	if cfg.Credentials != "" {
		options = append(options, nats.UserCredentials(cfg.Credentials))
	}
	ctx, cancel := context.WithTimeout(ctx, connectPatience)
	defer cancel()
	for {
		nc, err := nats.Connect(cfg.URL, options...)
		if err == nil {
			return nc, checkVersion(nc)
		}
		select {
		case <-ctx.Done():
			return nil, fault.Wrap("journal.Open", fault.Unavailable, err, "The NATS server at %s cannot be reached.", redact(cfg.URL))
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// checkVersion refuses servers without atomic batches, which would store the parts of one singly.
func checkVersion(nc *nats.Conn) error {
	var major, minor int
	version := nc.ConnectedServerVersion()
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil || major < 2 || major == 2 && minor < 12 {
		nc.Close()
		return fault.New("journal.Open", fault.Invalid, "The NATS server is version %q; at least 2.12 is needed.", version)
	}
	return nil
}

// redact leaves scheme and host of the addresses.
func redact(urls string) string {
	var hosts []string
	for address := range strings.SplitSeq(urls, ",") {
		if u, err := url.Parse(strings.TrimSpace(address)); err == nil && u.Host != "" {
			hosts = append(hosts, u.Host)
		} else {
			hosts = append(hosts, "the address given")
		}
	}
	return strings.Join(hosts, ", ")
}
