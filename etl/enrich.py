"""`python -m etl enrich`: fill empty columns of films from TMDB's API, the best known films first.

A film without overview, keywords or poster is thin. Every film that was requested is recorded in the database,
fifty at a time, so an interrupted run continues where it stopped. Values that a film has already are kept; new
values enter the index with the next build.

https://developer.themoviedb.org/reference/movie-details describes the answers. A version 3 key goes into the
address and a version 4 token into a header; neither appears in a message.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from sqlalchemy import Engine
from urllib3.util import Retry

import settings
from etl.errors import EtlError
from etl.progress import Progress
from etl.transform.film import clean_film
from sql.edits import thin_films, writing
from sql.engine import connect
from sql.migrations.upgrade import upgrade
from sql.tables import stored

REQUESTS_PER_S = 20.0
"""TMDB allows about 40 a second from one address."""

TIMEOUT_S = 10.0
RETRIES = 5
_TOO_MANY_OR_BROKEN = (429, 500, 502, 503, 504)
CAST = 10
"""Actors kept per film, in the order of the credits."""

AT_ONCE = 50
"""Films per transaction."""

THREADS = 4
FILLED = ("overview", "tagline", "poster_path", "backdrop_path", "keywords", "directors", "actors")
_TEXTS = FILLED[:4]


class TmdbError(EtlError):
    """TMDB refuses or does not answer; films fetched before are kept."""


class Tmdb:
    """A client that several threads may share.

    Args:
        url: the API's address.
        key: a version 3 key or a version 4 token.
        requests_per_s: the most requests per second, over all threads.
        backoff_s: wait after a first failure; it doubles with each retry. TMDB's own Retry-After has priority.
    """

    def __init__(
        self, url: str, key: str, *, requests_per_s: float = REQUESTS_PER_S, backoff_s: float = 0.5
    ) -> None:
        self._url = url.rstrip("/")
        self._key = key
        self._pause = _Pace(1 / requests_per_s).wait
        retry = Retry(
            total=RETRIES,
            backoff_factor=backoff_s,
            status_forcelist=_TOO_MANY_OR_BROKEN,
            respect_retry_after_header=True,
        )
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry, pool_maxsize=16))

    def film(self, movie_id: int) -> dict[str, object] | None:
        """TMDB's facts about a film: raw values by the dump's column names, lists as lists of names.

        None if TMDB has no such film.

        Raises:
            TmdbError: the key is refused, or TMDB gives no usable answer after `RETRIES` retries.
        """
        self._pause()
        parameters, headers = {"append_to_response": "keywords,credits"}, {}
        if "." in self._key:  # a version 4 token is a JSON web token
            headers["Authorization"] = f"Bearer {self._key}"
        else:
            parameters["api_key"] = self._key
        try:
            answer = self._session.get(
                f"{self._url}/movie/{movie_id}", params=parameters, headers=headers, timeout=TIMEOUT_S
            )
        except requests.RequestException as error:  # its text contains the address, and so the key
            raise TmdbError(f"TMDB does not answer ({type(error).__name__}): try again later") from None
        if answer.status_code == requests.codes.not_found:
            return None
        if answer.status_code == requests.codes.unauthorized:
            raise TmdbError("TMDB refuses the key: see REELKIN_TMDB_API_KEY")
        try:
            answer.raise_for_status()
            return _values(answer.json())
        except (requests.RequestException, ValueError, TypeError, KeyError, AttributeError):
            raise TmdbError(f"TMDB's answer ({answer.status_code}) for film {movie_id} cannot be used") from None


class _Pace:
    """Spaces the calls of several threads evenly, `seconds` apart.

    pyrate-limiter 4.5 was measured for this: at one call per 50 ms it waits 50 ms more for each call, which halves
    the rate; at 20 per second it sends 20 calls at once and then pauses for a second.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self) -> None:
        with self._lock:
            now = self._clock()
            at = max(now, self._next)
            self._next = at + self._seconds
        time.sleep(at - now)


def _values(answer: dict[str, Any]) -> dict[str, object]:
    """From the answer to /movie/{id} with keywords and credits appended."""
    keywords, credits = (answer.get(name) or {} for name in ("keywords", "credits"))
    cast = sorted(credits.get("cast") or [], key=lambda actor: actor["order"])[:CAST]
    return {
        **{name: answer.get(name) or "" for name in _TEXTS},
        "keywords": [keyword["name"] for keyword in keywords.get("keywords") or []],
        "director": [person["name"] for person in credits.get("crew") or [] if person["job"] == "Director"],
        "cast": [actor["name"] for actor in cast],
    }


@dataclass
class EnrichReport:
    """What a run did.

    Attributes:
        asked: films that TMDB answered for.
        filled: films of which at least one column was filled.
        unknown: films that TMDB does not have.
    """

    asked: int = 0
    filled: int = 0
    unknown: int = 0


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--limit", type=_positive, metavar="N", help="request N films (default: all with empty columns)"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(args: argparse.Namespace) -> int:
    """Request the thin films and print the report; 0 when done."""
    configured = settings.load()
    if not configured.tmdb_api_key:
        raise EtlError("enrich asks TMDB's API, and REELKIN_TMDB_API_KEY is not set: write your key there")
    database = connect(configured.database_url)
    upgrade(database)
    with Progress() as progress:
        report = enrich(database, Tmdb(configured.tmdb_url, configured.tmdb_api_key), progress, args.limit)
    if args.json:
        print(json.dumps(asdict(report)))
    else:
        print(f"asked {report.asked:,}, filled {report.filled:,}, unknown to TMDB {report.unknown:,}")
    return 0


def enrich(database: Engine, tmdb: Tmdb, progress: Progress, limit: int | None = None) -> EnrichReport:
    """Fill thin films.

    Raises:
        TmdbError: TMDB refuses the key or does not answer; films fetched before are kept.
    """
    report = EnrichReport()
    ids = thin_films(database, limit)
    for start in range(0, len(ids), AT_ONCE):
        answers, problem = _ask(tmdb, ids[start : start + AT_ONCE])
        with writing(database) as catalogue:
            for movie_id, found in answers.items():
                report.asked += 1
                report.unknown += found is None
                report.filled += catalogue.fill(movie_id, {} if found is None else _clean(movie_id, found))
        progress.update("enrich", report.asked, len(ids))
        if problem is not None:
            raise problem
    return report


def _ask(tmdb: Tmdb, movie_ids: list[int]) -> tuple[dict[int, dict[str, object] | None], TmdbError | None]:
    """The answers received, and the first problem."""
    answers: dict[int, dict[str, object] | None] = {}
    problem = None
    with ThreadPoolExecutor(THREADS) as threads:
        for movie_id, asked in [(i, threads.submit(tmdb.film, i)) for i in movie_ids]:
            try:
                answers[movie_id] = asked.result()
            except TmdbError as error:
                problem = problem or error
    return answers, problem


def _clean(movie_id: int, found: dict[str, object]) -> dict[str, object]:
    """The columns that may be filled, cleaned by the rules of a dump."""
    film = stored(clean_film(found | {"id": movie_id, "title": "-", "release_date": "2000"}))
    return {name: film[name] for name in FILLED}


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number
