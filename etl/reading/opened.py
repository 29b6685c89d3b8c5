"""A file of films that is open, with its readings decided: what `ingest` and `inspect` work on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.dump.extract import Dump, RawBlock
from etl.dump.tables import JsonDump, ParquetDump, open_dump
from etl.errors import Reason
from etl.reading.readings import SAMPLE_ROWS, Choices, decide
from etl.transform.batch import KEPT, REASONS, CleanBatch, clean_batch
from etl.transform.film import Rules


class OpenedFile:
    """A file with its readings; a context manager.

    Args:
        path: see `etl.dump.tables.open_dump`.
        rules: the profile of the cleaning; what the whole file lacks (a status, a date) is not required.
        choices: readings that are set by hand.

    Attributes:
        dump: the open file.
        header: its columns.
        readings: how they are read.
        taken: what is taken as given, in words.

    Raises:
        DumpError: the file cannot be read or is not a file of films.
    """

    def __init__(self, path: Path, rules: Rules, choices: Choices | None = None) -> None:
        self._closing = ExitStack()
        with ExitStack() as opening:
            self.dump: Dump | ParquetDump | JsonDump = open_dump(path)
            opening.enter_context(self.dump)
            self.header = self.dump.header
            self._blocks = self.dump.blocks()
            self._first: list[RawBlock] = []
            while sum(len(block.lines) for block in self._first) < SAMPLE_ROWS:
                block = next(self._blocks, None)
                if block is None:
                    break
                self._first.append(block)
            rows = pa.concat_tables([block.rows for block in self._first]) if self._first else None
            self.readings = decide(rows, self.header.present, choices)
            self.taken, self._rules = _taken(rules, self.header.present, self.readings.dated)
            self._closing = opening.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def in_words(self) -> str:
        """The form of the file for a person."""
        encoding = self.dump.source.encoding
        return self.dump.in_words() + ("" if encoding == "utf-8" else f", {encoding.upper()}")

    def blocks(self) -> Iterator[RawBlock]:
        """The raw rows; once only."""
        yield from self._first
        self._first.clear()
        yield from self._blocks

    def clean(self, block: RawBlock) -> CleanBatch:
        """The clean films of a block."""
        batch = clean_batch(self.readings.apply(block.rows), self._rules)
        again = self._is_header(block.rows)
        if again.any():
            batch.verdicts[again & (batch.verdicts != KEPT)] = REASONS.index(Reason.HEADER)
        return batch

    def _is_header(self, rows: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which rows repeat the header, as in files that were appended to one another."""
        masks = [
            pc.equal(rows.column(column), self.header.names[place])
            for column, place in zip(("id", "title"), self.header.places, strict=False)
            if place is not None
        ]
        found: np.ndarray[tuple[int], np.dtype[np.bool_]] = pc.and_(*masks).to_numpy()
        return found


def _taken(rules: Rules, present: frozenset[str], dated: bool) -> tuple[list[str], Rules]:
    """The rules without what no row of the file can fulfil, and what is taken as given."""
    taken = []
    if not dated:
        taken.append("no dates: the films are loaded without a year")
        rules = replace(rules, date_required=False)
    if "status" not in present:
        taken.append("no status: every film counts as released")
        rules = replace(rules, strict_status=False)
    return taken, rules
