"""Rows in bulk: Arrow in and out of tables through the drivers' own cursors.

A million rows through SQLAlchemy's rows would cost more than all the rest, so this module and no other speaks
to the drivers directly.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray
from pymysql.cursors import SSCursor
from sqlalchemy import Connection, text

from sql.terms import split_pairs

READ_ROWS = 20_000
INSERT_ROWS = 500


class Writer(Protocol):
    """Puts Arrow rows into a table; a row whose key is there already takes its place."""

    def write(self, table: str, rows: pa.RecordBatch | pa.Table) -> None:
        """Insert or replace; the columns of `rows` are columns of the table by name."""
        ...

    def update(self, table: str, rows: pa.RecordBatch, keep: Collection[str] = ()) -> None:
        """Insert rows, or change those columns of present ones that differ, except the ones to `keep`."""
        ...

    def write_pairs(self, table: str, pairs: NDArray[np.int64]) -> None:
        """Insert rows of `movie_terms`, none of which is there; `pairs` are sorted (`sql.terms`)."""
        ...


class SqliteWriter:
    """Rows through `executemany`, on a connection inside its transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(self, table: str, rows: pa.RecordBatch | pa.Table) -> None:
        """See `Writer`."""
        marks = ", ".join("?" * rows.num_columns)
        statement = f"INTO {table} ({', '.join(rows.schema.names)}) VALUES ({marks})"
        self._each(f"INSERT OR REPLACE {statement}", rows)

    def update(self, table: str, rows: pa.RecordBatch, keep: Collection[str] = ()) -> None:
        """See `Writer`."""
        changed = [name for name in rows.schema.names if name not in {"id", *keep}]
        marks = ", ".join("?" * rows.num_columns)
        assigned = ", ".join(f"{name} = excluded.{name}" for name in changed)
        before = ", ".join(f"{table}.{name}" for name in changed)
        after = ", ".join(f"excluded.{name}" for name in changed)
        self._each(
            f"INSERT INTO {table} ({', '.join(rows.schema.names)}) VALUES ({marks}) "
            f"ON CONFLICT (id) DO UPDATE SET {assigned} WHERE ({before}) IS NOT ({after})",
            rows,
        )

    def _each(self, statement: str, rows: pa.RecordBatch | pa.Table) -> None:
        cursor = _cursor(self._connection)
        for start in range(0, rows.num_rows, READ_ROWS):
            columns = [_for_sqlite(c).to_pylist() for c in rows.slice(start, READ_ROWS).columns]
            cursor.executemany(statement, zip(*columns, strict=True))
        cursor.close()

    def write_pairs(self, table: str, pairs: NDArray[np.int64]) -> None:
        """See `Writer`. One statement for each term: a third of the time of one for each pair."""
        if not len(pairs):
            return
        term_ids, movie_ids = split_pairs(pairs)
        found, starts = np.unique(term_ids, return_index=True)
        cursor = _cursor(self._connection)
        statement = f"INSERT INTO {table} (term_id, movie_id) SELECT ?, value FROM json_each(?)"
        for term_id, carriers in zip(found.tolist(), np.split(movie_ids, starts[1:]), strict=True):
            cursor.execute(statement, (term_id, str(carriers.tolist())))
        cursor.close()


class MysqlWriter:
    """Rows through LOAD DATA LOCAL INFILE, or multi-row REPLACE where the server refuses that.

    Args:
        connection: on which to write, in whatever transaction it is.
        scratch: folder for the files that LOAD DATA reads.
    """

    def __init__(self, connection: Connection, scratch: Path) -> None:
        self._connection = connection
        self._file = scratch / f"rows-{id(self):x}.csv"
        self._load_data_allowed = local_infile(connection)

    def write(self, table: str, rows: pa.RecordBatch | pa.Table) -> None:
        """See `Writer`."""
        if not rows.num_rows:
            return
        if self._load_data_allowed:
            self._load_data(table, _numeric_booleans(rows))
        else:
            self._insert(table, rows)

    def update(self, table: str, rows: pa.RecordBatch, keep: Collection[str] = ()) -> None:
        """See `Writer`. By way of a temporary table: a REPLACE would write every index of every row anew."""
        names = ", ".join(rows.schema.names)
        changed = [name for name in rows.schema.names if name not in {"id", *keep}]
        assigned = ", ".join(f"{name} = VALUES({name})" for name in changed)
        cursor = _cursor(self._connection)
        # One that an earlier failure left would still be there: the pool gives the same connection out again.
        cursor.execute("DROP TEMPORARY TABLE IF EXISTS changed")
        cursor.execute(f"CREATE TEMPORARY TABLE changed AS SELECT {names} FROM {table} WHERE FALSE")
        self.write("changed", rows)
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {names} FROM changed ON DUPLICATE KEY UPDATE {assigned}"
        )
        cursor.execute("DROP TEMPORARY TABLE changed")
        cursor.close()

    def write_pairs(self, table: str, pairs: NDArray[np.int64]) -> None:
        """See `Writer`."""
        term_ids, movie_ids = split_pairs(pairs)
        self.write(table, pa.table({"term_id": term_ids, "movie_id": movie_ids}))

    def _load_data(self, table: str, rows: pa.RecordBatch | pa.Table) -> None:
        options = pa.csv.WriteOptions(include_header=False)
        pa.csv.write_csv(rows, str(self._file), options)
        # Arrow writes a null as an empty field; only numbers, dates and nullable text need to be told. Its bytes
        # are counted, since collations hold a blank, and invisible characters, to equal nothing.
        nullable = {f.name for f, c in zip(rows.schema, rows.columns, strict=True) if c.null_count}
        targets = [f"@{name}" if name in nullable else name for name in rows.schema.names]
        assigned = ", ".join(f"{name} = IF(LENGTH(@{name}), @{name}, NULL)" for name in sorted(nullable))
        cursor = _cursor(self._connection)
        cursor.execute(
            f"LOAD DATA LOCAL INFILE %s REPLACE INTO TABLE {table} CHARACTER SET utf8mb4 "
            "FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' LINES TERMINATED BY '\\n' "
            f"({', '.join(targets)}){f' SET {assigned}' if assigned else ''}",
            (str(self._file),),
        )
        cursor.close()
        self._file.unlink()

    def _insert(self, table: str, rows: pa.RecordBatch | pa.Table) -> None:
        cursor = _cursor(self._connection)
        marks = ", ".join(["%s"] * rows.num_columns)
        statement = f"REPLACE INTO {table} ({', '.join(rows.schema.names)}) VALUES ({marks})"
        for start in range(0, rows.num_rows, INSERT_ROWS):
            columns = [c.to_pylist() for c in rows.slice(start, INSERT_ROWS).columns]
            cursor.executemany(statement, list(zip(*columns, strict=True)))
        cursor.close()


def local_infile(connection: Connection) -> bool:
    """Whether a MySQL server takes LOAD DATA LOCAL. MySQL 8 does not unless told to; MariaDB does."""
    return bool(connection.scalar(text("SELECT @@GLOBAL.local_infile")))


def read(
    connection: Connection, statement: str, parameters: Sequence[Any], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """Run a SELECT and give its rows as batches of `schema`, column by column.

    The statement has the driver's own marks (`?` for SQLite, `%s` for MySQL).
    """
    cursor = _streaming_cursor(connection)
    try:
        cursor.execute(statement, tuple(parameters))
        while rows := cursor.fetchmany(READ_ROWS):
            columns = zip(*rows, strict=True)
            arrays = [_to_arrow(list(c), f.type) for c, f in zip(columns, schema, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)
    finally:
        cursor.close()


def read_table(connection: Connection, statement: str, parameters: Sequence[Any], schema: pa.Schema) -> pa.Table:
    """All rows of a SELECT as one table; see `read`."""
    return pa.Table.from_batches(read(connection, statement, parameters, schema), schema=schema)


def _cursor(connection: Connection) -> Any:
    return connection.connection.cursor()


def _streaming_cursor(connection: Connection) -> Any:
    """A cursor that holds a few rows at a time; PyMySQL's own default holds them all."""
    if connection.dialect.name == "sqlite":
        return _cursor(connection)
    return connection.connection.cursor(SSCursor)


def _to_arrow(values: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_boolean(kind):
        return pa.array(values, pa.int8()).cast(pa.bool_())
    if pa.types.is_date(kind) and isinstance(next((v for v in values if v is not None), None), str):
        return pa.array(values, pa.string()).cast(kind)
    return pa.array(values, kind)


def _for_sqlite(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """SQLite has no dates and no booleans: text and integers, as SQLAlchemy writes them."""
    if pa.types.is_date(column.type):
        return column.cast(pa.string())
    return column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column


def _numeric_booleans(rows: pa.RecordBatch | pa.Table) -> pa.RecordBatch | pa.Table:
    for i, column in enumerate(rows.columns):
        if pa.types.is_boolean(column.type):
            rows = rows.set_column(i, rows.schema.names[i], pc.cast(column, pa.int8()))
    return rows
