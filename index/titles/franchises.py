"""The films of a franchise, as far as titles tell: those that begin with its name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.titles.fold import bare, canonical, fold, name_parts, numbers, squash
from index.titles.matching import forms_around
from index.titles.store import Kind, TitleData
from index.titles.words import Mask, forms_with

READ = 80
"""Best known films whose titles are read."""

_LEADING_NUMBER = re.compile(r"[0-9]+")
_TRAILING_NUMBER = re.compile(r"([a-z]+)([0-9]{1,2})")
_MOST_OTHERS = 5_000  # alternative titles that begin with a name; more begin with letters that are no name

Parts = Sequence[TitleData]
Masks = Sequence[Mask]


@dataclass(frozen=True)
class Film:
    """A film of a franchise.

    Attributes:
        words: of its title, canonical.
        end: how many of them are the name of the franchise, an article before it included; 0 if it is elsewhere.
        numbers: that its title has behind the name.
        marked: whether a colon or dash follows the name.
    """

    part: int
    form: int
    movie_id: int
    year: int
    votes: int
    words: tuple[str, ...]
    end: int
    numbers: frozenset[str]
    marked: bool

    @property
    def alone(self) -> bool:
        """Whether its title is the name of the franchise."""
        return 0 < self.end == len(self.words)


def franchise(base: tuple[str, ...], parts: Parts, masks: Masks) -> list[Film]:
    """The films whose titles begin with the words, or are their plural; in the order of their years."""
    text = squash(base)
    found: dict[int, Film] = {}
    for part, (data, mask) in enumerate(zip(parts, masks, strict=True)):
        around = forms_around(text, data).astype(np.int64)
        ids = around[data.forms.kinds[around] <= Kind.BARE_ORIGINAL]
        others = around[data.forms.kinds[around] == Kind.OTHER]
        if len(others) <= _MOST_OTHERS:  # their words are not stored: only the lists tell whether one has all
            ids = np.concatenate([ids, np.intersect1d(others, forms_with(base, data))])
        for form in first_forms(ids, mask):
            film = film_of(part, form, base, data)
            if film.year and (film.end or film.words == (*base[:-1], f"{base[-1]}s")):
                found.setdefault(film.movie_id, film)
    return by_year(found.values())


def first_forms(ids: NDArray[np.int64], mask: Mask) -> list[int]:
    """The forms of the best known films."""
    ids = mask.pick(ids, ids)
    first: list[int] = np.sort(np.partition(ids, READ)[:READ] if len(ids) > READ else ids).tolist()
    return first


def by_year(films: Iterable[Film]) -> list[Film]:
    """The films in the order of their years."""
    return sorted(films, key=lambda film: (film.year, film.movie_id))


def has_name(base: str, words: tuple[str, ...]) -> bool:
    """Whether some words in a row are the text."""
    return any(_end_of(base, words[start:]) for start in range(len(words)))


def film_of(part: int, form: int, base: tuple[str, ...], data: TitleData) -> Film:
    """The film of a form of an index, the `part`th, as one of a franchise with a name, folded and canonical."""
    row, films, text = int(data.forms.rows[form]), data.films, squash(base)
    marked = False
    if data.forms.kinds[form] == Kind.OTHER:
        rest = data.forms.texts[form].as_py()[len(text) :]
        number = _LEADING_NUMBER.match(rest)
        told = frozenset(number.group().split() if number else ())
        words: tuple[str, ...] = (text, rest) if rest else (text,)
        end = 1
    else:
        of_title = data.forms.kinds[form] in (Kind.TITLE, Kind.BARE_TITLE)
        title = (films.titles if of_title else films.originals)[row].as_py()
        before, _ = name_parts(title)
        words = split_number(canonical(fold(title)))
        end = _end_of(text, words) or (_end_of(f"{text}s", words) if len(base) > 1 else 0)
        follows = words[end : end + 1] if end else ()
        if follows and follows[0].isdigit():
            told = frozenset(follows)
        else:
            told = numbers(fold(before[0] if before else title))
        if told == {"1"} and ("first" in fold(title) or "".join(words[end + 1 : end + 2]).isdigit()):
            told = frozenset()  # X-Men: First Class, The Lion King 1½
        marked = any(canonical(fold(one)) == words[:end] for one in before)
    return Film(
        part,
        form,
        int(films.movie_ids[row]),
        int(films.years[row]),
        int(films.votes[row]),
        words,
        end,
        told,
        marked,
    )


def split_number(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words, with a number at the end of the last one apart: "Alien³"."""
    match = _TRAILING_NUMBER.fullmatch(words[-1]) if words else None
    return (*words[:-1], *match.groups()) if match and len(match[1]) > 2 else words


def _end_of(base: str, words: tuple[str, ...]) -> int:
    """How many of the first words, an article before them included, are the text; 0 if they are not."""
    for start in (0, 1) if bare(words) else (0,):
        end, length = start, 0
        while end < len(words) and length < len(base):
            length += len(words[end])
            end += 1
        if length == len(base) and squash(words[start:end]) == base:
            return end
    return 0
