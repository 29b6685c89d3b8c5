"""Arrays of a generation, memory-mapped: all processes that serve it share them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def mapped(path: Path) -> NDArray[Any]:
    """An array that `numpy.save` wrote, read-only.

    Raises:
        OSError: there is no such file.
        ValueError: it holds no array, or not all of it.
    """
    # A plain array over the map: NumPy's own `memmap` costs a microsecond whenever a part of it is taken.
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


Matrix = NDArray[np.float32]
"""Rows of numbers: one row per film, one column per dimension."""
