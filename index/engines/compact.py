"""Compact vectors: codes of a few bytes instead of half precision, for catalogues that must take little memory.

Only the codes are stored. A film's vector *is* what its code decodes to: queries, scores and explanations are all
made of decoded vectors, so that a pair of films has the same score however it was found. The build measures what
that costs against the vectors before they were coded.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.arrays import mapped
from index.encode.blocks import NUMBERS, Layout, Profile
from index.engines.codec import ClassifiedCodec
from index.engines.vectors import SCORE_DIGITS, StoredVectors, Vectors
from index.errors import DamagedGenerationError
from index.films.filters import Allowed

CODEC, CODES = "codec.npz", "codes.npy"
BYTES = 200
"""Of a film in all, at the most."""

LEAST_SIZE = 152
"""Bytes of a code for small catalogues, of which cells, centres and codecs are a large part."""

SAMPLE = 65_536
"""Vectors that the codec is fitted on, half of them of the best-known films: of a million films three in ten
have keywords, enough of either kind. Codes keep 0.917 of the ten nearest of known films and 0.913 of other ones;
fitted on films drawn from all alone, they keep 0.902 and 0.913."""

CHUNK = 4_096
"""Codes that a full scan compares at once."""


class CompactVectors(Vectors):
    """Vectors that are kept as codes.

    Attributes:
        codec: what the codes mean.
    """

    components = (8,)

    def __init__(self, codec: ClassifiedCodec, codes: NDArray[np.uint8]) -> None:
        super().__init__(codec.dim)
        self.codec, self._codes = codec, codes

    @classmethod
    def fit(cls, vectors: StoredVectors, profile: Profile, layout: Layout, seed: int = 0) -> CompactVectors:
        """Encode all of some vectors, those of the best-known films first, by a codec fitted on a part of them."""
        generator, half = np.random.default_rng(seed), SAMPLE // 2
        best_known, every = (
            generator.permutation(count)[:half] for count in (min(len(vectors), SAMPLE), len(vectors))
        )
        drawn = generator.permutation(np.concatenate([best_known, every]))
        numbers = [block.kind in NUMBERS for block in profile.blocks]
        codec = ClassifiedCodec.fit(vectors.single(drawn), layout.widths, numbers, code_size(len(vectors)), seed)
        codes = [codec.encode(vectors.single(rows)) for rows in vectors.blocks()]
        return cls(codec, np.concatenate([np.zeros((0, codec.size), np.uint8), *codes]))

    @classmethod
    def open(cls, folder: Path) -> CompactVectors:
        """Memory-map what `save` wrote.

        Raises:
            DamagedGenerationError: a file is missing or truncated, or the files do not belong together.
        """
        try:
            codec, codes = ClassifiedCodec.open(folder / CODEC), mapped(folder / CODES)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DamagedGenerationError(f"the codes in {folder} cannot be read: {error}") from error
        if codes.ndim != 2 or codes.shape[1] != codec.size:
            raise DamagedGenerationError(f"{folder / CODES} holds no codes of {codec.size} bytes")
        return cls(codec, codes)

    def save(self, path: Path) -> None:
        """Write the codec and the codes into a folder, which is made."""
        path.mkdir()
        self.codec.save(path / CODEC)
        np.save(path / CODES, self._codes)

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def size_bytes(self) -> int:
        """See `Vectors.size_bytes`."""
        return int(self._codes.nbytes) + self.codec.size_bytes

    def single(self, rows: NDArray[np.int64] | slice) -> NDArray[np.float32]:
        """See `Vectors.single`."""
        return self.codec.decode(self._codes[rows])

    def scores(self, query: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """See `Vectors.scores`."""
        scores: NDArray[np.float64] = np.round(self.codec.products(query, self._codes[rows]), SCORE_DIGITS)
        return scores

    def top(self, query: NDArray[np.float64], k: int, allowed: Allowed | None = None) -> NDArray[np.int64]:
        """See `Vectors.top`: a scan of all codes, about a second for a million films."""
        rows = np.arange(len(self)) if allowed is None else allowed.rows
        best, scores = np.empty(0, np.int64), np.empty(0)
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            best = np.concatenate([best, chunk])
            scores = np.concatenate([scores, self.scores(query, chunk)])
            first = np.lexsort((best, -scores))[:k]
            best, scores = best[first], scores[first]
        return best


def code_size(films: int) -> int:
    """Bytes of a code: what `BYTES` leave, less the candidates' codes (17), their ids and cells (10), and a film's
    part of codecs (1.1 MB) and of the centres of cells, of which there are about two a root.

    With 168 bytes, codes keep 0.924 of the ten nearest of a million films where 157 keep 0.913.

    >>> code_size(160_950), code_size(1_019_843)
    (157, 168)
    """
    shared = 1.25 * (1.1e6 + 2_200 * films**0.5)
    return int(max(BYTES - 27 - shared / max(films, 1), LEAST_SIZE))
