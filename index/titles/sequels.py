"""A film by its place in a franchise: "thor 3" is the third film whose title begins with Thor.

Only titles, votes and years are known here. A franchise is the films whose titles begin with the same words and
that have at least a tenth of the votes of the best known of them, in the order of their years. Where these are too
few, it is those that have the words elsewhere: "Glass Onion: A Knives Out Mystery".

A place is sure where the titles leave no doubt: a title with the number, or a first film that has the name alone
and a film that has it before a colon. "Alien Resurrection" is a sequel, but "Up in the Air" is none of "Up".
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import OSA

from index.titles.fold import bare, canonical, fold, initials, name_parts, squash
from index.titles.franchises import (
    READ,
    Film,
    Masks,
    Parts,
    by_year,
    film_of,
    first_forms,
    franchise,
    has_name,
    split_number,
)
from index.titles.matching import forms_around
from index.titles.store import LAST_WHOLE, Kind, TitleData
from index.titles.vocabulary import comparable
from index.titles.words import forms_with

MOST_FILMS = 20
"""The highest place that is looked for."""

VOTES_SHARE = 10
"""A film of a franchise has at least the votes of the best known one divided by this."""

NUMBERED_SHARE = 100
"""The same of a film whose title has the number."""

SURE_SHARE = 4
"""The same of the films up to one whose place is sure."""

KNOWN_VOTES = 1_000
"""Votes of the best known film of a franchise that is not looked for elsewhere in titles."""

SHORTEST_NAME = 3
"""Letters of the shortest name that is looked for elsewhere in titles."""

LIKE_NAME = 0.7
"""How alike the words before a number and those of a title are, 0 to 1, if they may be the same."""


@dataclass(frozen=True)
class Placed:
    """The film that a number means.

    Attributes:
        part: number of its index.
        form: id of one of its forms.
        sure: False where the order is doubtful: the first film may have another title, there are remakes, or the
            numbers in other titles do not agree with their places.
        otherwise: another film that may be meant then, its index and one of its forms: the one before, if the
            first film has another title, or the one that has this place in the order of release.
    """

    part: int
    form: int
    sure: bool
    otherwise: tuple[int, int] | None = None


def place_sequel(words: tuple[str, ...], parts: Parts, masks: Masks) -> Placed | None:
    """The film that a query with a number at its end means, if a number has to be understood as a place.

    Args:
        words: of the query, folded.
        parts: indexes that are searched together.
        masks: of the films of each that may come back.

    Returns:
        None if the query does not end with a number from 1 to `MOST_FILMS`, and if the franchise has fewer films.
        1 is a place only where the first film and the first episode are two, and where the second one is numbered.
    """
    *name, number = canonical(words) or ("",)
    if not name or not is_place(number) or bare((*name, number)) == (number,):  # "the i" names no franchise
        return None
    base = tuple(name)
    films = franchise(base, parts, masks)
    numbered = _numbered(number, films)
    if number == "1":
        return numbered if numbered and not numbered.sure else _first_of(films) if numbered is None else None
    if numbered is not None:
        return numbered
    if not films and (spelt := _spelt_out(base, parts, masks)):  # "gotg 2"
        placed = place_sequel((*spelt, number), parts, masks)
        return None if placed is None else Placed(placed.part, placed.form, False, placed.otherwise)
    films = _best_known(films)
    if singular := _singular(base):  # "aliens 3" is "Alien³"
        others = franchise(singular, parts, masks)
        if any(film.words == base for film in others) and (numbered := _numbered(number, others)):
            return Placed(numbered.part, numbered.form, sure=False)
    if not films:
        return _elsewhere(base, int(number), films, parts, masks)
    films = _with_letters(base, int(number), films, parts, masks)
    places = _places(films)
    there = next((film for film, place in places if place == int(number)), None)
    episode = _episode(squash(base), number, films, parts, masks)
    if episode is not None:
        same = there is not None and there.movie_id == episode.movie_id
        return _placed(episode, sure=same, otherwise=None if same else there)
    named = _named_otherwise(base, number, films, parts, masks)
    if named is not None:
        whole = all(word == number or word not in base for word in named.words)
        return _placed(named, sure=whole, otherwise=None if whole else there)
    known = max(film.votes for film in films) >= KNOWN_VOTES
    if not known or (there is None and len(base) > 1):
        found = _elsewhere(base, int(number), films, parts, masks)
        return found or (None if there is None else _placed(there, sure=False))
    if there is None:
        return None
    before = films[films.index(there) - 1]
    return _placed(there, _is_sure(there, films), None if films[0].alone else before)


def is_place(word: str) -> bool:
    """Whether a word, canonical, is a number that may be a place in a franchise."""
    return word.isdecimal() and len(word) < 3 and 1 <= int(word) <= MOST_FILMS


def follows_name(words: tuple[str, ...], part: TitleData, form: int) -> bool:
    """Whether the number at the end of a query follows the same words in the title of a form, misspelt perhaps.

    "hero 2" is not "Starship Troopers 2: Hero of the Federation". True for a query that ends otherwise.
    """
    *name, number = canonical(words)
    if not name or not is_place(number) or part.forms.kinds[form] == Kind.OTHER:
        return True
    row = part.forms.rows[form]
    for texts in (part.films.titles, part.films.originals):
        title = split_number(canonical(fold(texts[row].as_py())))
        for start in (0, 1) if bare(title) else (0,):
            before = title[start : title.index(number)] if number in title[start:] else title[start:]
            if OSA.normalized_similarity(squash(name), squash(before)) >= LIKE_NAME:
                return True
    return False


def _placed(film: Film, sure: bool, otherwise: Film | None = None) -> Placed:
    return Placed(film.part, film.form, sure, (otherwise.part, otherwise.form) if otherwise else None)


def _best_known(films: list[Film]) -> list[Film]:
    """The films with enough votes, from the one on that has the name alone.

    What came before that one is another franchise, unless its titles are numbered, or it is better known and has
    the name before a colon.
    """
    least = max((film.votes for film in films), default=0) / VOTES_SHARE
    films = [film for film in films if film.votes >= max(least, 1)]
    start = next((place for place, film in enumerate(films) if film.alone), 0)
    earlier = films[:start]
    if any(film.numbers or (film.marked and film.votes > films[start].votes) for film in earlier):
        return films
    return films[start:]


def _numbered(number: str, films: list[Film]) -> Placed | None:
    """The film whose title has the number behind the name: the best known one.

    Sure if no other has its title, and if the first episode is not released after the film of the name alone.
    """
    most = max((film.votes for film in films), default=0)

    def told(film: Film, share: int) -> bool:
        return number in film.numbers and film.votes >= max(most / share, 1)

    behind = [film for film in films if film.words[film.end : film.end + 1] == (number,)]
    named = [film for film in behind if told(film, NUMBERED_SHARE)] or [f for f in films if told(f, VOTES_SHARE)]
    if not named:
        return None
    best = max(named, key=lambda film: film.votes)
    alike = [film for film in named if film.words == best.words and film != best]
    other = next((film for film in alike if comparable(best.votes, film.votes)), None)
    known = _best_known(films)
    if known[0].alone and any("1" in film.numbers for film in known[1:]):
        other = known[int(number) - 1] if int(number) <= len(known) else other
        return _placed(best, sure=False, otherwise=other)
    return _placed(best, sure=other is None and best in behind, otherwise=other)


def _first_of(films: list[Film]) -> Placed | None:
    """The best-known film of the name alone, where another one is numbered: "dune part one"."""
    alone = [film for film in films if film.alone]
    if not alone or not any(film.words[film.end : film.end + 1] == ("2",) for film in films):
        return None
    return _placed(max(alone, key=lambda film: film.votes), sure=False)


def _spelt_out(base: tuple[str, ...], parts: Parts, masks: Masks) -> tuple[str, ...]:
    """The name of the best-known film that has these initials; empty if there is none."""
    for data, mask in zip(parts, masks, strict=True):
        ids = np.sort(forms_around(squash(base), data, longer=False)).astype(np.int64)
        for form in mask.pick(ids, ids).tolist():
            if data.forms.kinds[form] == Kind.INITIALS:
                title = data.films.titles[data.forms.rows[form]].as_py()
                name = fold((name_parts(title)[0] or [title])[0])
                return name if initials(name) == squash(base) or initials(bare(name)) == squash(base) else ()
    return ()


def _singular(base: tuple[str, ...]) -> tuple[str, ...]:
    return (*base[:-1], base[-1][:-1]) if base[-1].endswith("s") and len(base[-1]) > 3 else ()


def _places(films: list[Film]) -> list[tuple[Film, int]]:
    """The films and their places: numbers in titles tell those of the films beside them; remakes have none.

    "Rambo: First Blood Part II" is the second, since "Rambo III" follows.
    """
    counted = [
        film for n, film in enumerate(films) if not any(film.words == earlier.words for earlier in films[:n])
    ]
    told = [next((int(n) for n in sorted(film.numbers) if int(n) <= MOST_FILMS), 0) for film in counted]
    first = next(((at, n) for at, n in enumerate(told) if n), (0, 1))
    place = 1 if first[1] - first[0] == 2 else 0  # the first film may have another name
    places = []
    for film, number in zip(counted, told, strict=True):
        place = number if number > place else place + 1
        places.append((film, place))
    return places


def _is_sure(film: Film, films: list[Film]) -> bool:
    """Whether a film has its place without a doubt; see the module."""
    until = films[: films.index(film) + 1]
    most = max(film.votes for film in films)
    low = [(place, {int(n) for n in film.numbers if int(n) <= MOST_FILMS}) for place, film in enumerate(films, 1)]
    return (
        film.marked
        and films[0].alone
        and sum(one.alone for one in films) == 1
        and all(one.votes * SURE_SHARE >= most for one in until)
        and all(place in told for place, told in low if told)
    )


def _with_letters(base: tuple[str, ...], number: int, films: list[Film], parts: Parts, masks: Masks) -> list[Film]:
    """The films, and those before the one sought that are called by a letter: "X2" between X-Men and the third."""
    if len(base[0]) > 1:
        return films
    known = {film.movie_id for film in films}
    named = [_named_otherwise(base, str(n), films, parts, masks) for n in range(2, number)]
    return by_year([*films, *(film for film in named if film and film.movie_id not in known)])


def _episode(base: str, number: str, films: list[Film], parts: Parts, masks: Masks) -> Film | None:
    """The film whose alternative title has the number behind the words: "Star Wars: Episode V - ..."."""
    least = max(film.votes for film in films) / VOTES_SHARE
    for part, (data, mask) in enumerate(zip(parts, masks, strict=True)):
        around = forms_around(base + number, data).astype(np.int64)
        ids = around[data.forms.kinds[around] == Kind.OTHER]
        for form in first_forms(ids, mask):
            follows = data.forms.texts[form].as_py()[len(base) + len(number) :]
            film = film_of(part, form, (base,), data)
            if film.votes >= least and not follows[:1].isdigit():
                return film
    return None


def _named_otherwise(
    base: tuple[str, ...], number: str, films: list[Film], parts: Parts, masks: Masks
) -> Film | None:
    """A film of the franchise whose title has the number but begins otherwise: "X2", "Furious 7".

    Its other words are of the name, or of several titles of the franchise.
    """
    least, first = max(film.votes for film in films) / VOTES_SHARE, films[0].year
    known = Counter(word for film in films for word in set(film.words[film.end :]) if len(word) > 3)
    shared = [word for word, times in known.most_common(3) if times > 1]
    letter = base[0] if len(base[0]) == 1 else ""  # "x men 2" is "X2"
    among = {*base, *shared, number, letter + number}
    telling = [*shared, *(word for word in base if len(word) > 3 and len(base) > 1)]
    for part, (data, mask) in enumerate(zip(parts, masks, strict=True)):
        forms = [forms_around(letter + number, data, longer=False)[: READ if letter else 0]]
        forms += [forms_with((word, number), data) for word in telling]
        for form in first_forms(np.concatenate(forms).astype(np.int64), mask):
            if data.forms.kinds[form] > LAST_WHOLE:
                continue
            film = film_of(part, form, base, data)
            if film.votes >= least and film.year > first and number in film.numbers and among >= {*film.words}:
                return film
    return None


def _elsewhere(base: tuple[str, ...], number: int, films: list[Film], parts: Parts, masks: Masks) -> Placed | None:
    """The film with this place among those that have the words anywhere in their titles; never sure.

    "narnia 2", "knives out 2"; of "Planet of the Apes" those called "Beneath the Planet of the Apes" and so on.
    """
    if len(squash(base)) < SHORTEST_NAME:
        return None
    found = {film.movie_id: film for film in films}
    for part, (data, mask) in enumerate(zip(parts, masks, strict=True)):
        for form in first_forms(forms_with(base, data).astype(np.int64), mask):
            if data.forms.kinds[form] <= LAST_WHOLE:
                film = film_of(part, form, base, data)
                if film.year and has_name(squash(base), film.words):
                    found.setdefault(film.movie_id, film)
    named = [film.votes for film in found.values() if film.alone and film.votes >= KNOWN_VOTES]
    least = min([*named, max((film.votes for film in found.values()), default=0)]) / VOTES_SHARE
    known = by_year([film for film in found.values() if film.votes >= max(least, 1)])
    start = next((at for at, film in enumerate(known) if film.votes >= KNOWN_VOTES), len(known))
    placed = [film for film, place in _places(known[start:]) if place == number]
    return _placed(placed[0], sure=False) if placed else None
