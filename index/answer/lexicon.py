"""The words that questions are read by: nationalities, genres, movements and regions of cinema.

Names are TMDB's: language codes, countries, genres, keywords.
"""

from __future__ import annotations

LANGUAGES = {
    "american": ("en", "United States of America"),
    "argentine": ("es", "Argentina"),
    "argentinian": ("es", "Argentina"),
    "australian": ("en", "Australia"),
    "bollywood": ("hi", "India"),
    "brazilian": ("pt", "Brazil"),
    "british": ("en", "United Kingdom"),
    "cantonese": ("cn", "Hong Kong"),
    "chinese": ("zh", "China"),
    "czech": ("cs", "Czech Republic"),
    "danish": ("da", "Denmark"),
    "dutch": ("nl", "Netherlands"),
    "english": ("en", ""),
    "finnish": ("fi", "Finland"),
    "french": ("fr", "France"),
    "german": ("de", "Germany"),
    "greek": ("el", "Greece"),
    "hindi": ("hi", "India"),
    "hong kong": ("cn", "Hong Kong"),
    "hungarian": ("hu", "Hungary"),
    "icelandic": ("is", "Iceland"),
    "indian": ("hi", "India"),
    "indonesian": ("id", "Indonesia"),
    "iranian": ("fa", "Iran"),
    "irish": ("en", "Ireland"),
    "israeli": ("he", "Israel"),
    "italian": ("it", "Italy"),
    "japanese": ("ja", "Japan"),
    "korean": ("ko", "South Korea"),
    "mandarin": ("zh", "China"),
    "mexican": ("es", "Mexico"),
    "nollywood": ("en", "Nigeria"),
    "norwegian": ("no", "Norway"),
    "persian": ("fa", "Iran"),
    "polish": ("pl", "Poland"),
    "portuguese": ("pt", "Portugal"),
    "romanian": ("ro", "Romania"),
    "russian": ("ru", "Russia"),
    "soviet": ("ru", "Soviet Union"),
    "spanish": ("es", "Spain"),
    "swedish": ("sv", "Sweden"),
    "taiwanese": ("zh", "Taiwan"),
    "tamil": ("ta", "India"),
    "telugu": ("te", "India"),
    "thai": ("th", "Thailand"),
    "tollywood": ("te", "India"),
    "turkish": ("tr", "Turkey"),
    "vietnamese": ("vi", "Vietnam"),
}
"""Word -> TMDB's code of the language, and its name of the country ("" where several speak it)."""

SHARED_LANGUAGES = frozenset({"ar", "de", "en", "es", "fr", "pt", "zh"})
"""Spoken in several countries: a film that is "not mexican" may be in Spanish."""

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
    "balkan": ("country", "Yugoslavia,Serbia,Croatia,Bosnia and Herzegovina,Macedonia,North Macedonia,Slovenia,"
               "Montenegro,Bulgaria,Albania,Romania,Greece"),
    "latin american": ("country", "Mexico,Argentina,Brazil,Chile,Colombia,Peru,Cuba,Uruguay,Venezuela,Bolivia,"
                       "Ecuador,Guatemala,Costa Rica,Paraguay"),
    "nordic": ("language", "sv,da,no,fi,is"),
    "scandi": ("language", "sv,da,no,fi,is"),
    "scandinavian": ("language", "sv,da,no,fi,is"),
}  # fmt: skip
"""Word -> a filter on several languages or countries."""

MOVEMENTS = {
    r"(?:nordic|scandi|scandinavian) noirs?": (("genre", "Crime"), ("genre", "Thriller"), ("genre", "Mystery")),
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
