"""A built generation, opened: one immutable folder, memory-mapped, with everything that search needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from index.encode.content import ContentEncoder
from index.engines.base import Location
from index.engines.compact import CompactVectors
from index.engines.exact import ExactIndex
from index.engines.registry import EngineSetting, engine_class
from index.engines.vectors import StoredVectors, Vectors
from index.errors import DamagedGenerationError, TitleFormatError
from index.films.filters import FilterTable
from index.films.store import FilmStore
from index.films.summaries import FilmWords
from index.generation.manifest import Manifest, SpaceRecord
from index.spaces.neighbours import NeighbourTable
from index.spaces.space import CONTENT, RowMap, VectorSpace
from index.titles import TitleIndex

VECTORS = "vectors.faiss"
CODES = "codes"
ENCODERS = "encoders"
FILTERS = "filters"
TITLES = "titles"


@dataclass(frozen=True)
class Generation:
    """An open generation.

    Attributes:
        manifest: what it was built from, and how.
        films, filters, titles, words: row i is the same film in all of them. `words` is None in a profile without
            texts.
        spaces: the vector spaces by name; they take and return the same rows.
    """

    manifest: Manifest
    films: FilmStore
    filters: FilterTable
    titles: TitleIndex
    words: FilmWords | None
    spaces: Mapping[str, VectorSpace]

    @classmethod
    def open(cls, folder: Path, setting: EngineSetting | None = None) -> Generation:
        """Open a generation folder, after checking every file against its checksum.

        Args:
            folder: of the generation.
            setting: which engine is configured, and its address; None for the default.

        Raises:
            DamagedGenerationError: a file is missing, truncated, changed, or of an unknown format.
            EngineMissingError: it was built for another engine than the one configured, or for one that this
                version does not have, or the engine's package is not installed.
            EngineUnavailableError: the engine's server does not answer.
        """
        configured, manifest = setting or EngineSetting(), Manifest.read(folder)
        configured.check(manifest.id, (record.engine for record in manifest.spaces.values()))
        try:
            manifest.verify(folder)
            spaces = {
                name: _open_space(Location(folder / name, configured.address), record)
                for name, record in manifest.spaces.items()
            }
            encoder = spaces[CONTENT].encoder
            return cls(
                manifest,
                FilmStore.open(folder),
                FilterTable.open(folder / FILTERS),
                TitleIndex.open(folder / TITLES),
                None if encoder is None or encoder.words is None else FilmWords.open(folder),
                spaces,
            )
        except (OSError, ValueError, KeyError, TypeError, TitleFormatError) as error:
            raise DamagedGenerationError(
                f"{folder} cannot be opened ({error}): build a new generation with `python -m etl build`"
            ) from error


def _open_space(location: Location, record: SpaceRecord) -> VectorSpace:
    folder, engine = location.folder, engine_class(record.engine)
    vectors: Vectors = (
        CompactVectors.open(folder / CODES) if record.compact else StoredVectors.open(folder / VECTORS)
    )
    exact = record.engine == ExactIndex.name
    return VectorSpace(
        name=folder.name,
        vectors=vectors,
        engine=engine.open(vectors, location, record.parameters),
        encoder=ContentEncoder.load(folder / ENCODERS) if record.encoded else None,
        rows=RowMap.open(folder, record.rows) if record.mapped else None,
        table=NeighbourTable.open(folder, record.rows, exact=exact) if record.table else None,
    )
