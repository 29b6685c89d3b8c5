"""What a text asks for that only a catalogue can tell: "like TITLE", "by Kurosawa", "no zombies", a rare keyword.

Words are looked up exactly, so a story is seldom taken for a name: titles stand after "like" where a film is
compared, people after "by", "with" or "starring" where credits are loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from index.answer.lexicon import GENRES, KEYWORDS, LANGUAGES, PLACES, THEMES
from index.answer.pieces import Piece, Reading, tidy
from index.answer.reading import BRIEF, phrases, read
from index.encode.content import ANY_FILM, is_brief
from index.spaces.view import View
from index.titles.fold import fold

LEAST_VOTES = 20
"""Of a film that may be meant by its title in a text."""

LONGEST_TITLE = 8
"""Words."""

LONGEST_COUNTRY = 4
"""Words."""

FEWEST_EXAMPLES = 3
"""Films that a keyword must have to be read."""

NAMED_BY = {"keyword": "keywords", "genre": "genres", "language": "original_language", "country": "countries"}
"""Kinds of pieces that choose the examples of a keyword, and the names of films that they are compared with."""

FEWEST_REFUSED = 20
"""Films that a keyword must have to be left out by "no": rare ones are words of a story."""

_KIND = rf"(?:{'|'.join(re.escape(word) for word in sorted(GENRES | KEYWORDS, key=len, reverse=True))})"
_COMPARED = (
    rf"(?:^|[,;]\s*|\b(?:but|and|something|anything|stuff|films?|movies?|more|ones?|{_KIND})\s+)"
    r"((not\s+|un)?(?:like|similar to|in the style of))\s+"
)
_PERSON = r"((?:[^\W\d_][\w'.-]*\s?){1,4})"
_PEOPLE = (
    ("director", "directors", rf"\b(?:directed by|by director|by|from director)\s+{_PERSON}"),
    ("actor", "actors", rf"\b(?:starring|featuring|with)\s+{_PERSON}"),
)
_NO = r"(?:with )?(?:no|without|not)\s+([\w' -]{3,30}?)(?=$|[,;]|\s+(?:and|but|or)\b)"
_REFUSED = rf"(?:^|[,;]\s*|\bbut\s+|\band\s+){_NO}"
_REFUSED_BRIEFLY = rf"\b{_NO}"


def asked(view: View, text: str, pieces: tuple[Piece, ...] | None = None) -> Reading:
    """What a text asks for; with `pieces` of a former answer as those say.

    Raises:
        BadQueryError: a piece has a kind or a value that there is not.
    """
    if not text:
        return Reading("")
    taken = _titles(view, text)
    reading = read(taken.story)
    reading.pieces[:0] = taken.pieces
    _people(view, reading)
    _places(view, reading)
    _refused(view, reading)
    if is_brief(reading.story):
        _keyword(view, reading)
    return reading if pieces is None else reading.corrected(pieces)


def _titles(view: View, text: str) -> Reading:
    """The films that the text compares with, and the text without them."""
    reading, start = Reading(" ".join(text.split())), 0
    while found := re.compile(_COMPARED, re.IGNORECASE).search(reading.story, start):
        start = found.start(1)
        rest = reading.story[found.end() :]
        row, title = next(_named(view, rest), (None, ""))
        if row is None:
            start = found.end()
            continue
        words = found[1] + " " + title
        kind = "unlike" if found[2] else "like"
        reading.note(words, kind, _id_of(view, row))
        reading.story = tidy(reading.story[: found.start(1)] + rest[len(title) :])
        start = min(start, len(reading.story))
    return reading


def _named(view: View, rest: str) -> Iterator[tuple[int, str]]:
    """Films whose title begins a text, the longest title first."""
    ends = [found.end() for found in re.finditer(r"[^\s,;]+", re.split(r"[;]", rest)[0])][:LONGEST_TITLE]
    for end in reversed(ends):
        title = rest[:end]
        answer = view.titles.search(title, limit=1, brief=True)
        match = answer.matches[0] if answer.matches else None
        if match is None or fold(match.text) != fold(title):
            continue
        if int(view.filters.column("votes")[match.row]) >= LEAST_VOTES:
            yield match.row, title


def _id_of(view: View, row: int) -> str:
    (film,) = view.films.summaries([row])
    return str(film["id"])


def _people(view: View, reading: Reading) -> None:
    for kind, terms, pattern in _PEOPLE:
        if not view.filters.terms[terms]:
            continue
        for found in re.finditer(pattern, reading.story, re.IGNORECASE):
            names = found[1].split()
            person = next(
                (
                    (whole, " ".join(names[:size]))
                    for size in range(len(names), 0, -1)
                    if (whole := _person(view, terms, " ".join(names[:size])))
                ),
                None,
            )
            if person:
                reading.note(person[1], kind, person[0])


def _person(view: View, kind: str, name: str) -> str | None:
    """The best known person of a name or, where it is one word, of a surname; None: nobody is called so."""
    terms = view.filters.terms[kind]
    whole = terms.spelling(name)
    if whole is not None or " " in name or len(name) < 3:
        return whole
    votes = view.filters.column("votes")
    return max(terms.ending_with(name), key=lambda other: int(votes[terms.films_with(other)].sum()), default=None)


def _places(view: View, reading: Reading) -> None:
    """Countries after "from": "a thriller from Iran"; in a longer text after a kind of film only."""
    before = r"" if len(reading.story.split()) <= BRIEF else rf"(?:{_KIND}s?|films?|movies?|cinema) "
    pattern = rf"{before}\b((?:made in|out of|from)(?: the)? ([\w' ]+))"
    for found in list(re.finditer(pattern, reading.story, re.IGNORECASE)):
        words = found[2].split()
        for size in range(min(len(words), LONGEST_COUNTRY), 0, -1):
            said = " ".join(words[:size])
            country = PLACES.get(said.casefold()) or view.filters.terms["countries"].spelling(said)
            if country:
                code = next((code for code, named in LANGUAGES.values() if named == country), None)
                carried = found[1].removesuffix(" ".join(words[size:])).strip()
                reading.note(carried, "country", country)
                reading.note(carried, "country", country, "filter")
                if code:
                    reading.note(carried, "language", code)
                reading.story = tidy(reading.story.replace(carried, " "))
                break


def _refused(view: View, reading: Reading) -> None:
    """Keywords after "no", such as "no zombies"; what is no keyword stays in the story."""
    pattern = _REFUSED_BRIEFLY if len(reading.story.split()) <= BRIEF else _REFUSED
    for found in list(re.finditer(pattern, reading.story, re.IGNORECASE)):
        word = found[1].strip().casefold()
        for name in (word, word.removesuffix("s")):
            if len(view.filters.terms["keywords"].films_with(name)) >= FEWEST_REFUSED:
                words = found[0].strip(" ,;")
                reading.note(words, "without keyword", name, "filter")
                reading.story = tidy(reading.story.replace(words, " "))
                break


def _keyword(view: View, reading: Reading) -> None:
    """The first keyword of a short text that some films have: the longest, not a word that is read already."""
    read_already = ANY_FILM | {word for piece in reading.pieces for word in piece.words.lower().split()}
    for phrase in phrases(reading.story):
        words = phrase.split()
        if phrase in GENRES or read_already.issuperset(words):
            continue
        least = FEWEST_EXAMPLES if len(words) > 1 else FEWEST_REFUSED
        for name in (THEMES.get(phrase, phrase), phrase.removesuffix("s")):
            if len(view.filters.terms["keywords"].films_with(name)) >= least:
                reading.note(phrase, "keyword", name)
                return


def examples(view: View, reading: Reading, most: int) -> NDArray[np.int64]:
    """Rows of the best known films of the first keyword that was read, at most so many; none where none was.

    Of films that also have the genres, the language and the country that were read, where there are some: what
    "revenge western" is about is not what most films of revenge are about.
    """
    stated: dict[str, str] = {}
    for piece in reading.pieces:
        if piece.kind in NAMED_BY and piece.how == "weight":
            stated.setdefault(piece.kind, piece.value)
    if "keyword" not in stated:
        return np.empty(0, np.int64)
    rows = view.filters.terms["keywords"].films_with(stated.pop("keyword"))
    for kind, value in stated.items():
        both = np.intersect1d(rows, view.filters.terms[NAMED_BY[kind]].films_with(value))
        rows = both if len(both) >= FEWEST_EXAMPLES else rows
    found: NDArray[np.int64] = np.sort(rows)[:most].astype(np.int64)
    return found
