"""Ratings of films by many people, in sets: each load replaces the set of its source, in one transaction.

A user's ratings are packed into one row for some thousands of them: only a build reads them, and reads all. Thirty
million rows of one rating each would take ten times the time and the space.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, delete, insert, select

from sql.edits import alone
from sql.engine import is_mysql, one_writer, translating
from sql.load.additions import imdb_numbers
from sql.load.bulk import read_table
from sql.marks import MarkKind
from sql.tables import JOINED, marks, movie_texts, movies, rating_sets, ratings

PART = 10_000
"""Ratings in one row, at most: 40 kB of ids fit a BLOB of MySQL."""

ROWS = 500

Row = tuple[str, int, int, bytes, bytes]
"""Source, user, part, films and values, as in the table."""

_KEYS = pa.schema([("id", pa.int32()), ("imdb_id", pa.string()), ("duplicate_of", pa.int32())])


class Ratings(NamedTuple):
    """Ratings in order of user, then film; each film once for a user.

    Attributes:
        users: shape (n,), int32.
        movie_ids: shape (n,), int32, TMDB's.
        tenths: shape (n,), uint8: 1 to 100, the rating times ten on a scale to ten.
    """

    users: NDArray[np.int32]
    movie_ids: NDArray[np.int32]
    tenths: NDArray[np.uint8]


@dataclass(frozen=True)
class RatingSet:
    """What is known of the ratings of one source."""

    source: str
    version: str
    users: int
    ratings: int


class FilmKeys:
    """The films of the catalogue by TMDB's and by IMDb's ids.

    Attributes:
        ids: of all films, ascending, int32.
    """

    def __init__(self, engine: Engine) -> None:
        columns = select(movies.c.id, movie_texts.c.imdb_id, movies.c.duplicate_of).select_from(JOINED)
        with translating(engine), engine.connect() as connection:
            keys = read_table(connection, columns, _KEYS)
        ids, numbers = keys["id"].to_numpy(), imdb_numbers(keys["imdb_id"])
        order = np.lexsort((ids, keys["duplicate_of"].is_valid().to_numpy(), numbers))  # the best of a group first
        order = order[numbers[order] >= 0]
        self.ids: NDArray[np.int32] = np.sort(ids)
        self._numbers, first = np.unique(numbers[order], return_index=True)
        self._films = ids[order][first]

    def of_tmdb(self, ids: NDArray[np.int64]) -> NDArray[np.int32]:
        """The same ids, -1 for those of no film."""
        return np.where(np.isin(ids, self.ids), ids, -1).astype(np.int32)

    def of_imdb(self, numbers: NDArray[np.int64]) -> NDArray[np.int32]:
        """The films with the numbers of IMDb's ids, -1 for those of no film."""
        if not len(self._numbers):
            return np.full(len(numbers), -1, np.int32)
        places = np.minimum(np.searchsorted(self._numbers, numbers), len(self._numbers) - 1)
        return np.where(self._numbers[places] == numbers, self._films[places], -1).astype(np.int32)


def replace(engine: Engine, source: str, portions: Iterable[Ratings]) -> tuple[RatingSet, bool]:
    """Store the ratings of a source in place of those that it had: all of them or, after an error, none.

    Args:
        engine: a database that is up to date.
        source: names the set.
        portions: in order of user; a user's ratings are all in one of them.

    Returns:
        What is stored now, and whether that differs from before.

    Raises:
        LoadInProgressError, DatabaseBusyError, DatabaseUnavailableError: nothing has changed.
    """
    before = next((stored for stored in sets(engine) if stored.source == source), None)
    digest, users, count = blake2b(digest_size=16), 0, 0
    waiting: list[Row] = []
    try:
        with _writing(engine) as connection:
            connection.execute(delete(ratings).where(ratings.c.source == source))
            connection.execute(delete(rating_sets).where(rating_sets.c.source == source))
            for row in _rows(source, portions):
                users += row[2] == 0
                count += len(row[4])
                for part in (b"%d %d " % row[1:3], row[3], row[4]):
                    digest.update(part)
                waiting.append(row)
                if len(waiting) == ROWS:
                    _insert(connection, waiting)
            _insert(connection, waiting)
            stored = RatingSet(source, digest.hexdigest(), users, count)
            if stored == before:
                raise _UnchangedError
            now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
            connection.execute(insert(rating_sets).values(**vars(stored), loaded_at=now))
    except _UnchangedError:  # undone, so that loading the same file again leaves the database as it is
        return stored, False
    return stored, True


class _UnchangedError(Exception):
    """The ratings are those that are stored already."""


def sets(engine: Engine) -> list[RatingSet]:
    """The sets that are stored, in order of their sources."""
    columns = (rating_sets.c.source, rating_sets.c.version, rating_sets.c.users, rating_sets.c.ratings)
    with engine.connect() as connection:
        return [RatingSet(*row) for row in connection.execute(select(*columns).order_by(rating_sets.c.source))]


def read(engine: Engine) -> Ratings:
    """All ratings of all sets and of the members; the users of different sets get different numbers, from 0."""
    parts: list[Ratings] = []
    number, last = -1, None
    query = select(ratings).order_by(ratings.c.source, ratings.c.user_id, ratings.c.part)
    with engine.connect() as connection:
        for source, user, _, films, tenths in connection.execute(query.execution_options(yield_per=ROWS)):
            number += (source, user) != last
            last = (source, user)
            ids, values = np.frombuffer(films, "<i4"), np.frombuffer(tenths, np.uint8)
            parts.append(Ratings(np.full(len(ids), number, np.int32), ids, values))
        members = _of_members(connection, number + 1)
    parts += [members] if len(members.users) or not parts else []
    return Ratings(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _of_members(connection: Connection, first: int) -> Ratings:
    """What the members of this catalogue rated; their numbers are from `first` on."""
    columns = (marks.c.user_id, marks.c.movie_id, marks.c.rating)
    rated = select(*columns).where(marks.c.kind == MarkKind.RATINGS.value)
    rows = connection.execute(rated.order_by(*columns[:2])).all()
    users, ids, values = (np.array([row[i] for row in rows]) for i in range(3))
    numbers = np.unique(users, return_inverse=True)[1] + first
    return Ratings(numbers.astype(np.int32), ids.astype(np.int32), np.rint(values * 10).astype(np.uint8))


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    with one_writer(engine):
        if is_mysql(engine):
            with alone(engine) as connection:
                yield connection
        else:
            with engine.connect().execution_options(begin_immediate=True) as connection, connection.begin():
                yield connection


def _rows(source: str, portions: Iterable[Ratings]) -> Iterator[Row]:
    """The rows of the table."""
    for users, ids, tenths in portions:
        if not len(users):
            continue
        found, starts = np.unique(users, return_index=True)
        ends = [*starts[1:].tolist(), len(users)]
        packed, values = np.ascontiguousarray(ids, "<i4"), np.ascontiguousarray(tenths, np.uint8)
        for user, start, end in zip(found.tolist(), starts.tolist(), ends, strict=True):
            for part, at in enumerate(range(start, end, PART)):
                until = min(at + PART, end)
                yield source, user, part, packed[at:until].tobytes(), values[at:until].tobytes()


def _insert(connection: Connection, rows: list[Row]) -> None:
    if rows:
        names = ratings.c.keys()
        connection.execute(insert(ratings), [dict(zip(names, row, strict=True)) for row in rows])
        rows.clear()
