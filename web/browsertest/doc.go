// Package browsertest looks at the console as people do: in a real Chromium, on a real Kith with a real Neo4j. Every tab
// fails its test on an error in the console, an uncaught exception and a violation of the page's policy.
package browsertest
