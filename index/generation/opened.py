"""A built generation, opened: one immutable folder, memory-mapped, with everything that search needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from index.encode.content import ContentEncoder
from index.engines.base import VectorIndex
from index.engines.compact import CompactVectors
from index.engines.registry import ENGINES
from index.engines.vectors import StoredVectors, Vectors
from index.errors import DamagedGenerationError, TitleFormatError
from index.films.filters import FilterTable
from index.films.store import FilmStore
from index.films.summaries import FilmWords
from index.generation.manifest import Manifest, Space
from index.titles import TitleIndex

VECTORS = "vectors.faiss"
CODES = "codes"
ENCODERS = "encoders"
FILTERS = "filters"
TITLES = "titles"


@dataclass(frozen=True)
class ContentSpace:
    """The content space of a generation: how films are encoded, and the engine that searches them."""

    encoder: ContentEncoder
    vectors: Vectors
    index: VectorIndex
    words: FilmWords | None


@dataclass(frozen=True)
class Generation:
    """An open generation. Its parts agree on rows: row i is the same film in all of them."""

    manifest: Manifest
    films: FilmStore
    filters: FilterTable
    titles: TitleIndex
    content: ContentSpace

    @classmethod
    def open(cls, folder: Path) -> Generation:
        """Open a generation folder, after every file was found to be as it was written.

        Raises:
            DamagedGenerationError: a file is missing, truncated, changed, or not in a format that is known.
        """
        manifest = Manifest.read(folder)
        try:
            manifest.verify(folder)
            return cls(
                manifest,
                FilmStore.open(folder),
                FilterTable.open(folder / FILTERS),
                TitleIndex.open(folder / TITLES),
                _open_space(folder / "content", manifest.spaces["content"]),
            )
        except (OSError, ValueError, KeyError, TypeError, TitleFormatError) as error:
            raise DamagedGenerationError(
                f"{folder} cannot be opened ({error}): build a new generation with `python -m etl build`"
            ) from error


def _open_space(folder: Path, space: Space) -> ContentSpace:
    encoder = ContentEncoder.load(folder / ENCODERS)
    vectors: Vectors = (
        CompactVectors.open(folder / CODES) if encoder.profile.compact else StoredVectors.open(folder / VECTORS)
    )
    if space.engine not in ENGINES:
        raise DamagedGenerationError(
            f"{folder} was built for the engine {space.engine!r}; this version has {', '.join(ENGINES)}: "
            "build a new generation with `python -m etl build`"
        )
    index = ENGINES[space.engine].open(vectors, folder, space.parameters)
    words = FilmWords.open(folder) if encoder.words is not None else None
    return ContentSpace(encoder, vectors, index, words)
