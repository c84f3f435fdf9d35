package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// shopSegments are the segments a shop begins with, as the API takes them.
var shopSegments = []struct{ key, name, condition string }{
	{"big-spenders", "Big spenders", `{"trait":{"key":"lifetime_value","op":"GTE","value":200}}`},
	{"bought-lately", "Bought in the last hour", `{"event":{"name":"Order Completed","within":"PT1H"}}`},
	{"looked-and-left", "Looked, and bought nothing", `{"all":[{"event":{"name":"Product Viewed","atLeast":2,"within":"PT30M"}},{"event":{"name":"Order Completed","atMost":0,"within":"PT30M"}}]}`},
	{"viewed-then-bought", "Viewed, then bought within 15 minutes", `{"sequence":{"steps":[{"name":"Product Viewed"},{"name":"Order Completed"}],"within":"PT15M","lookback":"P1D"}}`},
	{"regulars", "Regulars", `{"all":[{"trait":{"key":"order_count","op":"GTE","value":3}},{"not":{"trait":{"key":"days_since_last_seen","op":"GTE","value":30}}}]}`},
}

const createSegment = `mutation($in: SegmentInput!) { segmentCreate(input: $in) { segment { id } userErrors { code message } } }`

// MakeSegments makes the shop's segments with a token that may. Those that are there are left as they are.
func MakeSegments(ctx context.Context, baseURL, token string) error {
	client := &http.Client{Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	for _, s := range shopSegments {
		body, err := json.Marshal(map[string]any{"query": createSegment, "variables": map[string]any{
			"in": map[string]any{"key": s.key, "name": s.name, "condition": json.RawMessage(s.condition)}}})
		if err != nil {
			return err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(baseURL, "/")+"/graphql", bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		var answer struct {
			Errors []struct {
				Message    string
				Extensions struct{ Code string }
			}
			Data struct {
				SegmentCreate struct {
					UserErrors []struct{ Code, Message string }
				}
			}
		}
		err = json.NewDecoder(res.Body).Decode(&answer)
		_ = res.Body.Close()
		if err != nil {
			return err
		}
		if len(answer.Errors) > 0 {
			if answer.Errors[0].Extensions.Code == "LAGGING" { // accepted, and made in a moment
				continue
			}
			return fmt.Errorf("the segment %s was not made: %s", s.key, answer.Errors[0].Message)
		}
		for _, e := range answer.Data.SegmentCreate.UserErrors {
			if e.Code != "CONFLICT" {
				return fmt.Errorf("the segment %s was not made: %s", s.key, e.Message)
			}
		}
	}
	return nil
}
