"""Which films were edited by hand, and when: what loads leave alone, builds fold in, and servers follow.

The table has one row for each film, with the number of the last transaction that touched it. A reader asks for
what came after the highest number that it knows; writers are alone (`sql.writing`), so numbers become visible
in order and none is missed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, delete, func, insert, select

from sql.tables import edits


class Kind(StrEnum):
    """What happened to a film."""

    WRITTEN = "written"  # by hand, whether it was there before or not
    DELETED = "deleted"  # by hand
    ENRICHED = "enriched"  # asked elsewhere for what was missing, whether or not anything was found
    REGROUPED = "regrouped"  # an edit of another film made it a duplicate, or ended that


BY_HAND = (Kind.WRITTEN.value, Kind.DELETED.value)


@dataclass(frozen=True)
class Edit:
    """That a film changed; what it is now stands in the catalogue."""

    movie_id: int
    sequence: int
    edited_at: datetime  # UTC


def since(engine: Engine, sequence: int) -> list[Edit]:
    """The edits after a transaction, oldest first; of each film the last one."""
    found = (
        select(edits.c.movie_id, edits.c.sequence, edits.c.edited_at)
        .where(edits.c.sequence > sequence)
        .order_by(edits.c.sequence, edits.c.movie_id)
    )
    with engine.connect() as connection:
        rows = connection.execute(found).all()
    return [Edit(row.movie_id, row.sequence, row.edited_at.replace(tzinfo=UTC)) for row in rows]


def last_sequence(engine: Engine) -> int:
    """The number of the last transaction; 0 if there was none."""
    with engine.connect() as connection:
        return connection.scalar(select(func.max(edits.c.sequence))) or 0


def by_hand(connection: Connection) -> NDArray[np.int32]:
    """The ids of the films that were written or deleted by hand."""
    ids = connection.scalars(select(edits.c.movie_id).where(edits.c.kind.in_(BY_HAND))).all()
    return np.array(ids, np.int32)


def record(connection: Connection, kinds: Mapping[int, Kind]) -> None:
    """Note what one transaction did; only `sql.writing` calls it, within that."""
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
