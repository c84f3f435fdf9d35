package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"

	"kith/fault"
)

const (
	fetchLimit  = 10 * time.Second // for one fetch
	maxKeySet   = 1 << 20          // bytes of a key set
	staleAfter  = 15 * time.Minute // after which the set is fetched again, so that withdrawn keys go
	betweenGood = time.Minute      // least time from one fetch to the next, however many unknown keys tokens name
	betweenBad  = 5 * time.Second  // the same while there never was a set
)

// keySet is a provider's public keys. The last set fetched is used until a newer one arrives, so a provider that is
// away is not missed until it has new keys.
type keySet struct {
	url    string
	client *http.Client
	cfg    Config
	stored *jwkset.MemoryJWKSet
	lookup keyfunc.Keyfunc
	life   context.Context // ended by close
	end    context.CancelFunc
	work   sync.WaitGroup // of fetches

	mu      sync.Mutex    // protects what follows
	fetched time.Time     // when the set was last fetched well; zero: never
	tried   time.Time     // when the last fetch began
	running chan struct{} // closed when the fetch under way ends; nil when none is
}

// newKeySet begins with a first fetch.
func newKeySet(cfg Config) *keySet {
	k := &keySet{url: cfg.JWKSURL, client: cfg.Client, cfg: cfg, stored: jwkset.NewMemoryStorage()}
	k.life, k.end = context.WithCancel(context.Background())
	// The one error is a missing storage.
	k.lookup, _ = keyfunc.New(keyfunc.Options{Ctx: k.life, Storage: k.stored})
	k.refresh()
	return k
}

func (k *keySet) close() {
	k.end()
	k.work.Wait()
}

// find is the key that must have signed t. A key the set does not have makes it be fetched again, at most once a
// minute: then, and while a fetch runs, this waits.
func (k *keySet) find(ctx context.Context, t *jwt.Token) (any, error) {
	k.refreshIfStale()
	key, err := k.known(ctx, t)
	if err == nil {
		return key, nil
	}
	if !errors.Is(err, jwkset.ErrKeyNotFound) {
		return nil, err
	}
	if running := k.refresh(); running != nil {
		select {
		case <-running:
		case <-ctx.Done():
			return nil, fault.Wrap("auth.Verify", fault.Unavailable, ctx.Err(), "the keys that tokens are checked with are still being fetched")
		}
	}
	// Also where no fetch runs: one may have ended after the look above.
	if key, err = k.known(ctx, t); err == nil {
		return key, nil
	}
	if k.never() {
		e := fault.New("auth.Verify", fault.Unavailable, "the keys that tokens are checked with could not be fetched yet")
		e.RetryAfter = betweenBad
		return nil, e
	}
	return nil, err
}

// known is the key for t in the set as it is.
func (k *keySet) known(ctx context.Context, t *jwt.Token) (any, error) {
	key, err := k.lookup.KeyfuncCtx(ctx)(t)
	if set, all := key.(jwt.VerificationKeySet); all && len(set.Keys) == 0 { // t names no key, and there is none to try
		return nil, jwkset.ErrKeyNotFound
	}
	return key, err
}

func (k *keySet) never() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.fetched.IsZero()
}

// refreshIfStale begins a fetch of an old set, for which nobody waits.
func (k *keySet) refreshIfStale() {
	k.mu.Lock()
	stale := !k.fetched.IsZero() && k.cfg.now().Sub(k.fetched) >= staleAfter
	k.mu.Unlock()
	if stale {
		k.refresh()
	}
}

// refresh is the end of the fetch under way, which it begins if the last is long enough ago; nil if it is not.
func (k *keySet) refresh() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.running != nil {
		return k.running
	}
	between := betweenGood
	if k.fetched.IsZero() {
		between = betweenBad
	}
	now := k.cfg.now()
	if !k.tried.IsZero() && now.Sub(k.tried) < between || k.life.Err() != nil {
		return nil
	}
	k.tried = now
	done := make(chan struct{})
	k.running = done
	k.work.Go(func() { // close waits for it
		err := k.fetch()
		k.mu.Lock()
		defer k.mu.Unlock()
		if err == nil {
			k.fetched = now
		} else if k.life.Err() == nil {
			k.cfg.Logger.Warn("the keys that tokens are checked with could not be fetched; the last ones stay", "error", err)
		}
		k.running = nil
		close(done)
	})
	return done
}

// fetch replaces the set by the provider's.
func (k *keySet) fetch() error {
	ctx, cancel := context.WithTimeout(k.life, fetchLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return err
	}
	response, err := k.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the answer is %s", response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxKeySet+1))
	if err != nil {
		return err
	}
	if len(body) > maxKeySet {
		return fmt.Errorf("the answer is larger than %d bytes", maxKeySet)
	}
	keys, err := k.parse(body)
	if err != nil {
		return err
	}
	return k.stored.KeyReplaceAll(ctx, keys)
}

// parse reads a key set. Keys that are not for signatures, or of a kind not known here, are left out: one odd key must
// not make the others useless. A set without any usable key is an error, since it would lock everybody out.
func (k *keySet) parse(body []byte) ([]jwkset.JWK, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("the answer is not a key set: %w", err)
	}
	var keys []jwkset.JWK
	for _, raw := range set.Keys {
		key, err := jwkset.NewJWKFromRawJSON(raw, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
		switch use := key.Marshal().USE; {
		case err != nil:
			k.cfg.Logger.Warn("a key of the set cannot be used", "error", err)
		case use == jwkset.UseSig || use == "":
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("the answer has no usable key")
	}
	return keys, nil
}
