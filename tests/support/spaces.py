"""Vector spaces for tests: made-up vectors in clusters, and spaces of them without a generation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.engines.base import Location
from index.engines.exact import ExactIndex
from index.engines.vectors import StoredVectors
from index.spaces.space import RowMap, VectorSpace

NOWHERE = Location(Path("nowhere"))
"""For engines that are not saved."""


def clustered(rows: int, dim: int, *, seed: int = 3, spread: float = 0.5) -> NDArray[np.float32]:
    """Vectors around 40 centres, of lengths from 0.3 to 1."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((40, dim))
    points = centres[random.integers(0, 40, rows)] + spread * random.standard_normal((rows, dim))
    points *= random.uniform(0.3, 1.0, (rows, 1)) / np.linalg.norm(points, axis=1, keepdims=True)
    return points.astype(np.float32)


def exact_space(vectors: NDArray[np.floating], rows: RowMap | None = None) -> VectorSpace:
    """Vectors, searched exactly."""
    stored = StoredVectors.from_array(vectors)
    return VectorSpace("test", stored, ExactIndex.build(stored, NOWHERE), rows=rows)
