"""Questions in plain words: what a text asks for besides its story.

"silent comedy from the 20s", "french, under 90 minutes, no horror": nationalities, periods, lengths, forms and
fame are read by fixed lists. A soft reading ("korean") becomes a fact of the film that is sought, so it weighs.
A hard one ("only", "no", "under", "before") becomes a filter. Every piece says which words carried it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from contract import Filters

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

NORDIC = ("sv", "da", "no", "fi", "is")

GENRES = {
    "action": "Action", "adventure": "Adventure", "animated": "Animation", "animation": "Animation",
    "cartoon": "Animation", "comedy": "Comedy", "comedies": "Comedy", "crime": "Crime",
    "documentaries": "Documentary", "documentary": "Documentary", "drama": "Drama", "dramas": "Drama",
    "family": "Family", "fantasy": "Fantasy", "history": "History", "historical": "History", "horror": "Horror",
    "musical": "Music", "musicals": "Music", "mystery": "Mystery", "romance": "Romance", "romantic": "Romance",
    "romcom": "Romance", "sci fi": "Science Fiction", "sci-fi": "Science Fiction",
    "science fiction": "Science Fiction",
    "thriller": "Thriller", "thrillers": "Thriller", "war": "War", "western": "Western", "westerns": "Western",
}  # fmt: skip
"""Word -> TMDB's genre."""

_NO = r"(?:no|not|without|non|except|but no|hold the)"
_MINUTES = r"(\d{2,3}) ?(?:min|mins|minutes)\b"
_SHORT_RUNTIME, _UNKNOWN_VOTES, _GOOD, _SILENT_YEAR = 15, 60, 8.3, 1925
"""What a film is taken to have that is asked for as short (minutes), little known, acclaimed or silent."""

_CENTURY = {0: 2000, 10: 2010, 20: 1920, 30: 1930, 40: 1940, 50: 1950, 60: 1960, 70: 1970, 80: 1980, 90: 1990}


class Piece(NamedTuple):
    """One thing that was read.

    Attributes:
        words: of the text, that carried it.
        kind: language, country, genre, period, length, form, fame or quality.
        value: as a filter or a film has it.
        how: "filter" or "weight".
    """

    words: str
    kind: str
    value: str
    how: str


@dataclass
class Reading:
    """What a text asks for.

    Attributes:
        story: the text without what became a filter; what is embedded.
        facts: columns of `FILM_SCHEMA` that the film sought is taken to have.
        changes: fields of `Filters`.
        pieces: all that was read, in the order found.
    """

    story: str
    facts: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)

    def filters(self, given: Filters) -> Filters:
        """Filters with those of the text, where the request itself does not name another value."""
        empty = Filters()
        ours = {k: v for k, v in self.changes.items() if getattr(given, k) == getattr(empty, k)}
        return replace(given, **ours) if ours else given


def read(text: str) -> Reading:
    """What a text asks for, by fixed lists.

    >>> reading = read("korean thriller under 100 minutes, no horror")
    >>> [(piece.kind, piece.value, piece.how) for piece in reading.pieces]
    [('genre', 'Horror', 'filter'), ('length', '100', 'filter'), ('language', 'ko', 'weight')]
    """
    reading = Reading(" ".join(text.split()))
    for step in (_negations, _bounds, _periods, _languages, _qualities):
        step(reading)
    return reading


def phrases(text: str) -> list[str]:
    """The runs of two and three words of a text, longest first."""
    words = re.findall(r"[\w'-]+", text.lower())
    return [" ".join(words[i : i + size]) for size in (3, 2) for i in range(len(words) - size + 1)]


def _negations(reading: Reading) -> None:
    genres = "|".join(re.escape(word) for word in sorted(GENRES, key=len, reverse=True))
    for found in _taken(reading, rf"\b{_NO} ({genres})\b(?: films?| movies?)?"):
        genre = GENRES[found[1].lower()]
        reading.changes["without_genres"] = (*reading.changes.get("without_genres", ()), genre)
        reading.pieces.append(Piece(found[0], "genre", genre, "filter"))


def _bounds(reading: Reading) -> None:
    for words, kind, name, shift in (
        (rf"\b(?:under|less than|shorter than|at most|up to) {_MINUTES}", "length", "runtime_max", 0),
        (rf"\b(?:over|more than|longer than|at least) {_MINUTES}", "length", "runtime_min", 0),
        (r"\b(?:before|until|older than) ((?:18|19|20)\d\d)\b", "period", "year_max", -1),
        (r"\b(?:after|since|newer than) ((?:18|19|20)\d\d)\b", "period", "year_min", 0),
    ):  # fmt: skip
        for found in _taken(reading, words):
            reading.changes[name] = int(found[1]) + (shift if found[0].lower().startswith("before") else 0)
            reading.pieces.append(Piece(found[0], kind, found[1], "filter"))


def _periods(reading: Reading) -> None:
    found = _search(reading, r"\b(?:19|20)?(\d0)'?s\b")
    if found:
        decade = int(found[0][:4]) if found[0][:4].isdigit() else _CENTURY[int(found[1])]
        _weigh(reading, found[0], "period", f"{decade}s", year=decade + 5)
    silent = _search(
        reading, r"\bsilent(?: era)?\b(?= (?:era|film|movie|comedy|drama|horror|cinema|classic|from))"
    )
    if silent:
        if found is None:
            _weigh(reading, silent[0], "period", "silent era", year=_SILENT_YEAR)
        reading.changes.setdefault("year_max", 1936)
        reading.pieces.append(Piece(silent[0], "period", "until 1936", "filter"))
    year = _search(reading, r"\b(?:from|in|of) ((?:19|20)\d\d)\b")
    if year and "year" not in reading.facts:
        _weigh(reading, year[0], "period", year[1], year=int(year[1]))


def _languages(reading: Reading) -> None:
    nordic = _search(reading, r"\b(?:nordic|scandinavian)\b")
    if nordic:
        reading.changes["languages"] = NORDIC
        reading.pieces.append(Piece(nordic[0], "language", ",".join(NORDIC), "filter"))
        return
    names = "|".join(sorted(LANGUAGES, key=len, reverse=True))
    found = _search(reading, rf"\b(only )?({names})\b( only| films? only| movies? only)?")
    if not found:
        return
    code, country = LANGUAGES[found[2].lower()]
    if found[1] or found[3]:
        reading.changes["languages"] = (code,)
        reading.pieces.append(Piece(found[0], "language", code, "filter"))
    else:
        _weigh(reading, found[0], "language", code, original_language=code)
    if country:
        reading.facts["production_countries"] = [country]


def _qualities(reading: Reading) -> None:
    for words, kind, value, facts in (
        (r"\b(?:hidden gems?|underrated|little known|obscure|overlooked)\b", "fame", "little known",
         {"vote_count": _UNKNOWN_VOTES}),
        (r"\b(?:acclaimed|masterpieces?|great|best|award winning|highly rated)\b", "quality", "acclaimed",
         {"rating": _GOOD}),
        (r"\b(?:shorts|short (?:films?|animation|documentary))\b", "form", "short",
         {"runtime": _SHORT_RUNTIME}),
        (r"\banime\b", "form", "anime", {"original_language": "ja", "genres": ["Animation"]}),
        (r"\bdocumentar(?:y|ies)\b", "form", "documentary", {"genres": ["Documentary"]}),
        (r"\b(?:stand-?up(?: comedy| special)?)\b", "form", "stand-up",
         {"genres": ["Comedy"], "keywords": ["stand-up comedy"]}),
        (r"\b(?:concert(?: film)?)\b", "form", "concert", {"genres": ["Music"], "keywords": ["concert"]}),
    ):  # fmt: skip
        found = _search(reading, words)
        if found:
            _weigh(reading, found[0], kind, value, **facts)


def _weigh(reading: Reading, words: str, kind: str, value: str, **facts: object) -> None:
    reading.facts.update(facts)
    reading.pieces.append(Piece(words, kind, value, "weight"))


def _search(reading: Reading, pattern: str) -> re.Match[str] | None:
    return re.search(pattern, reading.story, re.IGNORECASE)


def _taken(reading: Reading, pattern: str) -> Iterable[re.Match[str]]:
    """What matches, which is taken out of the story: words that films must not have would find such films."""
    found = list(re.finditer(pattern, reading.story, re.IGNORECASE))
    reading.story = " ".join(re.sub(pattern, " ", reading.story, flags=re.IGNORECASE).split()).strip(" ,;")
    return found
