"""What can go wrong with titles: one base, two leaves.

The exceptions of `index`.

VectorIndexError
├── BadVectorsError       vectors of the wrong shape or with NaN
├── BadQueryError         a question that cannot be asked (unknown block, unknown film, nothing to go by)
└── GenerationError
    ├── NoGenerationError     nothing is published yet
    ├── DamagedGenerationError  a file is missing, truncated or of a format this version cannot read
    └── GateError             a freshly built generation failed a check and was not published
"""

from __future__ import annotations


class VectorIndexError(Exception):
    """Base of everything that `index` raises on purpose."""


class BadVectorsError(VectorIndexError):
    """Vectors of the wrong shape or dtype, or not finite."""


class BadQueryError(VectorIndexError, ValueError):
    """A question that cannot be asked: an unknown block or film, or no film and no text at all."""


class GenerationError(VectorIndexError):
    """Something is wrong with a built generation."""


class NoGenerationError(GenerationError):
    """No generation is published in this data folder."""


class DamagedGenerationError(GenerationError):
    """A generation's file is missing, truncated, or of a format this version does not read."""


class GateError(GenerationError):
    """A freshly built generation failed a check, so the served one was left in place."""


class TitleIndexError(Exception):
    """Base of every error this package raises on purpose."""


class EmptyQueryError(TitleIndexError, ValueError):
    """The query holds no visible character, so there is nothing to look for."""


class TitleFormatError(TitleIndexError):
    """The folder holds no title index that this version can read."""
