"""The rejects file: the rows that were not loaded, why, and on which line, as a CSV that can be corrected.

Its first columns are `line`, `reason` and `raw`; the dump's columns follow, unchanged. Correct them and give the
file to `ingest`, which ignores the first three. A row that could not be split into fields is in `raw` as a
whole, and its columns are empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from etl.dump.extract import Fault, RawBlock
from etl.errors import EtlError
from etl.transform.batch import KEPT, REASONS
from etl.transform.film import RAW_COLUMNS

_FRONT = pa.schema([("line", pa.int64()), ("reason", pa.string()), ("raw", pa.string())])
_SCHEMA = pa.schema([*_FRONT, *((name, pa.string()) for name in RAW_COLUMNS)])


class RejectsFile:
    """A rejects file that gets its name when it is complete; a context manager.

    Args:
        path: where to write it; None writes nothing.

    Raises:
        EtlError: the file cannot be written.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._writer: csv.CSVWriter | None = None
        if path is None:
            return
        if path.is_dir():
            raise EtlError(f"The rejects file {path} is a folder; name a file in it")
        self._part = path.with_name(f"{path.name}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = csv.CSVWriter(self._part, _SCHEMA)
        except OSError as error:
            raise EtlError(f"The rejects file {path} cannot be written: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is None or self._path is None:
            return
        self._writer.close()
        if kind is None:
            self._part.replace(self._path)
        else:
            self._part.unlink()

    def add(self, block: RawBlock, verdicts: NDArray[np.int8]) -> None:
        """Write the rejected rows of a block, and its faults, in the order of their lines."""
        if self._writer is None:
            return
        places = np.flatnonzero(verdicts != KEPT)
        reasons = [REASONS[verdict].value for verdict in verdicts[places].tolist()]
        rows = block.rows.select(RAW_COLUMNS).take(places)
        front = [
            pa.array(block.lines[places]),
            pa.array(reasons, pa.string()),
            pa.repeat("", len(places)),
        ]
        rejected = pa.Table.from_arrays([*front, *rows.columns], schema=_SCHEMA)
        table = pa.concat_tables([rejected, _as_table(block.faults)])
        if table.num_rows:
            self._writer.write_table(table.sort_by("line"))


def _as_table(faults: Sequence[Fault]) -> pa.Table:
    front = [
        pa.array([fault.line for fault in faults], pa.int64()),
        pa.array([f"{fault.reason}: {fault.detail}" for fault in faults], pa.string()),
        pa.array([fault.raw for fault in faults], pa.string()),
    ]
    return pa.Table.from_arrays([*front, *(pa.repeat("", len(faults)) for _ in RAW_COLUMNS)], schema=_SCHEMA)
