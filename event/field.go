package event

// ValueType is what kind of value something is, as far as conditions tell them apart.
type ValueType string

// The types of values. TIME is a text that is a time, RFC 3339 or a date.
const (
	ValueString  ValueType = "STRING"
	ValueNumber  ValueType = "NUMBER"
	ValueBoolean ValueType = "BOOLEAN"
	ValueTime    ValueType = "TIME"
	ValueList    ValueType = "LIST"
	ValueObject  ValueType = "OBJECT"
)

// ValueTypeOf is the type of a JSON value; empty for null and for nothing.
func ValueTypeOf(raw []byte) ValueType {
	if len(raw) == 0 {
		return ""
	}
	switch raw[0] {
	case '"':
		// A moment has a date in front; anything else is not worth a try.
		if n := len(raw) - 2; n >= len("2006-01-02") && n <= 40 && raw[5] == '-' {
			if _, ok := Moment(string(raw[1 : len(raw)-1])); ok {
				return ValueTime
			}
		}
		return ValueString
	case '{':
		return ValueObject
	case '[':
		return ValueList
	case 't', 'f':
		return ValueBoolean
	case 'n':
		return ""
	}
	return ValueNumber
}

// EachField calls f for every field of a JSON object that has a value, and for those of objects right below it, whose names
// are then joined by a dot. The name may be kept no longer than the call. What is no object has no fields.
func EachField(object []byte, f func(name []byte, value []byte)) {
	if !isObject(object) || !valid(object) {
		return
	}
	var path []byte
	for w := walk(object); ; {
		name, value, ok := w.member()
		if !ok {
			return
		}
		if isAbsent(value) {
			continue
		}
		f(name, value)
		if !isObject(value) {
			continue
		}
		for inner := walk(value); ; {
			below, v, ok := inner.member()
			if !ok {
				break
			}
			if !isAbsent(v) {
				path = append(append(append(path[:0], name...), '.'), below...)
				f(path, v)
			}
		}
	}
}
