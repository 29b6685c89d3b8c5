"""What every search engine provides, whichever library or server is behind it.

An engine proposes candidates: rows among which the nearest are likely to be. It gives no scores. The vector space
around it (`index.spaces.space`) ranks the candidates by the exact product with the stored vectors, and compares
all vectors where the engine has nothing to propose. So all engines give the same scores, ties included.

A new engine is one module with a subclass of `VectorIndex`, and one line in `index.engines.registry`. Its module
is imported when it is first asked for, so that its library need not be installed otherwise.
"""

from __future__ import annotations

import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.engines.registry import entry
from index.engines.vectors import Vectors
from index.errors import EngineMissingError
from index.films.filters import Allowed

Shape = Mapping[str, int]
"""What is fixed when an index is built, by the engine's own names, such as nlist or code_size."""

SearchParameters = Mapping[str, int]
"""How an index is searched, by the engine's own names, such as nprobe or depth.

Both are chosen by measuring; see `index.generation.tuning`.
"""

Rows = Callable[[int], None]
"""Called with how many rows have been indexed."""


def untold(done: int) -> None:
    """A `Rows` that tells nobody."""


Item = TypeVar("Item")
Result = TypeVar("Result")


class Spread(Protocol):
    """Has parts of a build done by other processes, which find files at the same paths."""

    def __call__(self, work: Callable[[Item], Result], items: Iterable[Item], /) -> Iterator[Result]:
        """`work` of every item, in the order of the items; all of it can be pickled."""


@dataclass(frozen=True)
class Location:
    """Where the index of one vector space is kept.

    Attributes:
        folder: the folder of the space inside its generation's folder, for engines that write files.
        address: the address of the engine's server; "" for engines without one.
    """

    folder: Path
    address: str = ""

    @property
    def name(self) -> str:
        """A name for the index on a server: the generation's id and the space's name."""
        return f"{self.folder.parent.name}_{self.folder.name}"


class VectorIndex(ABC):
    """A searchable set of vectors of one space.

    Attributes:
        name: as in the manifest and in `index.engines.registry`.
        vectors: what is searched, shape (n, dim).
        location: where the index is kept.
        parameters: how it is searched; may be set between searches.
    """

    name: ClassVar[str]

    def __init__(self, vectors: Vectors, location: Location, parameters: SearchParameters) -> None:
        self.vectors, self.location, self.parameters = vectors, location, parameters

    @classmethod
    @abstractmethod
    def shapes(cls, vectors: Vectors) -> Iterable[Shape]:
        """Shapes worth building and measuring for some vectors, the most promising first; at least one."""

    @classmethod
    @abstractmethod
    def build(
        cls,
        vectors: Vectors,
        location: Location,
        shape: Shape | None = None,
        progress: Rows = untold,
        spread: Spread | None = None,
    ) -> Self:
        """Index all vectors, in the first of `shapes` if none is given, by other processes if they can.

        Raises:
            EngineUnavailableError: the engine's server does not answer.
        """

    def updated(self, vectors: Vectors, location: Location, unchanged: NDArray[np.int64]) -> Self | None:
        """An index of other vectors that keeps the shape, the parameters and the unchanged rows of this one.

        Args:
            vectors: what the new index holds, n rows.
            location: where it is kept.
            unchanged: shape (n,), the row of this index with the same vector; -1 where there is none.

        Returns:
            None where an engine can only be built anew.
        """
        return None

    @classmethod
    @abstractmethod
    def open(cls, vectors: Vectors, location: Location, parameters: SearchParameters) -> Self:
        """Open what `save` kept, for the same vectors.

        Raises:
            DamagedGenerationError: something is missing, truncated or of other vectors.
            EngineUnavailableError: the engine's server does not answer.
        """

    @abstractmethod
    def save(self) -> None:
        """Keep the index at its location so that `open` finds it; the vectors are saved separately."""

    @classmethod  # noqa: B027
    def reach(cls, address: str) -> None:
        """Called before the long work of a build.

        Raises:
            EngineUnavailableError: the engine's server does not answer.
        """

    @classmethod  # noqa: B027
    def publish(cls, location: Location) -> None:
        """Called before the generation at a location is served; for engines that must switch a name to it.

        Raises:
            EngineUnavailableError: the engine's server does not answer.
        """

    @classmethod  # noqa: B027
    def drop(cls, location: Location) -> None:
        """Called before the generation at a location is deleted; removes what is kept outside its folder.

        Raises:
            EngineUnavailableError: the engine's server does not answer.
        """

    def check(self) -> None:  # noqa: B027
        """Called once a second while the generation is served; for engines that may fail meanwhile.

        Raises:
            EngineUnavailableError: searches are not possible now, and why.
        """

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    @abstractmethod
    def size_bytes(self) -> int:
        """Bytes of memory of the index in this process, the vectors not included."""

    @abstractmethod
    def candidates(
        self, query: NDArray[np.float64], k: int, allowed: Allowed | None = None
    ) -> NDArray[np.int64] | None:
        """Rows among which the k nearest to a query are likely to be, in any order, without repeats.

        Args:
            query: shape (dim,), finite, not all zero; must not be changed.
            k: at least 1, and at most the number of allowed rows.
            allowed: the rows that may be returned; None for all.

        Returns:
            Shape (m,), with m of at least k; or None where comparing every allowed row is the better choice, for
            example because few rows are allowed or fewer than k were found.

        Raises:
            EngineUnavailableError: the engine's server does not answer.
        """

    def candidates_of_many(self, queries: NDArray[np.float32], k: int) -> NDArray[np.integer] | None:
        """The same for many queries at once, of all rows, for engines that are quicker in batches.

        Args:
            queries: shape (m, dim).
            k: at least 1.

        Returns:
            Shape (m, k or more), -1 in place of a row where fewer were found; None: ask one by one.
        """
        return None

    def batch_order(self) -> NDArray[np.integer]:
        """All rows, in an order in which `candidates_of_many` is quick for rows that follow one another."""
        return np.arange(len(self))

    def describe(self) -> dict[str, int]:
        """What the manifest records: shape and search parameters."""
        return dict(self.parameters)

    def choices(self) -> Iterable[list[SearchParameters]]:
        """Search parameters worth measuring: lists ordered by cost, each list from thorough to quick.

        Tuning leaves a list at the first entry that misses the recall, because those after it find less. Empty for
        an engine that has nothing to choose.
        """
        return ()


def engine_class(name: str) -> type[VectorIndex]:
    """Import an engine.

    Raises:
        EngineMissingError: there is none of that name, or its library is not installed.
    """
    found = entry(name)
    try:
        loaded: type[VectorIndex] = pkgutil.resolve_name(found.path)
    except ModuleNotFoundError as error:
        raise EngineMissingError(
            f"the engine {name!r} needs the package {error.name!r}, which is not installed: "
            f"`pip install {found.requirement}`"
        ) from error
    return loaded
