// Package graph serves the GraphQL API.
package graph
