package match

import "testing"

var benchRecords = []string{
	`{"firstName":"Catherine","middleName":"Jane","lastName":"Schmidt","birthday":"1980-03-24","gender":"f","email":"cat.schmidt@x.org","phone":"+12065550187","nationalId":"400-10-3088","address":{"street":"12 Main St","city":"Springfield","state":"IL","postalCode":"62704"}}`,
	`{"firstName":"Katherine","middleName":"J","lastName":"Schmitt","birthday":"03/24/1980","gender":"female","phone":"(206) 555-0187","address":{"full":"12 Main Street, Springfield, IL 62704"}}`,
	`{"firstName":"Robert","lastName":"Schmidt","birthday":"1979-07-02","gender":"m","phone":"+12065550187","address":{"street":"12 Main St","city":"Springfield","state":"IL","postalCode":"62704"}}`,
	`{"firstName":"Schmidt","lastName":"Catherine","birthday":"1980-03-24","nationalId":"400-01-3088"}`,
}

func BenchmarkWeight(b *testing.B) {
	m := Default()
	records := make([]*Record, len(benchRecords))
	for i, json := range benchRecords {
		records[i] = rec(json)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.Weight(records[i%4], records[(i/4+1)%4])
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pairs/s")
}

func BenchmarkPrepare(b *testing.B) {
	m := Default()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.PrepareJSON([]byte(benchRecords[i%4]))
	}
}

func BenchmarkKeys(b *testing.B) {
	m, r := Default(), rec(benchRecords[0])
	b.ReportAllocs()
	for b.Loop() {
		m.Keys(r)
	}
}

// The weights of a record's candidates are on the way of every record that arrives: they may not allocate.
func TestWeightAllocates(t *testing.T) {
	m, a, b := Default(), rec(benchRecords[0]), rec(benchRecords[1])
	if n := testing.AllocsPerRun(100, func() { m.Weight(a, b); m.Cross(a, b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
