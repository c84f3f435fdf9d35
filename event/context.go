package event

// contextView is the context's members with a meaning here, as they stand in its canonical form.
type contextView struct {
	active, channel, device, externalIDs, locale, traits, userAgent []byte
}

func viewContext(context []byte) (v contextView) {
	for w := walk(context); ; {
		name, value, ok := w.member()
		if !ok {
			return v
		}
		switch string(name) {
		case "active":
			v.active = value
		case "channel":
			v.channel = value
		case "device":
			v.device = value
		case "externalIds":
			v.externalIDs = value
		case "locale":
			v.locale = value
		case "traits":
			v.traits = value
		case "userAgent":
			v.userAgent = value
		}
	}
}

// channel is the first of candidates that says something.
func channel(candidates ...[]byte) string {
	const longest = 64 // characters; a channel is a word
	for _, raw := range candidates {
		if text, _ := plainText(raw); len(text) > 0 {
			return cut(string(text), longest)
		}
	}
	return ""
}

// country is the one in which a national phone number is read: of the person's address, else of the device's locale,
// else the configured one.
func (d *decoder) country() string {
	for _, traits := range [...][]byte{d.traits, d.context.traits} {
		text, _ := plainText(get(get(traits, "address"), "country"))
		if country := countryOf(string(text)); country != "" {
			return country
		}
	}
	text, _ := plainText(d.context.locale)
	if country := countryOfLocale(string(text)); country != "" {
		return country
	}
	return countryOf(d.policy.DefaultCountry)
}

// phone is cleanPhone in the country of the call at hand. It remembers one number: SDKs send it twice in one call.
func (d *decoder) phone(text string) (phone string, ok bool) {
	country := d.country()
	last := &d.lastPhone
	if last.text != text || last.country != country {
		last.text, last.country = text, country
		last.phone, last.ok = cleanPhone(text, country)
	}
	return last.phone, last.ok
}

// agent is agentKind of the call's user agent. It remembers one: the events of a batch mostly have the same.
func (d *decoder) agent(raw []byte) (bot, test bool) {
	if !isString(raw) {
		return false, false
	}
	last := &d.lastAgent
	if text := unquote(raw); last.text != string(text) {
		last.text = string(text)
		last.bot, last.test = agentKind(last.text)
	}
	return last.bot, last.test
}
