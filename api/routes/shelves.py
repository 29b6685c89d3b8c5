"""`/shelves`: films in the order of a rule that is told with them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path

from api.asking import asked
from api.parameters import ShelfQuery
from api.problems import PROBLEM, PROBLEMS, NotFoundError
from api.shelving import ShelfAnswer, ShelfService, Shelved
from index.shelves import Shelf

NO_SHELF: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such shelf", **PROBLEM}}
NAMES = ", ".join(Shelf)


def router(shelves: ShelfService) -> APIRouter:
    """The routes of shelves."""
    routes = APIRouter(tags=["shelves"], responses=PROBLEMS)

    @routes.get("/shelves")
    def every(query: Annotated[ShelfQuery, asked(ShelfQuery)]) -> Shelved:
        """All shelves, each with its rule in words and as a formula."""
        return shelves.all(query)

    @routes.get("/shelves/{name}", responses=NO_SHELF)
    def one(
        name: Annotated[str, Path(description=NAMES, examples=["hidden-gems"])],
        query: Annotated[ShelfQuery, asked(ShelfQuery)],
    ) -> ShelfAnswer:
        """One shelf; `genre` takes the first of `genres`, else the genre with the most films."""
        if name not in set(Shelf):
            raise NotFoundError(f"there is no shelf {name[:100]!r}; there are {NAMES}")
        return shelves.one(Shelf(name), query)

    return routes
