"""From what a client calls a film, an id or a title, to its row in the generation."""

from __future__ import annotations

from dataclasses import dataclass

from api.answers import MovieSummary, Posters, Resolved
from api.parameters import TitleYear
from api.problems import NotFoundError
from index.view import View

ALTERNATIVES = 5
"""Other films that are listed when a title is ambiguous."""

NEAREST = 3
"""Titles that a 404 suggests."""


@dataclass(frozen=True)
class Named:
    """A film of the question: its row and how it was understood."""

    row: int
    resolved: Resolved


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
        movie = self.summaries([row])[0]
        return Named(row, Resolved(input=movie_id, movie=movie, confidence=1.0, ambiguous=False, alternatives=[]))

    def _by_title(self, title: str, year: int | None) -> Named:
        answer = self._generation.titles.search(title, year=year, limit=ALTERNATIVES + 1, brief=True)
        if not answer.resolved:
            nearest = ", ".join(f"{match.text!r}" for match in answer.matches[:NEAREST])
            hint = f"; the nearest titles are {nearest}" if nearest else ""
            raise NotFoundError(f"no film resembles {title[:100]!r}{hint}")
        rows = [match.row for match in answer.matches]
        movie, *others = self.summaries(rows)
        resolved = Resolved(
            input=title,
            movie=movie,
            confidence=round(answer.confidence, 4),
            ambiguous=answer.ambiguous,
            alternatives=others if answer.ambiguous else [],
        )
        return Named(rows[0], resolved)
