"""Maximal marginal relevance (Carbonell and Goldstein 1998): films that are good and unlike those chosen.

Sequels, parts and instalments are told by their titles: they share what their titles begin with.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.spaces.neighbours import Neighbours
from index.spaces.view import Space

_SUBTITLE = re.compile(r"\s*(?::|\s-\s|–|—|\().*$")
_PART = re.compile(
    r"[\s,]+(?:(?:part|chapter|episode|volume|vol\.?|no\.?)\s+)?(?:\d{1,2}(?:½|\s1/2)?|[ivx]{1,5}|[²³])$"
    r"|[\s,]+(?:part|chapter|episode|volume|vol\.?)\s+\w+$"
)
_HERO = re.compile(r"^(\S+(?: \S+)+?) (?:and|&) the .+$")  # "Harry Potter and the ...", not "Beauty and the Beast"
_ARTICLE = re.compile(r"^(?:the|a|an)\s+")
_SHORTEST = 3
_TELLING = 5
"""Letters from which the name of a franchise tells it by itself."""


def franchise_of(title: str) -> str:
    """What a title shares with those of its sequels: folded, without article, subtitle and number.

    >>> {franchise_of(t) for t in ("Toy Story", "Toy Story 3", "The Toy Story: Reloaded")}
    {'toy story'}
    >>> franchise_of("The Godfather Part II"), franchise_of("Alien³"), franchise_of("9"), franchise_of("Up")
    ('godfather', 'alien', '9', 'up')
    >>> franchise_of("Harry Potter and the Chamber of Secrets"), franchise_of("Beauty and the Beast")
    ('harry potter', 'beauty and the beast')
    """
    folded = unicodedata.normalize("NFKD", title.replace("³", " 3").replace("²", " 2")).casefold()
    folded = "".join(c for c in folded if not unicodedata.combining(c)).strip()
    short = _SUBTITLE.sub("", folded)
    short = _PART.sub("", short if len(short) >= _SHORTEST else folded)
    short = _HERO.sub(r"\1", _ARTICLE.sub("", short).strip())
    return short if len(short) >= _SHORTEST else folded


def same_franchise(one: str, other: str) -> bool:
    """Whether two names of franchises are of one: one begins the other, or is its plural.

    >>> same_franchise("alien", "aliens"), same_franchise("shrek", "shrek the third")
    (True, True)
    >>> same_franchise("up", "up high"), same_franchise("alien", "alienation")
    (False, False)
    """
    short, long = sorted((one.rstrip("s"), other.rstrip("s")), key=len)
    return short == long or (len(short) >= _TELLING and long.startswith(f"{short} "))


def apart(titles: Sequence[str], named: Sequence[str], k: int) -> list[int]:
    """The places of the first k titles of different franchises, which are not those of the titles named."""
    taken: dict[str, list[str]] = {}  # by their first word, which names of one franchise share
    for title in named:
        name = franchise_of(title)
        taken.setdefault(_first_word(name), []).append(name)
    places: list[int] = []
    for place, title in enumerate(titles):
        if len(places) == k:
            break
        name = franchise_of(title)
        alike = taken.setdefault(_first_word(name), [])
        if not any(same_franchise(name, other) for other in alike):
            alike.append(name)
            places.append(place)
    return places


def _first_word(name: str) -> str:
    return name.rstrip("s").partition(" ")[0]


POOL = 100
"""Films to choose from, at the least."""


def diversified(
    space: Space, found: Neighbours, k: int, diversity: float, franchises: Sequence[str]
) -> Neighbours:
    """Choose k of the films found, one after the other.

    Each choice maximises `(1 - d) * relevance - d * likeness`, where relevance is the score as a part of the best
    score and likeness the cosine to the most alike film already chosen. A film whose franchise has one chosen
    already waits until no other is left. The first film found always comes first.

    Args:
        space: that was searched.
        found: the films to choose from, best first.
        k: how many to choose, at the most.
        diversity: d, above 0 and up to 1.
        franchises: of each film found, see `franchise_of`.
    """
    if len(found.rows) == 0:
        return found
    unit = space.single(found.rows)
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-9)
    best = max(float(found.scores[0]), 1e-9)
    relevance: NDArray[np.float64] = (1 - diversity) * found.scores / best
    likeness = np.full(len(unit), -np.inf)
    names = np.array(franchises)
    waiting = np.zeros(len(unit), np.bool_)
    chosen = [0]
    while len(chosen) < min(k, len(unit)):
        likeness = np.maximum(likeness, unit @ unit[chosen[-1]])
        waiting |= names == names[chosen[-1]]
        gain = relevance - diversity * likeness
        gain[chosen] = -np.inf
        first = np.where(waiting, -np.inf, gain)
        chosen.append(int(np.argmax(first if np.isfinite(first).any() else gain)))
    return Neighbours(found.rows[chosen], found.scores[chosen], found.exact)
