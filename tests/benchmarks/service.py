"""The API under load: `python -m tests.benchmarks.service (--dump PATH | --data DIR) [--json OUT]`.

One worker on one core, 16 connections from another core, a different film every time, half by id and half by
title; then two films at once, whose kin nobody knows beforehand. Throughput is told as a share of what a bare
FastAPI endpoint makes of the same JSON from memory on the same core, in the same run, turn by turn. Then the time
from start to ready, the first hundred answers after it beside later ones, and the memory of processes.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import requests

from index.generation.manifest import Generation
from index.generation.publish import Generations
from tests.support.benchmark import measuring
from tests.support.hammer import Load, load
from tests.support.sample import ROOT, Sample
from tests.support.serving import free_port

ROUNDS = 3
QUESTIONS = 1_500
"""Of a round and kind; bare answers are five times as many."""

KINDS = ("id", "title", "two")
REPEATED = 64
TIMED = 300
FIRST = 100
SERVER_CORE = 0
TIMEOUT_S = 120


def measured(loaded: Sample, scratch: Path) -> dict[str, Any]:
    """Everything, in one run."""
    generation = Generation.open(Generations(loaded.folder / "generations").current())
    questions = Questions(generation)
    answer = scratch / "answer.json"
    _stay_off(SERVER_CORE)
    starts, first = [], {}
    for kind in (*KINDS, "words"):
        bodies = questions.words(FIRST + TIMED) if kind == "words" else []
        with _server(loaded) as started:
            starts.append(started.ready_s)
            first[kind] = _first(started.port, bodies or questions.take(FIRST + TIMED, kind))
    with _server(loaded) as ours:
        asked = requests.get(f"http://127.0.0.1:{ours.port}{questions.take(1, 'id')[0]}", timeout=TIMEOUT_S)
        answer.write_bytes(asked.content)
        with _bare(answer) as bare:
            throughput = _throughput(ours.port, bare, questions)
        stages = {f"by {kind}": _stages_ms(ours.port, questions.take(TIMED, kind)) for kind in KINDS}
        one = _memory(ours.process.pid)
    with _server(loaded, workers=2) as two:
        for _ in range(8):  # new connections, so that both workers get some
            load(two.port, questions.take(100, "half"))
        supervisor = _memory(two.process.pid)
        workers = sorted((_memory(pid) for pid in _children(two.process.pid)), key=lambda used: used["rss_mb"])
    return {
        "films": generation.manifest.rows,
        "answer_bytes": len(asked.content),
        "throughput": throughput,
        "stages_ms": stages,
        "ready_s": round(statistics.median(starts), 2),
        "first": first,
        "memory": {"one_worker": one, "supervisor": supervisor, "of_two": workers[-2:]},
    }


class Questions:
    """Recommendations to ask for, each about another film."""

    def __init__(self, generation: Generation) -> None:
        self._films = generation.films
        self._rows = np.random.default_rng(7).permutation(generation.manifest.rows).tolist()

    def take(self, count: int, kind: str) -> list[str]:
        """So many questions by "id", by "title", or "half" of either; or by the ids of "two" films at once."""
        if kind == "two":
            firsts, seconds = self.take(count, "id"), self.take(count, "id")
            return [f"{first}&{second.partition('?')[2]}" for first, second in zip(firsts, seconds, strict=True)]
        rows, self._rows = self._rows[:count], self._rows[count:] + self._rows[:count]
        films = self._films.summaries(rows)
        by_id = [kind == "id" or (kind == "half" and place % 2 == 0) for place in range(count)]
        return [
            "/movies/recommend?" + urlencode({"id": film["id"]} if given else {"title": film["title"]})
            for film, given in zip(films, by_id, strict=True)
        ]

    def words(self, count: int) -> list[dict[str, str]]:
        """So many questions in words, made of genres and titles, as bodies."""
        films = self._films.summaries(self._rows[-count:])
        return [{"text": f"{(film['genres'] or ['Drama'])[0]} about {film['title']}"} for film in films]


def _throughput(ours: int, bare: int, questions: Questions) -> dict[str, dict[str, float]]:
    load(ours, questions.take(300, "half"))
    load(bare, ["/object", "/bytes"] * 300)
    again = questions.take(REPEATED, "half")
    load(ours, again)
    runs: dict[str, list[Load]] = {}
    for _ in range(ROUNDS):
        for name, port, paths in (
            ("bare, an object", bare, ["/object"] * (5 * QUESTIONS)),
            ("bare, bytes", bare, ["/bytes"] * (5 * QUESTIONS)),
            ("half by id, half by title", ours, questions.take(QUESTIONS, "half")),
            ("by id", ours, questions.take(QUESTIONS // 2, "id")),
            ("by title", ours, questions.take(QUESTIONS // 2, "title")),
            ("by two ids, searched", ours, questions.take(QUESTIONS // 2, "two")),
            ("repeated, cached", ours, again * (5 * QUESTIONS // REPEATED)),
        ):
            runs.setdefault(name, []).append(load(port, paths))
    rates = {name: statistics.median(run.per_second for run in found) for name, found in runs.items()}
    return {
        name: {
            "per_second": round(rates[name]),
            "of_object": round(rates[name] / rates["bare, an object"], 3),
            "of_bytes": round(rates[name] / rates["bare, bytes"], 3),
            **{
                f"p{round(100 * share)}_ms": round(statistics.median(run.percentile_ms(share) for run in found), 2)
                for share in (0.5, 0.95, 0.99)
            },
            "failed": sum(run.failed for run in found),
        }
        for name, found in runs.items()
    }


def _first(port: int, asked: Sequence[str | dict[str, str]]) -> dict[str, float]:
    """Of the first answers after a start the median and the slowest, and the median of later ones, in ms."""
    taken = []
    with requests.Session() as session:
        for question in asked:
            started = time.perf_counter()
            if isinstance(question, str):
                session.get(f"http://127.0.0.1:{port}{question}", timeout=TIMEOUT_S)
            else:
                address = f"http://127.0.0.1:{port}/movies/recommend"
                session.post(address, json=question, timeout=TIMEOUT_S).raise_for_status()
            taken.append((time.perf_counter() - started) * 1e3)
    early, later = taken[:FIRST], statistics.median(taken[FIRST:])
    figures = {"median_ms": statistics.median(early), "slowest_ms": max(early), "later_ms": later}
    return {name: round(value, 2) for name, value in figures.items()}


def _stages_ms(port: int, paths: list[str]) -> dict[str, float]:
    """Where the time of an answer goes, as its `Server-Timing` tells it; `other` is what no stage names."""
    spent: dict[str, float] = {}
    with requests.Session() as session:
        for path in paths:
            told = session.get(f"http://127.0.0.1:{port}{path}", timeout=TIMEOUT_S).headers["Server-Timing"]
            for stage in told.split(", "):
                name, _, duration = stage.partition(";dur=")
                spent[name] = spent.get(name, 0.0) + float(duration)
    total = spent.pop("total")
    spent |= {"other": total - sum(spent.values()), "total": total}
    return {name: round(together / len(paths), 3) for name, together in spent.items()}


class Started:
    """A server that answers."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, ready_s: float) -> None:
        self.process, self.port, self.ready_s = process, port, ready_s


@contextmanager
def _server(loaded: Sample, workers: int = 1) -> Iterator[Started]:
    environment = {"REELKIN_DATABASE_URL": loaded.url, "REELKIN_DATA_DIR": str(loaded.folder)}
    port = free_port()
    command = ("api", "--port", str(port), "--workers", str(workers))
    with _started(command, port, "/ready", environment) as started:
        yield started


@contextmanager
def _bare(answer: Path) -> Iterator[int]:
    port = free_port()
    command = ("uvicorn", "tests.support.bare:application", "--factory", "--port", str(port), "--no-access-log")
    with _started(command, port, "/bytes", {"BARE_ANSWER": str(answer)}):
        yield port


@contextmanager
def _started(command: tuple[str, ...], port: int, path: str, environment: dict[str, str]) -> Iterator[Started]:
    began = time.perf_counter()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=log,
            stderr=log,
            preexec_fn=lambda: _stay_on(SERVER_CORE),
        )
        try:
            while not _answers(port, path):
                assert process.poll() is None, "the server did not start"
                assert time.perf_counter() - began < TIMEOUT_S, "the server does not get ready"
                time.sleep(0.02)
            yield Started(process, port, time.perf_counter() - began)
        finally:
            process.terminate()
            process.wait()


def _answers(port: int, path: str) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}{path}", timeout=TIMEOUT_S).ok
    except requests.ConnectionError:
        return False


def _stay_on(core: int) -> None:
    if hasattr(os, "sched_setaffinity"):  # Linux
        os.sched_setaffinity(0, {core})


def _stay_off(core: int) -> None:
    if hasattr(os, "sched_setaffinity") and len(others := os.sched_getaffinity(0) - {core}):
        os.sched_setaffinity(0, others)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _memory(pid: int) -> dict[str, int]:
    """Megabytes that the process sees, and its own ones; the files it maps cost once, however many map them."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kib = {name: int(value) for name, value, *_ in (line.replace(":", "").split() for line in lines)}
    return {"rss_mb": round(kib["Rss"] / 1024), "own_mb": round(kib["Anonymous"] / 1024)}


if __name__ == "__main__":
    raise SystemExit(measuring("service", __doc__, measured))
