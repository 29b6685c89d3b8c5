"""What edits cost searches: `python -m tests.benchmarks.overlay (--dump PATH | --data DIR) [--json OUT]`.

First, in this process: the same questions to a generation without edits and with 100, 1,000 and 10,000 beside it,
turn by turn, so that whatever else the machine does slows all of them. Of the edited films half are changed, a
quarter is new and a quarter is deleted. Then over HTTP: how long after the answer to a `POST` the next request's
answer is there, with few and with 10,000 edits in memory, and what they take of it.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import requests

from api.people.passwords import hash_password
from contract import Filters
from index.answer.recommend import Question, Recommender
from index.engines.faiss_tools import one_thread
from index.generation.manifest import Generation
from index.generation.overlay import Overlay
from index.generation.overlay.overlay import OPEN
from index.generation.publish import CURRENT, Generations
from index.generation.tuning import KNOWN_VOTES
from index.spaces.view import View
from sql import movies
from sql.accounts import Role, create_user
from sql.edits import writing
from sql.engine import connect
from sql.tables import LIST_COLUMNS, join_names
from tests.sql.films import empty_film
from tests.support import serving
from tests.support.benchmark import measuring
from tests.support.sample import Sample

SIZES = (0, 100, 1_000, 10_000)
QUESTIONS = 400
WRITES = 40
NARROW = Filters(genres=("Drama",), year_min=1990)
FIRST_NEW_ID = 2_000_000_001
NAME, PASSWORD = "overlay-benchmark", "correct horse battery"
Ask = Callable[[View, int], object]


def measured(made: Sample, scratch: Path) -> dict[str, Any]:
    """All figures of a loaded catalogue; a copy of it is edited on the way."""
    loaded = _copied(made, scratch / "edited")
    generation = Generation.open(Generations(loaded.folder / "generations").current())
    edited = _films(loaded, max(SIZES))
    overlays = {f"{size:,}": _overlay(generation, edited, size) for size in SIZES}
    overlays[f"{max(SIZES):,}, the last {OPEN} apart"] = _overlay(generation, edited, max(SIZES), apart=OPEN)
    with one_thread():
        questions = _in_turns(generation, overlays)
    return {
        "films": generation.manifest.rows,
        "questions": QUESTIONS,
        "edits": list(overlays),
        "times": questions,
        "next_request": _over_http(loaded, edited),
    }


def _copied(made: Sample, folder: Path) -> Sample:
    """A catalogue that may be edited: the database copied, the files of the served generation shared."""
    served = Generations(made.folder / "generations").current()
    shutil.copytree(served, folder / "generations" / served.name, copy_function=os.link)
    (folder / "generations" / CURRENT).symlink_to(served.name)
    source, target = sqlite3.connect(made.folder / "reelkin.db"), sqlite3.connect(folder / "reelkin.db")
    source.backup(target)
    source.close()
    target.close()
    return Sample(f"sqlite:///{folder}/reelkin.db", folder)


def _films(loaded: Sample, count: int) -> pa.Table:
    """Films of the catalogue, drawn from the first ones by id."""
    database = connect(loaded.url)
    batches = []
    for batch in movies.stream(database):
        batches.append(batch)
        if sum(each.num_rows for each in batches) >= 3 * count:
            break
    database.dispose()
    films = pa.Table.from_batches(batches)
    drawn = np.random.default_rng(0).permutation(len(films))[: min(count, len(films))]
    return films.take(np.sort(drawn))


def _overlay(generation: Generation, films: pa.Table, size: int, apart: int = 0) -> Overlay:
    """The first films edited: of four, two are changed, one comes again as a new one, and one goes."""
    overlay, now = Overlay.over(generation), datetime.now(UTC)
    for start, end in ((0, size - apart), (size - apart, size)):
        part = films.slice(start, end - start)
        ids = part["id"].to_numpy()
        new = np.arange(len(ids)) % 4 == 2
        renumbered = pa.array(np.where(new, FIRST_NEW_ID + ids, ids), pa.int32())
        written = part.set_column(0, films.schema.field("id"), renumbered)
        edited = dict.fromkeys(written["id"].to_pylist(), now)
        there = written.filter(pa.array(np.arange(len(ids)) % 4 != 3))
        if len(ids):
            overlay = overlay.with_edits(overlay.sequence + 1, edited, there)
    return overlay


def _in_turns(generation: Generation, overlays: dict[str, Overlay]) -> dict[str, Any]:
    known = np.flatnonzero(generation.filters.column("votes") >= KNOWN_VOTES)
    rows = np.random.default_rng(1).permutation(known)[:QUESTIONS]
    movie_ids = generation.films.movie_ids[rows].tolist()
    titles = dict(zip(movie_ids, map(_misspelt, generation.films.titles(rows)), strict=True))
    asks: dict[str, Ask] = {
        "recommend": lambda view, movie_id: _recommend(view, movie_id, Filters()),
        "recommend, filtered": lambda view, movie_id: _recommend(view, movie_id, NARROW),
        "search by title": lambda view, movie_id: _search(view, titles[movie_id]),
    }
    found: dict[str, Any] = {}
    for name, ask in asks.items():
        taken: dict[str, list[float]] = {size: [] for size in overlays}
        for movie_id in movie_ids:
            for size, overlay in overlays.items():
                if overlay.view.films.row_of(movie_id) is None:
                    continue
                started = time.perf_counter()
                ask(overlay.view, movie_id)
                taken[size].append((time.perf_counter() - started) * 1e3)
        found[name] = {size: _percentiles(times) for size, times in taken.items()}
    return found


def _recommend(view: View, movie_id: int, filters: Filters) -> object:
    row = view.films.row_of(movie_id)
    assert row is not None
    return Recommender(view).recommend(Question(likes=(row,), filters=filters))


def _search(view: View, title: str) -> object:
    return view.titles.search(title, allowed=view.filters.select(Filters()).mask)


def _misspelt(title: str) -> str:
    """Without the letter in the middle."""
    middle = len(title) // 2
    return title[:middle] + title[middle + 1 :] or title


def _over_http(loaded: Sample, films: pa.Table) -> dict[str, Any]:
    """From the answer to a `POST` to the next request's, before and after many edits; and memory."""
    database = connect(loaded.url)
    create_user(database, NAME, hash_password(PASSWORD), Role.EDITOR)
    figures: dict[str, Any] = {}
    for edits in (0, len(films)):
        if edits:
            with writing(database) as catalogue:
                for film in films.to_pylist():
                    catalogue.write(_stored(film))
        with serving.api(loaded) as address:
            figures[f"{edits:,}"] = _next_request(address) | {"own_mb": _own_mb(address)}
    database.dispose()
    return figures


def _next_request(address: str) -> dict[str, Any]:
    session = requests.Session()
    session.trust_env = False
    body = {"name": NAME, "password": PASSWORD}
    session.headers["Authorization"] = f"Bearer {session.post(f'{address}/sessions', json=body).json()['token']}"
    first_id = FIRST_NEW_ID + session.get(f"{address}/ready").json()["edits"]
    post, search, again = [], [], []
    for number in range(WRITES):
        title = f"Overlay Benchmark {number} {first_id}"
        started = time.perf_counter()
        film = {"id": first_id + number, "title": title, "genres": ["Drama"]}
        answer = session.post(f"{address}/movies", json=film)
        answered = time.perf_counter()
        assert answer.status_code == 201, answer.text
        best = session.get(f"{address}/movies/search", params={"q": title}).json()["best"]
        found = time.perf_counter()
        assert best["movie"]["id"] == first_id + number
        session.get(f"{address}/movies/search", params={"q": title, "limit": 9})
        post.append((answered - started) * 1e3)
        search.append((found - answered) * 1e3)
        again.append((time.perf_counter() - found) * 1e3)
    return {"post": _percentiles(post), "next_search": _percentiles(search), "later_search": _percentiles(again)}


def _stored(film: dict[str, Any]) -> dict[str, Any]:
    """A film of `FILM_SCHEMA` as it is written; what the index does not know is empty."""
    lists = {name: join_names(film[name] or ()) for name in LIST_COLUMNS}
    known = film | {"status": "Released"} | lists
    return {name: known.get(name, unknown) for name, unknown in empty_film().items()}


def _own_mb(address: str) -> int:
    port = address.rpartition(":")[2]
    (worker,) = [child for child in psutil.Process().children() if port in child.cmdline()]
    memory = worker.memory_info()
    return round((memory.rss - memory.shared) / 1e6)


def _percentiles(times_ms: Sequence[float]) -> dict[str, float]:
    p50, p99 = np.percentile(times_ms, [50, 99])
    return {"p50_ms": round(float(p50), 2), "p99_ms": round(float(p99), 2)}


if __name__ == "__main__":
    raise SystemExit(measuring("overlay", __doc__, measured))
