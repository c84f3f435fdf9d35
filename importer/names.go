package importer

import "strings"

// byName is what columns of these names become, by plainName, in the languages that exports commonly come in.
var byName = turned(map[string]string{
	"id": `id, record id, rec id, record number, customer id, customer number, customer no, cust id, client id, client number, contact id, contact number,
		member id, member number, person id, account id, lead id, crm id, external id, uuid, guid, kundennummer, kunden nr, kunden id, numero client,
		numero cliente, codigo cliente`,
	"at": `at, updated, updated at, updated on, last updated, last update, update date, modified at, modified on, last modified, last modified date,
		date modified, changed at, system modstamp, geändert am, zuletzt geändert`,
	"deleted":             "deleted, is deleted, gelöscht",
	"firstName":           "first name, first, given name, given, forename, fname, vorname, prénom, nombre, nome",
	"middleName":          "middle name, middle initial, middle, zweiter vorname",
	"lastName":            "last name, last, surname, family name, lname, sname, nachname, familienname, nom, nom de famille, apellido, cognome, sobrenome",
	"secondLastName":      "second last name, second surname, mothers last name, segundo apellido",
	"nameSuffix":          "name suffix, suffix",
	"name":                "name, full name, customer name, contact name, display name, person name",
	"title":               "title, job title, position",
	"email":               "email, mail, email address, primary email, contact email, emailadresse, mailadresse, adresse email, courriel, correo, correo electrónico",
	"phone":               "phone, phone number, telephone, telephone number, tel, home phone, work phone, mobile, mobile phone, mobile number, cell, cell phone, telefon, telefonnummer, handy, mobil, téléfono, téléphone",
	"birthday":            "birthday, birth date, date of birth, dob, born, geburtsdatum, geburtstag, date de naissance, fecha de nacimiento, data di nascita",
	"birthPlace":          "birth place, place of birth, geburtsort, lieu de naissance",
	"age":                 "age, alter",
	"gender":              "gender, sex, geschlecht, sexe, sexo",
	"address.street":      "street, street address, address, address 1, address line 1, street number, house number, straße, strasse, hausnummer, rue, calle, via, mailing street, billing street",
	"address.street2":     "address 2, address line 2, street 2, unit, apartment, apt, suite",
	"address.city":        "city, town, suburb, locality, ort, stadt, wohnort, ville, ciudad, città, mailing city, billing city",
	"address.state":       "state, province, region, bundesland, state province, mailing state, billing state",
	"address.postalCode":  "postal code, postcode, zip, zip code, plz, postleitzahl, code postal, código postal, cap, mailing postal code, billing postal code",
	"address.county":      "county",
	"address.country":     "country, country code, land, pays, país, paese, mailing country, billing country",
	"address.full":        "full address, complete address",
	"nationalId":          "national id, national identification number, ssn, social security number, soc sec id, social security, personal number, nino, cpf, dni",
	"driversLicense":      "drivers license, driver license, drivers licence, driving licence, license number",
	"passportNumber":      "passport, passport number, passport no",
	"taxId":               "tax id, tax number, tin, vat id, vat number, steuernummer",
	"medicalRecordNumber": "medical record number, mrn",
	"employer":            "employer, arbeitgeber",
	"company.name":        "company, company name, organization, organisation, firma, account name",
	"username":            "username, login",
	"website":             "website, homepage",
	"description":         "description, notes",
	"createdAt":           "created, created at, created on, created date, date created, creation date, signup date, erstellt am",
	"identifier:user_id":  "user id",
	"identifier:loyalty_card": `loyalty card, loyalty card number, loyalty number, loyalty id, kundenkarte,
		kundenkartennummer`,
})

// together are targets whose columns belong side by side: a street and the number of a house.
var together = map[string]bool{"address.street": true, "address.street2": true, "-": true}

func turned(table map[string]string) map[string]string {
	out := map[string]string{}
	for to, names := range table {
		for name := range strings.SplitSeq(names, ",") {
			out[plainName(name)] = to
		}
	}
	return out
}

// knownName is what a column of this name becomes, as far as its name alone says; empty when it does not. Phone 2 is
// a phone.
func knownName(name string) string {
	plain := plainName(name)
	if to := byName[plain]; to != "" {
		return to
	}
	return byName[strings.TrimRight(plain, "0123456789")]
}
