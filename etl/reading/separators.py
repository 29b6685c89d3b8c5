"""Which character separates the names of a list column, and the column rewritten with ", "."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

from etl.transform.lists import GENRE_IDS, NO_NAMES, parse_list

SEPARATORS = {"comma": ",", "comma-space": ", ", "pipe": "|", "semicolon": ";", "hyphen": "-", "slash": "/"}
"""The choices of `--lists`."""

SAMPLE_FILE = Path(__file__).parents[2] / "data" / "sample.csv.gz"
PEOPLE = ("director", "cast")
# TMDB's genres, and those of IMDb, MovieLens and OMDB.
_GENRES = frozenset(
    name.casefold()
    for name in (
        *GENRE_IDS.values(),
        *("Sci-Fi", "Film-Noir", "Film Noir", "Musical", "Biography", "Sport", "Sports", "Children", "Children's"),
        *("News", "Adult", "Reality-TV", "Short", "Talk-Show", "Game-Show", "IMAX", "Foreign", "SciFi"),
        *("Science-Fiction", "TV-Movie"),
    )
)
_BRACKETS = ("[", "{", "(")
_TIGHT_COMMA = re.compile(r",(?! )")


def choose(name: str, values: Iterable[str], genres: str = "") -> str:
    """The separator of a column: a key of `SEPARATORS`.

    Args:
        name: the column.
        values: some of its values.
        genres: the separator of the genres, which proves that of the other columns where they are unclear.
    """
    texts = [text for text in values if text and text not in NO_NAMES and not text.startswith(_BRACKETS)]
    if not texts:
        return "comma-space"
    if name == "genres":
        return _of_genres(texts)
    counts = {
        "comma-space": sum(", " in text for text in texts),
        "comma": sum(_TIGHT_COMMA.search(text) is not None for text in texts),
        "pipe": sum("|" in text for text in texts),
        "semicolon": sum(";" in text for text in texts),
    }
    hyphens = sum(re.search(r"\w-\w", text) is not None for text in texts)
    if genres == "slash" and sum("/" in text for text in texts) > sum(counts.values()):
        return "slash"
    if genres == "hyphen" and hyphens > sum(counts.values()):
        return "hyphen"
    if counts.get(genres) and 3 * counts[genres] >= max(counts.values()):
        return genres
    best = max(counts, key=lambda key: counts[key])
    return best if counts[best] * 20 >= len(texts) else "comma-space"


def _of_genres(texts: Sequence[str]) -> str:
    """The separator that gives the most known genres; where names are unknown, the most frequent one."""
    counted = Counter(texts)
    known = {}
    for key in ("comma-space", "pipe", "comma", "semicolon", "hyphen", "slash"):
        pieces = Counter[str]()
        for text, times in counted.items():
            for piece in splitter("genres", key)(text):
                pieces[piece.strip().casefold()] += times
        share = sum(times for piece, times in pieces.items() if piece in _GENRES or piece in GENRE_IDS)
        known[key] = share / pieces.total()
    best = max(known, key=lambda key: known[key])
    if known[best] >= 0.5:
        return best
    marks = {
        key: sum(SEPARATORS[key] in text for text in texts)
        for key in ("pipe", "comma-space", "semicolon", "comma")
    }
    return max(marks, key=lambda key: marks[key]) if any(marks.values()) else "comma-space"


def splitter(name: str, key: str) -> Callable[[str], list[str]]:
    """The function that splits a value of a column with this separator."""
    if key == "comma":
        return _TIGHT_COMMA.split  # "Lions Gate Films, Inc.,Summit" has two names
    if key == "hyphen":
        return lambda text: _join_hyphenated(text.split("-"), name)
    mark = SEPARATORS[key]
    return lambda text: text.split(mark)


def rewriter(name: str, key: str) -> Callable[[str], str]:
    """The function that rewrites a value as in the v11 dump, or as JSON where a name has a comma itself.

    >>> rewriter("genres", "pipe")("Action|Science Fiction")
    'Action, Science Fiction'
    >>> rewriter("production_companies", "pipe")("Lions Gate Films, Inc.|Gaumont")
    '["Lions Gate Films, Inc.", "Gaumont"]'
    >>> rewriter("production_companies", "hyphen")("Metro-Goldwyn-Mayer-Gaumont")
    'Metro-Goldwyn-Mayer, Gaumont'
    """
    split = splitter(name, key)

    def rewrite(text: str) -> str:
        if text.startswith(_BRACKETS) and parse_list(text) is not None:
            return text
        names = [name for piece in split(text) if (name := piece.strip())]
        return json.dumps(names) if any("," in one for one in names) else ", ".join(names)

    return rewrite


def _join_hyphenated(pieces: list[str], name: str) -> list[str]:
    """Pieces of a value split at "-", with names that are known to have a hyphen joined again."""
    known = _GENRES if name == "genres" else _hyphenated()
    joined: list[str] = []
    at = 0
    while at < len(pieces):
        end = next(
            (at + n for n in (4, 3, 2) if at + n <= len(pieces) and _has(known, pieces[at : at + n])), at + 1
        )
        one = "-".join(pieces[at:end])
        while name in PEOPLE and end < len(pieces) and " " not in one:  # a first name such as Jean-Pierre
            one, end = f"{one}-{pieces[end]}", end + 1
        joined.append(one)
        at = end
    return joined


def _has(known: frozenset[str], pieces: list[str]) -> bool:
    return "-".join(pieces).casefold() in known


@cache
def _hyphenated() -> frozenset[str]:
    """The names with a hyphen in the bundled sample: companies and keywords."""
    with gzip.open(SAMPLE_FILE, "rt", encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        names = {
            name.casefold()
            for row in rows
            for column in ("production_companies", "keywords")
            for name in row[column].split(", ")
            if "-" in name
        }
    # With what follows in parentheses, too: "Metro-Goldwyn-Mayer (MGM)".
    return frozenset({"metro-goldwyn-mayer", "metro-goldwyn-mayer (mgm)"} | names)
