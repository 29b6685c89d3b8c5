"""Two hosts on one database: `python -m tests.benchmarks.hosts (--dump PATH | --data DIR) [--json OUT]`.

Two API processes with data folders of their own serve a copy of the catalogue from one store of generations (a
folder that both see). Measured are the milliseconds from the answer to an edit on one until the other finds it,
with Redis and without; the seconds from the end of a build, and of a rollback, until both serve what it published;
and the answers a second of one and of both to clients that ask for films similar to two. All run on this machine:
clients and hosts share its cores.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import requests

from index.generation.shared import SharedGenerations
from sql.accounts import Role
from sql.engine import connect
from tests.api.users import PASSWORD, add_user, headers
from tests.support import serving
from tests.support.benchmark import measuring
from tests.support.load import Ask, Load
from tests.support.redis_server import redis
from tests.support.sample import Sample, copied, run

EDITS = 30
CLIENTS = 4
LOAD_S = 8.0
POLL_S = 0.002
SECRET = "one key for both hosts, so that a session is valid on each"


def measured(made: Sample, scratch: Path) -> dict[str, Any]:
    """All figures of a loaded catalogue."""
    (scratch / "own").mkdir()
    own = copied(made, scratch / "own")
    url = f"file://{scratch}/store"
    generations = SharedGenerations(own.folder / "generations", url)
    generations.serve(generations.current().name)
    figures: dict[str, Any] = {}
    for name, port in (("redis", serving.free_port()), ("database", 0)):
        with ExitStack() as running:
            running.enter_context(redis(scratch, port) if port else nullcontext())
            shared = {"REELKIN_SECRET_KEY": SECRET, "REELKIN_GENERATIONS_URL": url}
            shared["REELKIN_REDIS_URL"] = f"redis://127.0.0.1:{port}/0" if port else ""
            hosts = [
                running.enter_context(serving.api(Sample(own.url, scratch / f"{name}-{host}"), **shared))
                for host in ("one", "other")
            ]
            figures[f"edit_by_{name}_ms"] = _edits(own, *hosts)
            if port:
                figures["answers_per_second"] = _answers(own, hosts)
                figures["published_s"] = _published(own, generations, hosts)
    return figures


def _edits(own: Sample, one: str, other: str) -> dict[str, float]:
    """Milliseconds until an edit that one host has answered is shown by the other."""
    database = connect(own.url)
    with database.connect() as connection:
        film = int(connection.exec_driver_sql("SELECT min(id) FROM movies").scalar_one())
    name = add_user(database, Role.EDITOR)
    database.dispose()
    session = requests.post(f"{one}/sessions", json={"name": name, "password": PASSWORD}, timeout=60)
    held, waits = headers(session.json()["token"]), []
    for turn in range(EDITS):
        title = f"Edited {turn}"
        changed = requests.patch(f"{one}/movies/{film}", json={"title": title}, headers=held, timeout=60)
        changed.raise_for_status()
        started = time.perf_counter()
        while _title(other, film) != title:
            time.sleep(POLL_S)
        waits.append((time.perf_counter() - started) * 1e3)
    return {f"p{at}": round(float(np.percentile(waits, at)), 1) for at in (50, 95)}


def _title(host: str, film: int) -> str:
    """The title of a film by what a host serves from, which is not the database: that both hosts share."""
    answer = requests.get(f"{host}/movies/recommend/{film}", params={"k": 1}, timeout=60).json()
    return str(answer["query"]["resolved"][0]["movie"]["title"])


def _answers(own: Sample, hosts: list[str]) -> dict[str, float]:
    """Of one host, and of both with as many clients in all."""
    database = connect(own.url)
    with database.connect() as connection:
        found = connection.exec_driver_sql("SELECT id FROM movies ORDER BY vote_count DESC LIMIT 2000").scalars()
        ids = [int(one) for one in found]
    database.dispose()
    asks = [Ask("/movies/recommend", body={"like": pair}) for pair in zip(ids[::2], ids[1::2], strict=False)]
    answered = {}
    for number in (1, 2):
        loads = [Load(host, asks, CLIENTS // number) for host in hosts[:number]]
        with ExitStack() as running:
            for load in loads:
                running.enter_context(load)
            time.sleep(LOAD_S)
        if wrong := [one for load in loads for one in load.wrong]:
            raise SystemExit(wrong[0])
        answered[str(number)] = round(sum(len(load.replies) for load in loads) / LOAD_S, 1)
    return answered


def _published(own: Sample, generations: SharedGenerations, hosts: list[str]) -> dict[str, float]:
    """Seconds until both hosts serve a new generation, which they download, and again the one before."""
    before = generations.current().name
    built = run("etl", "build", url=own.url, folder=own.folder, REELKIN_GENERATIONS_URL=generations.url)
    if built.returncode:
        raise SystemExit(built.stderr)
    new = _served(hosts, generations.current().name)
    generations.serve(before)
    return {"new": new, "rollback": _served(hosts, before)}


def _served(hosts: list[str], generation: str) -> float:
    started = time.perf_counter()
    while any(requests.get(f"{host}/ready", timeout=60).json().get("generation") != generation for host in hosts):
        time.sleep(POLL_S)
    return round(time.perf_counter() - started, 2)


if __name__ == "__main__":
    raise SystemExit(measuring("hosts", __doc__, measured))
