"""A local server that speaks TMDB's answers: films, errors, limits, as a test sets them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.serving import Quiet, listening

KEY = "0123456789abcdef0123456789abcdef"
TOKEN = "header.payload.signature"

MORE: dict[str, Any] = {
    "watch/providers": {
        "results": {
            "IS": {
                "link": "https://www.themoviedb.org/movie/348/watch?locale=IS",
                "rent": [{"provider_name": "Apple TV", "display_priority": 1}],
            },
            "XX": {"link": "javascript:alert(1)"},
        }
    },
    "videos": {
        "results": [
            {"site": "Vimeo", "type": "Trailer", "key": "1", "official": True},
            {"site": "YouTube", "type": "Teaser", "key": "2", "official": True},
            {"site": "YouTube", "type": "Trailer", "key": "3", "official": False},
            {"site": "YouTube", "type": "Trailer", "key": "LjLamj-b0I8", "official": True},
        ]
    },
    "credits": {
        "cast": [
            {"name": "Tom S.", "order": 1},
            {"name": "Sigourney Weaver", "order": 0, "character": "Ripley"},
        ],
        "crew": [{"name": "Bo", "job": "Gaffer"}, {"name": "Ridley Scott", "job": "Director"}],
    },
}
"""What TMDB appends to a film for `/movies/{id}/more`."""


def details(movie_id: int, **changes: Any) -> dict[str, Any]:
    """TMDB's answer for a film, with keywords and credits appended."""
    return {
        "id": movie_id,
        "title": f"Film {movie_id}",
        "overview": f"What happens in film {movie_id}.",
        "tagline": "",
        "poster_path": f"/poster{movie_id}.jpg",
        "backdrop_path": None,
        "keywords": {"keywords": [{"id": 1, "name": "robot"}, {"id": 2, "name": "lighthouse"}]},
        "credits": {
            "cast": [{"name": "Second", "order": 1}, {"name": "First", "order": 0}],
            "crew": [{"name": "Ana", "job": "Director"}, {"name": "Bo", "job": "Editor"}],
        },
    } | changes


@dataclass
class Tmdb:
    """What the server answers, and what it was asked.

    Attributes:
        url: its address.
        films: id -> the answer's JSON; another id is TMDB's 404.
        failures: id -> (status, headers, body) for the next calls, first come first served.
        asked: ids in the order of the calls.
    """

    url: str = ""
    films: dict[int, dict[str, Any]] = field(default_factory=dict)
    failures: dict[int, list[tuple[int, dict[str, str], str]]] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)


@contextmanager
def tmdb_server(*movie_ids: int) -> Iterator[Tmdb]:
    """Serve some films on a free port."""
    state = Tmdb(films={movie_id: details(movie_id) for movie_id in movie_ids})

    class Handler(Quiet):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            movie_id = int(parts.path.rpartition("/")[2])
            state.asked.append(movie_id)
            key = parse_qs(parts.query).get("api_key", [""])[0]
            if key != KEY and self.headers["Authorization"] != f"Bearer {TOKEN}":
                self.send(401, json.dumps({"status_code": 7, "status_message": "Invalid API key"}).encode())
            elif state.failures.get(movie_id):
                status, headers, body = state.failures[movie_id].pop(0)
                self.send(status, body.encode(), headers)
            elif movie_id in state.films:
                self.send(200, json.dumps(state.films[movie_id]).encode())
            else:
                self.send(404, json.dumps({"success": False, "status_code": 34}).encode())

    with listening(Handler) as address:
        state.url = f"{address}/3"
        yield state
