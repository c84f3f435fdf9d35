package store

import "strings"

// A profile is read by one statement: a head that finds the customers, then a part for each thing wanted of them. All
// of it is text known here; what varies between two reads is which of the finitely many statements it is, and the
// parameters.
//
// Every head leaves these variables: c, the customer; asked, what it is the answer to; rank, its place by rank (see
// [Mark]); before and behind, whether the list goes on at either side of the page. A head over a list may leave c null,
// to say the last two of an empty page.

// What is read of an identifier i (or j), in the order identifierOf takes.
const (
	iRow = `[i.cid, i.key, i.type, i.value, i.raw, i.status, i.firstSeenAt, i.lastSeenAt]`
	jRow = `[j.cid, j.key, j.type, j.value, j.raw, j.status, j.firstSeenAt, j.lastSeenAt]`
)

// What is read of a touchpoint t, in the order touchpointOf takes.
const tRow = `[t.id, t.messageId, t.source, t.type, t.name, t.at, t.receivedAt, t.channel, t.actor,
    CASE WHEN $properties THEN t.properties END, CASE WHEN $context THEN t.context END]`

// By any id that answers with the customer, and by identifier.
const (
	headByID = `
UNWIND $asked AS asked
MATCH (i:Identifier {cid: asked})-[:OF]->(c:Customer) USING INDEX SEEK i:Identifier(cid)
WITH c, asked, 0 AS rank, false AS before, false AS behind`

	headByKey = `
UNWIND $asked AS asked
MATCH (i:Identifier {key: asked})-[:OF]->(c:Customer) USING INDEX SEEK i:Identifier(key)
WITH c, asked, 0 AS rank, false AS before, false AS behind`
)

// Pages of all customers. Both bounds are exclusive. The equal and the range part of the condition are what the index
// is searched by; the ids decide among equal times, in a CASE because the planner makes two scans of an OR.
const (
	pageLast = `
WITH EXISTS { MATCH (x:Customer) USING INDEX SEEK x:Customer(shared, lastSeenAt, id) WHERE x.shared = $shared AND x.lastSeenAt <= $lowAt AND x.id IS NOT NULL
       AND CASE WHEN x.lastSeenAt < $lowAt THEN true ELSE x.id <= $lowID END AND CASE WHEN $known IS NULL THEN true ELSE x.known = $known END AND CASE WHEN $segment IS NULL THEN true ELSE EXISTS { (x)-[:IN]->(:Segment {id: $segment}) } END } AS low,
     EXISTS { MATCH (x:Customer) USING INDEX SEEK x:Customer(shared, lastSeenAt, id) WHERE x.shared = $shared AND x.lastSeenAt >= $highAt AND x.id IS NOT NULL
       AND CASE WHEN x.lastSeenAt > $highAt THEN true ELSE x.id >= $highID END AND CASE WHEN $known IS NULL THEN true ELSE x.known = $known END AND CASE WHEN $segment IS NULL THEN true ELSE EXISTS { (x)-[:IN]->(:Segment {id: $segment}) } END } AS high
OPTIONAL CALL () {
  MATCH (c:Customer) USING INDEX SEEK c:Customer(shared, lastSeenAt, id)
  WHERE c.shared = $shared AND c.lastSeenAt >= $lowAt AND c.lastSeenAt <= $highAt AND c.id IS NOT NULL
    AND CASE WHEN c.lastSeenAt > $lowAt THEN true ELSE c.id > $lowID END
    AND CASE WHEN c.lastSeenAt < $highAt THEN true ELSE c.id < $highID END
    AND CASE WHEN $known IS NULL THEN true ELSE c.known = $known END AND CASE WHEN $segment IS NULL THEN true ELSE EXISTS { (c)-[:IN]->(:Segment {id: $segment}) } END
  RETURN c ORDER BY c.shared `
	pageFirst = `
WITH EXISTS { MATCH (x:Customer) USING INDEX SEEK x:Customer(shared, firstSeenAt, id) WHERE x.shared = $shared AND x.firstSeenAt <= $lowAt AND x.id IS NOT NULL
       AND CASE WHEN x.firstSeenAt < $lowAt THEN true ELSE x.id <= $lowID END AND CASE WHEN $known IS NULL THEN true ELSE x.known = $known END AND CASE WHEN $segment IS NULL THEN true ELSE EXISTS { (x)-[:IN]->(:Segment {id: $segment}) } END } AS low,
     EXISTS { MATCH (x:Customer) USING INDEX SEEK x:Customer(shared, firstSeenAt, id) WHERE x.shared = $shared AND x.firstSeenAt >= $highAt AND x.id IS NOT NULL
       AND CASE WHEN x.firstSeenAt > $highAt THEN true ELSE x.id >= $highID END AND CASE WHEN $known IS NULL THEN true ELSE x.known = $known END AND CASE WHEN $segment IS NULL THEN true ELSE EXISTS { (x)-[:IN]->(:Segment {id: $segment}) } END } AS high
OPTIONAL CALL () {
  MATCH (c:Customer) USING INDEX SEEK c:Customer(shared, firstSeenAt, id)
  WHERE c.shared = $shared AND c.firstSeenAt >= $lowAt AND c.firstSeenAt <= $highAt AND c.id IS NOT NULL
    AND CASE WHEN c.firstSeenAt > $lowAt THEN true ELSE c.id > $lowID END
    AND CASE WHEN c.firstSeenAt < $highAt THEN true ELSE c.id < $highID END
    AND CASE WHEN $known IS NULL THEN true ELSE c.known = $known END AND CASE WHEN $segment IS NULL THEN true ELSE EXISTS { (c)-[:IN]->(:Segment {id: $segment}) } END
  RETURN c ORDER BY c.shared `
	pageEnd = ` LIMIT $n
}
WITH c, null AS asked, 0 AS rank, low AS before, high AS behind`

	headLastDown  = pageLast + `DESC, c.lastSeenAt DESC, c.id DESC` + pageEnd
	headLastUp    = pageLast + `ASC, c.lastSeenAt ASC, c.id ASC` + pageEnd
	headFirstDown = pageFirst + `DESC, c.firstSeenAt DESC, c.id DESC` + pageEnd
	headFirstUp   = pageFirst + `ASC, c.firstSeenAt ASC, c.id ASC` + pageEnd
)

// Pages of the customers a search finds. The index gives its best candidates; which of them come first is decided by
// what cannot change between two pages: how many words are met in full, then the time. sign turns times round for an
// ascending order.
const (
	search = `
CALL db.index.fulltext.queryNodes('customer_search', $query, {limit: $candidates}) YIELD node AS c
WHERE c.shared = $shared AND CASE WHEN $known IS NULL THEN true ELSE c.known = $known END AND CASE WHEN $segment IS NULL THEN true ELSE EXISTS { (c)-[:IN]->(:Segment {id: $segment}) } END
WITH c, $sign * CASE WHEN $byFirst THEN c.firstSeenAt ELSE c.lastSeenAt END AS at,
  CASE WHEN $ranked THEN size([w IN $words WHERE ' ' + coalesce(c.searchName, '') + ' ' + coalesce(c.searchEmail, '') + ' ' + coalesce(c.searchPhone, '') + ' ' CONTAINS ' ' + w + ' ']) ELSE 0 END AS rank
WITH c, at, rank, CASE
  WHEN rank < $lowRank OR rank = $lowRank AND (at < $lowAt OR at = $lowAt AND c.id <= $lowID) THEN -1
  WHEN rank > $highRank OR rank = $highRank AND (at > $highAt OR at = $highAt AND c.id >= $highID) THEN 1
  ELSE 0 END AS side
ORDER BY `
	searchEnd = `
WITH collect(CASE side WHEN 0 THEN [c, rank] END)[..$n] AS page, min(side) = -1 AS before, max(side) = 1 AS behind
UNWIND CASE WHEN size(page) = 0 THEN [[null, 0]] ELSE page END AS found
WITH found[0] AS c, null AS asked, found[1] AS rank, before, behind`

	headSearchDown = search + `rank DESC, at DESC, c.id DESC` + searchEnd
	headSearchUp   = search + `rank ASC, at ASC, c.id ASC` + searchEnd
)

// The customers of accounts, last seen first.
const headOfAccounts = `
UNWIND $asked AS asked
CALL (asked) {
  MATCH (a:Account {id: asked})<-[:WORKS_AT]-(:Identifier)-[:OF]->(c:Customer) USING INDEX SEEK a:Account(id)
  WITH DISTINCT c WHERE c.lastSeenAt < $highAt OR c.lastSeenAt = $highAt AND c.id < $highID
  RETURN c ORDER BY c.lastSeenAt DESC, c.id DESC LIMIT $n
}
WITH c, asked, 0 AS rank, false AS before, false AS behind`

// Who else is of the household of customers, last seen first. The count is a look at the node's degree.
const headOfHousehold = `
UNWIND $asked AS asked
CALL (asked) {
  MATCH (me:Customer {id: asked})-[:LIVES_IN]->(h:Household) USING INDEX SEEK me:Customer(id) WHERE COUNT { (h)<-[:LIVES_IN]-() } <= $most
  MATCH (h)<-[:LIVES_IN]-(c:Customer) WHERE c <> me AND (c.lastSeenAt < $highAt OR c.lastSeenAt = $highAt AND c.id < $highID)
  RETURN c ORDER BY c.lastSeenAt DESC, c.id DESC LIMIT $n
}
WITH c, asked, 0 AS rank, false AS before, false AS behind`

// The members of segments, last seen first.
const headOfSegment = `
UNWIND $asked AS asked
CALL (asked) {
  MATCH (s:Segment {id: asked})<-[:IN]-(c:Customer) USING INDEX SEEK s:Segment(id)
  WHERE c.lastSeenAt < $highAt OR c.lastSeenAt = $highAt AND c.id < $highID
  RETURN c ORDER BY c.lastSeenAt DESC, c.id DESC LIMIT $n
}
WITH c, asked, 0 AS rank, false AS before, false AS behind`

// The parts, in the order in which their columns follow those of the customer.
const (
	partOtherIDs = `
CALL (c) { MATCH (c)<-[:OF]-(i:Identifier) WITH collect(i.cid) AS ids RETURN [id IN ids WHERE id <> c.id] AS otherIds }`

	// Strongest type first, then earliest.
	partIdentifiers = `
CALL (c) {
  MATCH (c)<-[:OF]-(i:Identifier)
  WITH i, ` + typeRank + ` AS r, coalesce(i.firstSeenAt, 0) AS at
  WHERE r > $idsRank OR r = $idsRank AND (at > $idsAt OR at = $idsAt AND i.cid > $idsID)
  ORDER BY r, at, i.cid LIMIT $idsN
  RETURN collect(` + iRow + `) AS identifiers
}`
	typeRank = `CASE split(i.type, '/')[0] WHEN 'user_id' THEN 0 WHEN 'record' THEN 1 WHEN 'email' THEN 2 WHEN 'phone' THEN 3
    WHEN 'device_id' THEN 5 WHEN 'advertising_id' THEN 6 WHEN 'anonymous_id' THEN 7 ELSE 4 END`

	// Per identifier the newest through the index on (actor, at, id), then the newest of those: the cost does not
	// depend on how long the history is. Ordering by the whole index key is what makes the planner use its order.
	partTouchpoints = `
CALL (c) {
  MATCH (c)<-[:OF]-(i:Identifier)
  CALL (i) {
    MATCH (t:Touchpoint) USING INDEX SEEK t:Touchpoint(actor, at, id)
    WHERE t.actor = i.key AND t.at >= $fromAt AND t.at <= $untilAt AND t.id IS NOT NULL
      AND CASE WHEN t.at < $untilAt THEN true ELSE t.id < $untilID END
      AND CASE WHEN $types IS NULL THEN true ELSE t.type IN $types END AND CASE WHEN $names IS NULL THEN true ELSE t.name IN $names END AND CASE WHEN $sources IS NULL THEN true ELSE t.source IN $sources END
    RETURN t ORDER BY t.actor DESC, t.at DESC, t.id DESC LIMIT $touchpointsN
  }
  WITH t, i ORDER BY t.at DESC, t.id DESC LIMIT $touchpointsN
  RETURN collect(` + tRow + `) AS touchpoints, collect(DISTINCT ` + iRow + `) AS actors
}`

	// Earliest first.
	partAccounts = `
CALL (c) {
  MATCH (c)<-[:OF]-(:Identifier)-[w:WORKS_AT]->(a:Account)
  WITH a, min(w.firstSeenAt) AS since
  WHERE since > $accountsAt OR since = $accountsAt AND a.id > $accountsID
  WITH a, since ORDER BY since, a.id LIMIT $accountsN
  RETURN collect([a.id, a.groupId, a.traits, since]) AS accounts
}`

	partTraits = `
CALL (c) {
  MATCH (c)<-[:OF]-(i:Identifier) WHERE i.traits <> '' OR i.cid = c.id
  RETURN collect([` + iRow + `, i.traits]) AS traits
}`

	// Followed links have both ends inside; others may lead out, and a hub's are cut.
	partGraph = `
CALL (c) {
  MATCH (c)<-[:OF]-(i:Identifier)
  RETURN collect(` + iRow + `) AS members
}
CALL (c) {
  MATCH (c)<-[:OF]-(i:Identifier)-[l:LINKED]->(j:Identifier) WHERE l.followed
  RETURN collect([i.cid, j.cid, ` + linkColumns + `]) AS followed
}
CALL (c) {
  UNWIND CASE WHEN $rejected OR $candidates THEN [1] ELSE [] END AS asks
  MATCH (c)<-[:OF]-(:Identifier)-[l:LINKED]-(:Identifier)
  WHERE NOT l.followed AND CASE l.reason WHEN 'candidate' THEN $candidates ELSE $rejected END
  WITH DISTINCT l LIMIT $linksN
  WITH l, startNode(l) AS i, endNode(l) AS j
  RETURN collect([` + iRow + `, ` + jRow + `, ` + linkColumns + `]) AS others
}
CALL (c) {
  MATCH (c)<-[:OF]-(:Identifier)-[l:DECIDED]-(:Identifier)
  WITH DISTINCT l LIMIT $linksN
  WITH l, startNode(l) AS i, endNode(l) AS j
  OPTIONAL MATCH (d:Decision {id: l.decision}) USING INDEX SEEK d:Decision(id)
  RETURN collect([` + iRow + `, ` + jRow + `, l.decision, l.kind, l.at, d.by, d.reason]) AS decided
}
CALL (c) {
  UNWIND CASE WHEN $compared THEN [1] ELSE [] END AS asks
  MATCH (c)<-[:OF]-(:Identifier)-[l:LINKED]-(:Identifier)
  WHERE l.kind = 'MATCHED' AND (l.followed OR CASE l.reason WHEN 'candidate' THEN $candidates ELSE $rejected END)
  WITH DISTINCT l LIMIT $linksN
  UNWIND [startNode(l), endNode(l)] AS i
  WITH DISTINCT i WHERE i.content IS NOT NULL
  RETURN collect(` + recordRow + `) AS records
}`
	// By key, which nobody else's segment has.
	partSegments = `
CALL (c) {
  MATCH (c)-[e:IN]->(s:Segment) WHERE s.key > $segmentsID
  WITH s, e ORDER BY s.key LIMIT $segmentsN
  RETURN collect([s.id, s.key, e.since]) AS memberships
}`
	linkColumns = `l.kind, l.source, l.count, l.firstSeenAt, l.lastSeenAt, l.followed, l.reason, l.evidence, l.confidence, l.weight`

	profileReturn = `
RETURN asked, rank, before, behind, c.id, c.displayName, c.known, c.shared, c.firstSeenAt, c.lastSeenAt, CASE WHEN $values THEN [c.traits, c.computed] END`
)

// The parts of a profile, as bits.
const (
	wantsOtherIDs = 1 << iota
	wantsIdentifiers
	wantsTouchpoints
	wantsAccounts
	wantsTraits
	wantsGraph
	wantsSegments
	allParts = 1<<iota - 1
)

var profileParts = [...]struct{ text, columns string }{
	{partOtherIDs, ", otherIds"},
	{partIdentifiers, ", identifiers"},
	{partTouchpoints, ", touchpoints, actors"},
	{partAccounts, ", accounts"},
	{partTraits, ", traits"},
	{partGraph, ", members, followed, others, decided, records"},
	{partSegments, ", memberships"},
}

// profileHeads are the ways to find customers, by name.
var profileHeads = map[string]string{
	"id": headByID, "key": headByKey, "accounts": headOfAccounts, "household": headOfHousehold, "segment": headOfSegment,
	"last down": headLastDown, "last up": headLastUp, "first down": headFirstDown, "first up": headFirstUp,
	"search down": headSearchDown, "search up": headSearchUp,
}

// profileTexts are all statements that read profiles, by head and wanted parts.
var profileTexts = func() map[string]*[allParts + 1]string {
	texts := make(map[string]*[allParts + 1]string, len(profileHeads))
	for name, head := range profileHeads {
		texts[name] = new([allParts + 1]string)
		for parts := range texts[name] {
			text, columns := steady+strings.TrimPrefix(head, "\n"), profileReturn
			for bit, part := range profileParts {
				if parts&(1<<bit) != 0 {
					text += part.text
					columns += part.columns
				}
			}
			texts[name][parts] = text + columns
		}
	}
	return texts
}()
