package match

import "strconv"

// Field is what is compared of two records.
type Field uint8

// The fields every model has. Those a model adds come behind them, in the order of their names.
const (
	FirstName Field = iota
	MiddleName
	LastName
	NameOrder // first and last name stand in each other's place
	NameSuffix
	Birthday
	Gender
	Email
	Phone
	NationalID
	DriversLicense
	PassportNumber
	TaxID
	MedicalRecordNumber
	Address
	BirthPlace
	Employer
	builtIn // how many there are

	maxExtra = 16 // fields a model may add
)

const (
	firstID = NationalID
	idKinds = int(MedicalRecordNumber-NationalID) + 1
)

// fieldNames are also the names of the traits, but for NameOrder.
var fieldNames = [builtIn]string{
	"firstName", "middleName", "lastName", "nameOrder", "nameSuffix", "birthday", "gender", "email", "phone", "nationalId",
	"driversLicense", "passportNumber", "taxId", "medicalRecordNumber", "address", "birthPlace", "employer",
}

// Level is how far two values of a field agree.
type Level uint8

// The levels of each comparator. Of birthdays a smaller level is a better one.
const (
	none Level = iota

	givenExact
	givenSpelling
	givenNickname
	givenInitial
	givenPart
	givenTypo
	givenClose
	givenMiddle
	givenInitialDiffers
	givenOtherSex
	givenDiffers

	middleExact
	middleInitial
	middleTypo
	middleSameInitial
	middleInitialDiffers
	middleDiffers

	lastExact
	lastSpelling
	lastPart
	lastTypo
	lastClose
	lastInitial
	lastInitialDiffers
	lastDiffers

	orderSwapped

	suffixSame
	suffixDiffers

	birthExact
	birthPlain
	birthPartMonth
	birthMonthDay
	birthSwapped
	birthDigit
	birthPartYear
	birthYearNear
	birthYearMonth
	birthDayOnly
	birthYearDay
	birthYear
	birthPartNear
	birthPartDiffers
	birthDiffers
	birthNone

	genderSame
	genderDiffers
	genderNamed // the first names agree, and say it already
	genderOdd   // they agree, and the genders do not

	emailExact
	emailRole
	emailTypo
	emailLocal
	emailNamed
	emailDiffers

	phoneExact
	phoneTail
	phoneTypo
	phoneDiffers

	idExact
	idTypo
	idNext
	idNear
	idDiffers

	addressUnit
	addressHouse
	addressOtherUnit
	addressNear
	addressStreet
	addressFar
	addressNumber
	addressPostal
	addressCity
	addressState
	addressDiffers

	textExact
	textAlike
	textDiffers

	levels
)

// comparator is the kind of comparison that a field gets.
type comparator struct{ first, last Level }

// comparatorOf is the comparator of a built-in field.
func comparatorOf(f Field) comparator {
	switch f {
	case FirstName:
		return comparator{givenExact, givenDiffers}
	case MiddleName:
		return comparator{middleExact, middleDiffers}
	case LastName:
		return comparator{lastExact, lastDiffers}
	case NameOrder:
		return comparator{orderSwapped, orderSwapped}
	case NameSuffix:
		return comparator{suffixSame, suffixDiffers}
	case Birthday:
		return comparator{birthExact, birthDiffers}
	case Gender:
		return comparator{genderSame, genderOdd}
	case Email:
		return comparator{emailExact, emailDiffers}
	case Phone:
		return comparator{phoneExact, phoneDiffers}
	case Address:
		return comparator{addressUnit, addressDiffers}
	case BirthPlace, Employer:
		return comparator{textExact, textDiffers}
	}
	return comparator{idExact, idDiffers}
}

// levelNames are what levels are called in model files and explanations.
var levelNames = [levels]string{
	none:       "not compared",
	givenExact: "exact", givenSpelling: "spelling", givenNickname: "nickname", givenInitial: "initial", givenPart: "part",
	givenTypo: "typo", givenClose: "similar", givenMiddle: "middle", givenInitialDiffers: "initialDiffers", givenOtherSex: "otherGender",
	givenDiffers: "differs",
	middleExact:  "exact", middleInitial: "initial", middleTypo: "typo", middleSameInitial: "sameInitial",
	middleInitialDiffers: "initialDiffers", middleDiffers: "differs",
	lastExact: "exact", lastSpelling: "spelling", lastPart: "part", lastTypo: "typo", lastClose: "similar", lastInitial: "initial",
	lastInitialDiffers: "initialDiffers", lastDiffers: "differs",
	orderSwapped: "swapped",
	suffixSame:   "exact", suffixDiffers: "differs",
	birthExact: "exact", birthPlain: "january1", birthPartMonth: "yearAndMonthKnown", birthMonthDay: "yearUnknown",
	birthSwapped: "dayMonthSwapped", birthDigit: "oneDigit", birthPartYear: "yearKnown", birthYearNear: "yearOff",
	birthYearMonth: "yearAndMonth", birthDayOnly: "monthAndDay", birthYearDay: "yearAndDay", birthYear: "year",
	birthPartNear: "yearNear", birthPartDiffers: "partDiffers", birthDiffers: "differs", birthNone: "not compared",
	genderSame: "exact", genderDiffers: "differs", genderNamed: "saidByName", genderOdd: "againstName",
	emailExact: "exact", emailRole: "role", emailTypo: "typo", emailLocal: "local", emailNamed: "localFromName", emailDiffers: "differs",
	phoneExact: "exact", phoneTail: "local", phoneTypo: "oneDigit", phoneDiffers: "differs",
	idExact: "exact", idTypo: "oneDigit", idNext: "lastDigit", idNear: "twoDigits", idDiffers: "differs",
	addressUnit: "unit", addressHouse: "house", addressOtherUnit: "otherUnit", addressNear: "nearHouse", addressStreet: "street",
	addressFar: "otherPlace", addressNumber: "numberAndPostal", addressPostal: "postal", addressCity: "city", addressState: "state",
	addressDiffers: "differs",
	textExact:      "exact", textAlike: "similar", textDiffers: "differs",
}

func (l Level) String() string {
	if l < levels {
		return levelNames[l]
	}
	return "level " + strconv.Itoa(int(l))
}
