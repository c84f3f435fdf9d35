package store

import (
	"testing"

	"kith/store/neo4jtest"
)

func TestMain(m *testing.M) { neo4jtest.Main(m) }
