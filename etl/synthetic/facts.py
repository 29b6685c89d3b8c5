"""The columns of synthetic films that are no words: votes, money, minutes, dates, paths of images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl.synthetic import shares
from etl.synthetic.shares import STATED, Mask
from etl.synthetic.text import Strings, Subjects, blank
from etl.synthetic.world import Ints

_UNRELEASED = ("In Production", "Post Production", "Planned", "Rumored", "Canceled")
_BASE62 = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", dtype=np.uint8)


@dataclass(frozen=True)
class Films:
    """What the columns of a chunk depend on. `base` is the row that a sequel follows, else the film's own."""

    subjects: Subjects
    votes: Ints
    known: Mask
    thin: Mask
    dated: Mask
    adult: Mask
    base: Ints

    def __len__(self) -> int:
        return len(self.votes)

    def state(self, rng: np.random.Generator, column: str) -> Mask:
        """Which films state a column."""
        return STATED[column].draw(rng, self.thin, self.known)


def numbers(rng: np.random.Generator, films: Films) -> dict[str, Strings]:
    """Votes, popularity, runtime and money; a dump writes 0 for unknown."""
    n, votes = len(films), films.votes
    rating = np.where(films.known, shares.RATING_KNOWN.draw(rng, n), shares.RATING.draw(rng, n))
    steps = np.where(votes >= 3, 1000, 2)  # one or two voters leave a round number
    rating = np.where(votes > 0, np.floor(rating * steps) / steps, 0.0)
    popularity = 0.6 + 0.7 * np.sqrt(votes) * shares.POPULARITY.draw(rng, n)
    popularity += np.where(rng.random(n) < 0.4, rng.random(n), 0)
    minutes = np.where(films.known, shares.MINUTES_KNOWN.draw(rng, n), shares.MINUTES.draw(rng, n))
    tiers = np.searchsorted([10, 100, 1000], votes, side="right")
    budget = np.where(rng.random(n) < np.array([0.04, 0.14, 0.36, 0.88])[tiers], shares.MONEY.draw(rng, n), 0)
    revenue = np.where(rng.random(n) < np.array([0.01, 0.11, 0.43, 0.9])[tiers], shares.MONEY.draw(rng, n), 0)
    columns = {
        "vote_count": votes,
        "vote_average": rating,
        "popularity": np.floor(popularity * 1000) / 1000,
        "runtime": np.where(films.state(rng, "runtime"), minutes, 0).astype(np.int64),
        "budget": budget.astype(np.int64),
        "revenue": (revenue * (1 + 2 * rng.random(n))).astype(np.int64),
    }
    return {name: pa.array(values).cast(pa.string()) for name, values in columns.items()}


def dates(rng: np.random.Generator, films: Films) -> dict[str, Strings]:
    """Release date, status and the adult flag. A film that is not out has a date ahead, or none."""
    n = len(films)
    share = np.where(films.dated, shares.UNRELEASED_UNVOTED, shares.UNRELEASED_UNDATED)
    unreleased = (films.votes == 0) & (rng.random(n) < share)
    year = shares.YEARS.draw(rng, n).astype(np.int64)
    year = np.where(films.base != np.arange(n), year[films.base] + rng.integers(1, 6, size=n), year)
    year = np.where(unreleased, rng.integers(2026, 2029, size=n), np.minimum(year, 2026))
    first = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    day = np.where(rng.random(n) < shares.NEW_YEARS_DAY, 0, rng.integers(365, size=n))
    date = pa.array((first + day).astype(np.int32)).cast(pa.date32()).cast(pa.string())
    date = pc.if_else(pa.array(rng.random(n) < shares.YEAR_ONLY), pc.utf8_slice_codeunits(date, 0, 4), date)
    statuses = pa.array(_UNRELEASED, pa.string()).take(pa.array(rng.integers(len(_UNRELEASED), size=n)))
    return {
        "release_date": blank(date, films.dated),
        "status": pc.if_else(pa.array(unreleased), statuses, "Released"),
        "adult": pc.if_else(pa.array(films.adult), "True", "False"),
    }


def paths(rng: np.random.Generator, size: int) -> Strings:
    """Paths of images as TMDB writes them: a slash, 27 letters and digits, `.jpg`."""
    text = np.empty((size, 32), dtype=np.uint8)
    text[:, 0] = ord("/")
    text[:, 1:28] = _BASE62[rng.integers(62, size=(size, 27), dtype=np.uint8)]
    text[:, 28:] = np.frombuffer(b".jpg", dtype=np.uint8)
    offsets = np.arange(0, 32 * (size + 1), 32, dtype=np.int32)
    return pa.StringArray.from_buffers(size, pa.py_buffer(offsets), pa.py_buffer(text))


def squeezed(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Numbers in [0, 1) whose density falls in a straight line from 2 at 0 to nothing at 1."""
    return 1 - np.sqrt(1 - rng.random(size))
