package match

import "strings"

// stateNames are the states and provinces that are written both ways: codes with their names.
var stateNames = map[string]string{}

// stateCodes are the codes alone.
var stateCodes = map[string]bool{}

func init() {
	for _, pair := range strings.Split("al alabama,ak alaska,az arizona,ar arkansas,ca california,co colorado,ct connecticut,de delaware,"+
		"dc district of columbia,fl florida,ga georgia,hi hawaii,id idaho,il illinois,in indiana,ia iowa,ks kansas,ky kentucky,la louisiana,"+
		"me maine,md maryland,ma massachusetts,mi michigan,mn minnesota,ms mississippi,mo missouri,mt montana,ne nebraska,nv nevada,"+
		"nh new hampshire,nj new jersey,nm new mexico,ny new york,nc north carolina,nd north dakota,oh ohio,ok oklahoma,or oregon,"+
		"pa pennsylvania,ri rhode island,sc south carolina,sd south dakota,tn tennessee,tx texas,ut utah,vt vermont,va virginia,"+
		"wa washington,wv west virginia,wi wisconsin,wy wyoming,pr puerto rico,"+
		"nsw new south wales,vic victoria,qld queensland,sa south australia,tas tasmania,act australian capital territory,nt northern territory,"+
		"on ontario,qc quebec,bc british columbia,ab alberta,mb manitoba,sk saskatchewan,ns nova scotia,nb new brunswick,"+
		"pe prince edward island", ",") {
		code, name, _ := strings.Cut(pair, " ")
		stateNames[name], stateCodes[code] = code, true
	}
}

// stateCode is the code of a state given by name, and anything else as it is.
func stateCode(s string) string {
	if code, ok := stateNames[s]; ok {
		return code
	}
	return s
}
