"""Whether many members slow answers: `python -m tests.benchmarks.members (--dump PATH | --data DIR) [--json OUT]`.

10,000 members with 200 ratings each, of films drawn by their votes, in a copy of the catalogue. Over HTTP, one
request after the other, each of another member: `GET /me/recommendations`; half of the ratings signed out, as
`POST /movies/recommend` with the rated films excluded; `GET /movies/recommend?id=` of a film. In turns, so that
whatever else the machine does slows all of them; once with one member in the database, once with all. Then the
time from the address of For you in a new tab to its first film, for members whose browser has kept the session, in
turns with that page signed out and with Streamlit alone.
"""

from __future__ import annotations

import json
import random
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import requests
from sqlalchemy import Engine, insert

from api.people.accounts import AccountService
from index.generation.manifest import Generation
from index.generation.publish import Generations
from sql.accounts import Role, User, now, open_session
from sql.engine import connect
from sql.migrations.upgrade import upgrade
from sql.tables import marks, users
from tests.support import serving
from tests.support.benchmark import measuring
from tests.support.chromium import chromium
from tests.support.sample import Sample

MEMBERS, RATINGS, REQUESTS, SEED = 10_000, 200, 300, 20_261
TOKENS = 200
PAGES = 9
BODY = 100
"""Ratings that a body may have."""

KNOWN = 10_000
"""Films that are rated, those with the most votes."""

SECRET = "of the benchmark of members, and of nothing else"
Ratings = dict[int, float]
K = 20


def measured(made: Sample, scratch: Path) -> dict[str, Any]:
    """All figures of a loaded catalogue; a copy of its database gets the members."""
    folder = scratch / "members"
    folder.mkdir()
    (folder / "generations").symlink_to(made.folder.resolve() / "generations")
    shutil.copyfile(made.folder / "reelkin.db", folder / "reelkin.db")
    own = Sample(f"sqlite:///{folder}/reelkin.db", folder)
    view = Generation.open(Generations(made.folder / "generations").current())
    votes = view.filters.column("votes").astype(np.float64)
    ids = np.array([film["id"] for film in view.films.summaries(np.arange(len(votes)))])
    rng = np.random.default_rng(SEED)
    database = connect(own.url)
    upgrade(database)
    figures: dict[str, Any] = {
        "films": len(ids),
        "members": MEMBERS,
        "ratings_each": RATINGS,
        "requests": REQUESTS,
    }
    best, weights = ids[:KNOWN], votes[:KNOWN] / votes[:KNOWN].sum()
    for count in (1, MEMBERS):
        drawn = _fill(database, count, best, weights, rng)
        tokens = _tokens(database, drawn, SECRET)
        with serving.api(own, REELKIN_SECRET_KEY=SECRET) as address:
            figures[f"with {count:,} members"] = _in_turns(address, tokens, best.tolist())
            if count == MEMBERS:
                figures["first_page"] = _first_pages(address, tokens, folder)
    database.dispose()
    return figures


def _fill(database: Engine, count: int, ids: Any, weights: Any, rng: np.random.Generator) -> dict[int, Ratings]:
    """Add members up to a number; gives the ratings of some, by the members' ids."""
    known: dict[int, Ratings] = {}
    with database.begin() as connection:
        first = connection.execute(
            users.select().with_only_columns(users.c.id).order_by(users.c.id.desc())
        ).scalar()
        start = (first or 0) + 1
        for at in range(start, start + count, 500):
            some = range(at, min(at + 500, start + count))
            rows = [
                {"id": i, "name": f"member{i}", "password_hash": "x", "role": "member", "created_at": now()}
                for i in some
            ]
            connection.execute(insert(users), rows)
            said = []
            for i in some:
                films = rng.choice(ids, RATINGS, replace=False, p=weights)
                values = np.clip(np.round(rng.normal(7, 1.8, RATINGS) * 2) / 2, 0.5, 10)
                days = rng.integers(0, 2_000, RATINGS)
                said += [
                    {
                        "user_id": i,
                        "kind": "ratings",
                        "movie_id": int(film),
                        "rating": float(value),
                        "marked_at": datetime(2020, 1, 1) + timedelta(days=int(day)),
                    }
                    for film, value, day in zip(films, values, days, strict=True)
                ]
                known[i] = dict(zip(films.tolist(), values.tolist(), strict=True))
            connection.execute(insert(marks), said)
    return known


def _tokens(database: Engine, members: dict[int, Ratings], secret: str) -> list[tuple[str, Ratings]]:
    accounts = AccountService(database, secret)
    found = []
    for member in random.Random(SEED).sample(sorted(members), min(TOKENS, len(members))):
        token = f"token-of-{member}-{len(members)}"
        until = datetime.now(UTC) + timedelta(hours=2)
        open_session(database, User(member, "", Role.MEMBER), accounts._hashed(token), until)
        found.append((token, members[member]))
    return found


def _in_turns(address: str, tokens: Sequence[tuple[str, Ratings]], films: Sequence[int]) -> dict[str, Any]:
    session, others = requests.Session(), iter(films)

    def own(token: str, ratings: Ratings) -> requests.Response:
        held = {"Authorization": f"Bearer {token}"}
        return session.get(f"{address}/me/recommendations", params={"k": str(K)}, headers=held, timeout=60)

    def signed_out(token: str, ratings: Ratings) -> requests.Response:
        body = {
            "ratings": {str(i): value for i, value in islice(ratings.items(), BODY)},
            "exclude": list(ratings),
            "k": K,
        }
        return session.post(f"{address}/movies/recommend", json=body, timeout=60)

    def one_film(token: str, ratings: Ratings) -> requests.Response:
        asked = {"id": str(next(others)), "k": str(K)}  # another one each time: answers are kept
        return session.get(f"{address}/movies/recommend", params=asked, timeout=60)

    ways: dict[str, Callable[[str, Ratings], requests.Response]] = {
        "me": own,
        "signed_out_100_ratings": signed_out,
        "signed_out_one_film": one_film,
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(REQUESTS + 20):
        token, ratings = tokens[number % len(tokens)]
        for name, ask in ways.items():
            started = time.perf_counter()
            answer = ask(token, ratings)
            seconds = time.perf_counter() - started
            assert answer.status_code == 200, answer.text
            assert len(answer.json()["results"]) == K
            if number >= 20:
                took[name].append(seconds)
    return {name: _figures(times) for name, times in took.items()}


def _first_pages(address: str, tokens: Sequence[tuple[str, Ratings]], folder: Path) -> dict[str, dict[str, float]]:
    """Milliseconds until a page in a new tab shows its films, each time of another member.

    In turns with Streamlit alone, whose page is a heading, and with the same page signed out.
    """
    taken: dict[str, list[int]] = {}
    with (
        serving.ui(address) as app,
        serving.ui(address, "tests/support/bare_page.py") as bare,
        chromium(folder / "profile") as browser,
    ):
        for token, _ in tokens[: PAGES + 1]:
            for name, where, shown, kept in (
                ("Streamlit alone", f"{bare}/bare", "h1", ""),
                ("signed out", f"{app}/for-you", ".rk-pick", ""),
                ("member", f"{app}/for-you", ".rk-relative", token),
            ):
                tab = browser.new_page()
                tab.add_init_script(f"localStorage.setItem('reelkin.token', {json.dumps(kept)})")
                started = time.perf_counter()
                tab.goto(where, wait_until="commit")
                tab.locator(shown).first.wait_for()
                taken.setdefault(name, []).append(round(1e3 * (time.perf_counter() - started)))
                tab.locator("[data-test-script-state=notRunning]").wait_for()  # or its end would cost the next one
                tab.close()
    return {
        name: {"p50_ms": statistics.median(times[1:]), "max_ms": max(times[1:])} for name, times in taken.items()
    }


def _figures(times: Sequence[float]) -> dict[str, float]:
    p50, p99 = np.percentile(np.array(times) * 1e3, [50, 99]).tolist()
    return {"p50_ms": round(p50, 2), "p99_ms": round(p99, 2), "per_second": round(len(times) / sum(times), 1)}


if __name__ == "__main__":
    raise SystemExit(measuring("members", __doc__, measured))
