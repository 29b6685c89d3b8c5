"""TMDB's API, as far as enrichment needs it: one film at a time, politely.

https://developer.themoviedb.org/reference/movie-details describes the answers. A version 3 key goes into the
address and a version 4 token into a header; neither ever reaches a message.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from etl.errors import EtlError

REQUESTS_PER_S = 20.0
"""TMDB allows about 40 a second from one address."""

TIMEOUT_S = 10.0
RETRIES = 5
_TOO_MANY_OR_BROKEN = (429, 500, 502, 503, 504)
CAST = 10
"""Actors kept of a film, in the order of the credits."""

_TEXTS = ("overview", "tagline", "poster_path", "backdrop_path")


class TmdbError(EtlError):
    """TMDB refuses or does not answer; what was fetched before is kept."""


class Tmdb:
    """A client that several threads may share.

    Args:
        url: the API's address.
        key: a version 3 key or a version 4 token.
        requests_per_s: never more than these, over all threads.
        backoff_s: wait this long, then twice as long and so on, after a failure; TMDB's own Retry-After wins.
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
        """What TMDB knows of a film: raw values by the dump's column names, lists as lists of names.

        None where it has no such film.

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
        except requests.RequestException as error:  # its text holds the address, and that the key
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
    """Lets calls through no closer together than some seconds."""

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
