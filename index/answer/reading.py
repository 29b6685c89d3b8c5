"""Questions in plain words: what a text asks for besides its story.

"silent comedy from the 20s", "french, under 90 minutes, no horror": nationalities, genres, periods, lengths, forms
and fame are read by fixed lists. A soft reading ("korean") becomes a fact of the film that is sought, so it
weighs. A hard one ("only", "no", "under", "before") becomes a filter. `index.answer.asking` reads what needs a
catalogue: titles, people and keywords.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from index.answer.lexicon import (
    ELSEWHERE,
    GENRES,
    KEYWORDS,
    LANGUAGES,
    MOVEMENTS,
    REGIONS,
    SHARED_LANGUAGES,
    TOPICS,
)
from index.answer.pieces import SILENT, Reading
from index.encode.content import is_brief

BRIEF = 6
"""Words of a text in which "german" or "without" asks for something; in a longer one they may tell the story."""

_NO = r"(?:no|not|without|non|except|but no|hold the)"
_FILMS = r"(?: (?:films?|movies?|cinema))?"
_FILM_WORDS = r"(?:films?|movies?|cinema|animation|anime|noir|new wave)\b"
_NUMBER = r"(\d+(?:\.\d)?|an?|one|two|three) ?"
_UNIT = r"(min|mins|minutes|hours?|hrs?)\b"
_COUNTS = {"a": 1.0, "an": 1.0, "one": 1.0, "two": 2.0, "three": 3.0}
_DECADE = r"(?<!his )(?<!her )(?<!their )(?<!set in )(?<!set in the )(?:the )?((?:18|19|20)?\d0)'?s\b"
_YEAR = r"((?:18|19|20)\d\d)\b"
_KINDS_OF_FILM = (
    r"(?:films?|movies?|dramas?|comed(?:y|ies)|thrillers?|epics?|stor(?:y|ies)|adventures?|noir|flicks?)"
)


def read(text: str) -> Reading:
    """What a text asks for, by fixed lists.

    >>> reading = read("korean thriller under 100 minutes, no horror")
    >>> for piece in reading.pieces:
    ...     print(*piece, sep=" | ")
    no horror | without genre | Horror | filter
    under 100 minutes | length | until 100 | filter
    korean | language | ko | weight
    korean | country | South Korea | weight
    thriller | genre | Thriller | weight
    """
    reading = Reading(" ".join(text.split()))
    for step in (_negations, _not_from, _bounds, _movements, _periods, _languages, _qualities, _genres):
        step(reading)
    return reading


def phrases(text: str) -> list[str]:
    """The runs of one to three words of a text, longest first."""
    words = re.findall(r"[\w'-]+", text.lower())
    return [" ".join(words[i : i + size]) for size in (3, 2, 1) for i in range(len(words) - size + 1)]


def _any_of(words: Mapping[str, object]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _negations(reading: Reading) -> None:
    named = GENRES | KEYWORDS
    one = f"(?:{_any_of(named)})"
    for found in reading.taken(rf"\b{_NO} ({one}(?:(?: or| nor| and) {one})*)\b{_FILMS}"):
        for word in re.findall(rf"\b{one}\b", found[1].lower()):
            kind = "without genre" if word in GENRES else "without keyword"
            reading.note(found[0], kind, named[word], "filter")


def _not_from(reading: Reading) -> None:
    """ "not american", "non-english", "foreign films": without a country or a language."""
    if len(reading.story.split()) <= BRIEF:
        for found in reading.taken(rf"\b(?:not|non|no)[ -](?:in )?({_any_of(LANGUAGES)})\b{_FILMS}"):
            code, country = LANGUAGES[found[1].lower()]
            if country:
                reading.note(found[0], "without country", country, "filter")
            if not country or code not in SHARED_LANGUAGES:
                reading.note(found[0], "without language", code, "filter")
    for found in reading.taken(
        rf"\bforeign(?:[ -]language)?(?= (?:(?:{_any_of(GENRES)}) )?(?:films?|movies?|cinema)\b)"
    ):
        reading.note(found[0], "without language", "en", "filter")


def _movements(reading: Reading) -> None:
    for words, asked in MOVEMENTS.items():
        found = reading.search(rf"\b(?:{words})\b")
        if found:
            for kind, value in asked:
                reading.note(found[0], kind, value)


def _bounds(reading: Reading) -> None:
    for words, side in (
        (r"\b(?:under|less than|shorter than|at most|up to|no longer than) ", "until"),
        (r"\b(?:over|more than|longer than|at least) ", "from"),
    ):
        for found in reading.taken(words + _NUMBER + _UNIT):
            count = _COUNTS.get(found[1].lower()) or float(found[1])
            minutes = count * (60 if found[2][0] in "hH" else 1)
            reading.note(found[0], "length", f"{side} {minutes:.0f}", "filter")
    for found in reading.taken(rf"\bbetween {_YEAR} and {_YEAR}"):
        reading.note(found[0], "period", f"{found[1]}-{found[2]}", "filter")
    for words, side, shift in (("before|older than", "until", -1), ("until", "until", 0),
                               ("after|newer than", "from", 1), ("since", "from", 0)):  # fmt: skip
        for found in reading.taken(rf"\b(?:{words}) {_YEAR}(?!'?s)"):
            reading.note(found[0], "period", f"{side} {int(found[1]) + shift}", "filter")
        for found in reading.taken(rf"\b(?:{words}) {_DECADE}"):
            first = _decade(found[1])
            year = first + 9 if words.startswith(("until", "after")) else first
            reading.note(found[0], "period", f"{side} {year + shift}", "filter")


def _decade(digits: str) -> int:
    """The first year of a decade: 80 is 1980, 10 is 2010."""
    number = int(digits)
    return number if number > 100 else number + (2000 if number < 20 else 1900)


def _periods(reading: Reading) -> None:
    only = reading.search(rf"\b(?:only|strictly) (?:from |of |in )?{_DECADE}|\b{_DECADE}{_FILMS} only\b")
    found = only or reading.search(rf"\b{_DECADE}")
    if found:
        decade = f"{_decade(next(filter(None, found.groups())))}s"
        reading.note(found[0], "period", decade)
        if only:
            reading.note(found[0], "period", decade, "filter")
    silent = reading.search(
        r"\bsilent(?: era)?\b"
        r"(?= (?:era|films?|movies?|comed|drama|horror|cinema|classic|from)(?! (?:star|actor|actress|studio)))"
    )
    if silent:
        if not found:
            reading.note(silent[0], "period", SILENT)
        reading.note(silent[0], "period", SILENT, "filter")
    year = reading.search(rf"\b(?:from|in|of) {_YEAR}(?!'?s)")
    if year and not (found or silent):
        reading.note(year[0], "period", year[1])


def _languages(reading: Reading) -> None:
    region = reading.search(
        rf"\b({_any_of(LANGUAGES | REGIONS)})\b(?= (?:[\w-]+ )?(?:{_any_of(GENRES | KEYWORDS)}|{_FILM_WORDS}))"
    )
    if region and region[1].lower() in REGIONS:
        kind, value = REGIONS[region[1].lower()]
        reading.note(region[0], kind, value, "filter")
        if kind == "country":  # of which many are where films of other countries are shot
            reading.note(region[0], "without country", ELSEWHERE, "filter")
            reading.note(region[0], kind, value)
        return
    names = _any_of(LANGUAGES)
    found = reading.search(rf"(?<!not )(?<!non-)(?<!no )\b(only )?({names})\b({_FILMS} only)?")
    said = rf"(?= ?$|[,;]| (?:[\w-]+ )?(?:{_any_of(GENRES | KEYWORDS)}|{_FILM_WORDS}))"
    if found and len(reading.story.split()) > BRIEF and not (found[1] or found[3]):
        found = reading.search(rf"(?<!not )(?<!non-)(?<!no )\b(only )?({names})\b(only)?{said}")
    if not found:
        return
    code, country = LANGUAGES[found[2].lower()]
    hard = bool(found[1] or found[3])
    reading.note(found[0], "language", code, "filter" if hard else "weight")
    if country:
        reading.note(found[0], "country", country)
    if country and SHARED_LANGUAGES.get(code, country) != country:  # else the language tells enough
        reading.note(found[0], "country", country, "filter")


def _qualities(reading: Reading) -> None:
    genres = _any_of(GENRES)
    for words, kind, value in (
        (r"\b(?:hidden gems?|underrated|little known|obscure|overlooked)\b", "fame", "little known"),
        (r"\b(?:blockbusters?|famous|popular|well known)(?= (?:films?|movies?)|$)", "fame", "well known"),
        (r"\b(?:acclaimed|masterpieces?|award[- ]winning|highly rated)\b", "quality", "acclaimed"),
        (rf"\b(?:great|best)\b(?= (?:[\w-]+ )?(?:{genres}|{_FILM_WORDS}))", "quality", "acclaimed"),
        (r"\b(?:shorts|short (?:animated |silent )?(?:films?|movies?|animation|documentary))\b", "form", "short"),
        (rf"\b(?:short|quick)\b(?= (?:{genres})\b|,|$)(?! (?:animation|documentary))", "length", "short"),
        (rf"\b(?:very )?long\b(?= (?:{genres}|films?|movies?)\b|,|$)", "length", "long"),
        (r"\banime\b", "form", "anime"),
        (r"\bdocumentar(?:y|ies)\b", "form", "documentary"),
        (r"\b(?:stand-?up(?: comedy| special)?)\b", "form", "stand-up"),
        (r"\b(?:concerts?(?: films?)?)\b", "form", "concert"),
    ):
        found = reading.search(words)
        if found:
            reading.note(found[0], kind, value)


def _genres(reading: Reading) -> None:
    """Genres that a film is said to be of; a word such as "war" may be what the story is about instead."""
    named = GENRES | KEYWORDS
    one = _any_of(named)
    only = rf"\b(?:only|strictly) (?:(?:{_any_of(LANGUAGES)}) )?({one})\b|\b({one}){_FILMS} only\b"
    for found in re.finditer(only, reading.story, re.IGNORECASE):
        word = (found[1] or found[2]).lower()
        reading.note(found[0], "genre" if word in GENRES else "keyword", named[word], "filter")
    brief = is_brief(reading.story)
    for found in re.finditer(rf"\b({_any_of(named)})\b( {_KINDS_OF_FILM}\b)?", reading.story, re.IGNORECASE):
        word = found[1].lower()
        if word not in TOPICS or brief or found[2]:
            reading.note(found[1], "genre" if word in GENRES else "keyword", named[word])
        if found[2] and (after := found[2].strip().lower()) in named:
            reading.note(after, "genre" if after in GENRES else "keyword", named[after])
