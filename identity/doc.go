// Package identity decides who is who: which identifiers belong to one customer, and why.
//
// It is pure and deterministic. Everything it decides is a function of the set of facts and of the rules, never of the
// order in which facts came. Resolve is the definition, over all facts; Update computes the same from a part of the
// graph that it asks for. Rules is the configuration, Path and Explain tell a human what was decided.
//
// # The rules, as they are read here
//
// An identifier exists while a call, a record, a decision or a mark names it. One that only decisions or marks name is
// Unseen: it has a customer like any other, but no time, so it is the youngest of its type. A link exists while both
// ends have been seen.
//
// Decisions. A decision is one Ruling for each pair it speaks of: every pair of a join, every pair across a part. Of
// one pair the newest ruling counts, whatever its kind, so a steward who changes their mind about two identifiers needs
// no revocation. Parts are taken first, then joins by (time, decision, keys). What is BLOCKED is in no group.
//
// Status. An identifier's neighbours are the other ends of all its links, whatever became of them; joins make no
// neighbours. For each type, the groups that have a member of that type among the neighbours are counted, and the
// identifier's own group is one like any other. Nothing about a neighbour matters but that it is not BLOCKED, what type
// it is, and its group. Exclusive types are never SHARED by counting; a mark decides without counting.
//
// Size. There are fifteen classes of links: the kind, and within a kind the class of the weaker end. Level n takes
// the n weakest away, whether or not any link of them is there. What hangs together at a level is everything that
// links between ACTIVE identifiers of the classes left, and followed joins, hold together; identifiers count that are
// only joined in. An identifier's level is the first at which that is at most the size of the rules; at the last level
// joins alone are left and size does not matter. The two ends of a link that conducts have the same level.
//
// Links. A link whose ends are of one cell already when its turn comes is followed. Of several rules that a union would
// break the first of exclusive, limit, part is given, and as the cause the smallest of the types or decisions.
//
// # Why an Update sees enough
//
// What is stored is right for the facts before. Then for the facts after:
//
//   - A group changes only inside a decision component that the delta touches; DECIDED edges of either kind conduct, so
//     it is loaded whole.
//   - A status changes only where links, mark, or a neighbour's BLOCKED or group changed. A group matters only to who is
//     linked to two of its members of one type (Need.Common). A SHARED identifier that none of this concerns, and that
//     lost no link, only gained neighbours and stays SHARED: a hub is not looked at again however large it is.
//   - What hangs together at a level changes only if some edge in it does. Whoever sits in another component than
//     before, sits there with an end of a changed edge, or did before. So the stored components of the ends, and at each
//     level what hangs together with anybody of these now, hold everybody whose level can change.
//   - Stored conducts reflect the level, so a stored component is never larger than the size allows, joins apart. What
//     lies beyond is needed only where something was taken away among too many: elsewhere too many stay too many.
//   - A customer lies inside its component, so customers before and after lie wholly inside what was loaded.
package identity
