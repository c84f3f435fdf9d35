//go:build race

package graph

// slowdown is what the race detector makes of a time.
const slowdown = 10
