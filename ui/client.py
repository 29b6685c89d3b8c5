"""The API over HTTP: one method a route, typed answers, and one tree of errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from ui.models import metrics as live
from ui.models.films import GenreCount, Kin, Movie, MoviePage, SearchAnswer
from ui.models.metrics import Sample
from ui.models.operations import Built, Changes, Ready
from ui.models.state import BrowseState, Filters, Taste, Tuning
from ui.models.statistics import Bin, Group, Overview, Ratings, Shelf, Top, Trends, bins

Answer = TypeVar("Answer")
Parameters = Mapping[str, str | list[str]]

CONNECT_TIMEOUT_S = 3.0
READ_TIMEOUT_S = 20.0
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class ApiError(Exception):
    """The API did not answer what was asked; the message says what it said.

    Attributes:
        code: the problem document's code, or "".
    """

    def __init__(self, detail: str, code: str = "") -> None:
        super().__init__(detail)
        self.code = code


class ApiDownError(ApiError):
    """Nothing answers at the API's address, or not in time."""


class NotReadyError(ApiError):
    """503: the API runs, and its database or its index is away."""


class NotFoundError(ApiError):
    """404: there is no such film."""


class RefusedError(ApiError):
    """Another 4xx: the API does not take the question."""


class FaultError(ApiError):
    """The API failed, or answers in a form that this app does not know."""


class Client:
    """Asks the API at one address. Safe to share between threads.

    Every method raises an `ApiError`.
    """

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._session = requests.Session()
        # A proxy of the environment must not be asked about our own machine.
        self._session.trust_env = urlsplit(base_url).hostname not in LOOPBACK
        # A kept-alive connection may be closed by the server just as a request goes out; one more try is enough.
        # What the server does answer is an answer: its Retry-After is for whoever looks at the page.
        # What is posted here are questions, which may be asked twice.
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
        if state.cursor:
            parameters["cursor"] = state.cursor
        elif state.start:
            parameters["from"] = state.start
        return self._get("/movies", {**parameters, **state.filters.query()}, MoviePage.read)

    def movie(self, movie_id: int) -> Movie:
        """All that is known about a film."""
        return self._get(f"/movies/{movie_id}", {}, Movie.read)

    def search(self, title: str, *, year: int | None, limit: int) -> SearchAnswer:
        """Films whose title is like this one, preferably of this year."""
        parameters: dict[str, str | list[str]] = {"q": title, "limit": str(limit)}
        if year is not None:
            parameters["year"] = str(year)
        return self._get("/movies/search", parameters, SearchAnswer.read)

    def recommend(self, taste: Taste, tuning: Tuning, k: int, candidates: Sequence[int] | None = None) -> Kin:
        """The films that suit a taste, with the reasons; of these candidates, where they are given."""
        question = {
            "like": list(taste.likes),
            "dislike": list(taste.dislikes),
            "text": taste.text or None,
            "weights": dict(tuning.weights),
            "filters": tuning.filters.body(),
            "diversity": tuning.diversity,
            "k": k,
            "explain": True,
            "candidates": None if candidates is None else list(candidates),
        }
        return self._ask("/movies/recommend", Kin.read, question)

    def posters(self, movie_ids: Sequence[int]) -> dict[int, str | None]:
        """The addresses of up to 100 films' posters; None where there is none."""

        def read(document: Mapping[str, Any]) -> dict[int, str | None]:
            return {int(movie_id): poster["url"] for movie_id, poster in document.items()}

        return self._get("/posters", {"ids": [str(movie_id) for movie_id in movie_ids]}, read)

    def genres(self, filters: Filters) -> tuple[GenreCount, ...]:
        """The genres of the films that pass, those with the most films first."""

        def read(document: Mapping[str, Any]) -> tuple[GenreCount, ...]:
            return tuple(GenreCount(genre["name"], genre["films"]) for genre in document["genres"])

        return self._get("/genres", filters.query(), read)

    def shelves(self, limit: int) -> tuple[Shelf, ...]:
        """All shelves, in the order to show them."""

        def read(document: Mapping[str, Any]) -> tuple[Shelf, ...]:
            return tuple(Shelf.read(shelf) for shelf in document["shelves"])

        return self._get("/shelves", {"limit": str(limit)}, read)

    def genre_shelf(self, genre: str, limit: int) -> Shelf:
        """The best of a genre, and the genres that go with it."""
        return self._get("/shelves/genre", {"genres": genre, "limit": str(limit)}, Shelf.read)

    def overview(self, filters: Filters) -> Overview:
        """The films that pass, at a glance."""
        return self._get("/stats/overview", filters.query(), Overview.read)

    def ratings(self, filters: Filters, movie_id: int | None) -> Ratings:
        """How the films that pass are rated; with a film, how it stands among its genre."""
        asked = {} if movie_id is None else {"id": str(movie_id)}
        return self._get("/stats/ratings", {**asked, **filters.query()}, Ratings.read)

    def bins(self, by: str, filters: Filters) -> tuple[Bin, ...]:
        """The films that pass by their `votes` or `runtimes`."""
        return self._get(f"/stats/{by}", filters.query(), lambda document: bins(document["bins"]))

    def groups(self, by: str, filters: Filters) -> tuple[Group, ...]:
        """The films that pass by their `years`, `genres` or `languages`."""

        def read(document: Mapping[str, Any]) -> tuple[Group, ...]:
            return tuple(Group.read(group) for group in document["groups"])

        return self._get(f"/stats/{by}", filters.query(), read)

    def trends(self, filters: Filters, limit: int) -> Trends:
        """The largest genres of the films that pass, decade by decade."""
        return self._get("/stats/trends", {"limit": str(limit), **filters.query()}, Trends.read)

    def top(self, filters: Filters, limit: int) -> Top:
        """The best known and the best rated of the films that pass."""
        return self._get("/stats/top", {"limit": str(limit), **filters.query()}, Top.read)

    def generations(self) -> tuple[Built, ...]:
        """The generations that there are, the newest first."""

        def read(document: Mapping[str, Any]) -> tuple[Built, ...]:
            return tuple(Built.read(generation) for generation in document["generations"])

        return self._get("/generations", {}, read)

    def changes(self, generation_id: str) -> Changes:
        """What a generation changed against the one before it."""
        return self._get(f"/generations/{quote(generation_id, safe='')}/changes", {}, Changes.read)

    def ready(self) -> Ready:
        """Whether requests can be answered in full, and why not."""
        return self._get("/ready", {}, Ready.read, also=HTTPStatus.SERVICE_UNAVAILABLE)

    def metrics(self, at: float) -> Sample:
        """The service's counters, asked for at a moment: seconds of a clock that only goes forward."""
        try:
            return live.read(self._response("GET", "/metrics").text, at)
        except (ValueError, KeyError) as error:
            raise FaultError(f"{self.base_url}/metrics answered in a form that this app does not know") from error

    def _get(
        self,
        path: str,
        parameters: Parameters,
        read: Callable[[Mapping[str, Any]], Answer],
        also: HTTPStatus = HTTPStatus.OK,
    ) -> Answer:
        return self._read(path, self._response("GET", path, also, params=parameters), read)

    def _ask(self, path: str, read: Callable[[Mapping[str, Any]], Answer], question: Mapping[str, Any]) -> Answer:
        return self._read(path, self._response("POST", path, json=question), read)

    def _response(
        self, method: str, path: str, also: HTTPStatus = HTTPStatus.OK, **question: Any
    ) -> requests.Response:
        """What the server answered, if it is a success, or of the status `also`."""
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

    def _read(self, path: str, response: requests.Response, read: Callable[[Mapping[str, Any]], Answer]) -> Answer:
        try:
            return read(response.json())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise FaultError(f"{self.base_url}{path} answered in a form that this app does not know") from error


def _problem(response: requests.Response) -> ApiError:
    """The error that a response stands for; problem documents say more than a status."""
    try:
        document = response.json()
        detail, code = str(document["detail"]), str(document.get("code", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        detail, code = f"the API answered {response.status_code} {response.reason}", ""
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        return NotReadyError(detail, code)
    if response.status_code == HTTPStatus.NOT_FOUND:
        return NotFoundError(detail, code)
    if response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return RefusedError(detail, code)
    return FaultError(detail, code)
