"""Sequels, parts and instalments are told by their titles: they share what their titles begin with."""

from __future__ import annotations

import re
import unicodedata

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
