package match

// nodes is the model as YAML spells it.
func (t modelText) nodes() map[string]any {
	fields := map[string]any{}
	for name, levels := range t.Fields {
		fields[name] = levelNodes(levels)
	}
	extra := map[string]any{}
	for name, x := range t.Extra {
		node := levelNodes(x.Levels)
		node["compare"] = x.Compare
		extra[name] = node
	}
	names := func(n nameText) map[string]any {
		out := map[string]any{"unlisted": n.Unlisted, "most": n.Most}
		if len(n.Values) > 0 {
			out["values"] = n.Values
		}
		return out
	}
	th := t.Thresholds
	return map[string]any{
		"thresholds": map[string]float64{
			"join": th.Join, "candidate": th.Candidate, "mean": th.Mean, "floor": th.Floor, "ceiling": th.Ceiling, "against": th.Against,
		},
		"relations":    map[string]float64{"household": t.Household, "colleagues": t.Colleagues, "namesakes": t.Namesakes},
		"phoneCountry": t.PhoneCountry,
		"frequencies":  map[string]any{"slip": t.Slip, "firstName": names(t.FirstName), "lastName": names(t.LastName)},
		"keys":         t.Keys, "fields": fields, "extra": extra,
	}
}

func levelNodes(levels map[string]odds) map[string]any {
	out := map[string]any{}
	for name, o := range levels {
		node := map[string]any{"m": o.M}
		for key, v := range map[string]float64{"u": o.U, "household": o.Household, "colleagues": o.Colleagues, "namesakes": o.Namesakes} {
			if v > 0 {
				node[key] = v
			}
		}
		if o.Frequency {
			node["u"] = "frequency"
		}
		out[name] = node
	}
	return out
}
