package identity

// Diff is what an Update changes. Lists are sorted and a function of the facts before and after, so that writing it
// twice, or in another instance, gives the same rows.
type Diff struct {
	// Identifiers is those that are new or whose Status or Level changed, by key.
	Identifiers []Placed
	// Gone is those that exist no more, by key. Their edges go with them.
	Gone []Key
	// Links is every link of the delta that is there afterwards, with the First of the delta, and every other whose
	// verdict changed, by A, B, kind.
	Links []Judged
	// Rulings is every ruling of the decision components that changed, by A, B, newest first.
	Rulings []JudgedRuling

	// Moves is the identifiers whose customer changed, by key.
	Moves []Move
	// Customers is those that are new, or whose members, anchor or Shared flag changed, by id, with all members.
	Customers []Customer
	// Retired is the customer ids that were a customer's before and are nobody's own now, sorted: absorbed or ended.
	Retired []CustomerID

	Merges []Merge // by survivor
	Splits []Split // by the customer that was
	Ended  []Ended // by customer

	// Oversized is the identifiers whose level rose: too many hang together, which deserves an alarm. By key.
	Oversized []Key
}

// Move says which customer an identifier is of. From is empty for a new or BLOCKED one, To for a gone or BLOCKED one.
type Move struct {
	Key      Key
	From, To CustomerID
}

// Customer is one customer whole.
type Customer struct {
	ID      CustomerID
	Anchor  Key
	Members []Key // sorted
	Shared  bool  // all members are SHARED: a stand-in, not a person
}

// Merge says that the ids of former customers answer with Survivor now. The survivor may be new: a visitor who became
// known takes the stronger id.
type Merge struct {
	Survivor CustomerID
	Absorbed []CustomerID // sorted
}

// Split says that identifiers of the former customer Was now make up customers that did not exist before. Customer is
// who answers for Was now: Was itself, or who absorbed it.
type Split struct {
	Was      CustomerID
	Customer CustomerID
	Created  []CustomerID // sorted
}

// Ended says that a customer's id answers no more, because its identifier is gone or BLOCKED, and which customers its
// other identifiers are of now. It may have none.
type Ended struct {
	Customer CustomerID
	Heirs    []CustomerID // sorted
}
