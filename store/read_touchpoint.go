package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/event"
	"kith/identity"
)

// Touchpoint is an accepted call as it is read.
type Touchpoint struct {
	ID, MessageID, Source, Name, Channel string
	Type                                 event.Type
	At, ReceivedAt                       event.Millis
	Properties, Context                  string // JSON objects; empty unless wanted
	Identifier                           IdentifierView
}

const touchpointsByIDText = steady + `
UNWIND $asked.ids AS asked
MATCH (t:Touchpoint {id: asked})-[:BY]->(i:Identifier) USING INDEX SEEK t:Touchpoint(id)
OPTIONAL MATCH (i)-[:OF]->(c:Customer)
RETURN ` + tRow + `, ` + iRow + `, c.id`

// TouchpointsByID reads touchpoints with all they carry. Those that do not exist are not among them.
func (g *Graph) TouchpointsByID(ctx context.Context, ids []string) (map[string]Touchpoint, error) {
	out := make(map[string]Touchpoint, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	params := map[string]any{"asked": Row{"ids": anys(ids)}, "properties": true, "context": true}
	err := g.read(ctx, "store.TouchpointsByID", touchpointsByIDText, params, func(r *neo4j.Record) error {
		row, _ := r.Values[0].([]any)
		actor, _ := r.Values[1].([]any)
		t := touchpointOf(row)
		t.Identifier = identifierOf(actor, identity.CustomerID(str(r.Values[2])))
		out[t.ID] = t
		return nil
	})
	return out, err
}

// params are those of partTouchpoints.
func (t Timeline) params(p map[string]any) {
	until := Mark{At: lastAt, ID: lastID}
	if t.After != nil {
		until = *t.After
	}
	if to := t.Filter.To; to != nil && *to <= until.At {
		until = Mark{At: *to, ID: firstID}
	}
	from := firstAt
	if t.Filter.From != nil {
		from = *t.Filter.From
	}
	p["fromAt"], p["untilAt"], p["untilID"] = int64(from), int64(until.At), until.ID
	p["types"], p["names"], p["sources"] = listOrNil(t.Filter.Types), listOrNil(t.Filter.Names), listOrNil(t.Filter.Sources)
	p["properties"], p["context"] = t.Properties, t.Context
	p["touchpointsN"] = t.First + 1
}

func listOrNil[S ~string](list []S) any {
	if list == nil {
		return nil
	}
	return anys(list)
}

func timelineOf(list, actors [][]any, of identity.CustomerID, s Slice) *Page[Touchpoint] {
	by := make(map[identity.Key]IdentifierView, len(actors))
	for _, row := range actors {
		i := identifierOf(row, of)
		by[i.Key] = i
	}
	entries := make([]Entry[Touchpoint], 0, len(list))
	for _, row := range list {
		t := touchpointOf(row)
		t.Identifier = by[identity.Key(str(row[8]))]
		entries = append(entries, Entry[Touchpoint]{Mark{At: t.At, ID: t.ID}, t})
	}
	slices.SortFunc(entries, func(a, b Entry[Touchpoint]) int {
		return cmp.Or(-cmp.Compare(a.Mark.At, b.Mark.At), -cmp.Compare(a.Mark.ID, b.Mark.ID))
	})
	return cut(entries, s)
}

// touchpointOf reads a tRow.
func touchpointOf(row []any) Touchpoint {
	return Touchpoint{
		ID: str(row[0]), MessageID: str(row[1]), Source: str(row[2]), Type: event.Type(str(row[3])), Name: str(row[4]),
		At: millis(row[5]), ReceivedAt: millis(row[6]), Channel: str(row[7]), Properties: str(row[9]), Context: str(row[10]),
	}
}
