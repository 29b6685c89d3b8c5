"""The API over HTTP: one method a route, answers as pydantic models, and one tree of errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import requests
from pydantic import BaseModel, TypeAdapter, ValidationError
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from contract import Filters
from ui.models import operations
from ui.models.films import (
    Bin,
    Bins,
    GenreCount,
    Genres,
    Group,
    Groups,
    More,
    Movie,
    MoviePage,
    Overview,
    Poster,
    Ratings,
    Recommendations,
    SearchAnswer,
    Shelf,
    Shelves,
    Trends,
)
from ui.models.jobs import Job, Jobs, Live
from ui.models.operations import Accounts, Changes, Generation, Generations, Ready
from ui.models.query import filter_body, filter_parameters
from ui.models.state import BrowseState, Preferences, Tuning

Answer = TypeVar("Answer")
Parameters = Mapping[str, str | list[str]]

CONNECT_TIMEOUT_S = 3.0
READ_TIMEOUT_S = 20.0
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class ApiError(Exception):
    """The API did not answer as asked; the message says why.

    Attributes:
        code: the problem document's code, or "".
    """

    def __init__(self, detail: str, code: str = "") -> None:
        super().__init__(detail)
        self.code = code


class ApiDownError(ApiError):
    """Nothing answers at the API's address, or not in time."""


class NotReadyError(ApiError):
    """503: the API runs, but its database or its index is not available."""


class NotFoundError(ApiError):
    """404: there is no such film."""


class RefusedError(ApiError):
    """Another 4xx: the API rejects the request."""


class FaultError(ApiError):
    """The API failed, or its answer is not in the expected form."""


class Client:
    """The API at one address. Safe to share between threads.

    Every method raises an `ApiError`.

    Args:
        base_url: its address.
        visitor: gives the address of the present visitor, "" if it is not known. The API counts requests for it
            if it trusts this app.
    """

    def __init__(self, base_url: str, visitor: Callable[[], str] = str) -> None:
        self.base_url, self._visitor = base_url.rstrip("/"), visitor
        self._session = requests.Session()
        # A proxy of the environment cannot reach our own machine.
        self._session.trust_env = urlsplit(base_url).hostname not in LOOPBACK
        # The server may close a kept-alive connection just as a request goes out: one more try is enough.
        # A Retry-After is not obeyed, since a person waits for the page. A POST here only reads, so it can be sent
        # twice.
        once_more = Retry(
            total=1,
            connect=0,
            read=1,
            status=0,
            other=0,
            redirect=0,
            respect_retry_after_header=False,
            allowed_methods={"GET", "POST"},
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=once_more, pool_maxsize=32))

    def page(self, state: BrowseState, limit: int) -> MoviePage:
        """A page of the catalogue."""
        parameters: dict[str, str | list[str]] = {
            "sort": state.sort.by,
            "order": state.sort.order,
            "limit": str(limit),
        }
        if state.seed:
            parameters["seed"] = str(state.seed)
        if state.cursor:
            parameters["cursor"] = state.cursor
        elif state.start:
            parameters["from"] = state.start
        return self._get("/movies", MoviePage, parameters, state.filters)

    def movie(self, movie_id: int) -> Movie:
        """A film with all its facts."""
        return self._get(f"/movies/{movie_id}", Movie)

    def search(self, title: str, *, year: int | None, limit: int) -> SearchAnswer:
        """Films whose title resembles this one, preferably of this year."""
        parameters: dict[str, str | list[str]] = {"q": title, "limit": str(limit)}
        if year is not None:
            parameters["year"] = str(year)
        return self._get("/movies/search", SearchAnswer, parameters)

    def recommend(
        self,
        preferences: Preferences,
        tuning: Tuning,
        k: int,
        candidates: Sequence[int] | None = None,
        exclude: Sequence[int] = (),
    ) -> Recommendations:
        """The `k` best films for some preferences and why: out of `candidates` if given, none to `exclude`.

        Where some of a text is not to be read, what it would be read as is asked for first.
        """
        read = None
        if preferences.unread:
            found = self._recommend({"text": preferences.text, "k": 1, "explain": True}).query.read
            read = [piece.model_dump(by_alias=True) for piece in found if piece.key not in preferences.unread]
        body = {
            "like": preferences.likes,
            "dislike": preferences.dislikes,
            "text": preferences.text or None,
            "read": read,
            "weights": dict(tuning.weights),
            "filters": filter_body(tuning.filters),
            "diversity": tuning.diversity,
            "franchise": tuning.franchise,
            "k": k,
            "explain": True,
            "candidates": candidates,
            "exclude": exclude,
        }
        return self._recommend(body)

    def _recommend(self, body: Mapping[str, object]) -> Recommendations:
        path = "/movies/recommend"
        return self._read(path, self._response("POST", path, json=body), Recommendations)

    def posters(self, movie_ids: Sequence[int]) -> dict[int, Poster]:
        """The posters of up to 100 films."""
        return self._get("/posters", dict[int, Poster], {"ids": [str(movie_id) for movie_id in movie_ids]})

    def genres(self, filters: Filters) -> tuple[GenreCount, ...]:
        """The genres of the films that pass the filters, those with the most films first."""
        return self._get("/genres", Genres, {}, filters).genres

    def shelves(self, limit: int) -> tuple[Shelf, ...]:
        """All shelves, in the order to show them."""
        return self._get("/shelves", Shelves, {"limit": str(limit)}).shelves

    def genre_shelf(self, genre: str, limit: int) -> Shelf:
        """The best films of a genre, and the genres that go with it."""
        return self._get("/shelves/genre", Shelf, {"genres": genre, "limit": str(limit)})

    def overview(self, filters: Filters) -> Overview:
        """The films that pass the filters, in figures."""
        return self._get("/stats/overview", Overview, {}, filters)

    def ratings(self, filters: Filters, movie_id: int | None) -> Ratings:
        """Ratings of the films that pass the filters; with a film, where it stands among its genre."""
        return self._get("/stats/ratings", Ratings, {} if movie_id is None else {"id": str(movie_id)}, filters)

    def bins(self, by: str, filters: Filters) -> tuple[Bin, ...]:
        """The films that pass the filters by their `votes` or `runtimes`."""
        return self._get(f"/stats/{by}", Bins, {}, filters).bins

    def groups(self, by: str, filters: Filters) -> tuple[Group, ...]:
        """The films that pass the filters by their `years`, `genres` or `languages`."""
        return self._get(f"/stats/{by}", Groups, {}, filters).groups

    def frequent(self, kind: str, limit: int) -> tuple[Group, ...]:
        """The `keywords`, `companies`, `directors` or `actors` of the most films."""
        return self._get(f"/stats/{kind}", Groups, {"limit": str(limit)}).groups

    def more(self, movie_id: int) -> More:
        """What TMDB knows of a film besides."""
        return self._get(f"/movies/{movie_id}/more", More)

    def trends(self, filters: Filters, limit: int) -> Trends:
        """The largest genres of the films that pass the filters, decade by decade."""
        return self._get("/stats/trends", Trends, {"limit": str(limit)}, filters)

    def generations(self) -> tuple[Generation, ...]:
        """All generations, the newest first."""
        return self._get("/generations", Generations).generations

    def changes(self, generation_id: str) -> Changes:
        """What a generation changed against the one before it."""
        return self._get(f"/generations/{quote(generation_id, safe='')}/changes", Changes)

    def accounts(self) -> Accounts:
        """Who may have an account, and whether there is an administrator."""
        return self._get("/accounts", Accounts)

    def jobs(self) -> Jobs:
        """The latest rebuilds; for administrators, as are the next ones."""
        return self._get("/admin/jobs", Jobs)

    def start_job(self, kind: str, **options: str | int) -> Job:
        """Start a rebuild: a command of `python -m etl`, and its options as `POST /admin/jobs` takes them."""
        path = "/admin/jobs"
        return self._read(path, self._response("POST", path, json={"kind": kind, **options}), Job)

    def cancel_job(self, job_id: str) -> None:
        """Cancel a rebuild."""
        self._response("DELETE", f"/admin/jobs/{quote(job_id, safe='')}")

    def live(self) -> Live:
        """What visitors do today."""
        return self._get("/admin/live", Live)

    def forget_live(self) -> None:
        """Forget what visitors have done today."""
        self._response("DELETE", "/admin/live")

    def ready(self) -> Ready:
        """Whether requests can be answered in full, and why not."""
        return self._read("/ready", self._response("GET", "/ready", also=HTTPStatus.SERVICE_UNAVAILABLE), Ready)

    def metrics(self, at: float) -> operations.Sample:
        """The service's counters, read at a moment: seconds of a monotonic clock."""
        try:
            return operations.read_metrics(self._response("GET", "/metrics").text, at)
        except (ValueError, KeyError) as error:
            raise self._unexpected("/metrics") from error

    def _get(
        self, path: str, model: type[Answer], parameters: Parameters | None = None, filters: Filters | None = None
    ) -> Answer:
        passing = {} if filters is None else filter_parameters(filters)
        return self._read(path, self._response("GET", path, params={**(parameters or {}), **passing}), model)

    def _response(
        self, method: str, path: str, also: HTTPStatus = HTTPStatus.OK, **question: Any
    ) -> requests.Response:
        """The response, if it is a success or has the status `also`."""
        visitor = self._visitor()
        question["headers"] = {**question.get("headers", {}), **({"X-Forwarded-For": visitor} if visitor else {})}
        try:
            response = self._session.request(
                method, self.base_url + path, timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S), **question
            )
        except requests.Timeout as error:
            raise ApiDownError(f"{self.base_url} did not answer in time") from error
        except requests.RequestException as error:
            raise ApiDownError(f"nothing answers at {self.base_url}") from error
        if not response.ok and response.status_code != also:
            raise _problem(response)
        return response

    def _read(self, path: str, response: requests.Response, model: type[Answer]) -> Answer:
        try:
            return TypeAdapter(model).validate_json(response.content)
        except ValidationError as error:
            raise self._unexpected(path) from error

    def _unexpected(self, path: str) -> FaultError:
        return FaultError(f"the answer of {self.base_url}{path} is not in the expected form")


class _Problem(BaseModel):
    """The fields of a problem document (RFC 9457) that this app uses."""

    detail: str
    code: str = ""


def _problem(response: requests.Response) -> ApiError:
    """The error that a response stands for; a problem document says more than a status."""
    try:
        told = _Problem.model_validate_json(response.content)
    except ValidationError:
        told = _Problem(detail=f"the API answered {response.status_code} {response.reason}")
    kind: type[ApiError] = FaultError
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        kind = NotReadyError
    elif response.status_code == HTTPStatus.NOT_FOUND:
        kind = NotFoundError
    elif response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        kind = RefusedError
    return kind(told.detail, told.code)
