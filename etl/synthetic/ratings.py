"""Ratings by made-up people of the films of a synthetic dump: `python -m etl synthesize N OUT --ratings M`.

Their shape is that of MovieLens 32m: 160 ratings a person, some with thousands; a popularity tail; half-star
ratings around 3.5. A person has two favourite groups of films, those of a first genre, rates these more often, and
likes them better.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

MEAN, LEAST = 160, 20
"""Ratings of a person."""

SPREAD = 1.0
"""Of the logarithm of a person's number of ratings."""

FILMS = 80_000
"""Films that are rated at all, the best known."""

TAIL = 1.1
"""Films are rated as often as 1 / (place + 100) to this power: the first 1,000 have half of all ratings."""

FAVOURITE = 0.7
"""Part of a person's ratings that are of films of the favourite groups."""

_AT_ONCE = 1_000_000


def write_ratings(
    dump: Path, out: Path, count: int, seed: int = 0, report: Callable[[int], None] = lambda done: None
) -> None:
    """Write a csv of user, tmdb, rating and timestamp.

    Args:
        dump: as `synthesize` writes it, most votes first.
        out: where to.
        count: how many ratings; a film counts once for a person.
        seed: of the random choices.
        report: told how many have been written.
    """
    ids, groups = _films(dump)
    random = np.random.Generator(np.random.PCG64([seed, count]))
    chances = 1 / (np.arange(len(ids)) + 100.0) ** TAIL
    within = [np.flatnonzero(groups == group) for group in range(int(groups.max()) + 1)]
    ends = [np.cumsum(chances[films]) for films in (np.arange(len(ids)), *within)]
    liked = random.normal(0, 0.4, len(ids))
    schema = pa.schema(
        [("user", pa.int32()), ("tmdb", pa.int32()), ("rating", pa.float32()), ("timestamp", pa.int64())]
    )
    user, written = 0, 0
    with pa_csv.CSVWriter(out, schema) as stream:
        while written < count:
            users = _AT_ONCE // MEAN
            numbers = np.exp(random.normal(np.log(MEAN) - SPREAD**2 / 2, SPREAD, users)).astype(np.int64)
            numbers = np.maximum(numbers, LEAST)
            rows = np.repeat(np.arange(users), numbers)
            films, favourite = _drawn(random, rows, within, ends)
            once = np.unique(rows * len(ids) + films, return_index=True)[1][: count - written]
            rows, films, favourite = rows[once], films[once], favourite[once]
            stars = 3.2 + 0.7 * favourite + liked[films] + random.normal(0, 0.8, len(films))
            stars = np.clip(np.rint(stars * 2) / 2, 0.5, 5).astype(np.float32)
            times = 1_000_000_000 + random.integers(0, 500_000_000, len(films))
            columns = (user + rows).astype(np.int32), ids[films], stars, times
            stream.write_batch(pa.record_batch(list(map(pa.array, columns)), schema=schema))
            user, written = user + users, written + len(films)
            report(written)


def _films(dump: Path) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Ids of the best known films, and the number of each one's first genre; none is a genre, too."""
    options = pa_csv.ConvertOptions(include_columns=["id", "genres"], strings_can_be_null=False)
    table = pa_csv.read_csv(
        dump, convert_options=options, parse_options=pa_csv.ParseOptions(newlines_in_values=True)
    )
    table = table.slice(0, FILMS)
    first = [genres.partition(",")[0] for genres in table["genres"].to_pylist()]
    return table["id"].to_numpy().astype(np.int32), np.unique(first, return_inverse=True)[1]


def _drawn(
    random: np.random.Generator,
    rows: NDArray[np.int64],
    within: list[NDArray[np.int64]],
    ends: list[NDArray[np.float64]],
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The film of each rating, and whether it is of one of the person's favourite groups, shapes (len(rows),)."""
    weights = np.array([end[-1] for end in ends[1:]])
    favourites = random.choice(len(within), (int(rows.max()) + 1, 2), p=weights / weights.sum())
    group = favourites[rows, random.integers(0, 2, len(rows))] + 1
    group[random.random(len(rows)) >= FAVOURITE] = 0
    films = np.empty(len(rows), np.int64)
    for number, end in enumerate(ends):
        at = np.flatnonzero(group == number)
        places = np.searchsorted(end, random.random(len(at)) * end[-1], side="right")
        films[at] = places if number == 0 else within[number - 1][places]
    return films, group > 0
