package event

import (
	"slices"
	"testing"
)

func TestEachField(t *testing.T) {
	var got []string
	EachField([]byte(`{"a":1, "b":{"c":"x","d":{"e":1},"n":null}, "f\u00e9":[1], "g":null,"h":true,"i":"2026-01-02T03:04:05Z","j":"2026-01-02","k":"12345-678901"}`),
		func(name, value []byte) { got = append(got, string(name)+" "+string(ValueTypeOf(value))) })
	want := []string{"a NUMBER", "b OBJECT", "b.c STRING", "b.d OBJECT", "fé LIST", "h BOOLEAN", "i TIME", "j TIME", "k STRING"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, no := range []string{"", "[]", "1", "null", `{"a":`} {
		EachField([]byte(no), func(name, _ []byte) { t.Errorf("%s has %s", no, name) })
	}
}

func BenchmarkEachField(b *testing.B) {
	object := []byte(`{"product_id":"p-4711","name":"Lamp","category":"Light","price":12.5,"currency":"EUR","cart":{"items":3,"total":99.9}}`)
	b.ReportAllocs()
	for range b.N {
		EachField(object, func(_, value []byte) { _ = ValueTypeOf(value) })
	}
}
