"""One query of several liked films: how far each block counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.encode.blocks import Layout


def agreed(
    liked: NDArray[np.float64], layout: Layout, values: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """The mean of some vectors, shape (m, dim), with each block scaled by how far they agree in it.

    Agreement is the length of the block's mean over the mean of its lengths: 1 where all point the same way (and
    for a single film), near 0 where they point everywhere. Four films of one genre and four decades are about the
    genre and not about a decade. `values`, shape (m,), is how much each counts; None if all count the same.
    """
    if len(liked) == 1:
        return np.array(liked[0])
    # By hand: `np.average` takes 0.07 ms of its own, twice.
    counts = np.full(len(liked), 1 / len(liked)) if values is None else values / values.sum()
    mean = counts @ liked
    together = np.sqrt(np.add.reduceat(mean**2, layout.offsets))
    lengths = np.sqrt(np.add.reduceat(liked**2, layout.offsets, axis=1))
    apart = counts @ lengths
    agreement = np.divide(together, apart, out=np.zeros_like(together), where=apart > 0)
    scaled: NDArray[np.float64] = mean * np.repeat(agreement, layout.widths)
    return scaled
