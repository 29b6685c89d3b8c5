"""A later load that changes much of the catalogue: all of it is written anew, as a first load would.

Changing a film in place costs some ten times as much as writing it in order into a table without indexes, so
from a quarter of the films on, this is the shorter way. Films that the dump leaves as they are come from the
catalogue itself, with what was edited in them.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection

from sql.bulk import read
from sql.gather import Gathered
from sql.rows import SPOOL_SCHEMA
from sql.spool import Spool
from sql.state import State
from sql.store import Contents
from sql.terms import TermBook


def rebuild(connection: Connection, spool: Spool, pruned: NDArray[np.int32]) -> tuple[Contents, State]:
    """The whole catalogue to be.

    Args:
        connection: of the load.
        spool: the films that are new or changed; the others are added to it.
        pruned: ids to leave out.
    """
    gone = np.concatenate([spool.ids(), pruned])
    names = ", ".join("movies.id" if name == "id" else name for name in SPOOL_SCHEMA.names)
    statement = f"SELECT {names} FROM movies JOIN movie_texts ON movie_texts.id = movies.id ORDER BY movies.id"
    for films in read(connection, statement, (), SPOOL_SCHEMA):
        kept = films.filter(pa.array(~np.isin(films["id"].to_numpy(), gone)))
        if len(kept):
            spool.write(kept)
    gathered = Gathered(TermBook())
    for batch in spool.batches():
        gathered.add(batch)
    return gathered.settle(spool)
