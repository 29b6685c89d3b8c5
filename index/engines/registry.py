"""The engines by name, and which are configured. Imports none of them, nor their libraries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from index.errors import EngineMissingError


@dataclass(frozen=True)
class Entry:
    """Where an engine is.

    Attributes:
        path: its module and class.
        setting: the value of `REELKIN_ENGINE` that it belongs to; None: it needs nothing and works with all.
        requirement: what `pip install` must be told if its library is missing.
    """

    path: str
    setting: str | None
    requirement: str


ENGINES = {
    "exact": Entry("index.engines.exact:ExactIndex", None, "faiss-cpu"),
    "ivfpq": Entry("index.engines.ivfpq:IvfPqIndex", "faiss", "faiss-cpu"),
    "hnsw": Entry("index.engines.hnsw:HnswIndex", "faiss", "faiss-cpu"),
    "milvus": Entry("index.engines.milvus_index:MilvusIndex", "milvus", "pymilvus"),
}

DEFAULTS = {"faiss": "ivfpq", "milvus": "milvus"}
"""For each value of `REELKIN_ENGINE`, the engine that a build uses."""


@dataclass(frozen=True)
class EngineSetting:
    """Which engines are configured.

    Attributes:
        name: as in `REELKIN_ENGINE`.
        address: of the engine's server; "" for engines without one.
    """

    name: str = "faiss"
    address: str = ""

    @property
    def default(self) -> str:
        """The engine that a build uses."""
        return DEFAULTS[self.name]

    def check(self, generation_id: str, engines: Iterable[str]) -> None:
        """Check that a generation's engines are those configured.

        Raises:
            EngineMissingError: it was built for another engine, or for one that this version does not have.
        """
        for name in engines:
            setting = entry(name).setting
            if setting not in (None, self.name):
                raise EngineMissingError(
                    f"generation {generation_id} was built for the engine {name} and REELKIN_ENGINE is "
                    f"{self.name}: set it to {setting}, or build a new generation with `python -m etl build`"
                )


def entry(name: str) -> Entry:
    """Where an engine is.

    Raises:
        EngineMissingError: there is none of that name.
    """
    if name not in ENGINES:
        raise EngineMissingError(
            f"there is no engine {name!r} in this version; it has {', '.join(ENGINES)}: "
            "build a new generation with `python -m etl build`"
        )
    return ENGINES[name]
