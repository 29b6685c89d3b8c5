"""Which films belong together by title: sequels, parts and instalments share what their titles begin with."""

from __future__ import annotations

import re
import unicodedata

_SUBTITLE = re.compile(r"\s*(?::|\s-\s|–|—|\().*$")
_PART = re.compile(
    r"[\s,]+(?:(?:part|chapter|episode|volume|vol\.?|no\.?)\s+)?(?:\d{1,2}(?:½|\s1/2)?|[ivx]{1,5}|[²³])$"
    r"|[\s,]+(?:part|chapter|episode|volume|vol\.?)\s+\w+$"
)
_ARTICLE = re.compile(r"^(?:the|a|an)\s+")
_SHORTEST = 3


def franchise_of(title: str) -> str:
    """What a title shares with those of its sequels: folded, without article, subtitle and number.

    >>> {franchise_of(t) for t in ("Toy Story", "Toy Story 3", "The Toy Story: Reloaded")}
    {'toy story'}
    >>> franchise_of("The Godfather Part II"), franchise_of("Alien³"), franchise_of("9"), franchise_of("Up")
    ('godfather', 'alien', '9', 'up')
    """
    folded = unicodedata.normalize("NFKD", title.replace("³", " 3").replace("²", " 2")).casefold()
    folded = "".join(c for c in folded if not unicodedata.combining(c)).strip()
    short = _SUBTITLE.sub("", folded)
    short = _PART.sub("", short if len(short) >= _SHORTEST else folded)
    short = _ARTICLE.sub("", short).strip()
    return short if len(short) >= _SHORTEST else folded
