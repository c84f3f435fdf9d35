//go:build !race

package graph

// slowdown is for machines that do other things, too.
const slowdown = 2
