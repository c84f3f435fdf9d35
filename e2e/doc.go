// Package e2e drives the real program from outside. Each script in testdata is one scenario: a text that starts Kith,
// sends events, asks, watches, kills and starts again, with the answers it expects below.
//
//	go test ./e2e                              all of them, with the private Neo4j or the one NEO4J_URI names
//	go test ./e2e -run TestScripts/crash       one
//	go test ./e2e -update                      writes what came in place of what was expected; read the difference
//
// The program is built once. Each scenario has a data directory and a port of its own; the Neo4j is one for all of
// them, emptied for each, and reached through a proxy that can take it away. A new scenario needs nothing but a new
// file: testdata/README.md lists the commands.
package e2e
