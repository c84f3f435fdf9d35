package demo

// The shop of the demo: Fernhill Outfitters, outdoor clothes and what goes with them.
const shopURL = "https://fernhill.example"

// product is one article. The price is in units of whatever currency the buyer pays in; the shop is simple there.
type product struct {
	sku, name, category string
	price               float64
}

var products = []product{
	{"FH-1001", "Larch Rain Jacket", "Jackets", 129.00},
	{"FH-1002", "Tarn Down Vest", "Jackets", 89.90},
	{"FH-1003", "Ridge Windbreaker", "Jackets", 74.50},
	{"FH-1101", "Moss Merino Sweater", "Knitwear", 79.00},
	{"FH-1102", "Heather Beanie", "Knitwear", 24.90},
	{"FH-1103", "Bracken Wool Socks, 3 pairs", "Knitwear", 21.00},
	{"FH-1201", "Fell Trail Shoes", "Footwear", 119.00},
	{"FH-1202", "Bog Boots", "Footwear", 94.00},
	{"FH-1301", "Beck 22 Backpack", "Packs", 84.00},
	{"FH-1302", "Beck 45 Backpack", "Packs", 149.00},
	{"FH-1303", "Roll-top Dry Bag", "Packs", 29.50},
	{"FH-1401", "Ember Camping Stove", "Camp", 59.90},
	{"FH-1402", "Lantern No. 3", "Camp", 39.00},
	{"FH-1403", "Two-Person Tent “Wren”", "Camp", 289.00},
	{"FH-1404", "Enamel Mug", "Camp", 12.50},
	{"FH-1405", "Filter Coffee for the Trail, 250 g", "Camp", 11.90},
	{"FH-1501", "Sleeping Bag 0 °C", "Camp", 179.00},
	{"FH-1601", "Trekking Poles", "Gear", 69.00},
	{"FH-1602", "Head Torch 400", "Gear", 44.90},
	{"FH-1603", "Map & Compass Set", "Gear", 34.00},
	{"FH-1701", "Kids’ Puddle Suit", "Kids", 49.90},
	{"FH-1702", "Kids’ Trail Shoes", "Kids", 59.00},
	{"FH-1801", "Gift Card 50", "Gift cards", 50.00},
	{"FH-1901", "Trail Guide: 40 Walks", "Books", 18.90},
}

// campaign is what brought a visit, as UTM parameters say it.
type campaign struct {
	name, source, medium, term, content string
}

var adverts = []campaign{
	{"autumn_layers", "google", "cpc", "rain jacket", "ad-a"},
	{"autumn_layers", "google", "cpc", "merino sweater", "ad-b"},
	{"wren_launch", "instagram", "paid_social", "", "carousel-2"},
	{"wren_launch", "youtube", "video", "", "15s-cut"},
	{"walks_podcast", "podcast", "audio", "", "ep-31"},
	{"friends", "partner-blog", "affiliate", "", "banner-top"},
}

var mailings = []campaign{
	{"autumn_newsletter", "newsletter", "email", "", "hero"},
	{"members_week", "newsletter", "email", "", "button"},
	{"wren_launch", "newsletter", "email", "", "photo"},
	{"back_in_stock", "lifecycle", "email", "", "product"},
}

var subjects = map[string]string{
	"autumn_newsletter": "Layers for the first cold walk",
	"members_week":      "Members’ week: 20 % off packs",
	"wren_launch":       "Meet Wren, 1.4 kg of tent",
	"back_in_stock":     "Back on the shelf: the one you looked at",
}

var referrers = []string{
	"", "", "https://www.google.com/", "https://duckduckgo.com/", "https://www.instagram.com/",
	"https://walks-blog.example/best-rain-jackets", "https://news.example/gear-test",
}

var searches = []string{"rain jacket", "tent 2 person", "merino", "wool socks", "head torch", "gift", "trail shoes 43", "coffee"}

var articles = []struct{ title, path string }{
	{"Our story", "/about"},
	{"How to wash a rain jacket", "/journal/wash-a-rain-jacket"},
	{"Delivery and returns", "/help/delivery"},
	{"Shops near you", "/shops"},
	{"Ten autumn walks", "/journal/ten-autumn-walks"},
}

var complaints = []struct{ subject, topic, about string }{
	{"Parcel has not arrived", "delivery", "a parcel that has not come"},
	{"Wrong size sent", "returns", "a wrong size"},
	{"Zip broke after a week", "warranty", "a broken zip"},
	{"How do I wash down?", "advice", "washing a down vest"},
	{"Charged twice?", "billing", "a doubled charge"},
	{"Change my delivery address", "delivery", "a delivery address"},
}

var plans = []string{"basic", "plus", "trail"}

var coupons = []string{"AUTUMN10", "MEMBER20", "FRIENDS5"}

// company is a business customer. Those who call from the switchboard are all seen with its one number.
type company struct {
	id, name, industry, domain string
	employees                  int
	plan                       string
}

var companies = []company{
	{"acct-brightwater", "Brightwater Architects", "Architecture", "brightwater.example", 42, "business"},
	{"acct-harbour-school", "Harbour Primary School", "Education", "harbour-school.example", 35, "education"},
	{"acct-nordvik", "Nordvik Survey AB", "Surveying", "nordvik.example", 120, "business"},
	{"acct-trailhead", "Trailhead Guides", "Tourism", "trailhead.example", 14, "starter"},
	{"acct-mondo-film", "Mondo Film", "Media", "mondo-film.example", 60, "business"},
	{"acct-koppel", "Koppel & Söhne", "Crafts", "koppel.example", 9, "starter"},
}

// tills are the shop's points of sale, by country code. They send their own id as anonymousId whoever is paying.
var tills = map[string][]string{
	"GB": {"till-manchester-1", "till-london-1"},
	"US": {"till-portland-1"},
	"DE": {"till-hamburg-1", "till-hamburg-2"},
	"FR": {"till-lyon-1"},
	"SE": {"till-goteborg-1"},
	"AU": {"till-melbourne-1"},
	"CA": {"till-toronto-1"},
}
