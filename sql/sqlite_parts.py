"""Tables of a load in SQLite files of their own, straight from Arrow, for the catalogue's file to take over.

ADBC binds Arrow's values in C: a million films take a third of the processor time of `executemany`, and none of
the interpreter's lock, so that two files are written at once. It brings a SQLite library of its own, and two
libraries in one process must not have the same file open (sqlite.org/howtocorrupt.html, 2.2.1): what it writes,
nobody else opens before it is done. The catalogue then copies whole rows, which SQLite does without decoding
them where both tables and their indexes are alike (sqlite.org/opcode.html, RowData).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from adbc_driver_sqlite import dbapi
from sqlalchemy import Connection, Table, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from sql.errors import DatabaseUnavailableError
from sql.store import Progress

# An index of a million films is sorted in memory; what is left of a broken part is thrown away.
SETTINGS = ("cache_size = -65536", "journal_mode = MEMORY", "synchronous = OFF")


@dataclass(frozen=True)
class Part:
    """A file that holds some tables of a catalogue, complete with their indexes."""

    path: Path
    tables: tuple[Table, ...]


def write_part(path: Path, rows: Mapping[Table, Iterable[pa.RecordBatch]], progress: Progress) -> Part:
    """Put tables into a new file.

    Args:
        path: of the file.
        rows: of each table, in the order of its key.
        progress: told of the rows and indexes that are written.

    Raises:
        DatabaseUnavailableError: the file could not be written.
    """
    try:
        with dbapi.connect(str(path), autocommit=True) as connection, connection.cursor() as cursor:
            for setting in SETTINGS:
                cursor.execute(f"PRAGMA {setting}")
            connection.adbc_connection.set_autocommit(False)
            done = 0
            for table, batches in rows.items():
                cursor.execute(_sql(CreateTable(table)))
                for batch in batches:
                    cursor.adbc_ingest(table.name, batch, mode="append")
                    done += len(batch)
                    progress("write", done, None)
            indexes = sorted(
                (index for table in rows for index in table.indexes), key=lambda index: str(index.name)
            )
            for number, index in enumerate(indexes, 1):
                cursor.execute(_sql(CreateIndex(index)))
                progress("index", number, len(indexes))
            connection.adbc_connection.commit()
    except dbapi.Error as error:
        raise DatabaseUnavailableError(
            f"A part of the catalogue cannot be written in {path.parent}: {error}; see that the disk has room"
        ) from error
    return Part(path, tuple(rows))


def take_part(connection: Connection, part: Part) -> None:
    """Copy the tables of a part into those of the catalogue, which are empty. The file stays attached."""
    schema = part.path.stem
    connection.execute(text(f"ATTACH :path AS {schema}"), {"path": str(part.path)})
    for table in part.tables:
        connection.execute(text(f"INSERT INTO main.{table.name} SELECT * FROM {schema}.{table.name}"))


def _sql(statement: ExecutableDDLElement) -> str:
    return str(statement.compile(dialect=sqlite.dialect()))
