package store

import "kith/identity"

// ProfileStatement is the statement that ProfilesByID runs, with its parameters: for measuring what a query costs
// over and above its Cypher.
func ProfileStatement(ids []identity.CustomerID, w Want) (text string, params map[string]any) {
	params = map[string]any{"asked": anys(ids)}
	parts := w.params(params)
	return profileTexts["id"][parts], params
}
