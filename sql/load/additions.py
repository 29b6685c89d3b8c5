"""Columns of films from files that are no dumps: credits, and what IMDb says of films.

    with adding(engine) as additions:
        additions.change(rows)

Everything in the block is one transaction. Films that were written or deleted by hand stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, delete, select, update

from sql.edits import alone, by_hand
from sql.engine import is_mysql, one_writer, translating
from sql.load.bulk import MysqlWriter, SqliteWriter, Writer, portions, read_films, read_table
from sql.load.merge import change_lists
from sql.tables import MOVIE_SCHEMA, TERM_COLUMNS, TITLES_SCHEMA, catalogue, movie_texts, movie_titles

ADDED = ("directors", "actors", "imdb_rating", "imdb_votes")
"""Columns of films that other files than dumps fill."""

_MOVIE_IDS = pa.schema([("movie_id", pa.int32())])
_KEYS = pa.schema([("id", pa.int32()), ("imdb_id", pa.string())])
_TITLES = pa.schema([("id", pa.int32()), ("sort_title", pa.string())])


@dataclass
class Added:
    """What became of rows, in films.

    Attributes:
        changed: films that were written.
        unchanged: films that had these values already.
        edited: films that were written by hand, and left so.
    """

    changed: int = 0
    unchanged: int = 0
    edited: int = 0

    def __iadd__(self, other: Added) -> Added:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))
        return self


@contextmanager
def adding(engine: Engine, scratch: Path | None = None) -> Iterator[Additions]:
    """A transaction that is committed at the end of the block, or undone if that raises.

    Args:
        engine: a database that `sql.migrations.upgrade.upgrade` has brought up to date.
        scratch: a folder for the files that MySQL reads.

    Raises:
        LoadInProgressError: another process loads into the same MySQL database.
        DatabaseBusyError: too many threads of this process wait to write.
        DatabaseUnavailableError: the database is away, or (SQLite) another process writes for too long.
    """
    with one_writer(engine):
        if is_mysql(engine):
            with alone(engine) as connection:
                yield from _finished(Additions(connection, MysqlWriter(connection, scratch)))
        else:
            with engine.connect().execution_options(begin_immediate=True) as connection, connection.begin():
                yield from _finished(Additions(connection, SqliteWriter(connection)))


def _finished(additions: Additions) -> Iterator[Additions]:
    yield additions
    additions.finish()


class Additions:
    """The films of the catalogue inside a transaction of `adding`, found by TMDB's or IMDb's id."""

    def __init__(self, connection: Connection, writer: Writer) -> None:
        self._connection = connection
        self._writer = writer
        self._by_hand = by_hand(connection)
        self.ids, self.by_imdb = _films(connection)
        self._changed = False

    def known(self, ids: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Which of the ids are films of the catalogue."""
        return np.isin(ids, self.ids)

    def sort_titles(self, ids: NDArray[np.int32]) -> dict[int, str]:
        """`movies.sort_title` of the films with these ids."""
        with translating(self._connection.engine):
            found = read_films(self._connection, _TITLES, ids.tolist())
        return dict(zip(found["id"].to_pylist(), found["sort_title"].to_pylist(), strict=True))

    def change(self, rows: pa.Table) -> Added:
        """Write columns of films.

        Args:
            rows: `id`, each once and of a film of the catalogue, and columns of `movie_texts` in stored form. A
                null leaves what the film has.
        """
        free = ~np.isin(rows["id"].to_numpy(), self._by_hand)
        added = Added(edited=rows.num_rows - int(free.sum()))
        rows = rows.filter(pa.array(free)).sort_by("id")
        schema = pa.schema([MOVIE_SCHEMA.field(name) for name in rows.schema.names])
        with translating(self._connection.engine):
            before = read_films(self._connection, schema, rows["id"].to_pylist()).sort_by("id")
            rows = rows.filter(pc.is_in(rows["id"], before["id"].combine_chunks()))
            columns = [pc.coalesce(rows[name], before[name]) for name in schema.names]
            same = pa.array(np.ones(rows.num_rows, bool))
            for new, old in zip(columns, before.columns, strict=True):
                equal = pc.fill_null(pc.equal(new, old), False)
                same = pc.and_(same, pc.or_(equal, pc.and_(pc.is_null(new), pc.is_null(old))))
            changed = pa.table(columns, schema=schema).filter(pc.invert(same))
            self._change(changed)
        added.changed, added.unchanged = changed.num_rows, rows.num_rows - changed.num_rows
        self._changed |= added.changed > 0
        return added

    def _change(self, rows: pa.Table) -> None:
        """Write rows that are new, with the terms that their lists hold."""

        def write() -> None:
            self._writer.change("movie_texts", rows)

        if set(rows.schema.names) & set(TERM_COLUMNS.values()):
            change_lists(self._connection, self._writer, rows["id"].to_numpy(), write)
        else:
            write()

    def titles(self, ids: NDArray[np.int32]) -> pa.Table:
        """Ids, titles and original titles of the films with these ids."""
        schema = pa.schema([MOVIE_SCHEMA.field(name) for name in ("id", "title", "original_title")])
        with translating(self._connection.engine):
            return read_films(self._connection, schema, ids.tolist())

    def replace_titles(self, chunks: Iterable[pa.Table]) -> tuple[Added, int]:
        """Write the alternative titles of films over all that are stored.

        Args:
            chunks: tables of `TITLES_SCHEMA` in order of film and position; all titles of a film are in one.

        Returns:
            What became of the films, and how many titles are stored now.
        """
        added, count = Added(), 0
        with translating(self._connection.engine):
            query = select(movie_titles.c.movie_id).distinct()
            gone = np.sort(read_table(self._connection, query, _MOVIE_IDS)["movie_id"].to_numpy())
            for rows in chunks:
                count += rows.num_rows
                ids = np.unique(rows["movie_id"].to_numpy())
                before = self._stored_titles(ids[np.isin(ids, gone)])
                changed = _differing(before, rows)
                self._delete_titles(changed)
                self._writer.write("movie_titles", rows.filter(pc.is_in(rows["movie_id"], pa.array(changed))))
                gone = np.setdiff1d(gone, ids, assume_unique=True)
                added += Added(changed=len(changed), unchanged=len(ids) - len(changed))
            self._delete_titles(gone)
        added.changed += len(gone)
        self._changed |= added.changed > 0
        return added, count

    def _stored_titles(self, ids: NDArray[np.int32]) -> pa.Table:
        columns = movie_titles.c
        order = columns.movie_id, columns.position
        parts = [TITLES_SCHEMA.empty_table()]
        for some in portions(ids.tolist()):
            query = select(*columns).where(columns.movie_id.in_(some)).order_by(*order)
            parts.append(read_table(self._connection, query, TITLES_SCHEMA))
        return pa.concat_tables(parts)

    def _delete_titles(self, ids: NDArray[np.int32]) -> None:
        for some in portions(ids.tolist()):
            self._connection.execute(delete(movie_titles).where(movie_titles.c.movie_id.in_(some)))

    def finish(self) -> None:
        """Give the catalogue a new version if films were changed: the next `etl build` reads them."""
        if self._changed:
            self._connection.execute(update(catalogue).values(version=uuid4().hex))


class ImdbFilms:
    """The films that have an id of IMDb's, in the order of its number; several records of one film may share one.

    Attributes:
        numbers: int64, ascending.
        ids: int32, TMDB's id of each.
    """

    def __init__(self, numbers: NDArray[np.int64], ids: NDArray[np.int32]) -> None:
        order = np.lexsort((ids, numbers))
        order = order[numbers[order] >= 0]
        self.numbers, self.ids = numbers[order], ids[order]

    def __len__(self) -> int:
        return len(self.ids)

    def first(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The place of the first film with each number; -1 where there is none."""
        if not len(self.numbers):
            return np.full(len(numbers), -1)
        places = np.minimum(np.searchsorted(self.numbers, numbers), len(self.numbers) - 1)
        return np.where(self.numbers[places] == numbers, places, -1)

    def all(self, numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The films with these numbers: places in `numbers`, ascending, and the id of a film for each."""
        low, high = (np.searchsorted(self.numbers, numbers, side) for side in ("left", "right"))
        times = high - low
        places = np.repeat(np.arange(len(numbers)), times)
        within = np.arange(len(places)) - np.repeat(np.cumsum(times) - times, times)
        return places, self.ids[low[places] + within]


def imdb_films(engine: Engine) -> ImdbFilms:
    """The films that have an id of IMDb's."""
    with engine.connect() as connection:
        return _films(connection)[1]


def _films(connection: Connection) -> tuple[NDArray[np.int32], ImdbFilms]:
    """The ids of all films, ascending, and those with an id of IMDb's."""
    with translating(connection.engine):
        keys = read_table(connection, select(movie_texts.c.id, movie_texts.c.imdb_id), _KEYS)
    ids: NDArray[np.int32] = keys["id"].to_numpy()
    return np.sort(ids), ImdbFilms(imdb_numbers(keys["imdb_id"]), ids)


def with_stored(connection: Connection, films: pa.RecordBatch, keep: Sequence[str]) -> pa.RecordBatch:
    """Films of a dump with what the catalogue says of them, in the columns of `keep` that the dump leaves empty.

    Args:
        connection: of a load.
        films: columns of `MOVIE_SCHEMA` and others.
        keep: names of columns.
    """
    schema = pa.schema([MOVIE_SCHEMA.field(name) for name in ("id", *keep)])
    stored = read_films(connection, schema, films["id"].to_pylist())
    places = pc.index_in(films["id"], stored["id"].combine_chunks())
    for name in keep:
        at = films.schema.get_field_index(name)
        given = films[name]
        empty = pc.equal(given, "") if pa.types.is_string(given.type) else pc.is_null(given)
        before = stored[name].combine_chunks().take(places)
        films = films.set_column(at, films.schema.field(at), pc.if_else(empty, pc.coalesce(before, given), given))
    return films


def _differing(before: pa.Table, now: pa.Table) -> NDArray[np.int32]:
    """The films whose titles are not the same in two tables of `TITLES_SCHEMA`; all of them are in `now`."""

    def by_film(rows: pa.Table) -> tuple[pa.Array, pa.Array]:
        lists = rows.group_by("movie_id", use_threads=False).aggregate([("title", "list")]).combine_chunks()
        joined = pc.binary_join(lists["title_list"].cast(pa.list_(pa.string())), "\x1f")
        return lists["movie_id"].combine_chunks(), joined.combine_chunks()

    (ids, titles), (stored, others) = by_film(now), by_film(before)
    same = pc.equal(titles, others.take(pc.index_in(ids, stored)))
    changed: NDArray[np.int32] = ids.filter(pc.invert(pc.fill_null(same, False))).to_numpy()
    return changed


def imdb_numbers(ids: pa.ChunkedArray | pa.Array, prefix: str = "tt") -> NDArray[np.int64]:
    """The numbers in IMDb's ids, "tt0816692" as 816692; -1 for what is no id with this prefix.

    >>> imdb_numbers(pa.array(["tt0816692", None, "nm0634240"])).tolist()
    [816692, -1, -1]
    """
    valid = pc.fill_null(pc.match_substring_regex(ids, f"^{prefix}[0-9]{{1,12}}$"), False)
    digits = pc.if_else(valid, pc.utf8_slice_codeunits(ids, len(prefix)), "-1")
    numbers: NDArray[np.int64] = pc.cast(digits, pa.int64()).to_numpy()
    return numbers
