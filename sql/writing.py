"""Films written by hand, one at a time: each write is one transaction with all that follows from it.

    with writing(engine) as catalogue:
        film = catalogue.movie(157336)
        catalogue.write({...})

A film is written as a load writes a batch (`sql.load.merge.change`), and the edit is recorded (`sql.edits`). The
constants of the rating stay those of the last load. Writers wait for one another and for loads, so what is read
inside stays true until the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, Engine, insert, select, text, update

from contract import Movie
from sql import edits
from sql.engine import is_mysql, load_lock, one_writer, translating
from sql.errors import LoadInProgressError, TakenError
from sql.load.bulk import MysqlWriter, SqliteWriter, Writer, read_films
from sql.load.merge import change
from sql.load.rating import Prior
from sql.load.spool import SPOOL_SCHEMA, check, derive
from sql.movies import EMPTY_VERSION, read_movie
from sql.schema import MOVIE_SCHEMA
from sql.tables import catalogue, movies

LOCK_TIMEOUT_S = 10


@contextmanager
def writing(engine: Engine) -> Iterator[Writing]:
    """A transaction that is committed at the end of the block, or undone if that raises.

    Raises:
        LoadInProgressError: a load into the same MySQL database goes on for longer than ten seconds.
        DatabaseBusyError: too many threads of this process wait to write.
        DatabaseUnavailableError: the database is away, or (SQLite) another process writes for too long.
    """
    with one_writer(engine):
        if is_mysql(engine):
            with _alone(engine) as connection:
                yield Writing(connection, MysqlWriter(connection))
        else:
            with engine.connect().execution_options(begin_immediate=True) as connection, connection.begin():
                yield Writing(connection, SqliteWriter(connection))


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A transaction on MySQL while no other process writes or loads."""
    with engine.connect() as connection:
        lock = {"name": load_lock(engine)}
        # A second at a time: the wait counts as time of a statement, and that is limited.
        take = text("SELECT GET_LOCK(:name, 1)")
        if not any(connection.scalar(take, lock) for _ in range(LOCK_TIMEOUT_S)):
            raise LoadInProgressError(
                f"A dump is being loaded into {engine.url.database}; try again when that has finished"
            )
        try:
            yield connection
            connection.commit()
        finally:
            if not connection.invalidated:
                connection.rollback()
                connection.execute(text("SELECT RELEASE_LOCK(:name)"), lock)
                connection.commit()


class Writing:
    """The catalogue inside a transaction of `writing`."""

    def __init__(self, connection: Connection, writer: Writer) -> None:
        self._connection = connection
        self._writer = writer

    def movie(self, movie_id: int) -> Movie | None:
        """A film, or None if there is none with that id."""
        return read_movie(self._connection, movie_id)

    def insert(self, film: Mapping[str, Any]) -> None:
        """Add a film; see `write`.

        Raises:
            TakenError: there is a film of that id.
        """
        if self._connection.scalar(select(movies.c.id).where(movies.c.id == film["id"])) is not None:
            raise TakenError(f"there is a film with the id {film['id']} already; PUT or PATCH changes it")
        self.write(film)

    def write(self, film: Mapping[str, Any]) -> None:
        """Add a film, or replace the one with its id.

        Args:
            film: the columns of `sql.schema.MOVIE_SCHEMA`, clean, lists in stored form.

        Raises:
            LoadError: the film cannot be stored; see `sql.load.spool.check`.
        """
        batch = _batch(film)
        at = SPOOL_SCHEMA.get_field_index("content_hash")
        batch = batch.set_column(at, SPOOL_SCHEMA.field(at), pa.nulls(1, pa.int64()))  # not as a dump had it
        self._change(film["id"], batch, edits.Kind.WRITTEN)

    def fill(self, movie_id: int, found: Mapping[str, Any]) -> bool:
        """Fill the empty columns of a film from elsewhere, and record that it was asked for.

        Unlike what `write` writes, a later dump may change it again.

        Args:
            found: clean columns of `MOVIE_SCHEMA`; those that the film has already, or that are empty, do nothing.

        Returns:
            whether anything was filled; also False where the film is gone.

        Raises:
            LoadError: see `write`.
        """
        with translating(self._connection.engine):
            stored = read_films(self._connection, MOVIE_SCHEMA, [movie_id]).to_pylist()
        if not stored:
            return False
        fresh = {name: value for name, value in found.items() if value and not stored[0][name]}
        if fresh:
            self._change(movie_id, _batch(stored[0] | fresh), edits.Kind.ENRICHED, keep=("content_hash",))
        else:
            edits.record(self._connection, {movie_id: edits.Kind.ENRICHED})
        return bool(fresh)

    def delete(self, movie_id: int) -> None:
        """Delete a film that is there; no later load brings it back."""
        self._change(movie_id, None, edits.Kind.DELETED)

    def _change(
        self, movie_id: int, film: pa.RecordBatch | None, kind: edits.Kind, keep: tuple[str, ...] = ()
    ) -> None:
        ids, none = np.array([movie_id], np.int32), np.empty(0, np.int32)
        written, deleted, chunks = (none, ids, []) if film is None else (ids, none, [film])
        with translating(self._connection.engine):
            changed = change(self._connection, self._writer, written, chunks, deleted, self._constants(), keep)
        self._connection.execute(
            update(catalogue).values(
                films=catalogue.c.films + changed.growth.films,
                films_with_adult=catalogue.c.films_with_adult + changed.growth.films_with_adult,
            )
        )
        edits.record(self._connection, {**dict.fromkeys(changed.regrouped, edits.Kind.REGROUPED), movie_id: kind})

    def _constants(self) -> Prior:
        """C and m of the last load; a catalogue into which nothing was loaded gets its row."""
        row = self._connection.execute(select(catalogue.c.mean_vote, catalogue.c.prior_votes)).one_or_none()
        if row is None:
            empty = dict.fromkeys(("films", "films_with_adult", "mean_vote", "prior_votes"), 0)
            self._connection.execute(insert(catalogue).values(id=1, version=EMPTY_VERSION, **empty))
            return Prior(0.0, 0.0)
        return Prior(*row)


def _batch(film: Mapping[str, Any]) -> pa.RecordBatch:
    """A film as a batch of `SPOOL_SCHEMA`."""
    batch = pa.RecordBatch.from_pylist([{name: film[name] for name in MOVIE_SCHEMA.names}], schema=MOVIE_SCHEMA)
    check(batch)
    return derive(batch)
