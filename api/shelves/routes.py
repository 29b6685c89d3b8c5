"""`/shelves`: films in the order of a rule that is told with them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path

from api.parameters import ShelfQuery
from api.shelves.service import ShelfAnswer, ShelfService, Shelved
from api.web.openapi import NOT_MODIFIED, PROBLEMS, refusal
from api.web.problems import NotFoundError
from api.web.query import asked
from index.answer.shelves import Shelf

NAMES = ", ".join(Shelf)
NO_SHELF = refusal(
    HTTPStatus.NOT_FOUND, "not_found", "There is no such shelf", f"there is no shelf 'best'; there are {NAMES}"
)


def router(shelves: ShelfService) -> APIRouter:
    """The routes of shelves."""
    routes = APIRouter(tags=["shelves"], responses=PROBLEMS | NOT_MODIFIED)

    @routes.get("/shelves")
    def every(query: Annotated[ShelfQuery, asked(ShelfQuery)]) -> Shelved:
        """Show all shelves.

        Each with its rule in words and as a formula.
        """
        return shelves.all(query)

    @routes.get("/shelves/{name}", responses=NO_SHELF)
    def one(
        name: Annotated[str, Path(description=NAMES, examples=["genre"])],
        query: Annotated[ShelfQuery, asked(ShelfQuery)],
    ) -> ShelfAnswer:
        """Show one shelf.

        `genre` takes the first of `genres`, else the genre with the most films, and names those that go with it.
        """
        if name not in set(Shelf):
            raise NotFoundError(f"there is no shelf {name[:100]!r}; there are {NAMES}")
        return shelves.one(Shelf(name), query)

    return routes
