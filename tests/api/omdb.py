"""A server that speaks OMDB's answers, and fails as OMDB may."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.support.serving import Quiet, listening

KEY = "s3cret-key"
NOT_FOUND = {"Response": "False", "Error": "Incorrect IMDb ID."}
LIMIT = {"Response": "False", "Error": "Request limit reached!"}


def found(poster: str) -> dict[str, str]:
    """OMDB's answer about a film."""
    return {"Title": "A film", "Poster": poster, "Response": "True"}


@dataclass
class FakeOmdb:
    """What it answers, and what it was asked.

    Attributes:
        answers: by imdb id: the status and the body; a film that is not here is not found.
        hold: while it is clear, every request waits.
    """

    url: str = ""
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)

    def knows(self, imdb_id: str, answer: object, status: int = 200) -> None:
        """Answer so from here on."""
        self.answers[imdb_id] = status, answer if isinstance(answer, bytes) else json.dumps(answer).encode()


@contextmanager
def omdb() -> Iterator[FakeOmdb]:
    """The server, running."""
    fake = FakeOmdb()
    fake.hold.set()

    class Handler(Quiet):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            assert asked["apikey"] == [KEY]
            (imdb_id,) = asked["i"]
            fake.asked.append(imdb_id)
            fake.hold.wait(10)
            status, body = fake.answers.get(imdb_id, (200, json.dumps(NOT_FOUND).encode()))
            self.send(status, body, {"Location": "http://127.0.0.1:1/"})

    with listening(Handler) as address:
        fake.url = address + "/"
        try:
            yield fake
        finally:
            fake.hold.set()
