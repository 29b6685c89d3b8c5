"""The shares and distributions that synthetic films follow.

Shares are those of the dump of 1,289,061 rows where they are published, else of the 164,747 real rows this
project was measured on; the few that are neither are marked as estimates. Uniform random numbers are mapped by
tables with only sums, products, quotients and square roots, one at a time: IEEE 754 defines those to the last
bit, so the same seed gives the same films on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from etl.synthetic.world import Ints

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

FULL_ROWS = 1_289_061
RELEASED = 1_018_562
UNDATED = 1 - 1_035_149 / FULL_ROWS
DATED_RELEASED = 1_019_644 / 1_035_149
UNRELEASED_UNDATED = 0.1  # an estimate
KNOWN_VOTES = 10
YEAR_ONLY = 0.0003
NEW_YEARS_DAY = 0.05  # dates known to the year, written as 1 January
ADULT = 0.08  # an estimate
SEQUELS = 0.03  # an estimate
SAME_ID = 0.0004  # rows that repeat the id of another; an estimate
SHARED_IMDB = 0.001
THIN = 0.36  # of the dated: little more than title, year and language
THIN_UNDATED = 0.6
REPEATED_TITLE = 0.06

_KNOWN = 45_384 / RELEASED
_VOTED = 339_000 / FULL_ROWS
UNDATED_UNVOTED = UNDATED / (1 - _VOTED)  # a film with votes has a date
UNRELEASED_UNVOTED = (1 - DATED_RELEASED) * (1 - UNDATED) / (1 - UNDATED - _VOTED)  # and is out
THIN_UNKNOWN = THIN / (1 - _KNOWN)  # a known film is not thin

# How many of FULL_ROWS have at least so many votes: a third of the released have one, and from 10 on the real
# file is complete.
_VOTES_AT_LEAST = {
    35_000: 0,
    20_000: 40,
    10_000: 271,
    5_000: 844,
    2_000: 2_248,
    1_000: 3_953,
    500: 6_251,
    200: 11_361,
    100: 15_973,
    50: 21_860,
    20: 32_728,
    10: 45_384,
    5: 82_000,
    3: 129_000,
    2: 184_000,
    1: 339_000,
}


class Quantiles(NamedTuple):
    """A distribution by its quantiles, evenly spaced from 0 to 1."""

    at: tuple[float, ...]

    def draw(self, rng: np.random.Generator, size: int) -> Floats:
        """Numbers of shape (size,), linear between the quantiles."""
        table = np.array(self.at, dtype=np.float64)
        place = rng.random(size) * (len(table) - 1)
        below = place.astype(np.int64)
        drawn: Floats = table[below] + (place - below) * (table[below + 1] - table[below])
        return drawn


YEARS = Quantiles((1895, 1968, 1990, 2000, 2006, 2009, 2012, 2014, 2016, 2018, 2020, 2023, 2026))
MINUTES = Quantiles((1, 5, 10, 15, 22, 48, 60, 72, 80, 85, 89, 91, 94, 97, 101, 107, 117, 130, 200))
MINUTES_KNOWN = Quantiles((4, 66, 78, 83, 87, 89, 91, 93, 95, 97, 99, 102, 105, 108, 113, 119, 130, 240))
RATING = Quantiles((0.5, 1.5, 3, 4, 4.6, 5, 5.3, 5.7, 6, 6, 6.4, 6.8, 7, 7.5, 8, 9, 10))
RATING_KNOWN = Quantiles((2, 4.2, 4.8, 5.2, 5.5, 5.7, 5.9, 6.1, 6.25, 6.4, 6.6, 6.8, 7, 7.2, 7.45, 7.8, 9.2))
POPULARITY = Quantiles((0.3, 0.5, 0.65, 0.8, 1, 1.2, 1.5, 2.2, 12))  # times the square root of the votes
MONEY = Quantiles((10_000, 200_000, 800_000, 2e6, 5e6, 12e6, 25e6, 60e6, 320e6))  # US dollars
SENTENCES = Quantiles((1, 2, 2.5, 3, 3.3, 3.7, 4.2, 4.8, 5.5, 6.6, 8, 11))
SENTENCES_THIN = Quantiles((1, 2, 3))
NATIVE_WORDS = Quantiles((1.9, 2.4, 2.8, 3.4, 4.9))  # of a title in its original language
KEYWORDS = Quantiles((1, 1, 1.5, 2, 2.4, 3, 3.7, 4.5, 6, 8, 14))
KEYWORDS_KNOWN = Quantiles((1, 2, 3, 4, 5, 7, 9, 11, 14))
GENRES_COUNT = Quantiles((1, 1.2, 1.4, 1.6, 1.8, 2.2, 2.7, 3.4, 4))
COMPANIES_COUNT = Quantiles((1, 1, 1, 1.5, 2, 2.6, 4))


@dataclass(frozen=True)
class Stated:
    """The share of dated films in which a column is filled: of the thin, of the known, and of all."""

    thin: float
    known: float
    all: float

    def draw(self, rng: np.random.Generator, thin: Mask, known: Mask) -> Mask:
        """A mask of the films that state it; the share of films neither thin nor known follows from `all`."""
        rest = (self.all - self.thin * THIN - self.known * _KNOWN) / (1 - THIN - _KNOWN)
        share = np.where(thin, self.thin, np.where(known, self.known, rest))
        return np.asarray(rng.random(len(thin)) < share)


STATED = {
    "genres": Stated(0.28, 1.0, 677_660 / RELEASED),
    "production_companies": Stated(0.12, 0.87, 526_683 / RELEASED),
    "production_countries": Stated(0.25, 0.93, 643_007 / RELEASED),
    "keywords": Stated(0.0, 0.8, 305_240 / RELEASED),
    "spoken_languages": Stated(0.25, 0.93, 0.62),
    "overview": Stated(0.53, 1.0, 0.81),
    "tagline": Stated(0.01, 0.52, 0.15),
    "poster_path": Stated(0.45, 0.97, 0.7),
    "backdrop_path": Stated(0.05, 0.87, 0.27),
    "homepage": Stated(0.05, 0.29, 0.12),
    "imdb_id": Stated(0.25, 0.99, 0.55),
    "runtime": Stated(0.6, 0.99, 0.78),
}
"""From `spoken_languages` on, `all` and `thin` are estimates after the real file's films of few votes."""


def vote_counts(rows: int) -> Ints:
    """The votes of each row of a dump, most first: the n-th of `rows` quantiles, so that every tail is exact.

    Args:
        rows: the size of the dump.

    Returns:
        int64 of shape (rows,), descending.
    """
    votes = np.array(list(_VOTES_AT_LEAST), dtype=np.float64)
    shares = np.array(list(_VOTES_AT_LEAST.values()), dtype=np.float64) / FULL_ROWS
    share = (np.arange(rows) + 0.5) / rows
    upper = np.searchsorted(shares, share, side="right").clip(1, len(shares) - 1)
    lower = upper - 1
    along = (share - shares[lower]) / (shares[upper] - shares[lower])
    counts: Ints = (votes[lower] + along * (votes[upper] - votes[lower])).astype(np.int64)
    return np.where(share < shares[-1], counts, 0)
