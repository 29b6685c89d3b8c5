"""Rows in bulk: Arrow tables read from and written to the database through the drivers' own cursors.

Making a million SQLAlchemy rows would take longer than everything else, so this module, and no other, uses the
drivers directly. A driver's error is not translated here: see `sql.engine.translating`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Select, select, text

from sql.tables import JOINED, column_of, movies

READ_ROWS = 20_000
INSERT_ROWS = 500
# MariaDB makes a subquery of a list of 1,000 values or more, and reads the whole table for it.
VALUES_AT_ONCE = 500


class Writer(Protocol):
    """Writes Arrow rows into a table. Columns are matched by name."""

    def write(self, table: str, rows: pa.RecordBatch | pa.Table) -> None:
        """Insert rows; one replaces the row that has the same key."""
        ...

    def update(self, table: str, rows: pa.RecordBatch, keep: Collection[str] = ()) -> None:
        """Insert rows, or change the row that has the same id, except its columns in `keep`."""
        ...

    def change(self, table: str, rows: pa.Table) -> None:
        """Change columns of the rows that have these ids; a row that is not there is left out."""
        ...

    def write_pairs(self, table: str, term_ids: NDArray[np.int64], movie_ids: NDArray[np.int64]) -> None:
        """Insert rows of `movie_terms`, none of which is there; they come in order of term."""
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

    def change(self, table: str, rows: pa.Table) -> None:
        """See `Writer`."""
        names = [name for name in rows.schema.names if name != "id"]
        assigned = ", ".join(f"{name} = ?" for name in names)
        self._each(f"UPDATE {table} SET {assigned} WHERE id = ?", rows.select([*names, "id"]))

    def _each(self, statement: str, rows: pa.RecordBatch | pa.Table) -> None:
        cursor = _cursor(self._connection)
        for start in range(0, rows.num_rows, READ_ROWS):
            columns = [_for_sqlite(c).to_pylist() for c in rows.slice(start, READ_ROWS).columns]
            cursor.executemany(statement, zip(*columns, strict=True))
        cursor.close()

    def write_pairs(self, table: str, term_ids: NDArray[np.int64], movie_ids: NDArray[np.int64]) -> None:
        """See `Writer`. One statement for each term: a third of the time of one for each pair."""
        found, starts = np.unique(term_ids, return_index=True)
        if not len(found):
            return
        cursor = _cursor(self._connection)
        statement = f"INSERT INTO {table} (term_id, movie_id) SELECT ?, value FROM json_each(?)"
        for term_id, carriers in zip(found.tolist(), np.split(movie_ids, starts[1:]), strict=True):
            cursor.execute(statement, (term_id, str(carriers.tolist())))
        cursor.close()


class MysqlWriter:
    """Rows through LOAD DATA LOCAL INFILE, or multi-row INSERT where that is not possible.

    Args:
        connection: on which to write; its transaction is the caller's.
        scratch: folder for the files that LOAD DATA reads; None for few rows, which INSERT writes sooner.
    """

    def __init__(self, connection: Connection, scratch: Path | None = None) -> None:
        self._connection = connection
        self._file = scratch and local_infile(connection) and scratch / f"rows-{id(self):x}.csv"

    def write(self, table: str, rows: pa.RecordBatch | pa.Table) -> None:
        """See `Writer`."""
        if not rows.num_rows:
            return
        if self._file:
            self._load_data(self._file, table, _numeric_booleans(rows))
        else:
            self._insert("REPLACE", table, rows)

    def update(self, table: str, rows: pa.RecordBatch, keep: Collection[str] = ()) -> None:
        """See `Writer`. Not by REPLACE, which would write every index of every row again."""
        names = ", ".join(rows.schema.names)
        changed = [name for name in rows.schema.names if name not in {"id", *keep}]
        assigned = "ON DUPLICATE KEY UPDATE " + ", ".join(f"{name} = VALUES({name})" for name in changed)
        if not self._file:
            self._insert("INSERT", table, rows, assigned)
            return
        self._stage(table, rows, f"INSERT INTO {table} ({names}) SELECT {names} FROM changed {assigned}")

    def change(self, table: str, rows: pa.Table) -> None:
        """See `Writer`."""
        names = [name for name in rows.schema.names if name != "id"]
        assigned = ", ".join(f"{table}.{name} = changed.{name}" for name in names)
        self._stage(table, rows, f"UPDATE {table} JOIN changed ON changed.id = {table}.id SET {assigned}")

    def _stage(self, table: str, rows: pa.RecordBatch | pa.Table, statement: str) -> None:
        """Run a statement that reads the rows from the temporary table `changed`."""
        cursor = _cursor(self._connection)
        # A failed load may have left the table: the pool hands out the same connection again.
        cursor.execute("DROP TEMPORARY TABLE IF EXISTS changed")
        names = ", ".join(rows.schema.names)
        cursor.execute(f"CREATE TEMPORARY TABLE changed AS SELECT {names} FROM {table} WHERE FALSE")
        self.write("changed", rows)
        cursor.execute(statement)
        cursor.execute("DROP TEMPORARY TABLE changed")
        cursor.close()

    def write_pairs(self, table: str, term_ids: NDArray[np.int64], movie_ids: NDArray[np.int64]) -> None:
        """See `Writer`."""
        self.write(table, pa.table({"term_id": term_ids, "movie_id": movie_ids}))

    def _load_data(self, file: Path, table: str, rows: pa.RecordBatch | pa.Table) -> None:
        pa.csv.write_csv(rows, str(file), pa.csv.WriteOptions(include_header=False))
        # Arrow writes a null as an empty field. The statement tests the length in bytes, because in a collation
        # a blank or an invisible character equals the empty string.
        nullable = {f.name for f, c in zip(rows.schema, rows.columns, strict=True) if c.null_count}
        targets = [f"@{name}" if name in nullable else name for name in rows.schema.names]
        assigned = ", ".join(f"{name} = IF(LENGTH(@{name}), @{name}, NULL)" for name in sorted(nullable))
        cursor = _cursor(self._connection)
        cursor.execute(
            f"LOAD DATA LOCAL INFILE %s REPLACE INTO TABLE {table} CHARACTER SET utf8mb4 "
            "FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' LINES TERMINATED BY '\\n' "
            f"({', '.join(targets)}){f' SET {assigned}' if assigned else ''}",
            (str(file),),
        )
        cursor.close()
        file.unlink()

    def _insert(self, verb: str, table: str, rows: pa.RecordBatch | pa.Table, ending: str = "") -> None:
        cursor = _cursor(self._connection)
        marks = ", ".join(["%s"] * rows.num_columns)
        statement = f"{verb} INTO {table} ({', '.join(rows.schema.names)}) VALUES ({marks}) {ending}"
        for start in range(0, rows.num_rows, INSERT_ROWS):
            columns = [c.to_pylist() for c in rows.slice(start, INSERT_ROWS).columns]
            cursor.executemany(statement, list(zip(*columns, strict=True)))
        cursor.close()


def local_infile(connection: Connection) -> bool:
    """Whether a MySQL server accepts LOAD DATA LOCAL. By default MySQL 8 does not, and MariaDB does."""
    return bool(connection.scalar(text("SELECT @@GLOBAL.local_infile")))


@cache
def film_columns(names: tuple[str, ...]) -> Select[Any]:
    """SELECT columns of films, from whichever of the two tables holds each."""
    return select(*map(column_of, names)).select_from(JOINED)


def read_table(connection: Connection, statement: Select[Any], schema: pa.Schema) -> pa.Table:
    """All rows of a SELECT as a table of `schema`, whose columns it has in that order."""
    batches = []
    with connection.execute(statement) as result:
        assert result.cursor is not None
        while rows := result.cursor.fetchmany(READ_ROWS):
            columns = zip(*rows, strict=True)
            arrays = [_to_arrow(list(c), f.type) for c, f in zip(columns, schema, strict=True)]
            batches.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
    return pa.Table.from_batches(batches, schema=schema)


def read_page(connection: Connection, schema: pa.Schema, after: int, films: int) -> pa.RecordBatch:
    """The columns of `schema` of the next `films` films after an id, in order of id; fewer only at the end."""
    query = film_columns(tuple(schema.names)).where(movies.c.id > after).order_by(movies.c.id).limit(films)
    return one_batch(read_table(connection, query, schema))


def read_films(
    connection: Connection, schema: pa.Schema, values: Iterable[Any], column: ColumnElement[Any] = movies.c.id
) -> pa.Table:
    """The columns of `schema` of the films that have one of the values in an indexed column."""
    query = film_columns(tuple(schema.names))
    parts = [read_table(connection, query.where(column.in_(some)), schema) for some in portions(values)]
    return pa.concat_tables(parts) if parts else schema.empty_table()


def portions(values: Iterable[Any]) -> Iterator[list[Any]]:
    """The different values in order, as many at a time as one statement may name."""
    ordered = sorted(set(values))
    for start in range(0, len(ordered), VALUES_AT_ONCE):
        yield ordered[start : start + VALUES_AT_ONCE]


def one_batch(rows: pa.Table) -> pa.RecordBatch:
    """A table as one batch, also if it has no rows."""
    return pa.RecordBatch.from_arrays([column.combine_chunks() for column in rows.columns], schema=rows.schema)


def _cursor(connection: Connection) -> Any:
    return connection.connection.cursor()


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
