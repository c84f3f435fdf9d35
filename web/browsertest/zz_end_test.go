package browsertest

import "testing"

// TestZEnd is in the last file, so that it runs last: it ends what the tests shared.
func TestZEnd(t *testing.T) {
	for _, end := range ends {
		end()
	}
	if started != nil {
		started.proxy.stop()
	}
}
