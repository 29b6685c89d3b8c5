"""Encoders of numbers: harmonics of a scaled number or of a year's age, and the plain scaled number.

Blocks of one name a film, such as its language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from index.arrays import Matrix
from index.encode.blocks import Block, Kind
from index.encode.texts import counted, fame_of, joined, tokens_of, unit_rows, unjoined, vocabulary_of
from index.encode.tokens import Vocabulary

AGE = 60.0
"""Years after which one year more changes the encoding half as much as at first."""


SOUGHT = 1.5
"""Popularity of a film that people look for; nine of ten older films that nobody has voted on have less."""


class RangeEncoder:
    """The range that MinMax scaling maps to 0..1, shared by all encoders of numbers."""

    def __init__(self, block: Block, low: float, high: float) -> None:
        self.width = block.width
        self._block, self._low, self._high = block, low, high

    @classmethod
    def load(cls, block: Block, arrays: Mapping[str, NDArray[np.generic]]) -> Self:
        """An encoder from what `arrays` gave."""
        low, high = arrays["range"]
        return cls(block, float(low), float(high))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The range, shape (2,)."""
        return {"range": np.array([self._low, self._high])}

    def _scaled(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        scaled: NDArray[np.float64] = (values - self._low) / max(self._high - self._low, 1e-9)
        return np.clip(scaled, 0.0, 1.0)


class NumberEncoder(RangeEncoder):
    """A number as harmonics of an angle, so that closeness and not size makes the product large.

    The column is MinMax-scaled to x in [0, 1] (log1p first if the block says so; the ends are the 0.1 and 99.9
    percentiles) and becomes `sqrt(a_j) (cos(j pi x), sin(j pi x))` for j = 1 .. width / 2. The product of two
    films is then `sum_j a_j cos(j pi (x - y))`: with `a_j` proportional to `exp(-(j pi bandwidth)^2 / 2)` and
    summing to 1 these are the first terms of the Fourier series of a Gaussian kernel (Rahimi and Recht 2007 draw
    such frequencies at random). Its constant term is left out, so that the product of unlike numbers is below
    zero and an unknown number, a zero row, neither raises nor lowers a score.
    """

    def __init__(self, block: Block, low: float, high: float) -> None:
        super().__init__(block, low, high)
        harmonics = np.arange(1, block.width // 2 + 1)
        series = np.exp(-((harmonics * np.pi * block.bandwidth) ** 2) / 2)
        self._harmonics, self._amplitudes = harmonics, np.sqrt(series / series.sum())

    @classmethod
    def fit(cls, block: Block, sample: pa.Table) -> Self:
        """Find the range of the known numbers, without the outermost thousandth at both ends."""
        known = _numbers(sample, block.columns[0], block.log)
        known = known[np.isfinite(known)]
        low, high = np.percentile(known, [0.1, 99.9]) if len(known) else (0.0, 1.0)
        return cls(block, float(low), float(high))

    def transform(self, batch: pa.RecordBatch) -> Matrix:
        """Harmonics of each film's number, shape (n, width)."""
        scaled = self._scaled(_numbers(batch, self._block.columns[0], self._block.log))
        angles = np.pi * np.outer(scaled, self._harmonics)
        parts = np.concatenate([np.cos(angles), np.sin(angles)], axis=1) * np.tile(self._amplitudes, 2)
        known: Matrix = np.nan_to_num(parts, nan=0.0).astype(np.float32)
        return known

    def rising(self, row: NDArray[np.float32]) -> NDArray[np.float32]:
        """A row, shape (width,), by its first harmonic alone: less alike the farther a number is."""
        first = np.where(np.tile(self._harmonics == 1, 2), row, 0)
        rising: NDArray[np.float32] = unit_rows(first[None])[0]
        return rising


class YearEncoder(NumberEncoder):
    """A year by the logarithm of its age: ten years are an age apart in 2020, and little in 1930.

    The age `a` is counted from the latest year and becomes `1 - log(1 + a / AGE) / log(1 + oldest / AGE)`;
    the rest is as for other numbers. For people who rate films, a few years matter more among recent films; those
    who name films that are alike look further, so that `AGE` is a compromise.
    """

    def _scaled(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        ages = np.clip(self._high - values, 0, None)
        oldest = max(self._high - self._low, 1.0)
        scaled: NDArray[np.float64] = 1 - np.log1p(ages / AGE) / np.log1p(oldest / AGE)
        return np.clip(scaled, 0.0, 1.0)


class MinMaxEncoder(RangeEncoder):
    """A number scaled to 0..1, as in the classic vector; 0 if unknown."""

    @classmethod
    def fit(cls, block: Block, sample: pa.Table) -> Self:
        """Find the least and the largest number."""
        values = _filled(sample, block.columns[0])
        return cls(block, float(values.min(initial=0)), float(values.max(initial=0)))

    def transform(self, batch: pa.RecordBatch) -> Matrix:
        """Each film's scaled number, shape (n, 1)."""
        column: Matrix = self._scaled(_filled(batch, self._block.columns[0])).astype(np.float32)[:, None]
        return column


def _filled(films: pa.RecordBatch | pa.Table, column: str) -> NDArray[np.float64]:
    values: NDArray[np.float64] = pc.fill_null(films.column(column).cast(pa.float64()), 0).to_numpy()
    return values


def _numbers(films: pa.RecordBatch | pa.Table, column: str, log: bool) -> NDArray[np.float64]:
    values = films.column(column).cast(pa.float64())
    known = pc.greater(values, 0)
    if column == "rating":  # the Bayesian average of a film without votes is the catalogue's mean, not its own
        known = pc.greater(films.column("vote_count"), 0)
    elif column == "popularity":  # zero is a fact here, not a gap
        known = pc.greater_equal(values, 0)
    elif (
        column == "vote_count"
    ):  # here too, but a film that people look for and nobody has voted on is not out yet
        sought = pc.fill_null(pc.greater_equal(films.column("popularity"), SOUGHT), False)
        known = pc.or_(pc.greater(values, 0), pc.and_(pc.equal(values, 0), pc.invert(sought)))
    numbers: NDArray[np.float64] = (
        pc.if_else(known, values, None).to_numpy(zero_copy_only=False).astype(np.float64)
    )
    return np.log1p(numbers) if log else numbers


SHARED = 4
"""Axes of a category's codes that the rarer names share."""

HINTS = 40_000
"""Names of other columns that tell a category, the commonest."""

DOUBT = 3
"""Films of no category that are counted with those of each hint, so that one film proves little."""


class CategoryEncoder:
    """One name a film, such as its language: films of the same name are alike, and the more so the rarer it is.

    The best known names have an axis each, the others a random direction in the last `SHARED` axes. The mean over
    the films with a name is taken off, so that the product is above zero for films of the same name, the larger
    the fewer films have it, below zero for films of different names of which one is common, and zero where a name
    is not known: such a film is not foreign to all. The longest code has length 1.

    Where the name is not known, the block's other columns may tell: the code is the mean of those of the films
    with the same companies, countries and so on.
    """

    def __init__(self, block: Block, names: pa.Array, codes: Matrix, hints: pa.Array, hinted: Matrix) -> None:
        self._block, self._names, self._codes = block, names, codes
        self._hints, self._hinted = Vocabulary(hints), hinted
        self.width = codes.shape[1]

    @classmethod
    def fit(cls, block: Block, sample: pa.Table) -> Self:
        """Give the names their codes, those of the best known films first, and the hints theirs."""
        films = _categories(block, sample)
        table = pa.table({"name": films, "films": np.ones(len(films)), "fame": fame_of(sample)}).drop_null()
        known = table.group_by("name").aggregate([("films", "sum"), ("fame", "sum")])
        known = known.sort_by([("fame_sum", "descending"), ("name", "ascending")])
        names, counts = known["name"].combine_chunks(), known["films_sum"].to_numpy()
        own = block.width - SHARED
        codes = np.zeros((len(names), block.width), np.float32)
        codes[:own, :own] = np.eye(min(own, len(names)), own)
        random = np.random.default_rng(0).standard_normal((max(len(names) - own, 0), SHARED)).astype(np.float32)
        codes[own:, own:] = unit_rows(random)
        if len(names):
            codes -= counts @ codes / counts.sum()
            codes /= max(float(np.linalg.norm(codes, axis=1).max()), 1e-9)
        codes = codes.astype(np.float32)
        tokens, owners = _hints_of(block, sample)
        hints = vocabulary_of(tokens, owners, HINTS, stop_words=False)
        told = counted(tokens, owners, Vocabulary(hints), len(sample))
        named = films.is_valid().to_numpy(zero_copy_only=False).astype(np.float32)
        sums = told.T @ _codes_of(films, names, codes)
        hinted = (sums / (told.T @ named + DOUBT)[:, None]).astype(np.float32)
        return cls(block, names, codes, hints, hinted)

    @classmethod
    def load(cls, block: Block, arrays: Mapping[str, NDArray[np.generic]]) -> Self:
        """An encoder from what `arrays` gave."""
        names, hints = unjoined(arrays["names"]), unjoined(arrays["hints"])
        return cls(block, names, arrays["codes"], hints, arrays["hinted"])  # type: ignore[arg-type]

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Names and hints (UTF-8, one a line) and their codes, shapes (names, width) and (hints, width)."""
        names, hints = joined(self._names), joined(self._hints.terms)
        return {"names": names, "codes": self._codes, "hints": hints, "hinted": self._hinted}

    def transform(self, batch: pa.RecordBatch) -> Matrix:
        """The codes of n films, shape (n, width); zero where neither the name nor a hint is known."""
        films = _categories(self._block, batch)
        codes = _codes_of(films, self._names, self._codes)
        unknown = films.is_null().to_numpy(zero_copy_only=False)
        if unknown.any():
            told = counted(*_hints_of(self._block, batch), self._hints, batch.num_rows)[unknown]
            codes[unknown] = (told @ self._hinted) / np.maximum(told.sum(axis=1), 1).A1[:, None]
        return codes


def _hints_of(block: Block, films: pa.RecordBatch | pa.Table) -> tuple[pa.Array, NDArray[np.int64]]:
    """What the block's other columns name, with the position of the film."""
    if len(block.columns) == 1:
        return pa.array([], pa.string()), np.empty(0, np.int64)
    return tokens_of(replace(block, kind=Kind.TERMS, columns=block.columns[1:]), films)


def _codes_of(films: pa.Array, names: pa.Array, codes: Matrix) -> Matrix:
    """The code of each film's name, shape (n, width); zero where it is not known."""
    if len(codes) == 0:
        return np.zeros((len(films), codes.shape[1]), np.float32)
    rows = pc.fill_null(pc.index_in(films, value_set=names), -1).to_numpy(zero_copy_only=False)
    found: Matrix = np.where(rows[:, None] >= 0, codes[rows], 0)
    return found.astype(np.float32, copy=False)


def _categories(block: Block, films: pa.RecordBatch | pa.Table) -> pa.Array:
    """The name of each film, null where it is not known."""
    names = films.column(block.columns[0])
    names = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names
    return pc.if_else(pc.equal(names, ""), None, pc.utf8_lower(names))
