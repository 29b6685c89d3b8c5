"""The exceptions of `index`.

VectorIndexError
├── BadVectorsError       vectors of the wrong shape or with NaN
├── BadQueryError         a question that cannot be asked (unknown block, unknown film, nothing to go by)
└── GenerationError
    ├── NoGenerationError       nothing is published yet
    ├── DamagedGenerationError  a file is missing, truncated or of a format this version cannot read
    ├── GateError               a freshly built generation failed a check and was not published
    ├── EngineMissingError      the engine is unknown, not configured, or its package is not installed
    ├── EngineUnavailableError  the engine's server does not answer
    └── StoreUnavailableError   the object store of generations does not answer or refuses
TitleIndexError
├── EmptyQueryError       a query without a visible character
└── TitleFormatError      a folder without a title index that this version can read
"""

from __future__ import annotations


class VectorIndexError(Exception):
    """Base of everything that `index` raises on purpose."""


class BadVectorsError(VectorIndexError):
    """Vectors of the wrong shape or dtype, or not finite."""


class BadQueryError(VectorIndexError, ValueError):
    """A question that cannot be asked: an unknown block or film, or no film and no text at all."""


class GenerationError(VectorIndexError):
    """Something is wrong with a built generation, or with the engine that searches it."""


class NoGenerationError(GenerationError):
    """No generation is published in this data folder."""


class DamagedGenerationError(GenerationError):
    """A generation's file is missing, truncated, or of a format this version does not read."""


class GateError(GenerationError):
    """A freshly built generation failed a check, so the served one was left in place."""


class EngineMissingError(GenerationError):
    """The engine is unknown, is not the one configured, or its package is not installed."""


class EngineUnavailableError(GenerationError):
    """The engine's server does not answer."""


class StoreUnavailableError(GenerationError):
    """The object store of generations does not answer, or refuses what is asked of it."""


class TitleIndexError(Exception):
    """Base of every error this package raises on purpose."""


class EmptyQueryError(TitleIndexError, ValueError):
    """The query holds no visible character, so there is nothing to look for."""


class TitleFormatError(TitleIndexError):
    """The folder holds no title index that this version can read."""
