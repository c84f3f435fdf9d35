package identity

import (
	"slices"
	"strings"
	"testing"
)

// Each case is a rule of design section 4 at work: who ends up as one customer, and what was not followed and why.
var cases = []struct {
	name      string
	rules     string // on top of the defaults
	facts     scene
	customers string
	not       string
}{
	{
		name:      "anonymous history joins the person on login",
		facts:     "a:1\n a:1 u:ada\n u:ada e:ada",
		customers: "u:ada a:1 e:ada",
	},
	{
		name:      "an alias is evidence like any other",
		facts:     "u:ada e:ada\n alias a:2 u:ada",
		customers: "u:ada a:2 e:ada",
	},
	{
		name:      "the strongest, then oldest identifier gives the id",
		facts:     "e:new e:old @9\n e:old @3\n e:old p:1 @4",
		customers: "e:old e:new p:1",
	},
	{
		name:      "blocked values join nobody and have no customer",
		facts:     "u:null a:1\n u:null a:2",
		customers: "a:1\n a:2",
		not:       "a:1 u:null blocked:user_id\n a:2 u:null blocked:user_id",
	},
	{
		name:      "a browser that two users use is nobody's, also what had merged before",
		facts:     "a:1 u:ada\n a:1 u:bob\n u:ada e:ada",
		customers: "u:ada e:ada\n u:bob\n a:1",
		not:       "a:1 u:ada shared:anonymous_id\n a:1 u:bob shared:anonymous_id",
	},
	{
		name:      "blocked users do not make a browser shared",
		facts:     "a:1 u:ada\n a:1 u:null\n a:1 u:guest",
		customers: "u:ada a:1",
		not:       "a:1 u:guest blocked:user_id\n a:1 u:null blocked:user_id",
	},
	{
		name:      "with first, a browser stays with the first of its users",
		rules:     "types: {anonymous_id: {first: 3}}",
		facts:     "a:1 u:bob @7\n a:1 u:ada @5",
		customers: "u:ada a:1\n u:bob",
		not:       "a:1 u:bob exclusive:user_id",
	},
	{
		name:      "with first, too many are still too many",
		rules:     "types: {anonymous_id: {first: 2}}",
		facts:     "a:1 u:a\n a:1 u:b\n a:1 u:c",
		customers: "u:a\n u:b\n u:c\n a:1",
		not:       "a:1 u:a shared:anonymous_id\n a:1 u:b shared:anonymous_id\n a:1 u:c shared:anonymous_id",
	},
	{
		name:      "an e-mail that two users state goes with the earlier",
		facts:     "u:bob e:x @9\n u:ada e:x @4",
		customers: "u:ada e:x\n u:bob",
		not:       "e:x u:bob exclusive:user_id",
	},
	{
		name:      "an e-mail stays with a user rather than with a cookie seen earlier",
		facts:     "a:1 e:x @1\n a:1 u:ada @2\n e:x u:bob @3",
		customers: "u:bob e:x\n u:ada\n a:1",
		rules:     "types: {anonymous_id: {share: {exclusive: 0}}}",
		not:       "a:1 e:x shared:anonymous_id\n a:1 u:ada shared:anonymous_id",
	},
	{
		name:      "strength goes before time",
		facts:     "a:1 u:ada @1\n a:1 e:x @2\n e:x u:bob @3",
		customers: "u:bob e:x\n u:ada a:1",
		not:       "a:1 e:x exclusive:user_id",
	},
	{
		name:      "info@ used by too many is nobody's",
		rules:     "share: {phone: 2}",
		facts:     "e:info p:1\n e:info p:2\n e:info p:3",
		customers: "e:info\n p:1\n p:2\n p:3",
		not:       "e:info p:1 shared:email\n e:info p:2 shared:email\n e:info p:3 shared:email",
	},
	{
		name:      "PERSONAL is never SHARED",
		facts:     "a:1 u:ada @1\n a:1 u:bob @2\n mark d1 PERSONAL a:1",
		customers: "u:ada a:1\n u:bob",
		not:       "a:1 u:bob exclusive:user_id",
	},
	{
		name:      "marks SHARED and BLOCKED; the newest counts",
		facts:     "e:x u:ada\n e:y u:ada\n mark d1 BLOCKED e:x @5\n mark d2 SHARED e:x @6\n mark d3 SHARED e:y @5\n mark d4 BLOCKED e:y @6",
		customers: "u:ada\n e:x",
		not:       "e:x u:ada shared:email\n e:y u:ada blocked:email",
	},
	{
		name:      "NONE takes a mark back",
		facts:     "e:x u:ada\n mark d1 BLOCKED e:x @5\n mark d2 NONE e:x @6",
		customers: "u:ada e:x",
	},
	{
		name:      "the rules' own personal, shared and blocked",
		rules:     "personal: [anonymous_id:1]\nshared: ['email:office']\nblocked: {keys: ['phone:+1']}",
		facts:     "a:1 u:ada @1\n a:1 u:bob @2\n e:office u:ada\n p:+1 u:ada",
		customers: "u:ada a:1\n u:bob\n e:office",
		not:       "a:1 u:bob exclusive:user_id\n e:office u:ada shared:email\n p:+1 u:ada blocked:phone",
	},
	{
		name:      "at most so many of a type",
		rules:     "types: {email: {limit: 2}}",
		facts:     "u:ada e:1\n u:ada e:2\n u:ada e:3",
		customers: "u:ada e:1 e:2\n e:3",
		not:       "e:3 u:ada limit:email",
	},
	{
		name:      "records of a source without unique persons may repeat",
		facts:     "r:crm/1 u:ada\n r:crm/2 u:ada",
		customers: "u:ada r:crm/1 r:crm/2",
	},
	{
		name:      "records unique per person may not, but those of another source",
		rules:     "unique_records: [crm]",
		facts:     "r:crm/1 u:ada\n r:crm/2 u:ada\n r:pos/1 u:ada\n r:pos/2 u:ada",
		customers: "u:ada r:crm/1 r:pos/1 r:pos/2\n r:crm/2",
		not:       "r:crm/2 u:ada exclusive:record:crm",
	},
	{
		name:      "a join wins over exclusivity",
		facts:     "u:ada e:1\n u:bob e:2\n join d1 u:ada u:bob",
		customers: "u:ada e:1 e:2 u:bob",
	},
	{
		name:      "joined users count as one, so their browser is theirs",
		facts:     "a:1 u:ada\n a:1 u:bob\n join d1 u:ada u:bob",
		customers: "u:ada a:1 u:bob",
	},
	{
		name:      "joined users count as one in limits too: a third is still two",
		facts:     "e:1 u:ada @1\n e:1 u:bob @2\n e:1 u:cy @3\n join d1 u:ada u:bob @4",
		customers: "u:ada e:1 u:bob\n u:cy",
		not:       "e:1 u:cy exclusive:user_id",
	},
	{
		name:      "a SHARED identifier goes where a join puts it, and conducts nothing",
		facts:     "a:1 u:ada\n a:1 u:bob\n a:1 e:x\n join d1 a:1 u:ada",
		customers: "u:ada a:1\n u:bob\n e:x",
		not:       "a:1 e:x shared:anonymous_id\n a:1 u:ada shared:anonymous_id\n a:1 u:bob shared:anonymous_id",
	},
	{
		name:      "a join does not win over BLOCKED",
		facts:     "e:test@x u:ada\n join d1 e:test@x u:ada",
		customers: "u:ada",
		not:       "e:test@x u:ada blocked:email\n d1: e:test@x u:ada blocked:email",
	},
	{
		name:      "decisions conduct among themselves without links",
		facts:     "u:ada\n u:bob\n join d1 u:ada e:gone\n join d2 u:bob e:gone",
		customers: "u:ada e:gone u:bob",
	},
	{
		name:      "a part keeps links from being followed, also around a corner",
		facts:     "e:1 p:1 @1\n p:1 p:2 @2\n p:2 e:2 @3\n part d1 e:1 | e:2",
		customers: "e:1 p:1 p:2\n e:2",
		not:       "e:2 p:2 part:d1",
	},
	{
		name:      "the newest decision on a pair counts",
		facts:     "e:1 p:1\n join d1 e:1 p:1 @5\n part d2 e:1 | p:1 @6",
		customers: "e:1\n p:1",
		not:       "e:1 p:1 part:d2\n d1: e:1 p:1 superseded:d2",
	},
	{
		name:      "of equally new decisions a part goes before a join",
		facts:     "e:1 p:1\n join d2 e:1 p:1 @5\n part d1 e:1 | p:1 @5",
		customers: "e:1\n p:1",
		not:       "e:1 p:1 part:d1\n d2: e:1 p:1 superseded:d1",
	},
	{
		name:      "a join that would unite a parted pair by way of others is not followed",
		facts:     "u:a\n u:b\n u:c\n join d1 u:a u:b @3\n part d2 u:a | u:c @4\n join d3 u:b u:c @5",
		customers: "u:a u:b\n u:c",
		not:       "d3: u:b u:c part:d2",
	},
	{
		name:      "parts first, then joins, oldest first",
		facts:     "u:a\n u:b\n u:c\n join d2 u:b u:c @2\n join d1 u:a u:b @1\n part d3 u:a | u:c @3",
		customers: "u:a u:b\n u:c",
		not:       "d2: u:b u:c part:d3",
	},
	{
		name:      "too many hang together: the weakest class goes",
		rules:     "size: 4",
		facts:     "u:ada e:1\n u:ada p:1\n u:ada a:1\n a:1 a:2",
		customers: "u:ada e:1 p:1\n a:1\n a:2",
		not:       "a:1 a:2 oversized\n a:1 u:ada oversized",
	},
	{
		name:      "a level is of a component: what is small elsewhere keeps its links",
		rules:     "size: 3",
		facts:     "u:ada e:1\n u:ada a:1\n u:ada a:2\n u:bob a:3",
		customers: "u:ada e:1\n a:1\n a:2\n u:bob a:3",
		not:       "a:1 u:ada oversized\n a:2 u:ada oversized",
	},
	{
		name:      "joins stay whatever the size",
		rules:     "size: 2",
		facts:     "e:1 p:1\n e:2 p:2\n join d1 e:1 e:2 p:3",
		customers: "e:1 e:2 p:3\n p:1\n p:2",
		not:       "e:1 p:1 oversized\n e:2 p:2 oversized",
	},
	{
		name:      "a second link of another kind between the same two",
		rules:     "size: 2",
		facts:     "e:1 p:1\n alias e:1 p:1\n p:1 a:1",
		customers: "e:1 p:1\n a:1",
		not:       "a:1 p:1 oversized",
	},
}

func TestResolve(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			rules, err := ParseRules([]byte(c.rules))
			if err != nil {
				t.Fatal(err)
			}
			facts := c.facts.facts(t)
			check := func(how string, p *Partition) {
				t.Helper()
				if got := p.customers(); !slices.Equal(got, lines(c.customers)) {
					t.Errorf("%s: the customers are\n%s\nwant\n%s", how, strings.Join(got, "\n"), strings.Join(lines(c.customers), "\n"))
				}
				if got := p.exceptions(); !slices.Equal(got, lines(c.not)) {
					t.Errorf("%s: not followed are\n%s\nwant\n%s", how, strings.Join(got, "\n"), strings.Join(lines(c.not), "\n"))
				}
			}
			check("in order", Resolve(rules, facts))
			slices.Reverse(facts.Identifiers)
			slices.Reverse(facts.Links)
			slices.Reverse(facts.Rulings)
			slices.Reverse(facts.Markings)
			check("backwards", Resolve(rules, facts))
			facts.Identifiers = append(facts.Identifiers, facts.Identifiers...)
			facts.Links = append(facts.Links, facts.Links...)
			facts.Rulings = append(facts.Rulings, facts.Rulings...)
			facts.Markings = append(facts.Markings, facts.Markings...)
			check("twice", Resolve(rules, facts))
		})
	}
}
