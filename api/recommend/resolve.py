"""From what a client calls a film, an id or a title, to its row in the generation."""

from __future__ import annotations

from dataclasses import dataclass

from api.models import MovieSummary, Posters
from api.recommend.models import TitleYear
from api.web.problems import NotFoundError
from index.spaces.view import View

ALTERNATIVES = 5
"""Other films that are listed when a title is ambiguous."""

NEAREST = 3
"""Titles that a 404 suggests."""


@dataclass(frozen=True)
class Named:
    """A film of the question and how it was understood.

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
    """Finds the films that a question names, in one generation."""

    def __init__(self, generation: View, posters: Posters) -> None:
        self._generation, self._posters = generation, posters

    def find(self, film: int | str | TitleYear, year: int | None = None) -> Named:
        """The film meant.

        Raises:
            NotFoundError: no film has this id, or none resembles this title; then the nearest are named.
        """
        if isinstance(film, int):
            return self._by_id(film)
        if isinstance(film, TitleYear):
            return self._by_title(film.title, film.year)
        return self._by_title(film, year)

    def summaries(self, rows: list[int]) -> list[MovieSummary]:
        """Films as they are sent."""
        return [self._posters.summary(film) for film in self._generation.films.summaries(rows)]

    def _by_id(self, movie_id: int) -> Named:
        row = self._generation.films.row_of(movie_id)
        if row is None:
            raise NotFoundError(f"there is no film with the id {movie_id}")
        return Named(movie_id, [row])

    def _by_title(self, title: str, year: int | None) -> Named:
        answer = self._generation.titles.search(title, year=year, limit=ALTERNATIVES + 1, brief=True)
        if not answer.resolved:
            nearest = ", ".join(f"{match.text!r}" for match in answer.matches[:NEAREST])
            hint = f"; the nearest titles are {nearest}" if nearest else ""
            raise NotFoundError(f"no film resembles {title[:100]!r}{hint}")
        rows = [match.row for match in answer.matches[: None if answer.ambiguous else 1]]
        return Named(title, rows, round(answer.confidence, 4), answer.ambiguous)
