"""Titles as people type them, by kind: sequels by number, names of releases, parts of titles, initials, scripts.

`typed_titles.csv` beside this module lists queries with the title and year of the film that is meant. `templates`
makes others of every kind from the films of the dump, so that nothing was chosen by hand.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.titles import TitleIndex
from index.titles.fold import canonical, fold, initials, name_parts, numbers, only_a_number, plain_words, romanised

LISTED = Path(__file__).with_suffix(".csv")
SURE = 0.9
"""Confidence above which an answer that is not ambiguous is followed without asking."""

KNOWN = 1_000
"""Votes of the films that the templates are filled with."""

ABBREVIATED = 8_000
"""Votes of the films that are asked for by their initials."""

TAGS = ("1080p.BluRay.x264", "720p.WEB-DL.AAC", "2160p.UHD.HDR10.mkv", "BRRip XviD", "[1080p] [WEB]")
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")

Typed = tuple[str, str, int]
"""Kind, query, row of the film that is meant."""


class Named(Protocol):
    """The columns of films that queries are made from."""

    @property
    def titles(self) -> Sequence[str]:
        """Titles, by row."""

    @property
    def original_titles(self) -> Sequence[str]:
        """Original titles, by row."""

    @property
    def years(self) -> NDArray[np.int16]:
        """Years of release, 0 for unknown."""

    @property
    def languages(self) -> Sequence[str]:
        """Codes of the original languages."""

    @property
    def votes(self) -> NDArray[np.int32]:
        """Numbers of votes."""


@dataclass(frozen=True)
class KindFigures:
    """How the queries of one kind were answered.

    Attributes:
        queries: how many there were.
        first: share whose film came first.
        five: share whose film was among the first five.
        wrong_and_sure: answers with another film first, not ambiguous, of a confidence above `SURE`.
        sure: share of answers that were sure.
        brier: mean squared difference of the confidence and of whether the first film was right.
    """

    queries: int
    first: float
    five: float
    wrong_and_sure: int
    sure: float
    brier: float


def listed(films: Named) -> list[Typed]:
    """The queries of `typed_titles.csv` whose film is among the films."""
    rows = {
        (fold(title), year): i
        for i, (title, year) in reversed([*enumerate(zip(films.titles, films.years, strict=True))])
    }
    typed: list[Typed] = []
    with LISTED.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            key, year = fold(line["title"]), int(line["year"])
            found = [rows[key, near] for near in (year, year + 1, year - 1) if (key, near) in rows]
            typed += [(line["kind"], line["query"], row) for row in found[:1]]
    return typed


def templates(films: Named, rng: random.Random, size: int = 150) -> list[Typed]:
    """Up to `size` queries of each kind, made from the titles of well-known films."""
    most: dict[tuple[str, ...], int] = {}
    for title, votes in zip(films.titles, films.votes.tolist(), strict=True):
        most[fold(title)] = max(most.get(fold(title), 0), votes)
    known = [int(row) for row in np.flatnonzero((films.votes >= KNOWN) & (films.years > 0))]
    made: dict[str, list[Typed]] = {}
    for row in known:
        for kind, query in _forms(
            films.titles[row], films.original_titles[row], int(films.years[row]), films.languages[row] == "ja", rng
        ):
            if kind == "parts" and most.get(fold(query), -1) >= films.votes[row]:
                continue  # it is the whole title of a film as well known, which is meant then
            made.setdefault(f"made {kind}", []).append((f"made {kind}", query, row))
    made["made short forms"] = [
        ("made short forms", letters, row)
        for letters, row in _initials(films, known).items()
        if (letters,) not in most
    ]
    return [one for queries in made.values() for one in rng.sample(queries, min(size, len(queries)))]


def _initials(films: Named, known: Iterable[int]) -> dict[str, int]:
    """Initials of the titles of the best-known films, each with the film of the most votes that has them."""
    found: dict[str, int] = {}
    for row in sorted(known, key=lambda row: -films.votes[row]):
        if (letters := initials(fold(films.titles[row]))) and films.votes[row] >= ABBREVIATED:
            found.setdefault(letters, row)
    return found


def _forms(title: str, original: str, year: int, japanese: bool, rng: random.Random) -> Iterator[tuple[str, str]]:
    yield "releases", f"{'.'.join(title.split())}.{year}.{rng.choice(TAGS)}"
    words = fold(title)
    plain = canonical(words)
    rewritten = plain_words(words)
    if rewritten != words and any(word.isdigit() for word in {*rewritten} - {*words}):
        yield "numbers", " ".join(rewritten)
    if plain[-1:] and plain[-1] in numbers(words) and len(plain[-1]) == 1 and len(plain) > 1:
        number = int(plain[-1])
        yield "sequels", " ".join([*plain[:-1], rng.choice((str(number), WORDS[number], ROMAN[number]))])
    for part in name_parts(title)[1]:
        if len(fold(part)) > 1 and not only_a_number(fold(part)):
            yield "parts", " ".join(fold(part))
    if "&" in title or " + " in title:
        yield "signs", title.replace("&", "and").replace("+", "and").lower()
    latin = romanised(original, japanese=japanese)
    if len(fold(latin)) > 1:
        yield "languages", latin.lower()


def measure_typed(index: TitleIndex, films: Named, typed: Iterable[Typed]) -> dict[str, KindFigures]:
    """The figures of each kind, and of all together. A film of the same title and year counts as the one meant."""
    names = [(fold(title), int(year)) for title, year in zip(films.titles, films.years, strict=True)]
    told: dict[str, list[tuple[bool, bool, bool, float]]] = {}
    for kind, query, row in typed:
        answer = index.search(query)
        right = [names[match.row] == names[row] for match in answer.matches[:5]]
        sure = answer.resolved and not answer.ambiguous and answer.confidence > SURE
        one = (right[:1] == [True], any(right), sure, answer.confidence)
        for name in (kind, "all"):
            told.setdefault(name, []).append(one)
    return {kind: _figures(answers) for kind, answers in told.items()}


def _figures(answers: Sequence[tuple[bool, bool, bool, float]]) -> KindFigures:
    first, five, sure, confidence = np.array(answers, dtype=float).T
    return KindFigures(
        queries=len(answers),
        first=float(first.mean()),
        five=float(five.mean()),
        wrong_and_sure=int((sure * (1 - first)).sum()),
        sure=float(sure.mean()),
        brier=float(((confidence - first) ** 2).mean()),
    )
