package demo

// browser is what a web visitor comes with.
type browser struct {
	label     string // how the story calls the device
	userAgent string
	width     int
	height    int
}

var laptops = []browser{
	{"laptop", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36", 1536, 864},
	{"laptop", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15", 1440, 900},
	{"laptop", "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", 1920, 1080},
	{"laptop", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", 1920, 1080},
}

var mobileBrowsers = []browser{
	{"phone’s browser", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1", 390, 844},
	{"phone’s browser", "Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36", 412, 915},
}

var officeBrowser = browser{"office computer", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36", 2560, 1440}

var tabletBrowser = browser{"family tablet", "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1", 820, 1180}

var kioskBrowser = browser{"shop kiosk", "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36", 1080, 1920}

// robots are crawlers and test tools, which say so in their user agent.
var robots = []struct {
	name, userAgent string
	test            bool
}{
	{"Googlebot", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", false},
	{"bingbot", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", false},
	{"An uptime monitor", "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", false},
	{"A headless browser", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/141.0.0.0 Safari/537.36", true},
}

// handset is a telephone the app runs on.
type handset struct {
	kind, maker, model, os, version string
}

var handsets = []handset{
	{"ios", "Apple", "iPhone15,4", "iOS", "18.6"},
	{"ios", "Apple", "iPhone14,5", "iOS", "17.7"},
	{"android", "Google", "Pixel 8", "Android", "15"},
	{"android", "Samsung", "SM-S921B", "Android", "14"},
	{"android", "Fairphone", "FP5", "Android", "14"},
}
