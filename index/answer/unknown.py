"""Films of which nothing is known that says what they are.

Of such a film a title, a year and perhaps a language are known. Every other film of that year would be as near to
it as the next, so no film is recommended for it.
"""

from __future__ import annotations

import re

import numpy as np

from index.films.filters import PEOPLE
from index.spaces.space import CONTENT
from index.spaces.view import View

_NAMES = ("genres", "keywords", "countries", *PEOPLE)


def nothing_known(view: View, row: int) -> bool:
    """Whether a film has no genre, keyword, country, company, person, and no text but its title.

    The check takes a microsecond for a film that has a genre.
    """
    terms = view.filters.terms
    if any(terms[kind].of_film(row) for kind in _NAMES):
        return False
    space = view.spaces[CONTENT]
    if (
        "companies" in space.layout.names
        and space.single(np.array([row]))[0, space.layout.slice_of("companies")].any()
    ):
        return False
    if view.words is None:
        return False  # a profile without telling words cannot tell
    (title,) = view.films.titles(np.array([row]))
    return set(view.words.of_film(row)) <= set(re.findall(r"[^\W_]+", title.lower()))


def reason(view: View, row: int, alone: bool) -> str:
    """What to say of such a film in an answer; `alone`: no other film and no text was asked about."""
    (film,) = view.films.summaries([row])
    named = f"{film['title']!r} ({film['year']})" if film["year"] else repr(film["title"])
    outcome = "no film can be said to resemble it" if alone else "it does not count"
    return f"nothing is known of {named} that says what it is, such as genres or an overview: {outcome}"
