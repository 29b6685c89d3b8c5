"""`POST /movies`, and `PUT`, `PATCH` and `DELETE` of `/movies/{id}`: for editors."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Response, Security

from api.accounts import AccountService
from api.answers import Movie
from api.asking import asked
from api.editing import EditingService
from api.films import FilmBody, FilmChanges, NewFilm
from api.parameters import MovieIdPath, NoParameters
from api.problems import NOT_FOUND, PROBLEM, PROBLEMS
from api.security import REFUSALS, requires
from sql.accounts import Role

Nothing = Annotated[NoParameters, asked(NoParameters)]
TAKEN: dict[int | str, dict[str, Any]] = {409: {"description": "The id is another film's", **PROBLEM}}


NO_ID: dict[int | str, dict[str, Any]] = {405: {"description": "The address does not end with an id", **PROBLEM}}


def router(editing: EditingService, accounts: AccountService) -> APIRouter:
    """The routes that write films."""
    # `{movie_id:int}`, so that what is no method of `/movies/recommend` is not taken for a film of that name.
    routes = APIRouter(
        tags=["editing"],
        responses=PROBLEMS | REFUSALS,
        dependencies=[Security(requires(accounts, Role.EDITOR))],
    )

    @routes.post("/movies", status_code=HTTPStatus.CREATED, responses=TAKEN)
    def add(film: NewFilm, _: Nothing, response: Response) -> Movie:
        """Add a film."""
        response.headers["Location"] = f"/movies/{film.id}"
        return editing.add(film)

    @routes.put("/movies/{movie_id:int}", responses=NOT_FOUND | NO_ID)
    def replace(movie_id: MovieIdPath, film: FilmBody, _: Nothing) -> Movie:
        """Put a whole film in the place of the one that is there."""
        return editing.replace(movie_id, film)

    @routes.patch("/movies/{movie_id:int}", responses=NOT_FOUND | NO_ID)
    def change(movie_id: MovieIdPath, changes: FilmChanges, _: Nothing) -> Movie:
        """Change some columns of a film."""
        return editing.change(movie_id, changes)

    @routes.delete("/movies/{movie_id:int}", responses=NOT_FOUND | NO_ID)
    def delete(movie_id: MovieIdPath, _: Nothing) -> Movie:
        """Delete a film; the answer is the film that was."""
        return editing.delete(movie_id)

    return routes
