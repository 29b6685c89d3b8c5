"""Filters that pull against the question: what is nearest to the film does not pass.

Each pair is a film of one kind and a filter that it fails itself. They are measured beside FAISS with a selector,
in two ways: its exact scan, which it offers for any filter without being told how far to look, and its search of
the same cells and codes with as many cells as that pair takes to reach our recall, which is known only afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from contract import Filters
from index.engines.faiss_tools import read_index, selector
from index.engines.ivfpq import FILE, IvfPqIndex
from index.engines.vectors import StoredVectors
from index.films.filters import Allowed, FilterTable
from index.generation.manifest import Generation
from index.generation.tuning import KNOWN_VOTES, K, recall_at_k
from index.spaces.space import CONTENT, VectorSpace
from tests.support.measuring import SEED, scores_of, timed

SCANNED = 20
"""Films of each pair that are searched by the exact scan, to time it."""

NOISE = 0.005
"""FAISS's recall counts as equal to ours if it is lower by no more than this."""

DEEPER = (1, 4)
"""How many codes FAISS re-ranks for each number of cells, as multiples of those of the built index."""


@dataclass(frozen=True)
class Pair:
    """Films, a filter, and what both are called."""

    films: str
    chosen: Callable[[FilterTable], NDArray[np.bool_]]
    filters: Filters


def _years(first: int, last: int) -> Callable[[FilterTable], NDArray[np.bool_]]:
    return lambda table: (table.column("year") >= first) & (table.column("year") <= last)


def _having(kind: str, name: str) -> Callable[[FilterTable], NDArray[np.bool_]]:
    def chosen(table: FilterTable) -> NDArray[np.bool_]:
        mask = np.zeros(len(table.column("year")), np.bool_)
        mask[table.terms[kind].films_with(name)] = True
        return mask

    return chosen


def _short(table: FilterTable) -> NDArray[np.bool_]:
    runtime: NDArray[np.int16] = table.column("runtime")
    return (runtime > 0) & (runtime < 30)


_OF_1950, _OF_2020 = _years(1945, 1955), _years(2018, 2100)
PAIRS = (
    Pair("of 1950", _OF_1950, Filters(year_min=2020)),
    Pair("of 1950", _OF_1950, Filters(year_min=2015)),
    Pair("of 1950", _OF_1950, Filters(year_min=2000)),
    Pair("before 1946", _years(1, 1945), Filters(year_min=1946)),
    Pair("of 2020", _OF_2020, Filters(year_max=1990)),
    Pair("of 2020", _OF_2020, Filters(year_max=1950)),
    Pair("Korean", _having("original_language", "ko"), Filters(languages=("en",))),
    Pair("English", _having("original_language", "en"), Filters(languages=("ja",))),
    Pair("Japanese", _having("original_language", "ja"), Filters(languages=("en",), year_min=2015)),
    Pair("drama", _having("genres", "Drama"), Filters(genres=("Western",))),
    Pair("comedy", _having("genres", "Comedy"), Filters(genres=("Horror",))),
    Pair("horror", _having("genres", "Horror"), Filters(without_genres=("Horror",))),
    Pair("western", _having("genres", "Western"), Filters(without_genres=("Western",))),
    Pair("under 30 min", _short, Filters(runtime_min=90)),
    Pair("little known", lambda table: table.column("votes") < KNOWN_VOTES, Filters(votes_min=100)),
)


def pulled(generation: Generation, count: int) -> list[dict[str, Any]]:
    """Recall and milliseconds of `count` known films of each pair, and of as many drawn from all of its films."""
    table, space = generation.filters, generation.spaces[CONTENT]
    rows, random = [], np.random.default_rng(SEED)
    for pair in PAIRS:
        allowed = table.select(pair.filters)
        for kind, least in (("known", KNOWN_VOTES), ("random", 0)):
            pool = np.flatnonzero(pair.chosen(table) & (table.column("votes") >= least))
            if len(pool) and allowed.count:
                drawn = random.choice(pool, min(count, len(pool)), replace=False)
                rows.append(
                    {
                        "films": f"{kind}, {pair.films}",
                        "filter": " ".join(
                            f"{one.name}={_told(value)}" for one, value in pair.filters.active() if value
                        ),
                        "share": round(allowed.count / len(space.vectors), 4),
                        **_measured(space, drawn, allowed),
                    }
                )
    return rows


def _measured(space: VectorSpace, drawn: NDArray[np.int64], allowed: Allowed) -> dict[str, Any]:
    vectors, queries = space.vectors, space.vectors.single(drawn)
    best = _exact(space, queries, allowed)
    truth = scores_of(vectors, queries, best)

    def recall(found: NDArray[np.int64]) -> float:
        return round(recall_at_k(scores_of(vectors, queries, found[:, : best.shape[1]]), truth), 4)

    found, ms = timed(lambda at: space.search(queries[at], K, allowed).rows, len(drawn))
    wide = queries.astype(np.float64)
    scan = timed(lambda at: vectors.top(wide[at], K, allowed)[:K], min(SCANNED, len(drawn)))[1]
    reached = recall(found)
    return {
        "recall": reached,
        "p50_ms": round(float(np.percentile(ms, 50)), 3),
        "p99_ms": round(float(np.percentile(ms, 99)), 3),
        "mean_ms": round(float(ms.mean()), 3),
        "scan_p50_ms": round(float(np.percentile(scan, 50)), 3),
        "times_scan": round(float(scan.mean() / ms.mean()), 2),
        **_probed(space, queries, allowed, recall, reached - NOISE, float(ms.mean())),
    }


def _probed(
    space: VectorSpace,
    queries: NDArray[np.float32],
    allowed: Allowed,
    recall: Callable[[NDArray[np.int64]], float],
    wanted: float,
    ours_ms: float,
) -> dict[str, Any]:
    """FAISS's search of the built cells and codes with a selector, at the fewest cells that reach a recall.

    Nothing where the engine is another one, and no time where all cells do not reach it.
    """
    engine, vectors = space.engine, space.vectors
    if not isinstance(engine, IvfPqIndex) or not isinstance(vectors, StoredVectors):
        return {}
    ivf = read_index(engine.location.folder / FILE)
    refined = faiss.IndexRefine(ivf, vectors.codes)
    nprobe = engine.parameters["nprobe"]
    while True:
        for deeper in DEEPER:
            chosen = faiss.SearchParametersIVF(nprobe=nprobe, sel=selector(allowed))
            depth = deeper * engine.parameters["depth"]
            refining = faiss.IndexRefineSearchParameters(k_factor=depth / K, base_index_params=chosen)

            def search(at: int, refining: Any = refining) -> NDArray[np.int64]:
                query = vectors.padded(queries[at : at + 1])
                rows: NDArray[np.int64] = refined.search(query, K, params=refining)[1][0]
                return rows

            found, ms = timed(search, len(queries))
            told = {"faiss_cells": nprobe, "faiss_depth": depth, "faiss_recall": recall(found)}
            if told["faiss_recall"] >= wanted:
                mean = float(ms.mean())
                return told | {"faiss_ms": round(mean, 3), "times_faiss": round(mean / ours_ms, 2)}
        if nprobe == ivf.nlist:
            return told | {"faiss_ms": None, "times_faiss": None}
        nprobe = min(2 * nprobe, ivf.nlist)


def _exact(space: VectorSpace, queries: NDArray[np.float32], allowed: Allowed) -> NDArray[np.int64]:
    """The nearest allowed rows of each query, shape (m, K or as many as are allowed), by comparing all."""
    best, scores = np.empty((len(queries), 0), np.int64), np.empty((len(queries), 0), np.float32)
    for start in range(0, allowed.count, 65_536):
        rows = allowed.rows[start : start + 65_536]
        scores = np.hstack([scores, queries @ space.vectors.single(rows).T])
        best = np.hstack([best, np.broadcast_to(rows, (len(queries), len(rows)))])
        first = np.argsort(-scores, axis=1)[:, :K]
        best, scores = np.take_along_axis(best, first, axis=1), np.take_along_axis(scores, first, axis=1)
    return best


def _told(value: Any) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)
