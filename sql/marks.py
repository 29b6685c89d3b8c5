"""The films that a user rated, watched, wants to watch, is not interested in, or likes.

All of a user's are deleted with the user (`sql.accounts.delete_user`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Engine, delete, func, insert, select

from sql.accounts import User, now, writing
from sql.tables import marks, movies, users

VALUES_AT_ONCE = 500


class MarkKind(StrEnum):
    """The lists of a user."""

    RATINGS = "ratings"
    WATCHED = "watched"
    WATCHLIST = "watchlist"
    NOT_INTERESTED = "not-interested"
    LIKES = "likes"


@dataclass(frozen=True)
class Mark:
    """A film on a list of a user.

    Attributes:
        movie_id: its id.
        rating: 0.5 to 10 in halves on the list of ratings, None on the others.
        marked_at: UTC, in whole seconds.
    """

    movie_id: int
    rating: float | None
    marked_at: datetime


def put(engine: Engine, user: User, kind: MarkKind, films: Mapping[int, float | None]) -> set[int]:
    """Put films on a list, in place of what it says of them; all or nothing.

    Args:
        films: ids, and their ratings on the list of ratings.

    Returns:
        Ids that no film has. If there are any, nothing is written.

    Raises:
        LookupError: the user was deleted meanwhile.
    """
    ids = sorted(films)
    with writing(engine) as connection:
        alive = select(users.c.id).where(users.c.id == user.id).with_for_update()
        if connection.scalar(alive) is None:  # else marks would be left behind that belong to nobody
            raise LookupError(f"the user {user.name!r} was deleted")
        unknown = set(ids)
        for portion in _portions(ids):
            unknown.difference_update(connection.scalars(select(movies.c.id).where(movies.c.id.in_(portion))))
        if unknown:
            return unknown
        moment = now()
        for portion in _portions(ids):
            connection.execute(delete(marks).where(*_of(user, kind), marks.c.movie_id.in_(portion)))
            rows = [
                {"user_id": user.id, "kind": kind.value, "movie_id": i, "rating": films[i], "marked_at": moment}
                for i in portion
            ]
            connection.execute(insert(marks), rows)
    return set()


def remove(engine: Engine, user: User, kind: MarkKind, ids: Collection[int]) -> int:
    """Take films off a list; gives how many were on it."""
    removed = 0
    with writing(engine) as connection:
        for portion in _portions(sorted(ids)):
            gone = connection.execute(delete(marks).where(*_of(user, kind), marks.c.movie_id.in_(portion)))
            removed += gone.rowcount
    return removed


def find(engine: Engine, user: User, kind: MarkKind, movie_id: int) -> Mark | None:
    """A film on a list, or None."""
    found = select(marks).where(*_of(user, kind), marks.c.movie_id == movie_id)
    with engine.connect() as connection:
        row = connection.execute(found).one_or_none()
    return None if row is None else Mark(row.movie_id, row.rating, row.marked_at)


def of_films(engine: Engine, user: User, ids: Collection[int]) -> list[tuple[MarkKind, Mark]]:
    """What the lists of a user say of some films."""
    found: list[tuple[MarkKind, Mark]] = []
    with engine.connect() as connection:
        for portion in _portions(sorted(ids)):
            query = select(marks).where(marks.c.user_id == user.id, marks.c.movie_id.in_(portion))
            rows = connection.execute(query)
            found += [(MarkKind(row.kind), Mark(row.movie_id, row.rating, row.marked_at)) for row in rows]
    return found


def page(engine: Engine, user: User, kind: MarkKind, limit: int, after: int = 0) -> list[Mark]:
    """Films on a list in order of id, from the first with an id above `after`."""
    found = select(marks).where(*_of(user, kind), marks.c.movie_id > after).order_by(marks.c.movie_id).limit(limit)
    with engine.connect() as connection:
        return [Mark(row.movie_id, row.rating, row.marked_at) for row in connection.execute(found)]


def counts(engine: Engine, user: User) -> dict[MarkKind, int]:
    """How many films each list of a user has."""
    counted = select(marks.c.kind, func.count()).where(marks.c.user_id == user.id).group_by(marks.c.kind)
    with engine.connect() as connection:
        found = {MarkKind(kind): count for kind, count in connection.execute(counted)}
    return {kind: found.get(kind, 0) for kind in MarkKind}


def _of(user: User, kind: MarkKind) -> tuple[ColumnElement[bool], ...]:
    return marks.c.user_id == user.id, marks.c.kind == kind.value


def _portions(ids: list[int]) -> list[list[int]]:
    return [ids[i : i + VALUES_AT_ONCE] for i in range(0, len(ids), VALUES_AT_ONCE)]
