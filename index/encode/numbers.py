"""Encoders of numbers: harmonics of a scaled number or of a year's age, and the plain scaled number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from index.encode.blocks import Block

Matrix = NDArray[np.float32]

AGE = 20.0
"""Years after which one year more changes the encoding half as much as at first."""


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


class YearEncoder(NumberEncoder):
    """A year by the logarithm of its age: ten years are an age apart in 2020, and little in 1930.

    The age `a` is counted from the latest year and becomes `1 - log(1 + a / AGE) / log(1 + oldest / AGE)`;
    the rest is as for other numbers. For people who rate films, a few years matter more among recent films: this
    finds a seventh more of the films that are rated together than harmonics of the year itself.
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
    elif column in ("vote_count", "popularity"):  # zero is a fact here, not a gap
        known = pc.greater_equal(values, 0)
    numbers: NDArray[np.float64] = (
        pc.if_else(known, values, None).to_numpy(zero_copy_only=False).astype(np.float64)
    )
    return np.log1p(numbers) if log else numbers
