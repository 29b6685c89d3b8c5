"""Which films were edited, and when: loads do not change them, builds include them, and servers poll for them.

The table has one row for each film, with the number of the last transaction that changed it. A reader asks for the
rows after the highest number that it has seen. One writer works at a time (`sql.writing`), so numbers become
visible in order and none is missed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, delete, func, insert, or_, select

from sql import movies as stream
from sql.engine import is_mysql
from sql.tables import edits, movie_texts, movies


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
    """Record what one transaction did; only `sql.writing` calls it, inside that transaction."""
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
