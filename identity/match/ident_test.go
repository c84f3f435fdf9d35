package match

import "testing"

func TestIdentFields(t *testing.T) {
	for _, c := range []struct{ field, a, b, want string }{
		{"email", `{"email":"Ada.Byron@x.org"}`, `{"email":"ada.byron@X.org"}`, "exact"},
		{"email", `{"email":"adabyron+shop@gmail.com"}`, `{"email":"ada.byron@gmail.com"}`, "exact"},
		{"email", `{"email":"info@x.org"}`, `{"email":"info@x.org"}`, "role"},
		{"email", `{"email":"info@x.org"}`, `{"email":"ada@x.org"}`, ""},
		{"email", `{"email":"ada.byron@gmail.com"}`, `{"email":"ada.byron@gmial.com"}`, "typo"},
		{"email", `{"email":"ada.byron@gmail.com"}`, `{"email":"ada.byrn@gmail.com"}`, "typo"},
		{"email", `{"email":"anna71@gmail.com"}`, `{"email":"anna72@gmail.com"}`, "differs"},
		{"email", `{"email":"qwurzl@gmail.com"}`, `{"email":"qwurzl@web.de"}`, "local"},
		{"email", `{"firstName":"Ada","lastName":"Byron","email":"adabyron@gmail.com"}`, `{"email":"adabyron@web.de"}`, "localFromName"},
		{"email", `{"email":"no"}`, `{"email":"no"}`, ""},
		{"phone", `{"phone":"+1 206 555 0187"}`, `{"phone":"(206) 555-0187"}`, "exact"},
		{"phone", `{"phone":"(206) 555-0187"}`, `{"phone":"555-0187"}`, "local"},
		{"phone", `{"phone":"+49 30 901820"}`, `{"phone":"030 901820","address":{"country":"Germany"}}`, "exact"},
		{"phone", `{"phone":"+1 206 555 0187"}`, `{"phone":"+1 206 555 0197"}`, "oneDigit"},
		{"phone", `{"phone":"+1 206 555 0187"}`, `{"phone":"+1 206 555 0188"}`, "differs"},
		{"phone", `{"phone":"+1 206 555 0187"}`, `{"phone":"+1 303 777 4321"}`, "differs"},
		{"phone", `{"phone":"0000000000"}`, `{"phone":"0000000000"}`, ""},
		{"phone", `{"phone":["+1 303 777 4321","+1 206 555 0187"]}`, `{"alternates":[{"phone":"206-555-0187"}]}`, "exact"},
		{"nationalId", `{"nationalId":"400-10-3088"}`, `{"nationalId":400103088}`, "exact"},
		{"nationalId", `{"nationalId":"400-10-3088"}`, `{"nationalId":"400-01-3088"}`, "oneDigit"},
		{"nationalId", `{"nationalId":"400-10-3088"}`, `{"nationalId":"400-10-3089"}`, "lastDigit"},
		{"nationalId", `{"nationalId":"400-10-3088"}`, `{"nationalId":"410-10-3089"}`, "twoDigits"},
		{"nationalId", `{"nationalId":"400-10-3088"}`, `{"nationalId":"3088"}`, "twoDigits"},
		{"nationalId", `{"nationalId":"400-10-3088"}`, `{"nationalId":"786-77-6454"}`, "differs"},
		{"nationalId", `{"nationalId":"999-99-9999"}`, `{"nationalId":"999-99-9999"}`, ""},
		{"nationalId", `{"nationalId":"123456789"}`, `{"nationalId":"123456789"}`, ""},
		{"nationalId", `{"nationalId":"400-10-3088"}`, `{"taxId":"400103088"}`, "exact"},
		{"nationalId", `{"nationalId":"400-10-3088"}`, `{"taxId":"786776454"}`, ""},
		{"taxId", `{"taxId":"78-6776454"}`, `{"taxId":"786776454"}`, "exact"},
		{"gender", `{"gender":"Female"}`, `{"gender":"w"}`, "exact"},
		{"gender", `{"gender":"Female"}`, `{"gender":"m"}`, "differs"},
		{"gender", `{"firstName":"Ada","gender":"f"}`, `{"firstName":"Ada","gender":"f"}`, "saidByName"},
		{"gender", `{"firstName":"Ada","gender":"f"}`, `{"firstName":"Ada","gender":"m"}`, "againstName"},
		{"gender", `{"gender":"x"}`, `{"gender":"f"}`, ""},
		{"employer", `{"employer":"Acme Inc."}`, `{"employer":"ACME, Inc"}`, "exact"},
		{"employer", `{"employer":"Acme Incorporated"}`, `{"employer":"Acme Incxrporated"}`, "similar"},
		{"birthPlace", `{"birthPlace":"Lyon"}`, `{"birthPlace":"Paris"}`, "differs"},
	} {
		if got := levelOf(t, c.field, c.a, c.b); got != c.want {
			t.Errorf("%s of %s and %s: %q, want %q", c.field, c.a, c.b, got, c.want)
		}
	}
}
