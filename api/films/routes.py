"""`/movies`, `/movies/search` and `/genres`; and for editors `POST`, `PUT`, `PATCH` and `DELETE` of films."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Response, Security

from api.films.browse import BrowseQuery, CatalogueService, Genres, MoviePage, SearchAnswer, SearchQuery
from api.films.edit import EditingService, FilmBody, FilmChanges, NewFilm
from api.models import FilterFields, Movie, MovieIdPath, NoQuery, as_json
from api.people.accounts import ROLE_PROBLEMS, AccountService, requires
from api.web.cache import QueryRoute, query_string
from api.web.openapi import NOT_FOUND, NOT_MODIFIED, PROBLEMS, TOO_LARGE, problem_response
from sql.accounts import Role

TAKEN = problem_response(
    HTTPStatus.CONFLICT, "taken", "The id is another film's", "there is a film with the id 157336 already"
)
NO_ID = problem_response(
    HTTPStatus.METHOD_NOT_ALLOWED,
    "method_not_allowed",
    "The address does not end with an id",
    "Method Not Allowed",
)


def router(catalogue: CatalogueService) -> APIRouter:
    """The routes that read films."""
    routes = APIRouter(responses=PROBLEMS, route_class=QueryRoute)

    @routes.get("/movies", tags=["catalogue"])
    def browse(query: Annotated[BrowseQuery, query_string(BrowseQuery)]) -> MoviePage:
        """Browse the catalogue.

        In pages that cost the same however deep they are: send `next` or `previous` back as `cursor`, with the
        same sort, order and filters. `from` begins elsewhere in the order.
        """
        return catalogue.page(query)

    @routes.get("/movies/search", tags=["search"], responses=NOT_MODIFIED, response_model=SearchAnswer)
    def search(query: Annotated[SearchQuery, query_string(SearchQuery)]) -> Response:
        """Find films by title.

        Misspelt or not. `confidence` is how often the first match is the one that was meant.
        """
        return as_json(catalogue.search(query))

    @routes.get("/movies/{movie_id}", tags=["catalogue"], responses=NOT_FOUND)
    def movie(movie_id: MovieIdPath, _: NoQuery) -> Movie:
        """Show one film.

        All its columns.
        """
        return catalogue.movie(movie_id)

    @routes.get("/genres", tags=["catalogue"])
    def genres(filters: Annotated[FilterFields, query_string(FilterFields)]) -> Genres:
        """List the genres.

        All genres of the films that pass the filters, those with the most films first.
        """
        return catalogue.genres(filters)

    return routes


def editing_router(editing: EditingService, accounts: AccountService) -> APIRouter:
    """The routes that write films."""
    # `{movie_id:int}`, so that a wrong method of `/movies/recommend` is not taken for the film `recommend`.
    routes = APIRouter(
        tags=["editing"],
        responses=PROBLEMS | ROLE_PROBLEMS,
        dependencies=[Security(requires(accounts, Role.EDITOR))],
    )

    @routes.post("/movies", status_code=HTTPStatus.CREATED, responses=TAKEN | TOO_LARGE)
    def add(film: NewFilm, _: NoQuery, response: Response) -> Movie:
        """Add a film.

        The columns are those of `GET /movies/{id}`; only `id` and `title` are required. They are cleaned like a
        dump; what would be repaired in a dump is a 422 here.
        """
        response.headers["Location"] = f"/movies/{film.id}"
        return editing.add(film)

    @routes.put("/movies/{movie_id:int}", responses=NOT_FOUND | NO_ID | TOO_LARGE)
    def replace(movie_id: MovieIdPath, film: FilmBody, _: NoQuery) -> Movie:
        """Replace a film.

        A whole film replaces the one that is there: columns that are not named become unknown.
        """
        return editing.replace(movie_id, film)

    @routes.patch("/movies/{movie_id:int}", responses=NOT_FOUND | NO_ID | TOO_LARGE)
    def change(movie_id: MovieIdPath, changes: FilmChanges, _: NoQuery) -> Movie:
        """Change a film.

        The columns that are named; the others stay, and null clears one.
        """
        return editing.change(movie_id, changes)

    @routes.delete("/movies/{movie_id:int}", responses=NOT_FOUND | NO_ID)
    def delete(movie_id: MovieIdPath, _: NoQuery) -> Movie:
        """Delete a film.

        The answer is the film as it was. A later ingest does not bring it back.
        """
        return editing.delete(movie_id)

    return routes
