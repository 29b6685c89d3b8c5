"""Which films were edited, and when: loads do not change them, builds include them, and servers poll for them.

The table has one row for each film, with the number of the last transaction that changed it. A reader asks for the
rows after the highest number that it has seen. One writer works at a time (`writing`), so numbers become
visible in order and none is missed.

Films written by hand, one at a time: each write is one transaction with all that follows from it.

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
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, delete, func, insert, or_, select, text, update

from contract import Movie
from sql import movies as stream
from sql.engine import is_mysql, load_lock, one_writer, translating
from sql.errors import LoadInProgressError, TakenError
from sql.load.bulk import MysqlWriter, SqliteWriter, Writer, read_films
from sql.load.merge import change
from sql.load.rating import Prior
from sql.load.spool import SPOOL_SCHEMA, check, derive
from sql.movies import EMPTY_VERSION, read_movie
from sql.tables import MOVIE_SCHEMA, catalogue, edits, movie_texts, movies


class Kind(StrEnum):
    """What happened to a film."""

    WRITTEN = "written"  # by hand, whether it was there before or not
    DELETED = "deleted"  # by hand
    ENRICHED = "enriched"  # asked elsewhere for what was missing, whether or not anything was found
    REGROUPED = "regrouped"  # an edit of another film made it a duplicate, or ended that


BY_HAND = (Kind.WRITTEN.value, Kind.DELETED.value)
ASKED_AGAIN_AFTER = timedelta(days=30)


@dataclass(frozen=True)
class Changes:
    """Films that were edited, as they are now.

    Attributes:
        sequence: of the last transaction; 0 if there was none.
        edited: which films, and when, in UTC.
        films: those of them that exist, a table of `sql.movies.STREAM_SCHEMA`; the others were deleted.
    """

    sequence: int
    edited: Mapping[int, datetime]
    films: pa.Table


def since(engine: Engine, sequence: int) -> Changes:
    """What happened after a transaction, all read from one snapshot."""
    with engine.connect() as connection:
        if is_mysql(engine):
            connection.execution_options(isolation_level="REPEATABLE READ")
        last = connection.scalar(select(func.max(edits.c.sequence))) or 0
        found = select(edits.c.movie_id, edits.c.edited_at).where(edits.c.sequence > sequence)
        edited = {row.movie_id: row.edited_at.replace(tzinfo=UTC) for row in connection.execute(found)}
        return Changes(last, edited, stream.edited(connection, sequence))


def last_sequence(engine: Engine) -> int:
    """The number of the last transaction; 0 if there was none."""
    with engine.connect() as connection:
        return connection.scalar(select(func.max(edits.c.sequence))) or 0


def by_hand(connection: Connection) -> NDArray[np.int32]:
    """The ids of the films that were written or deleted by hand."""
    ids = connection.scalars(select(edits.c.movie_id).where(edits.c.kind.in_(BY_HAND))).all()
    return np.array(ids, np.int32)


def record(connection: Connection, kinds: Mapping[int, Kind]) -> None:
    """Record what one transaction did; only `writing` calls it, inside that transaction."""
    sequence = (connection.scalar(select(func.max(edits.c.sequence))) or 0) + 1
    mine = edits.c.movie_id.in_(kinds)
    known = dict(connection.execute(select(edits.c.movie_id, edits.c.kind).where(mine)).all())
    connection.execute(delete(edits).where(mine))
    now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    rows = []
    for movie_id, kind in kinds.items():
        before = known.get(movie_id, kind.value)
        kept = kind is Kind.REGROUPED and before in (Kind.WRITTEN.value, Kind.ENRICHED.value)
        written = Kind(before) if kept else kind
        rows.append({"movie_id": movie_id, "sequence": sequence, "kind": written.value, "edited_at": now})
    connection.execute(insert(edits), rows)


def thin_films(engine: Engine, limit: int | None = None) -> list[int]:
    """Ids of films that lack a poster, an overview or keywords, those with most votes first.

    Films that were edited by hand are left out, and those that `fill` asked for in the last thirty days.

    Args:
        limit: the most ids to return; None for all.
    """
    lately = datetime.now(UTC).replace(tzinfo=None) - ASKED_AGAIN_AFTER
    asked = (edits.c.kind == Kind.ENRICHED.value) & (edits.c.edited_at > lately)
    settled = select(edits.c.movie_id).where(edits.c.kind.in_(BY_HAND) | asked)
    text = movie_texts.c
    found = (
        select(movies.c.id)
        .join(movie_texts, text.id == movies.c.id)
        .where(or_(text.poster_path.is_(None), text.overview == "", text.keywords == ""))
        .where(movies.c.duplicate_of.is_(None), movies.c.id.not_in(settled))
        .order_by(movies.c.vote_count.desc(), movies.c.id)
        .limit(limit)
    )
    with engine.connect() as connection:
        return list(connection.scalars(found))


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
            with alone(engine) as connection:
                yield Writing(connection, MysqlWriter(connection))
        else:
            with engine.connect().execution_options(begin_immediate=True) as connection, connection.begin():
                yield Writing(connection, SqliteWriter(connection))


@contextmanager
def alone(engine: Engine) -> Iterator[Connection]:
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
            film: the columns of `sql.tables.MOVIE_SCHEMA`, clean, lists in stored form.

        Raises:
            LoadError: the film cannot be stored; see `sql.load.spool.check`.
        """
        batch = _batch(film)
        at = SPOOL_SCHEMA.get_field_index("content_hash")
        batch = batch.set_column(at, SPOOL_SCHEMA.field(at), pa.nulls(1, pa.int64()))  # not as a dump had it
        self._change(film["id"], batch, Kind.WRITTEN)

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
            self._change(movie_id, _batch(stored[0] | fresh), Kind.ENRICHED, keep=("content_hash",))
        else:
            record(self._connection, {movie_id: Kind.ENRICHED})
        return bool(fresh)

    def delete(self, movie_id: int) -> None:
        """Delete a film that is there; no later load brings it back."""
        self._change(movie_id, None, Kind.DELETED)

    def _change(self, movie_id: int, film: pa.RecordBatch | None, kind: Kind, keep: tuple[str, ...] = ()) -> None:
        ids, none = np.array([movie_id], np.int32), np.empty(0, np.int32)
        written, deleted, chunks = (none, ids, []) if film is None else (ids, none, [film])
        with translating(self._connection.engine):
            changed = change(self._connection, self._writer, written, chunks, deleted, self._constants(), keep)
        growth = changed.growth
        if growth.films or growth.films_with_adult:
            self._connection.execute(
                update(catalogue).values(
                    films=catalogue.c.films + growth.films,
                    films_with_adult=catalogue.c.films_with_adult + growth.films_with_adult,
                )
            )
        record(self._connection, {**dict.fromkeys(changed.regrouped, Kind.REGROUPED), movie_id: kind})

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
