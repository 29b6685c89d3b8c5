"""The words that questions are read by: nationalities, genres, movements and regions of cinema.

Names are TMDB's: language codes, countries, genres, keywords.
"""

from __future__ import annotations

LANGUAGES = {
    "afghan": ("fa", "Afghanistan"),
    "albanian": ("sq", "Albania"),
    "algerian": ("ar", "Algeria"),
    "american": ("en", "United States of America"),
    "argentine": ("es", "Argentina"),
    "argentinian": ("es", "Argentina"),
    "armenian": ("hy", "Armenia"),
    "australian": ("en", "Australia"),
    "austrian": ("de", "Austria"),
    "bangladeshi": ("bn", "Bangladesh"),
    "belgian": ("fr", "Belgium"),
    "bengali": ("bn", "India"),
    "bolivian": ("es", "Bolivia"),
    "bollywood": ("hi", "India"),
    "bosnian": ("bs", "Bosnia and Herzegovina"),
    "brazilian": ("pt", "Brazil"),
    "british": ("en", "United Kingdom"),
    "bulgarian": ("bg", "Bulgaria"),
    "canadian": ("en", "Canada"),
    "cantonese": ("cn", "Hong Kong"),
    "catalan": ("ca", "Spain"),
    "chilean": ("es", "Chile"),
    "chinese": ("zh", "China"),
    "colombian": ("es", "Colombia"),
    "croatian": ("hr", "Croatia"),
    "cuban": ("es", "Cuba"),
    "czech": ("cs", "Czech Republic"),
    "czechoslovak": ("cs", "Czechoslovakia"),
    "danish": ("da", "Denmark"),
    "dutch": ("nl", "Netherlands"),
    "egyptian": ("ar", "Egypt"),
    "english": ("en", ""),
    "estonian": ("et", "Estonia"),
    "ethiopian": ("am", "Ethiopia"),
    "filipino": ("tl", "Philippines"),
    "finnish": ("fi", "Finland"),
    "french": ("fr", "France"),
    "georgian": ("ka", "Georgia"),
    "german": ("de", "Germany"),
    "ghanaian": ("en", "Ghana"),
    "greek": ("el", "Greece"),
    "gujarati": ("gu", "India"),
    "hebrew": ("he", "Israel"),
    "hindi": ("hi", "India"),
    "hong kong": ("cn", "Hong Kong"),
    "hungarian": ("hu", "Hungary"),
    "icelandic": ("is", "Iceland"),
    "indian": ("hi", "India"),
    "indonesian": ("id", "Indonesia"),
    "iranian": ("fa", "Iran"),
    "iraqi": ("ar", "Iraq"),
    "irish": ("en", "Ireland"),
    "israeli": ("he", "Israel"),
    "italian": ("it", "Italy"),
    "japanese": ("ja", "Japan"),
    "jordanian": ("ar", "Jordan"),
    "kannada": ("kn", "India"),
    "kazakh": ("kk", "Kazakhstan"),
    "kenyan": ("sw", "Kenya"),
    "kollywood": ("ta", "India"),
    "korean": ("ko", "South Korea"),
    "latvian": ("lv", "Latvia"),
    "lebanese": ("ar", "Lebanon"),
    "lithuanian": ("lt", "Lithuania"),
    "macedonian": ("mk", "Macedonia"),
    "malayalam": ("ml", "India"),
    "malaysian": ("ms", "Malaysia"),
    "mandarin": ("zh", "China"),
    "marathi": ("mr", "India"),
    "mexican": ("es", "Mexico"),
    "mollywood": ("ml", "India"),
    "mongolian": ("mn", "Mongolia"),
    "moroccan": ("ar", "Morocco"),
    "nepali": ("ne", "Nepal"),
    "new zealand": ("en", "New Zealand"),
    "nigerian": ("en", "Nigeria"),
    "nollywood": ("en", "Nigeria"),
    "norwegian": ("no", "Norway"),
    "pakistani": ("ur", "Pakistan"),
    "palestinian": ("ar", "Palestinian Territory"),
    "persian": ("fa", "Iran"),
    "peruvian": ("es", "Peru"),
    "polish": ("pl", "Poland"),
    "portuguese": ("pt", "Portugal"),
    "punjabi": ("pa", "India"),
    "romanian": ("ro", "Romania"),
    "russian": ("ru", "Russia"),
    "sandalwood": ("kn", "India"),
    "scottish": ("en", "United Kingdom"),
    "senegalese": ("fr", "Senegal"),
    "serbian": ("sr", "Serbia"),
    "singaporean": ("zh", "Singapore"),
    "slovak": ("sk", "Slovakia"),
    "slovenian": ("sl", "Slovenia"),
    "south african": ("en", "South Africa"),
    "south korean": ("ko", "South Korea"),
    "soviet": ("ru", "Soviet Union"),
    "spanish": ("es", "Spain"),
    "sri lankan": ("si", "Sri Lanka"),
    "swedish": ("sv", "Sweden"),
    "swiss": ("de", "Switzerland"),
    "syrian": ("ar", "Syria"),
    "taiwanese": ("zh", "Taiwan"),
    "tamil": ("ta", "India"),
    "telugu": ("te", "India"),
    "thai": ("th", "Thailand"),
    "tollywood": ("te", "India"),
    "tunisian": ("ar", "Tunisia"),
    "turkish": ("tr", "Turkey"),
    "ukrainian": ("uk", "Ukraine"),
    "urdu": ("ur", "Pakistan"),
    "uruguayan": ("es", "Uruguay"),
    "venezuelan": ("es", "Venezuela"),
    "vietnamese": ("vi", "Vietnam"),
    "welsh": ("en", "United Kingdom"),
    "yugoslav": ("sh", "Yugoslavia"),
}
"""Word -> TMDB's code of the language, and its name of the country ("" where several speak it)."""

SHARED_LANGUAGES = {
    "ar": "", "de": "Germany", "en": "United States of America", "es": "Spain", "fr": "France", "pt": "",
    "zh": "China",
}  # fmt: skip
"""Spoken in several countries: a film that is "not mexican" may be in Spanish, and most in Spanish are not so.

With the country that most of its films are from, or "" where there are several such.
"""

PLACES = {
    "america": "United States of America", "bollywood": "India", "britain": "United Kingdom",
    "england": "United Kingdom", "hollywood": "United States of America", "korea": "South Korea",
    "uk": "United Kingdom", "united states": "United States of America", "us": "United States of America",
    "usa": "United States of America", "ussr": "Soviet Union",
}  # fmt: skip
"""What people call a country -> TMDB's name, where that is another."""

REGIONS = {
    "african": ("country", "South Africa,Nigeria,Senegal,Kenya,Ghana,Mali,Burkina Faso,Cameroon,Ethiopia,Chad,"
                "Uganda,Rwanda,Zimbabwe,Ivory Coast,Cote D'Ivoire,Mauritania,Tanzania,Congo,Angola,Mozambique"),
    "arab": ("language", "ar"),
    "arabic": ("language", "ar"),
    "asian": ("language", "ja,ko,zh,cn,th,id,vi,tl,ms,mn,km"),
    "balkan": ("country", "Yugoslavia,Serbia,Croatia,Bosnia and Herzegovina,Macedonia,North Macedonia,Slovenia,"
               "Montenegro,Bulgaria,Albania,Romania,Greece"),
    "baltic": ("language", "et,lv,lt"),
    "caribbean": ("country", "Cuba,Jamaica,Haiti,Dominican Republic,Puerto Rico,Trinidad and Tobago,Martinique"),
    "eastern european": ("language", "pl,cs,sk,hu,ro,bg,ru,uk,sr,hr,sl,et,lv,lt"),
    "latin american": ("country", "Mexico,Argentina,Brazil,Chile,Colombia,Peru,Cuba,Uruguay,Venezuela,Bolivia,"
                       "Ecuador,Guatemala,Costa Rica,Paraguay"),
    "middle eastern": ("language", "ar,fa,he,ku,tr"),
    "nordic": ("language", "sv,da,no,fi,is"),
    "north african": ("country", "Morocco,Algeria,Tunisia,Egypt,Libya"),
    "scandi": ("language", "sv,da,no,fi,is"),
    "scandinavian": ("language", "sv,da,no,fi,is"),
    "south american": ("country", "Argentina,Brazil,Chile,Colombia,Peru,Uruguay,Venezuela,Bolivia,Ecuador,"
                       "Paraguay"),
    "southeast asian": ("language", "th,id,vi,tl,ms,km"),
    "west african": ("country", "Nigeria,Senegal,Ghana,Mali,Burkina Faso,Ivory Coast,Cote D'Ivoire,Mauritania"),
}  # fmt: skip
"""Word -> a filter on several languages or countries."""

ELSEWHERE = "United States of America"
"""Whose films are often shot in a region, and are not of it."""

MOVEMENTS = {
    r"(?:nordic|scandi|scandinavian) noirs?": (
        ("genre", "Crime"), ("genre", "Thriller"), ("genre", "Mystery"), ("keyword", "detective"),
        ("period", "2010s")),
    r"film noirs?|noir (?:films?|movies?)": (
        ("keyword", "film noir"), ("genre", "Crime"), ("language", "en"), ("period", "1940s")),
    r"(?:french|nouvelle) (?:new wave|vague)": (
        ("language", "fr"), ("country", "France"), ("period", "1960s")),
    r"czech new wave": (("language", "cs"), ("country", "Czechoslovakia"), ("period", "1960s")),
    r"(?:german )?expressionis[mt]": (("language", "de"), ("country", "Germany"), ("period", "1920s")),
    r"(?:italian )?neo-?realis[mt]": (("language", "it"), ("country", "Italy"), ("period", "1940s")),
    r"giall[oi]": (("keyword", "giallo"), ("language", "it"), ("country", "Italy"), ("genre", "Horror"),
                   ("period", "1970s")),
    r"spaghetti westerns?": (("keyword", "spaghetti western"), ("genre", "Western"), ("language", "it"),
                             ("country", "Italy"), ("period", "1960s")),
    r"j-horror": (("genre", "Horror"), ("language", "ja"), ("country", "Japan")),
    r"wuxia": (("keyword", "wuxia"), ("language", "zh"), ("genre", "Action")),
    r"kaiju": (("keyword", "kaiju"), ("language", "ja"), ("country", "Japan"), ("genre", "Science Fiction")),
    r"blaxploitation": (("keyword", "blaxploitation"), ("language", "en"), ("period", "1970s")),
    r"(?:old|classic|golden age of) hollywood": (
        ("language", "en"), ("country", "United States of America"), ("period", "1940s")),
    r"new hollywood": (("language", "en"), ("country", "United States of America"), ("period", "1970s")),
}  # fmt: skip
"""Pattern of words -> what they ask for, as weights."""

GENRES = {
    "action": "Action", "adventure": "Adventure", "animated": "Animation", "animation": "Animation",
    "cartoon": "Animation", "cartoons": "Animation", "comedy": "Comedy", "comedies": "Comedy", "crime": "Crime",
    "documentaries": "Documentary", "documentary": "Documentary", "drama": "Drama", "dramas": "Drama",
    "family": "Family", "fantasy": "Fantasy", "history": "History", "historical": "History", "horror": "Horror",
    "mystery": "Mystery", "romance": "Romance", "romances": "Romance", "romantic": "Romance",
    "romcom": "Romance", "sci fi": "Science Fiction", "sci-fi": "Science Fiction",
    "science fiction": "Science Fiction", "thriller": "Thriller", "thrillers": "Thriller", "war": "War",
    "western": "Western", "westerns": "Western",
}  # fmt: skip
"""Word -> TMDB's genre. Musicals are no genre of TMDB's: `Music` is what bands and concerts have."""

KEYWORDS = {"musical": "musical", "musicals": "musical", "superheroes": "superhero", "zombies": "zombie"}
"""Word -> TMDB's keyword."""

THEMES = {
    "biopic": "biography", "biopics": "biography", "black comedy": "dark comedy", "black comedies": "dark comedy",
    "courtroom drama": "courtroom", "dark comedies": "dark comedy",
    "dystopian": "dystopia", "mockumentaries": "mockumentary",
    "neo noir": "neo-noir", "post-apocalyptic": "post-apocalyptic future",
    "road movie": "road trip", "road movies": "road trip", "road film": "road trip",
    "sports film": "sports", "sports movie": "sports", "sports drama": "sports", "teen film": "teen movie",
    "whodunnit": "whodunit",
}  # fmt: skip
"""What people call a theme in a short text -> TMDB's keyword, where that is another."""

TOPICS = {
    "action",
    "adventure",
    "animation",
    "cartoon",
    "cartoons",
    "crime",
    "family",
    "fantasy",
    "history",
    "mystery",
    "war",
    "western",
}
"""Genres that are also what a story is about: they are read in short texts, and before a word such as "film"."""
