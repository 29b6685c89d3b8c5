"""How well and how fast titles are found.

    python -m tests.benchmarks.titles --dump PATH [--films N] [--movielens DIR] [--json OUT]

Accuracy, calibration, latency, memory and time to build on the films of the dump, once more on N films (the dump's
and others recombined from the words of their titles), and on these with five alternative titles each on average.
With `--movielens DIR`, also how many of MovieLens' own spellings are found. Everything follows from `SEED`.
"""

from __future__ import annotations

import argparse
import csv
import gc
import hashlib
import json
import os
import platform
import random
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from index.titles import EmptyQueryError, TitleAnswer, TitleIndex, build_titles
from index.titles.build import Others
from index.titles.fold import fold, squash
from tests.support.typed_titles import listed, measure_typed, templates

SEED = 20_261
VOTES_MIN = 50
LETTERS = "abcdefghijklmnopqrstuvwxyz"
BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.01)
HOSTILE = (
    *(
        "the the the",
        "the",
        "a",
        "e",
        "s",
        "the a",
        "of the",
        "of the a in and to",
        "un",
        "de la",
        "ab",
        "th",
        "1",
    ),
    *(
        "a" * 10_000,
        "The " * 2_500,
        "abcdefgh" * 15,
        "\x00\x01\x02 love",
        "\u202e love",
        "😀",
        "😀 love 😀",
        "的",
    ),
    *(
        "love",
        "love story",
        "part 2",
        "1 2 3 4 5 6 7 8 9 10 11 12",
        " ".join("abcdefghijkl"),
        "愛",
        "qqqqzzzz xxyyzz",
    ),
    "girl boy man woman love life night day dead last first new",
    "man of the world in the night of love and death with my life 1984",
    "the dark night of my love story 2",
)


@dataclass(frozen=True)
class Films:
    """The columns of the dump that the index is built from, by row."""

    movie_ids: NDArray[np.int64]
    titles: list[str]
    original_titles: list[str]
    years: NDArray[np.int16]
    votes: NDArray[np.int32]
    languages: list[str]
    others: Others | None = None

    def build(self, path: Path) -> float:
        """Write their index; seconds it took."""
        start = time.perf_counter()
        build_titles(path, **vars(self))
        return time.perf_counter() - start


@dataclass(frozen=True)
class Accuracy:
    """Shares of queries whose film, or one of the same title, came first and among the first five."""

    queries: int
    first: float
    top_five: float


@dataclass(frozen=True)
class Latency:
    """Milliseconds per query, on one thread: by the clock, and of processor time, which a busy machine
    stretches less."""

    queries: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    cpu_p50_ms: float
    cpu_p99_ms: float


def read_films(dump: Path) -> Films:
    """The films of a dump in the v11 schema, csv or csv.gz."""
    columns = ("id", "title", "original_title", "release_date", "vote_count", "original_language")
    options = pa_csv.ConvertOptions(
        include_columns=columns, column_types={c: pa.string() for c in columns}, strings_can_be_null=False
    )
    table = pa_csv.read_csv(
        dump, parse_options=pa_csv.ParseOptions(newlines_in_values=True), convert_options=options
    )
    rows = {name: table[name].to_pylist() for name in columns}
    return Films(
        movie_ids=np.array([int(i) for i in rows["id"]]),
        titles=rows["title"],
        original_titles=rows["original_title"],
        years=np.array([int(d[:4]) if d[:4].isdigit() else 0 for d in rows["release_date"]], dtype=np.int16),
        votes=np.array([int(float(v or 0)) for v in rows["vote_count"]], dtype=np.int32),
        languages=rows["original_language"],
    )


def recombined(films: Films, count: int, rng: random.Random) -> Films:
    """The films, and others up to `count`: titles with half the words exchanged, some for new ones."""
    words = [word for title in films.titles for word in title.split()]
    unknown = films.votes[films.votes < 10].tolist()
    titles: list[str] = []
    for _ in range(count - len(films.titles)):
        title = rng.choice(films.titles).split()
        exchanged = [_word(words, rng) if rng.random() < 0.5 else word for word in title]
        titles.append(" ".join(exchanged))
    originals = [rng.choice(titles) if rng.random() < 0.25 else title for title in titles]
    return Films(
        np.concatenate([films.movie_ids, 10_000_000 + np.arange(len(titles))]),
        films.titles + titles,
        films.original_titles + originals,
        np.concatenate([films.years, np.array([rng.randrange(1900, 2026) for _ in titles], dtype=np.int16)]),
        np.concatenate([films.votes, np.array([rng.choice(unknown) for _ in titles], dtype=np.int32)]),
        films.languages + [rng.choice(films.languages) for _ in titles],
    )


def with_others(films: Films, count: int) -> Films:
    """The films with so many alternative titles of one to four words that titles have, more for known films."""
    rng = np.random.default_rng(SEED)
    words = pa.array([word for title in films.titles for word in title.split()])
    share = 1 + np.log10(1.0 + films.votes)
    rows = rng.choice(len(films.titles), count, p=share / share.sum())
    length = rng.integers(1, 5, count)
    texts = words.take(pa.array(rng.integers(0, len(words), count)))
    for number in range(2, 5):
        more = words.take(pa.array(rng.integers(0, len(words), count)))
        texts = pc.if_else(pa.array(length >= number), pc.binary_join_element_wise(texts, more, " "), texts)
    return replace(films, others=Others.of(rows, texts, len(films.titles)))


def _word(words: Sequence[str], rng: random.Random) -> str:
    word, other = rng.choice(words), rng.choice(words)
    return word if rng.random() < 0.94 else word[: len(word) // 2 + 1] + other[len(other) // 2 :]


def edited(title: str, rng: random.Random) -> str:
    """The title with one random insertion, deletion, substitution or swap of neighbours."""
    kind, place, letter = rng.choice("idsx"), rng.randrange(len(title)), rng.choice(LETTERS)
    if kind == "i":
        place = rng.randrange(len(title) + 1)
        return title[:place] + letter + title[place:]
    if kind == "s" or len(title) < 2:
        return title[:place] + letter + title[place + 1 :]
    if kind == "d":
        return title[:place] + title[place + 1 :]
    place = min(place, len(title) - 2)
    return title[:place] + title[place + 1] + title[place] + title[place + 2 :]


def edited_titles(films: Films, count: int, rng: random.Random) -> list[tuple[str, int]]:
    """Titles of films with `VOTES_MIN` votes or more, with one edit, a third with two; and their rows."""
    known = np.flatnonzero(films.votes >= VOTES_MIN).tolist()
    asked: list[tuple[str, int]] = []
    while len(asked) < count:
        row = rng.choice(known)
        query = edited(films.titles[row], rng)
        if rng.random() < 1 / 3:
            query = edited(query, rng)
        if fold(query):
            asked.append((query, row))
    return asked


def movielens_spellings(films: Films, folder: Path) -> list[tuple[str, int]]:
    """MovieLens' title where it is neither the film's title nor the original one, for 200 votes or more."""
    with (folder / "links.csv").open(newline="") as file:
        links = {line["movieId"]: int(line["tmdbId"]) for line in csv.DictReader(file) if line["tmdbId"]}
    rows = {int(movie_id): row for row, movie_id in enumerate(films.movie_ids)}
    found: list[tuple[str, int]] = []
    with (folder / "movies.csv").open(newline="") as file:
        for line in csv.DictReader(file):
            row = rows.get(links.get(line["movieId"], -1))
            title = re.sub(r"\s*\([^()]*\)", "", line["title"]).strip()
            if row is None or films.votes[row] < 200:
                continue
            if _key(title) not in (_key(films.titles[row]), _key(films.original_titles[row])):
                found.append((title, row))
    return found


def _key(title: str) -> str:
    return squash(fold(title))


def ask(
    index: TitleIndex, films: Films, asked: Iterable[tuple[str, int]]
) -> tuple[Accuracy, list[tuple[float, bool]]]:
    """Accuracy over queries with their rows, and of each answer the confidence and whether it was right."""
    keys = [_key(title) for title in films.titles]
    first: list[bool] = []
    five: list[bool] = []
    stated: list[tuple[float, bool]] = []
    for query, row in asked:
        answer = index.search(query)
        right = [keys[match.row] == keys[row] for match in answer.matches[:5]]
        first.append(right[:1] == [True])
        five.append(any(right))
        stated.append((answer.confidence, first[-1]))
    return Accuracy(len(first), float(np.mean(first)), float(np.mean(five))), stated


def calibration(stated: Sequence[tuple[float, bool]]) -> list[dict[str, float]]:
    """By confidence: how many answers, the confidence they state on average, and the share that is right."""
    table: list[dict[str, float]] = []
    for low, high in pairwise(BINS):
        inside = [(confidence, right) for confidence, right in stated if low <= confidence < high]
        if inside:
            means = np.mean(np.array(inside, dtype=float), axis=0)
            table.append({"from": low, "answers": len(inside), "stated": means[0], "right": means[1]})
    return table


def latency(search: Callable[[str], TitleAnswer], queries: Sequence[str]) -> Latency:
    """Time every query once, after a tenth of them as a warm-up."""

    def timed(query: str) -> tuple[float, float]:
        start, worked = time.perf_counter(), time.thread_time()
        with suppress(EmptyQueryError):
            search(query)
        return 1e3 * (time.perf_counter() - start), 1e3 * (time.thread_time() - worked)

    for query in queries[: len(queries) // 10]:
        timed(query)
    gc.collect()
    gc.freeze()  # the benchmark's own lists of titles are no garbage to look through while the clock runs
    took = np.array([timed(query) for query in queries])
    gc.unfreeze()
    clock = np.percentile(took[:, 0], [50, 95, 99, 100]).tolist()
    return Latency(len(took), *clock, *np.percentile(took[:, 1], [50, 99]).tolist())


def size_bytes(folder: Path) -> int:
    """Bytes of the files, all of which are mapped into memory."""
    return sum(file.stat().st_size for file in folder.iterdir())


def measure(films: Films, asked: Sequence[tuple[str, int]], rng: random.Random) -> dict[str, object]:
    """Build time, memory and latency (as typed, unfinished and hostile) of an index over the films."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "titles"
        build_s = films.build(path)
        start = time.perf_counter()
        index = TitleIndex.open(path)
        open_s = time.perf_counter() - start
        accuracy, stated = ask(index, films, asked)
        typed = [query for query, _ in asked]
        unfinished = [query[: rng.randrange(1, len(query) + 1)] for query in typed]
        hostile = list(HOSTILE) * 5
        return {
            "films": len(films.titles),
            "others": 0 if films.others is None else len(films.others.titles),
            "build_s": build_s,
            "open_s": open_s,
            "bytes_per_film": size_bytes(path) / len(films.titles),
            "accuracy": asdict(accuracy),
            "calibration": calibration(stated),
            "latency": {
                "misspelt": asdict(latency(index.search, typed)),
                "unfinished": asdict(latency(index.search, unfinished)),
                "hostile": asdict(latency(index.search, hostile)),
            },
        }


def spellings(films: Films, folder: Path) -> dict[str, object]:
    """Accuracy over MovieLens' own spellings."""
    with tempfile.TemporaryDirectory() as place:
        films.build(Path(place))
        return asdict(ask(TitleIndex.open(Path(place)), films, movielens_spellings(films, folder))[0])


def by_kind(films: Films) -> dict[str, object]:
    """How titles are found that are typed in other ways, by kind; see `typed_titles`."""
    with tempfile.TemporaryDirectory() as place:
        films.build(Path(place))
        typed = [*listed(films), *templates(films, random.Random(SEED))]
        figures = measure_typed(TitleIndex.open(Path(place)), films, typed)
        return {kind: asdict(found) for kind, found in figures.items()}


def provenance(dump: Path) -> dict[str, object]:
    """Commit, machine and data that the figures belong to."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout
    info = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*:\s*(.+)", info.read_text()) if info.exists() else None
    return {
        "commit": commit.strip(),
        "cpus": os.cpu_count(),
        "cpu": model[1] if model else platform.processor(),
        "data_sha256": hashlib.sha256(dump.read_bytes()).hexdigest(),
        "seed": SEED,
    }


def show(name: str, value: object, depth: int = 0) -> None:
    """Print a result, one figure or one row of a table a line."""
    indent = "  " * depth
    if isinstance(value, dict) and any(isinstance(inner, dict | list) for inner in value.values()):
        print(f"{indent}{name}")
        for key, inner in value.items():
            show(key, inner, depth + 1)
    elif isinstance(value, list):
        for row in value:
            show(name, row, depth)
    else:
        figures = value if isinstance(value, dict) else {"": value}
        line = "  ".join(f"{k} {v:,.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in figures.items())
        print(f"{indent}{name:<14} {line.strip()}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print; write the JSON if a file is named."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.titles", description=__doc__)
    parser.add_argument("--dump", type=Path, required=True, help="a TMDB dump in the v11 schema, csv or csv.gz")
    parser.add_argument("--films", type=int, default=1_020_000, help="size of the larger population")
    parser.add_argument("--queries", type=int, default=4_000)
    parser.add_argument("--movielens", type=Path, help="a folder with MovieLens' movies.csv and links.csv")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args(arguments)
    films = read_films(options.dump)
    asked = edited_titles(films, options.queries, random.Random(SEED))
    large = recombined(films, options.films, random.Random(SEED))
    results = {
        "provenance": provenance(options.dump),
        "real": measure(films, asked, random.Random(SEED)),
        "large": measure(large, asked[:2_000], random.Random(SEED)),
        "with_others": measure(with_others(large, 5 * options.films), asked[:2_000], random.Random(SEED)),
    }
    results["typed"] = by_kind(films)
    if options.movielens:
        results["movielens"] = spellings(films, options.movielens)
    show("titles", results)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
