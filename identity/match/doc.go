// Package match says which records are of one person.
//
// It is pure and deterministic: everything is a function of the records present and of a [Model], never of the order in
// which they came, and it counts nothing while running. So deleting a record equals never having seen it.
//
// # From traits to cells
//
// [Model.Prepare] brings a record's traits into the form that is compared. [Model.Keys] gives its blocking keys: records
// that share one are compared, unless more share it than its family's cap. [Model.Weight] compares two records,
// [Model.Compare] does so with reasons. Pairs at or over [Model.Join] are taken strongest first, and each unites the
// cells of its ends if [Model.Mean] over all pairs across ([Model.Cross]) agrees. [Model.Cluster] does all that for a
// whole set; it is the definition that incremental resolution is tested against.
//
// # Weights
//
// A weight is the logarithm of how much likelier what two records say is for one person than for two (Newcombe 1959,
// Fellegi & Sunter 1969), in hundredths of a bit, so that sums are exact whatever their order. Each field is compared to
// one of several levels; the model gives each level its probabilities. Names count by how rare they are (Newcombe).
// A field that one of the two lacks weighs nothing.
//
// "Two" has several readings, and one sum is kept against each: strangers, people of one household, colleagues who share
// a company's contacts, namesakes. The least of them counts. This is how fields that depend on each other are kept from
// counting twice: against strangers one surname at one address is two agreements, against a household it is none; twins
// share surname, address and birthday and nothing else, and it takes more than these to join two records. How much rarer
// the closer relations are than strangers is part of the model.
//
// Where the first names agree gender says nothing more. First and last name are also compared in each other's place, and
// a first name with the middle name of the other. Of several values (alternates) the pair that agrees best counts.
//
// # Cells
//
// Uniting whatever a strong pair connects lets one slip join two people with many records each. A union therefore needs
// the mean over all pairs across, as in average linkage (Sokal & Michener 1958). Pairs that have little in common and do
// not contradict each other say nothing about it; else records that know an e-mail address only could join nobody.
// The cost of one union is a comparison for each pair across, about a microsecond each; cells of a hundred records make
// ten thousand. Callers that keep the weights of pairs pay it once.
//
// # Comparators
//
// Texts are compared by Jaro-Winkler similarity (Jaro 1989, Winkler 1990), edit distance with neighbouring letters
// swapped (Damerau 1964), and shared pairs of letters (Dice 1945). Training is expectation maximisation (Dempster, Laird &
// Rubin 1977; Winkler 1988). B-cubed and pairwise scores are in bench/er.
package match
