"""Other titles of well-known films that ship with the program: episodes, numbers, release titles, romanised ones.

`etl imdb` loads millions more. These are the ones that people type and that no catalogue of TMDB holds.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from index.titles.fold import fold

FILE = Path(__file__).with_name("known_titles.json")


@cache
def _known() -> dict[int, tuple[tuple[str, ...], list[str]]]:
    """TMDB's id of each film -> its title, folded, and its other titles."""
    films = json.loads(FILE.read_text(encoding="utf-8"))
    return {film["id"]: (fold(film["title"]), film["others"]) for film in films}


def known_titles(movie_id: int, title: str) -> list[str]:
    """The other titles of a film, none if it is not known by this id and title.

    In a catalogue that does not come from TMDB the ids are those of other films, so the title has to agree.

    Args:
        movie_id: TMDB's id.
        title: of the catalogue.

    >>> known_titles(1891, "The Empire Strikes Back")
    ['Star Wars: Episode V - The Empire Strikes Back']
    >>> known_titles(1891, "Love Story")
    []
    """
    named, others = _known().get(movie_id, ((), []))
    return others if named and named == fold(title) else []
