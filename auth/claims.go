package auth

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"kith/fault"
)

// scopeList is the claim "scope": names separated by spaces (RFC 8693, section 4.2); a list of names is understood too.
type scopeList []string

func (l *scopeList) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*l = strings.Fields(text)
		return nil
	}
	return json.Unmarshal(data, (*[]string)(l))
}

func (l scopeList) MarshalJSON() ([]byte, error) { return json.Marshal(strings.Join(l, " ")) }

// farFuture is past every time a token can sensibly name; numbers beyond it overflow when counted in nanoseconds.
var farFuture = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

// check judges a token whose signature is right. The leeway is for issuers whose clock is ahead of ours; the end of a
// token is taken as it stands, since streams are closed on it.
func (c *claims) check(now time.Time, cfg Config) error {
	refuse := func(format string, args ...any) error {
		return fault.New("auth.Verify", fault.Unauthenticated, format, args...)
	}
	switch {
	case c.ExpiresAt == nil:
		return refuse("the token has no end (exp), which every token needs")
	case c.ExpiresAt.After(farFuture) || c.ExpiresAt.Unix() < 0:
		return refuse("the token's end (exp) is not a sensible time")
	case !now.Before(c.ExpiresAt.Time):
		return refuse("the token expired %s ago", words(now.Sub(c.ExpiresAt.Time)))
	case c.IssuedAt != nil && !now.Before(c.IssuedAt.Add(cfg.MaxLife)):
		return refuse("the token was issued %s ago; here none is good for longer than %s", words(now.Sub(c.IssuedAt.Time)), words(cfg.MaxLife))
	case c.IssuedAt == nil && c.ExpiresAt.After(now.Add(cfg.MaxLife)):
		return refuse("the token does not say when it was issued (iat), and would be good for longer than %s", words(cfg.MaxLife))
	case c.NotBefore != nil && now.Add(cfg.Leeway).Before(c.NotBefore.Time):
		return refuse("the token is not valid yet, but will be in %s", words(c.NotBefore.Sub(now)))
	case cfg.Issuer != "" && c.Issuer != cfg.Issuer:
		return refuse("the token comes from another issuer (iss) than the one trusted here")
	case cfg.Audience != "" && !slices.Contains(c.Audience, cfg.Audience):
		return refuse("the token is meant for another audience (aud)")
	}
	return nil
}

// principal is whom the claims speak for.
func (c *claims) principal(life time.Duration) *Principal {
	p := &Principal{Subject: c.Subject, TokenID: c.ID, Expires: c.ExpiresAt.Time, Granted: granted(c.Scope)}
	if c.IssuedAt != nil {
		p.IssuedAt = c.IssuedAt.Time
		if end := p.IssuedAt.Add(life); end.Before(p.Expires) {
			p.Expires = end
		}
	}
	return p
}

// words says a duration the way people do: "5 minutes".
func words(d time.Duration) string {
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}} {
		if n := int(d / unit.size); n > 1 {
			return fmt.Sprintf("%d %ss", n, unit.name)
		} else if n == 1 {
			return "1 " + unit.name
		}
	}
	switch n := int(d / time.Second); {
	case n < 1:
		return "less than a second"
	case n == 1:
		return "1 second"
	default:
		return fmt.Sprintf("%d seconds", n)
	}
}
