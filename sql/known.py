"""What the catalogue holds already: ids and content hashes, 14 bytes of memory a film."""

from __future__ import annotations

from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Connection

from sql.bulk import read_table

_SCHEMA = pa.schema([("id", pa.int32()), ("content_hash", pa.int64())])


class Known:
    """The films of the catalogue when a load begins, and which of them the dump has brought again."""

    def __init__(self, ids: NDArray[np.int32], hashes: NDArray[np.int64], from_dump: NDArray[np.bool_]) -> None:
        self._ids = ids
        self._hashes = hashes
        self._from_dump = from_dump
        self._seen = np.zeros(len(ids), bool)

    @classmethod
    def read(cls, connection: Connection) -> Self:
        """Read them from the table `movies`."""
        rows = read_table(connection, "SELECT id, content_hash FROM movies ORDER BY id", (), _SCHEMA)
        hashes = rows["content_hash"]
        return cls(
            rows["id"].to_numpy(),
            pc.fill_null(hashes, 0).to_numpy(),
            pc.is_valid(hashes).to_numpy(),
        )

    @property
    def films(self) -> int:
        """How many there are."""
        return len(self._ids)

    def changed(self, films: pa.RecordBatch) -> NDArray[np.bool_]:
        """Which films are new, or differ from what the last dump had; all are noted as seen.

        Args:
            films: columns id and content_hash.
        """
        ids = films["id"].to_numpy()
        if not self.films:
            return np.ones(len(ids), bool)
        at = np.minimum(np.searchsorted(self._ids, ids), self.films - 1)
        present = self._ids[at] == ids
        self._seen[at[present]] = True
        same: NDArray[np.bool_] = self._from_dump[at] & (self._hashes[at] == films["content_hash"].to_numpy())
        changed: NDArray[np.bool_] = ~(present & same)
        return changed

    def present(self, ids: NDArray[np.int32]) -> NDArray[np.int32]:
        """Those of the ids that the catalogue holds."""
        return ids[np.isin(ids, self._ids)]

    def vanished(self) -> NDArray[np.int32]:
        """Films that an earlier dump brought and this one has not."""
        return self._ids[self._from_dump & ~self._seen]
