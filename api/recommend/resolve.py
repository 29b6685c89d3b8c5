"""From what a client calls a film, an id or a title, to its row in the generation."""

from __future__ import annotations

from dataclasses import dataclass

from api.recommend.models import TitleYear
from api.web.problems import NotFoundError
from index.spaces.view import View
from index.titles import TitleAnswer

ALTERNATIVES = 5
"""Other films that are listed when a title is ambiguous."""

NEAREST = 3
"""Titles that a 404 suggests."""


@dataclass(frozen=True)
class Named:
    """A film of the request and how it was understood.

    Attributes:
        given: the id or the title that it was named by.
        rows: the film, and then others that may be meant as well.
        confidence: how sure it is, 0 to 1.
        ambiguous: whether there are others.
    """

    given: int | str
    rows: list[int]
    confidence: float = 1.0
    ambiguous: bool = False

    @property
    def row(self) -> int:
        """Of the film that it was taken for."""
        return self.rows[0]


class Resolver:
    """Finds the films that a request names, in one generation."""

    def __init__(self, view: View) -> None:
        self._view = view

    def find(self, film: int | str | TitleYear) -> Named:
        """The film meant; a misspelt title takes some milliseconds.

        Raises:
            NotFoundError: no film has this id, or none resembles this title; then the nearest are named.
            EmptyQueryError: the title has no letter, digit or symbol.
        """
        if isinstance(film, int):
            return self._by_id(film)
        title, year = (film, None) if isinstance(film, str) else (film.title, film.year)
        answer = self._view.titles.search(title, year=year, limit=ALTERNATIVES + 1, brief=True)
        if not answer.resolved:
            nearest = ", ".join(f"{match.text!r}" for match in answer.matches[:NEAREST])
            hint = f"; the nearest titles are {nearest}" if nearest else ""
            raise NotFoundError(f"no film resembles {title[:100]!r}{hint}")
        return _by_title(title, answer)

    def known(self, film: int | str | TitleYear) -> Named | None:
        """The film with this id or exactly this title, in less than half a millisecond; None: see `find`."""
        if isinstance(film, int):
            row = self._view.films.row_of(film)
            return None if row is None else Named(film, [row])
        title, year = (film, None) if isinstance(film, str) else (film.title, film.year)
        answer = self._view.titles.exact(title, ALTERNATIVES + 1) if year is None else None
        return None if answer is None else _by_title(title, answer)

    def _by_id(self, movie_id: int) -> Named:
        row = self._view.films.row_of(movie_id)
        if row is None:
            raise NotFoundError(f"there is no film with the id {movie_id}")
        return Named(movie_id, [row])


def _by_title(title: str, answer: TitleAnswer) -> Named:
    rows = [match.row for match in answer.matches[: None if answer.ambiguous else 1]]
    return Named(title, rows, round(answer.confidence, 4), answer.ambiguous)
