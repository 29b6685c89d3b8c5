"""The manifest of a generation: what it was built from, how, and what it measured.

A built generation, opened: one immutable folder, memory-mapped, with everything that search needs.
"""

from __future__ import annotations

import inspect
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

from index.encode.content import ContentEncoder
from index.engines.base import Location, engine_class
from index.engines.compact import CompactVectors
from index.engines.exact import ExactIndex
from index.engines.registry import EngineSetting
from index.engines.vectors import StoredVectors, Vectors
from index.errors import DamagedGenerationError, TitleFormatError
from index.films.filters import FilterTable
from index.films.summaries import FilmStore
from index.films.words import FilmWords
from index.ratings.model import RATINGS, RatingModel
from index.spaces.neighbours import NeighbourTable
from index.spaces.space import CONTENT, RowMap, VectorSpace
from index.titles import TitleIndex

FORMAT_VERSION = 12
FILE = "manifest.json"
CHECKSUM = "crc32"
"""The key of the manifest's own checksum."""

LIBRARIES = ("faiss-cpu", "numpy", "pyarrow", "scikit-learn", "scipy")


def made_with() -> dict[str, str]:
    """What vectors depend on besides films: versions of libraries, and a checksum of the encoders' source.

    The encoders are in `index.encode` and take the names of series and the telling words from `index.films`.
    """
    checksum = 0
    for part in (ContentEncoder, FilmWords):
        for path in sorted(Path(inspect.getfile(part)).parent.glob("*.py")):
            checksum = zlib.crc32(path.read_bytes(), checksum)
    return {name: version(name) for name in LIBRARIES} | {"encoders": f"{checksum:08x}"}


@dataclass(frozen=True)
class FileRecord:
    """Size in bytes and CRC-32 of one file."""

    size_bytes: int
    crc32: int

    @classmethod
    def of(cls, path: Path) -> FileRecord:
        """Read a file once and describe it."""
        checksum = 0
        with path.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                checksum = zlib.crc32(chunk, checksum)
        return cls(path.stat().st_size, checksum)


@dataclass(frozen=True)
class SpaceRecord:
    """One named vector space of a generation, in the folder of its name.

    Attributes:
        rows: how many films have a vector.
        dim: components of a vector.
        compact: vectors are kept as codes (`index.engines.compact`), not in half precision.
        encoded: films and texts are encoded by encoders in the folder; otherwise the vectors come from elsewhere.
        mapped: not all films have a vector; a row map in the folder says which.
        table: the nearest films of each film are in the folder.
        blocks: name -> weight; empty without encoders.
        widths: name -> dimensions; empty without encoders.
        engine: its name in `index.engines.base`.
        parameters: shape and search parameters of the engine.
        recall: recall@10 against exact search, by kind of query: "known": films with 10 votes or more; "random":
            any film; "table": any film, by the table where it answers.
        curve: the points measured by tuning: shape, search parameters, recall, ms, bytes_per_film.
        target: the recall that the parameters were chosen for.
    """

    rows: int
    dim: int
    compact: bool
    encoded: bool
    mapped: bool
    table: bool
    blocks: dict[str, float]
    widths: dict[str, int]
    engine: str
    parameters: dict[str, int]
    recall: dict[str, float]
    curve: list[dict[str, float]]
    target: float


@dataclass(frozen=True)
class RatingsRecord:
    """What was learned from ratings; see `index.ratings.fitting`.

    Attributes:
        ratings, users: how many there were.
        likes, films: what the model was fitted on; 0 without one.
        problem: why nothing could be learned; "" if something was.
        parameters: of `index.ratings.model.RatingModel`, and of what it was fitted with.
        tried: the combinations that were compared on users and films held out: `model`, its parameters, `measure`,
            and the seconds that it took, `took_s`.
    """

    ratings: int
    users: int
    likes: int = 0
    films: int = 0
    problem: str = ""
    parameters: dict[str, float] = field(default_factory=dict)
    tried: list[dict[str, float | str]] = field(default_factory=list)


@dataclass(frozen=True)
class ReuseRecord:
    """What a build took over from an earlier generation; see `index.generation.reuse`.

    Attributes:
        before: id of the earlier generation.
        encoded: films that were new or changed.
        since_fit: films encoded since the encoders were fitted, these included.
        drift: of the vocabulary since then.
    """

    before: str
    encoded: int
    since_fit: int
    drift: float


@dataclass(frozen=True)
class Manifest:
    """Everything about a generation that can be known without opening its arrays.

    Attributes:
        id: the name of its folder.
        catalogue_version: what the films were read from.
        rows: how many films it holds, duplicates included.
        spaces: name -> vector space.
        timings_s: stage of the build -> seconds.
        edit_sequence: the number of the last edit of the catalogue (`sql.edits`) that it certainly contains; later
            ones are held in an overlay until the next build.
        ratings: what was learned from ratings; None if there were none.
        reused: what was taken over from an earlier generation; None if all was made anew.
        files: path relative to the folder -> size and checksum.
    """

    id: str
    created_at: str
    catalogue_version: str
    rows: int
    profile: str
    spaces: dict[str, SpaceRecord]
    timings_s: dict[str, float]
    edit_sequence: int = 0
    ratings: RatingsRecord | None = None
    reused: ReuseRecord | None = None
    format_version: int = FORMAT_VERSION
    libraries: dict[str, str] = field(default_factory=made_with)
    files: dict[str, FileRecord] = field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        """Size of all files together."""
        return sum(record.size_bytes for record in self.files.values())

    @property
    def build_s(self) -> float:
        """Seconds that all stages of the build took."""
        return sum(self.timings_s.values())

    def write(self, folder: Path) -> None:
        """Write `manifest.json`, the last file of a generation."""
        content = asdict(self)
        (folder / FILE).write_text(json.dumps(content | {CHECKSUM: _checksum(content)}, indent=1) + "\n")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read a manifest.

        Raises:
            DamagedGenerationError: it is missing, not JSON, incomplete, changed, or of another format version.
        """
        path = folder / FILE
        try:
            written: dict[str, Any] = json.loads(path.read_text())
            found = written.get("format_version")
            if found != FORMAT_VERSION:
                raise DamagedGenerationError(
                    f"{path} has format version {found}; this version of Reelkin reads {FORMAT_VERSION}: "
                    "build a new generation with `python -m etl build`"
                )
            if written.pop(CHECKSUM, None) != _checksum(written):
                raise DamagedGenerationError(f"{path} is damaged: its checksum does not match")
            reused = written.setdefault("reused", None)  # generations of before have no such record
            known = {name: written[name] for name in (field.name for field in fields(cls))}
            known["reused"] = None if reused is None else ReuseRecord(**reused)
            known["spaces"] = {name: SpaceRecord(**space) for name, space in written["spaces"].items()}
            known["ratings"] = None if written["ratings"] is None else RatingsRecord(**written["ratings"])
            known["files"] = {name: FileRecord(**record) for name, record in written["files"].items()}
            return cls(**known)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedGenerationError(f"{path} cannot be read: {error}") from error

    def check_sizes(self, folder: Path) -> None:
        """Compare every file's size with the one recorded.

        Raises:
            DamagedGenerationError: a file is missing or has another size; the message names it.
        """
        for name, record in self.files.items():
            path = folder / name
            size = path.stat().st_size if path.is_file() else None
            if size != record.size_bytes:
                raise DamagedGenerationError(
                    f"{path} {'is missing' if size is None else f'has {size} bytes'}; "
                    f"it was written with {record.size_bytes}"
                )

    def verify(self, folder: Path) -> None:
        """Read every file and compare its checksum with the one recorded: 0.8 s for the 1.2 GB of a million films.

        Raises:
            DamagedGenerationError: a file is missing, truncated or changed; the message names it.
        """
        self.check_sizes(folder)
        for name, record in self.files.items():
            found = FileRecord.of(folder / name).crc32
            if found != record.crc32:
                raise DamagedGenerationError(
                    f"{folder / name} is damaged: its CRC-32 is {found:08x}; "
                    f"it was written with {record.crc32:08x}"
                )


def _checksum(content: Mapping[str, Any]) -> int:
    """CRC-32 of a manifest, however its JSON is laid out."""
    return zlib.crc32(json.dumps(content, sort_keys=True).encode())


def describe_files(folder: Path) -> dict[str, FileRecord]:
    """A record of every file below a folder, by its path relative to it."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != FILE)
    return {path.relative_to(folder).as_posix(): FileRecord.of(path) for path in paths}


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
        ratings: what people's ratings say; None without any that something could be learned from.
    """

    manifest: Manifest
    films: FilmStore
    filters: FilterTable
    titles: TitleIndex
    words: FilmWords | None
    spaces: Mapping[str, VectorSpace]
    ratings: RatingModel | None

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
                _open_ratings(folder, manifest, spaces),
            )
        except (OSError, ValueError, KeyError, TypeError, TitleFormatError) as error:
            raise DamagedGenerationError(
                f"{folder} cannot be opened ({error}): build a new generation with `python -m etl build`"
            ) from error


def _open_ratings(folder: Path, manifest: Manifest, spaces: Mapping[str, VectorSpace]) -> RatingModel | None:
    if RATINGS not in spaces or manifest.ratings is None:
        return None
    return RatingModel.open(spaces[RATINGS], spaces[CONTENT], folder / RATINGS, manifest.ratings.parameters)


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
