package event

import "strings"

// Marks of user agents, in lower case. Kept short on purpose: what calls itself a bot is found by that word, what
// does not and still matters stands here.
var (
	// testAgents are headless browsers, browser drivers and load generators.
	testAgents = []string{
		"headlesschrome", "headless_shell", "phantomjs", "slimerjs", "htmlunit", "puppeteer", "playwright", "selenium",
		"webdriver", "cypress/", "testcafe", "nightmare", "jsdom", "splash ",
		"k6/", "grafana k6", "jmeter", "gatling", "locust", "artillery", "vegeta", "apachebench", "ab/", "wrk/", "wrk2",
		"hey/", "siege/", "tsung", "loadrunner", "loadimpact", "blazemeter", "autocannon", "oha/", "bombardier",
	}
	// botAgents are crawlers, link previewers and monitors without the word bot in their name.
	botAgents = []string{
		"slurp", "mediapartners-google", "adsbot", "google-inspectiontool", "google-read-aloud", "googleother", "apis-google",
		"feedfetcher", "facebookexternalhit", "facebookcatalog", "meta-externalagent", "whatsapp/", "bingpreview", "baiduspider",
		"yandeximages", "ia_archiver", "archive.org", "embedly", "quora link preview", "skypeuripreview", "outbrain", "pinterest/0.",
		"vkshare", "w3c_validator", "ahrefs", "semrush", "screaming frog", "sitebulb", "lighthouse", "gtmetrix", "ptst/",
		"pingdom", "statuscake", "datadogsynthetics", "datadog/synthetics", "site24x7", "newrelicsynthetics", "uptime-kuma", "uptime/",
		"checkly", "catchpoint", "zgrab", "masscan", "nmap", "nessus", "petalsearch", "bytespider", "chatgpt-user",
		"perplexity-user", "claude-web", "scrapy",
	}
	// crawlWords mark a bot where they end a word: cubot is a make of phones.
	crawlWords = []string{"bot", "crawler", "spider", "monitor"}
)

// agentKind tells whether a user agent is that of a crawler or monitor, or of a test tool. HTTP libraries are neither:
// servers and apps use them.
func agentKind(userAgent string) (bot, test bool) {
	if userAgent == "" {
		return false, false
	}
	ua := strings.ToLower(userAgent)
	if containsAny(ua, testAgents) {
		return false, true
	}
	if containsAny(ua, botAgents) {
		return true, false
	}
	for _, word := range crawlWords {
		if endsWord(ua, word) {
			return true, false
		}
	}
	return false, false
}

// containsAny reports whether a word of s begins with one of marks.
func containsAny(s string, marks []string) bool {
	for _, mark := range marks {
		for at := 0; ; {
			i := strings.Index(s[at:], mark)
			if i < 0 {
				break
			}
			if at += i; at == 0 || !isWord(s[at-1]) {
				return true
			}
			at += len(mark)
		}
	}
	return false
}

// endsWord reports whether a word of s ends with suffix.
func endsWord(s, suffix string) bool {
	for rest := s; ; {
		i := strings.Index(rest, suffix)
		if i < 0 {
			return false
		}
		end := i + len(suffix)
		if (end == len(rest) || !isWord(rest[end])) && !strings.HasSuffix(rest[:end], "cubot") {
			return true
		}
		rest = rest[end:]
	}
}

func isWord(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }
