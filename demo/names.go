package demo

import "strings"

// stock is the names people of one part of the world bear. A name written in another script carries its Latin
// spelling after a bar.
type stock struct {
	she, he, family []string
}

var stocks = []stock{
	{ // Nigeria
		she:    []string{"Adaeze", "Ngozi", "Folake", "Amara", "Zainab", "Ifeoma"},
		he:     []string{"Chinedu", "Emeka", "Tunde", "Kelechi", "Ibrahim", "Obinna"},
		family: []string{"Okonkwo", "Adeyemi", "Eze", "Balogun", "Nwosu", "Abiola", "Danjuma"},
	},
	{ // Britain and Ireland
		she:    []string{"Harriet", "Niamh", "Eleanor", "Bronwen", "Isla", "Saoirse"},
		he:     []string{"Callum", "Rhys", "Oliver", "Eoin", "Gareth", "Hamish"},
		family: []string{"Whitcombe", "O’Sullivan", "Pritchard", "MacLeod", "Fairclough", "Ashworth", "Kearney"},
	},
	{ // Germany and Austria
		she:    []string{"Annika", "Frieda", "Käthe", "Lieselotte", "Mareike", "Ursula"},
		he:     []string{"Jürgen", "Lukas", "Matthias", "Thorsten", "Götz", "Moritz"},
		family: []string{"Brückner", "Hoffmann", "Schäfer", "Weiß", "Vogelsang", "Kowalke", "Öhler"},
	},
	{ // France
		she:    []string{"Amélie", "Clémence", "Maëlle", "Solène", "Océane", "Agnès"},
		he:     []string{"Étienne", "Loïc", "Rémi", "Jean-Baptiste", "Mathéo", "Théophile"},
		family: []string{"Lefèvre", "Garnier", "Le Goff", "Deschamps", "Rousselot", "Perrin", "d’Aubigny"},
	},
	{ // Spain and Latin America
		she:    []string{"Lucía", "Ximena", "María José", "Valentina", "Itziar", "Rocío"},
		he:     []string{"Tomás", "Íñigo", "Santiago", "Joaquín", "Andrés", "Matías"},
		family: []string{"García Márquez", "Ibáñez", "Quispe", "Muñoz", "Etxeberria", "Salazar", "Del Río"},
	},
	{ // Sweden, Denmark, Norway
		she:    []string{"Astrid", "Solveig", "Linnéa", "Maja", "Tove", "Sigrid"},
		he:     []string{"Björn", "Søren", "Håkan", "Leif", "Anders", "Torbjørn"},
		family: []string{"Lindqvist", "Åkesson", "Nygård", "Bergström", "Kjærgaard", "Holm", "Sjöberg"},
	},
	{ // Poland and Ukraine
		she:    []string{"Agnieszka", "Małgorzata", "Zofia", "Oksana", "Олена|Olena", "Bożena"},
		he:     []string{"Wojciech", "Paweł", "Łukasz", "Taras", "Андрій|Andrii", "Krzysztof"},
		family: []string{"Wiśniewski", "Zając", "Kowalczyk", "Шевчук|Shevchuk", "Dąbrowski", "Mazur", "Бондар|Bondar"},
	},
	{ // Turkey
		she:    []string{"Ayşe", "Zeynep", "Elif", "Gülşen", "Defne", "Nilüfer"},
		he:     []string{"Emre", "Mehmet", "Çağlar", "Oğuz", "Kerem", "Barış"},
		family: []string{"Yılmaz", "Demirtaş", "Çelik", "Aydın", "Öztürk", "Kılıç", "Şahin"},
	},
	{ // India
		she:    []string{"Ananya", "Priya", "Kavitha", "Meenakshi", "Ishita", "Lakshmi"},
		he:     []string{"Arjun", "Rohan", "Venkatesh", "Harpreet", "Siddharth", "Imran"},
		family: []string{"Iyer", "Chatterjee", "Singh Gill", "Deshpande", "Reddy", "Menon", "Khanna"},
	},
	{ // Japan and Korea
		she:    []string{"Aiko", "美咲|Misaki", "Yuki", "Soo-jin", "Haruka", "지우|Ji-woo"},
		he:     []string{"Kenji", "Hiroshi", "翔太|Shota", "Min-jun", "Takumi", "Sung-ho"},
		family: []string{"Tanaka", "佐藤|Sato", "Yamamoto", "Kim", "Ōtani", "박|Park", "Nakamura"},
	},
	{ // Arabic-speaking countries and Iran
		she:    []string{"Layla", "Noor", "Shirin", "Fatima Zahra", "Rania", "Yasmin"},
		he:     []string{"Omar", "Karim", "Dariush", "Youssef", "Bilal", "Tariq"},
		family: []string{"Al-Masri", "Haddad", "Ben Salah", "Tehrani", "Khoury", "El Amrani", "Nasser"},
	},
	{ // China and Vietnam
		she:    []string{"Mei", "Xiaoyan", "Linh", "Thảo", "Jiayi", "Hương"},
		he:     []string{"Wei", "Haoran", "Minh", "Đức", "Zihan", "Quang"},
		family: []string{"Nguyễn", "Chen", "Trần", "Zhang", "Lê", "Huang", "Phạm"},
	},
	{ // Greece and Italy
		she:    []string{"Eleni", "Κατερίνα|Katerina", "Chiara", "Giulia", "Federica", "Despina"},
		he:     []string{"Nikos", "Γιώργος|Giorgos", "Matteo", "Niccolò", "Stavros", "Davide"},
		family: []string{"Papadopoulos", "Esposito", "Δημητρίου|Dimitriou", "Ferrari", "D’Angelo", "Economou", "Ricci"},
	},
	{ // Kenya and Ethiopia
		she:    []string{"Wanjiru", "Achieng", "Selam", "Tigist", "Njeri", "Hiwot"},
		he:     []string{"Kamau", "Otieno", "Dawit", "Abebe", "Kipchoge", "Mwangi"},
		family: []string{"Wambui", "Odhiambo", "Tesfaye", "Kiprop", "Bekele", "Mutua", "Njoroge"},
	},
}

// spelled splits a name of the tables into what its bearer writes and its Latin spelling.
func spelled(name string) (own, latin string) {
	if own, latin, ok := strings.Cut(name, "|"); ok {
		return own, latin
	}
	return name, name
}

// folds are the letters of the tables outside ASCII, as they come in an e-mail address.
var folds = strings.NewReplacer(
	"à", "a", "á", "a", "ả", "a", "ạ", "a", "ã", "a", "ä", "ae", "å", "a", "ą", "a", "æ", "ae", "ầ", "a", "ç", "c",
	"đ", "d", "è", "e", "é", "e", "ê", "e", "ë", "e", "ę", "e", "ễ", "e", "ğ", "g", "ì", "i", "í", "i", "ï", "i", "ı", "i",
	"ł", "l", "ñ", "n", "ń", "n", "ò", "o", "ó", "o", "ö", "oe", "ø", "o", "ō", "o", "ś", "s", "ş", "s", "ß", "ss",
	"ü", "ue", "ú", "u", "ư", "u", "ứ", "u", "ơ", "o", "ź", "z", "ż", "z", "i̇", "i",
	" ", "", "-", "", "’", "", "'", "",
)

// mailName is the part of an e-mail address made of a Latin name: lower-case ASCII letters.
func mailName(latin string) string { return folds.Replace(strings.ToLower(latin)) }
