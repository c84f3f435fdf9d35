package demo

// country is where a persona lives: how addresses, prices and telephone numbers are written there.
//
// Every number is taken from a range the country's regulator keeps for fiction, so no demo ever shows the number of
// a living person.
type country struct {
	code     string // ISO 3166, alpha 2
	name     string
	locale   string
	currency string
	dial     string   // country calling code
	trunk    string   // prefix of national numbers that E.164 leaves out
	streets  []string // a %d stands for the house number
	cities   []city
}

// city is one place of a country. A # of phone or postal stands for a digit.
type city struct {
	name, state, postal, timezone, phone string
}

var countries = []country{
	{
		code: "GB", name: "United Kingdom", locale: "en-GB", currency: "GBP", dial: "44", trunk: "0",
		streets: []string{"%d Mill Lane", "%d Station Road", "%d Albert Terrace", "Flat 3, %d Canal Street", "%d Orchard Close"},
		cities: []city{
			{"Manchester", "", "M## 4QT", "Europe/London", "0161 496 0###"},
			{"London", "", "E# 8RW", "Europe/London", "020 7946 0###"},
			{"Edinburgh", "", "EH# 2BJ", "Europe/London", "0131 496 0###"},
			{"Bristol", "", "BS# 5TF", "Europe/London", "0117 496 0###"},
			{"Leeds", "", "LS# 6PL", "Europe/London", "0113 496 0###"},
		},
	},
	{
		code: "US", name: "United States", locale: "en-US", currency: "USD", dial: "1",
		streets: []string{"%d Cedar Street", "%d Lakeview Avenue", "%d Old Post Road", "%d W 4th Street, Apt 2B", "%d Juniper Drive"},
		cities: []city{
			{"Portland", "OR", "972##", "America/Los_Angeles", "(503) 555-01##"},
			{"New York", "NY", "100##", "America/New_York", "(212) 555-01##"},
			{"Austin", "TX", "787##", "America/Chicago", "(512) 555-01##"},
			{"Denver", "CO", "802##", "America/Denver", "(303) 555-01##"},
			{"Minneapolis", "MN", "554##", "America/Chicago", "(612) 555-01##"},
			{"Seattle", "WA", "981##", "America/Los_Angeles", "(206) 555-01##"},
		},
	},
	{
		code: "DE", name: "Germany", locale: "de-DE", currency: "EUR", dial: "49", trunk: "0",
		streets: []string{"Lindenstraße %d", "Am Mühlbach %d", "Goethestraße %d", "Alte Gasse %d", "Kastanienallee %d"},
		cities: []city{
			{"Hamburg", "", "203##", "Europe/Berlin", "040 66969###"},
			{"Berlin", "", "104##", "Europe/Berlin", "030 23125###"},
			{"Köln", "", "506##", "Europe/Berlin", "0221 4710###"},
			{"München", "", "803##", "Europe/Berlin", "089 99998###"},
			{"Frankfurt am Main", "", "603##", "Europe/Berlin", "069 90009###"},
		},
	},
	{
		code: "FR", name: "France", locale: "fr-FR", currency: "EUR", dial: "33", trunk: "0",
		streets: []string{"%d rue des Lilas", "%d bis avenue Jean Jaurès", "%d quai de la Fosse", "%d place du Marché"},
		cities: []city{
			{"Lyon", "", "6900#", "Europe/Paris", "04 65 71 ## ##"},
			{"Paris", "", "7501#", "Europe/Paris", "01 99 00 ## ##"},
			{"Nantes", "", "440##", "Europe/Paris", "02 61 91 ## ##"},
			{"Bordeaux", "", "330##", "Europe/Paris", "05 36 49 ## ##"},
		},
	},
	{
		code: "SE", name: "Sweden", locale: "sv-SE", currency: "SEK", dial: "46", trunk: "0",
		streets: []string{"Storgatan %d", "Björkvägen %d", "Hamngatan %d"},
		cities: []city{
			{"Stockholm", "", "113 ##", "Europe/Stockholm", "08-465 004 ##"},
			{"Göteborg", "", "413 ##", "Europe/Stockholm", "031-390 06 ##"},
		},
	},
	{
		code: "AU", name: "Australia", locale: "en-AU", currency: "AUD", dial: "61", trunk: "0",
		streets: []string{"%d Wattle Grove", "%d Harbour Parade", "Unit 7, %d Banksia Road"},
		cities: []city{
			{"Melbourne", "VIC", "30##", "Australia/Melbourne", "(03) 5550 ####"},
			{"Sydney", "NSW", "20##", "Australia/Sydney", "(02) 5550 ####"},
			{"Brisbane", "QLD", "40##", "Australia/Brisbane", "(07) 5550 ####"},
		},
	},
	{
		code: "CA", name: "Canada", locale: "en-CA", currency: "CAD", dial: "1",
		streets: []string{"%d Maple Crescent", "%d Bloor Street W", "%d rue Sherbrooke"},
		cities: []city{
			{"Toronto", "ON", "M5V #K#", "America/Toronto", "(416) 555-01##"},
			{"Montréal", "QC", "H2X #R#", "America/Toronto", "(514) 555-01##"},
			{"Vancouver", "BC", "V6B #E#", "America/Vancouver", "(604) 555-01##"},
		},
	},
}
