"""`/shelves`: films in the order of a rule, with the rule itself."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from api.models import FilterFields, Limit, MovieSummary, Posters
from api.serving.edits import Snapshot
from api.serving.serving import Serving
from api.web.cache import query_string
from api.web.openapi import NOT_MODIFIED, PROBLEMS, problem_response
from api.web.problems import NotFoundError
from contract import Filters
from index.answer.shelves import RULES, Shelf

NAMES = ", ".join(Shelf)


NO_SHELF = problem_response(
    HTTPStatus.NOT_FOUND, "not_found", "There is no such shelf", f"there is no shelf 'best'; there are {NAMES}"
)


class ShelfQuery(FilterFields):
    """Parameters of `GET /shelves` and of one shelf."""

    limit: Limit = Field(20, description="films on a shelf", examples=[20])


class RelatedGenre(BaseModel):
    """A genre that often goes with the one of the shelf."""

    name: str = Field(description="the genre", examples=["War"])
    films: int = Field(description="films that have both genres", examples=[151])
    lift: float = Field(description="how many times as often they occur together as by chance", examples=[1.754])


class ShelfAnswer(BaseModel):
    """Films in the order of a rule."""

    name: str = Field(description="as in the address", examples=["genre"])
    title: str = Field(description="as a heading", examples=["Genre"])
    rule: str = Field(
        description="the rule in words",
        examples=[
            "The best rated of one genre: the mean vote, as if 2,000 more people "
            "had given the average film's vote C."
        ],
    )
    formula: str = Field(
        description="the score: v votes, R their mean, C the mean vote of the catalogue, p popularity, days since "
        "the release; in brackets what must hold",
        examples=["(v·R + 2000·C) / (v + 2000)   [genre]"],
    )
    matching: int = Field(description="films that pass the filters", examples=[2208])
    films: list[MovieSummary] = Field(description="the first films of the shelf")
    genre: str | None = Field(None, description="of the shelf `genre`: its name", examples=["Drama"])
    related: list[RelatedGenre] = Field([], description="of the shelf `genre`: related genres, by lift")
    generation: str = Field(description="the generation that answered", examples=["20261121T223936Z-775b"])
    degraded: bool = Field(
        description="true while the database is away and the index answers alone", examples=[False]
    )


class Shelved(BaseModel):
    """All shelves, in the order to show them."""

    shelves: list[ShelfAnswer] = Field(description="popular first, genre last")


class ShelfService:
    """Fills shelves from the generation that is served."""

    def __init__(self, serving: Serving, posters: Posters) -> None:
        self._serving, self._posters = serving, posters

    def all(self, query: ShelfQuery) -> Shelved:
        """Every shelf under the same filters."""
        snapshot = self._serving.current()
        return Shelved(shelves=[self._fill(snapshot, shelf, query) for shelf in Shelf])

    def one(self, shelf: Shelf, query: ShelfQuery) -> ShelfAnswer:
        """One shelf."""
        return self._fill(self._serving.current(), shelf, query)

    def _fill(self, snapshot: Snapshot, shelf: Shelf, query: ShelfQuery) -> ShelfAnswer:
        filters = query.filters()
        genre, related = None, []
        if shelf is Shelf.GENRE:
            genre = _genre(snapshot, filters)
            filters = replace(filters, genres=filters.genres or tuple(filter(None, [genre])))
            related = _related(snapshot, genre, filters)
        chosen = snapshot.selection(filters)
        rows = snapshot.shelves.top(shelf, chosen, query.limit)
        rule = RULES[shelf]
        return ShelfAnswer(
            name=shelf,
            title=rule.title,
            rule=rule.words,
            formula=rule.formula,
            matching=chosen.count,
            films=self._posters.summaries(snapshot.view, rows),
            genre=genre,
            related=related,
            generation=snapshot.id,
            degraded=self._serving.database_problem is not None,
        )


def _genre(snapshot: Snapshot, filters: Filters) -> str | None:
    """The genre of the shelf: the first one asked for, in the catalogue's spelling, or the largest."""
    if filters.genres:
        return snapshot.view.filters.terms["genres"].spelling(filters.genres[0])
    return snapshot.shelves.largest_genre(snapshot.selection(filters).mask)


def _related(snapshot: Snapshot, genre: str | None, filters: Filters) -> list[RelatedGenre]:
    if genre is None:
        return []
    others = replace(filters, genres=(), genres_all=())
    found = snapshot.shelves.related(
        snapshot.selection(replace(others, genres=(genre,))).mask, snapshot.selection(others).mask, genre
    )
    return [RelatedGenre(**vars(other)) for other in found]


def router(shelves: ShelfService) -> APIRouter:
    """The routes of shelves."""
    routes = APIRouter(tags=["shelves"], responses=PROBLEMS | NOT_MODIFIED)

    @routes.get("/shelves")
    def every(query: Annotated[ShelfQuery, query_string(ShelfQuery)]) -> Shelved:
        """Show all shelves.

        Each with its rule in words and as a formula.
        """
        return shelves.all(query)

    @routes.get("/shelves/{name}", responses=NO_SHELF)
    def one(
        name: Annotated[str, Path(description=NAMES, examples=["genre"])],
        query: Annotated[ShelfQuery, query_string(ShelfQuery)],
    ) -> ShelfAnswer:
        """Show one shelf.

        `genre` takes the first of `genres`, else the genre with the most films, and lists related genres.
        """
        if name not in set(Shelf):
            raise NotFoundError(f"there is no shelf {name[:100]!r}; there are {NAMES}")
        return shelves.one(Shelf(name), query)

    return routes
