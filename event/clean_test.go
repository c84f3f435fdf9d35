package event

import "testing"

func TestCleanEmail(t *testing.T) {
	for in, want := range map[string]string{
		"ada@x.org": "ada@x.org", "\tADA@X.Org\n": "ada@x.org", "mailto:Ada@x.org": "ada@x.org", "a+tag@x.co.uk": "a+tag@x.co.uk",
		"o'neil@x.org": "o'neil@x.org", "é@bücher.example": "é@bücher.example", "É@x.org": "é@x.org", "\u200bada@x.org\ufeff": "ada@x.org",
		"test@x.org": "test@x.org", "a@sub.sub.x-y.org": "a@sub.sub.x-y.org",
	} {
		if got, ok := cleanEmail(in); !ok || got != want {
			t.Errorf("%q: %q %v", in, got, ok)
		}
	}
	for _, in := range []string{
		"", "@", "a@", "@x.org", "a@x", "a@localhost", "a b@x.org", "a@x..org", "a@-x.org", "a@x-.org", "a@x.org.", ".a@x.org", "a.@x.org", "a..b@x.org",
		"a@b@x.org", "Ada <ada@x.org>", "a@x.org,b@x.org", "a@[127.0.0.1]", "a@127.0.0.1", "a\x00@", "a@x.o", "null", "a@x.o rg", "a\nb@x.org",
	} {
		if got, ok := cleanEmail(in); ok {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestCleanPhone(t *testing.T) {
	for _, tc := range []struct{ in, country, want string }{
		{"+44 20 7946 0958", "", "+442079460958"}, {"+44 (0)20 7946 0958", "", "+442079460958"}, {"020 7946 0958", "GB", "+442079460958"},
		{"0049 30 901820", "DE", "+4930901820"}, {"(415) 555-0123", "US", "+14155550123"}, {"tel:+1-415-555-0123", "", "+14155550123"},
		{"+1 555 555 0123", "", "+15555550123"}, {"＋14155550123", "", "+14155550123"}, {"4155550123", "US", "+14155550123"},
		{"020 7946 0958", "", ""}, {"020 7946 0958", "US", ""}, {"555-0123", "US", ""}, {"+1 415 555 0123 x12", "", ""}, {"+14155550123;ext=5", "", ""},
		{"", "US", ""}, {"none", "US", ""}, {"+", "", ""}, {"+999 1234567", "", ""}, {"000000", "US", ""}, {"+1 415 555 0123 / +1 415 555 0124", "US", ""},
	} {
		if got, ok := cleanPhone(tc.in, tc.country); got != tc.want || ok != (tc.want != "") {
			t.Errorf("%q in %q: %q %v, want %q", tc.in, tc.country, got, ok, tc.want)
		}
	}
}

func TestCleanDate(t *testing.T) {
	for in, want := range map[string]string{
		"1815-12-10": "1815-12-10", "1815-2-1": "1815-02-01", "1815/12/10": "1815-12-10", "10.12.1815": "1815-12-10", "1.2.1990": "1990-02-01",
		"Dec 10, 1815": "1815-12-10", "10 December 1815": "1815-12-10", "december 10 1815": "1815-12-10", "25/12/1990": "1990-12-25",
		"12/25/1990": "1990-12-25", "5/5/1990": "1990-05-05", "25-12-1990": "1990-12-25", "19901225": "1990-12-25",
		"1990-12-25T00:00:00Z": "1990-12-25", "1990-12-25T00:00:00.000Z": "1990-12-25", "1990-12-25 00:00:00": "1990-12-25", " 1990-12-25 ": "1990-12-25",
	} {
		if got, ok := cleanDate(in); !ok || got != want {
			t.Errorf("%q: %q %v", in, got, ok)
		}
	}
	for _, in := range []string{
		"", "03/04/1990", "3-4-1990", "90-12-25", "25.12.90", "1990", "1990-12", "1990-13-01", "1990-02-30", "1990-12-25T22:00:00Z", "12101815", "0000-00-00",
		"tomorrow", "1990-12-25T00:00:00+02:00", "Dec 25",
	} {
		if got, ok := cleanDate(in); ok {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestAgents(t *testing.T) {
	for _, ua := range []string{
		"", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/83.0.4103.106 Mobile Safari/537.36",
		"Mozilla/5.0 (Linux; Android 13; SM-T500) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.0 Chrome/115.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:131.0) Gecko/20100101 Firefox/131.0", "analytics-go (version: 3.0.0)", "okhttp/4.12.0",
		"python-requests/2.32", "curl/8.5.0", "Go-http-client/2.0", "Mozilla/5.0 (iPhone) Mobile/15E148 Instagram 300.0.0.0", "Shop/1.2 (iPad; iOS 17.1; Scale/2.00)",
		"Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", "tab/1 ok",
	} {
		if bot, test := agentKind(ua); bot || test {
			t.Errorf("%s: bot %v, test %v", ua, bot, test)
		}
	}
	for _, ua := range []string{
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
		"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
		"Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "Mozilla/5.0 (compatible; Yahoo! Slurp)", "Baiduspider+(+http://www.baidu.com/search/spider.htm)",
		"Mozilla/5.0 Chrome-Lighthouse", "Pingdom.com_bot_version_1.4", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (compatible; GPTBot/1.2; +https://openai.com/gptbot)",
		"Mozilla/5.0 (compatible; SomeCrawler/1.0)", "WhatsApp/2.23.20.0",
	} {
		if bot, test := agentKind(ua); !bot || test {
			t.Errorf("%s: bot %v, test %v", ua, bot, test)
		}
	}
	for _, ua := range []string{
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/130.0.0.0 Safari/537.36", "k6/0.49.0 (https://k6.io/)",
		"ApacheBench/2.3", "Apache-HttpClient/4.5 (Java/17) JMeter", "Mozilla/5.0 Cypress/13.0 Chrome/118", "vegeta 12.8", "hey/0.0.1", "Mozilla/5.0 (Unknown; Linux) PhantomJS/2.1.1",
	} {
		if bot, test := agentKind(ua); bot || !test {
			t.Errorf("%s: bot %v, test %v", ua, bot, test)
		}
	}
}
