"""A later load: what changed goes into the filled catalogue in one transaction; nothing else is touched."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection, case, delete, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from sql.load.bulk import Writer
from sql.load.duplicates import RECORD_SCHEMA, Keyed, candidates, find, keyed, portions, records, related
from sql.load.rating import Prior, State, catalogue_row, prior
from sql.load.spool import Spool
from sql.load.store import Known, Progress, part
from sql.matches import by_key
from sql.tables import JOINED, catalogue, column_of, movie_terms, movie_texts, movies
from sql.terms import COLUMNS, TermBook, split_pairs

RATING_STEP = 1e-9  # less is the rounding of sums taken in another order
_LISTS_SCHEMA = pa.schema([("id", pa.int32()), *((name, pa.string()) for name in COLUMNS.values())])


def merge(
    connection: Connection,
    writer: Writer,
    spool: Spool,
    book: TermBook,
    known: Known,
    pruned: NDArray[np.int32],
    progress: Progress,
) -> State:
    """Write the spooled films over those of the catalogue and delete the pruned ones; the caller commits.

    Args:
        connection: in the transaction of the load.
        spool: the films that are new or changed.
        pruned: ids to delete.

    Returns:
        the catalogue as a whole afterwards.
    """
    if not len(spool) and not len(pruned):
        row = connection.execute(select(catalogue.c.mean_vote, catalogue.c.prior_votes)).one()
        return _state(connection, Prior(*row))
    gone = np.concatenate([known.present(spool.ids()), pruned])
    old_pairs = _pairs_of(connection, book, gone)
    shown = _shown(connection, gone)
    old_keys = keyed(connection, gone.tolist())
    new_pairs = _write_films(writer, spool, book, progress)
    _delete(connection, pruned)
    _exchange_pairs(connection, writer, old_pairs, new_pairs)
    progress("merge", 1, 3)
    constants = _constants(connection)
    _rate(connection, constants)
    marked = _mark_duplicates(connection, old_keys, keyed(connection, spool.ids().tolist()))
    progress("merge", 2, 3)
    flipped = [i for i, before in _shown(connection, spool.ids()).items() if shown.get(i, before) != before]
    recounted = _pairs_of(connection, book, np.array([*flipped, *marked], np.int32))
    _recount(connection, writer, book, np.concatenate([np.setxor1d(old_pairs, new_pairs), recounted]))
    state = _state(connection, constants)
    writer.write("catalogue", catalogue_row(state))
    progress("merge", 3, 3)
    return state


def _pairs_of(connection: Connection, book: TermBook, ids: NDArray[np.int32]) -> NDArray[np.int64]:
    """The pairs of films as they are before the merge."""
    found = [np.empty(0, np.int64)]
    names = [column_of(name) for name in _LISTS_SCHEMA.names]
    for portion in portions(ids.tolist()):
        rows = connection.execute(select(*names).select_from(JOINED).where(movies.c.id.in_(portion))).all()
        if rows:
            columns = [pa.array(c, f.type) for c, f in zip(zip(*rows, strict=True), _LISTS_SCHEMA, strict=True)]
            found.append(book.pairs(pa.RecordBatch.from_arrays(columns, schema=_LISTS_SCHEMA)))
    return np.concatenate(found)


def _write_films(writer: Writer, spool: Spool, book: TermBook, progress: Progress) -> NDArray[np.int64]:
    """Insert or update the spooled films, new ones still unrated, and give their pairs."""
    pairs = [np.empty(0, np.int64)]
    done = 0
    for chunk in spool.chunks(spool.schema.names):
        pairs.append(book.pairs(chunk))
        unrated = chunk.append_column("rating", pa.array(np.zeros(len(chunk))))
        unrated = unrated.append_column("duplicate_of", pa.nulls(len(chunk), pa.int32()))
        kept = ("rating", "duplicate_of")  # settled when all are known
        writer.update("movies", part(movies, unrated), keep=kept)
        writer.update("movie_texts", part(movie_texts, unrated))
        done += len(chunk)
        progress("write", done, len(spool))
    return np.concatenate(pairs)


def _delete(connection: Connection, ids: NDArray[np.int32]) -> None:
    for portion in portions(ids.tolist()):
        for table in (movies, movie_texts):
            connection.execute(delete(table).where(table.c.id.in_(portion)))


def _exchange_pairs(
    connection: Connection, writer: Writer, old: NDArray[np.int64], new: NDArray[np.int64]
) -> None:
    term_ids, movie_ids = split_pairs(np.setdiff1d(old, new))
    for term_id in np.unique(term_ids).tolist():
        for portion in portions(movie_ids[term_ids == term_id].tolist()):
            connection.execute(
                delete(movie_terms).where(movie_terms.c.term_id == term_id, movie_terms.c.movie_id.in_(portion))
            )
    writer.write_pairs("movie_terms", np.setdiff1d(new, old))


def _constants(connection: Connection) -> Prior:
    """C and m of the films as they are now, from groups of equal votes: some thousands, since most have few."""
    votes = movies.c.vote_count
    query = select(func.avg(movies.c.vote_average), votes, func.count()).where(votes > 0).group_by(votes)
    groups = np.array(connection.execute(by_key(query)).all(), np.float64).reshape(-1, 3)
    films = groups[:, 2].astype(np.int64)
    return prior(np.repeat(groups[:, 0], films), np.repeat(groups[:, 1].astype(np.int32), films))


def _rate(connection: Connection, constants: Prior) -> None:
    """Give every film its rating; rows whose rating stays, but for rounding, are not written."""
    total = movies.c.vote_count + constants.votes
    weighted = movies.c.vote_count * movies.c.vote_average + constants.votes * constants.mean_vote
    rating: ColumnElement[float] = case((total > 0, weighted / total), else_=0.0)
    moved = func.abs(movies.c.rating - rating) > RATING_STEP
    connection.execute(update(movies).where(moved).values(rating=rating))


def _mark_duplicates(connection: Connection, old: list[Keyed], new: list[Keyed]) -> list[int]:
    """Set `duplicate_of` of every film that may have come to stand, or no longer stand, behind another.

    Args:
        old: the updated and deleted films as they were.
        new: the written films as they are.

    Returns:
        the ids of the films where it changed.
    """
    films = {film.movie_id: film for film in new} | related(connection, [*old, *new])
    best = find(pa.Table.from_pylist([*records(connection, candidates(films.values())).values()], RECORD_SCHEMA))
    marked = [i for i, film in films.items() if best.get(i) != film.duplicate_of]
    for movie_id in marked:
        connection.execute(update(movies).where(movies.c.id == movie_id).values(duplicate_of=best.get(movie_id)))
    return marked


def _shown(connection: Connection, ids: NDArray[np.int32]) -> dict[int, tuple[bool, bool]]:
    """Of each film, whether it is an adult one and whether it stands behind a better record."""
    found: dict[int, tuple[bool, bool]] = {}
    for portion in portions(ids.tolist()):
        rows = select(movies.c.id, movies.c.adult, movies.c.duplicate_of).where(movies.c.id.in_(portion))
        for movie_id, adult, best in connection.execute(rows):
            found[movie_id] = adult, best is not None
    return found


def _recount(connection: Connection, writer: Writer, book: TermBook, pairs: NDArray[np.int64]) -> None:
    """Count the films of the terms in these pairs anew (of all terms, it would take half a minute)."""
    touched = np.unique(split_pairs(pairs)[0]).astype(np.int32)
    shown: dict[int, int] = {}
    for_all: dict[int, int] = {}
    for portion in portions(touched.tolist()):
        counted = (
            select(movie_terms.c.term_id, func.count(), func.sum(case((movies.c.adult, 1), else_=0)))
            .join(movies, movies.c.id == movie_terms.c.movie_id)
            .where(movie_terms.c.term_id.in_(portion), movies.c.duplicate_of.is_(None))
            .group_by(movie_terms.c.term_id)
            .prefix_with("STRAIGHT_JOIN", dialect="mysql")
        )
        for term_id, films, adult in connection.execute(counted):
            shown[term_id] = films
            for_all[term_id] = films - int(adult)
    writer.write("terms", book.rows(touched.tolist(), for_all, shown))


def _state(connection: Connection, constants: Prior) -> State:
    groups = connection.execute(
        select(movies.c.adult, movies.c.duplicate_of.is_(None), func.count()).group_by(
            movies.c.adult, movies.c.duplicate_of.is_(None)
        )
    ).all()
    return State(
        records=sum(n for _, _, n in groups),
        duplicates=sum(n for _, best, n in groups if not best),
        films=sum(n for adult, best, n in groups if best and not adult),
        films_with_adult=sum(n for _, best, n in groups if best),
        prior=constants,
    )
