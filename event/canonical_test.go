package event

import "testing"

// Case 40: odd JSON has a documented reading (see lenient).
func TestCanonical(t *testing.T) {
	for raw, want := range map[string]string{
		`{ "b" : 1 , "a" : [ 1 , { "d":null , "c":true } , [ ] , { } ] }`: `{"a":[1,{"c":true,"d":null},[],{}],"b":1}`,
		`{"a":1,"b":2,"a":3}`:          `{"a":3,"b":2}`,
		`{"a":{"x":1},"\u0061":{}}`:    `{"a":{}}`,
		`"\u0041\/\u00e9\n"`:           `"A/é\n"`,
		`"a\u0000b"`:                   `"a\u0000b"`,
		`"\ud83d\ude80"`:               `"🚀"`,
		`"\ud83d"`:                     `"�"`,
		`"\ude80\ud83d x"`:             `"�� x"`,
		"\"a\xff\xc3\"":                `"a��"`,
		`12345678901234567890.10`:      `12345678901234567890.10`,
		`{"":{"":""}}`:                 `{"":{"":""}}`,
		`{"a":"}],{[\"","b":"\\"}`:     `{"a":"}],{[\"","b":"\\"}`,
		"{\"\xff\":1,\"\\ud800\":2}":   `{"�":2}`,
		`[1e400,-0,0.1e-7]`:            `[1e400,-0,0.1e-7]`,
		`"\u2028<&>"`:                  "\"\u2028<&>\"",
		`{"10":1,"9":2,"é":3,"z":4}`:   `{"10":1,"9":2,"z":4,"é":3}`,
		`{"p":{"b":[],"a":{"q":[2]}}}`: `{"p":{"a":{"q":[2]},"b":[]}}`,
	} {
		if !valid([]byte(raw)) {
			t.Errorf("%q is not read", raw)
			continue
		}
		if got := string(appendCanonical(nil, []byte(raw))); got != want {
			t.Errorf("%q: %s, want %s", raw, got, want)
		}
	}
}

func TestMerge(t *testing.T) {
	for _, tc := range []struct{ base, over, want string }{
		{``, ``, `{}`},
		{`{"a":1}`, ``, `{"a":1}`},
		{``, `{"a":1}`, `{"a":1}`},
		{`{"a":1,"b":2}`, `{"b":3,"c":4}`, `{"a":1,"b":3,"c":4}`},
		{`{"a":{"x":1,"y":{"z":1}}}`, `{"a":{"y":{"w":2}}}`, `{"a":{"x":1,"y":{"w":2,"z":1}}}`},
		{`{"a":{"x":1}}`, `{"a":[1]}`, `{"a":[1]}`},
		{`{"a":[1,2]}`, `{"a":[3]}`, `{"a":[3]}`},
		{`{"a":{"x":1}}`, `{"a":null}`, `{"a":null}`},
		{`{"a":1}`, `{"a":{"x":1}}`, `{"a":{"x":1}}`},
		{`{"z":{"b":1,"a":1}}`, `{"a":0}`, `{"a":0,"z":{"a":1,"b":1}}`},
	} {
		var base, over []byte
		if tc.base != "" {
			base = []byte(tc.base)
		}
		if tc.over != "" {
			over = []byte(tc.over)
		}
		if got := string(appendMerged(nil, base, over)); got != tc.want {
			t.Errorf("%s under %s: %s, want %s", tc.base, tc.over, got, tc.want)
		}
	}
}
