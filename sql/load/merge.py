"""Changes of a filled catalogue in place: by a later load, or of single films written by hand (`sql.edits`).

What follows from a change is the same for a hundred thousand films and for one: their terms and the counts of
terms, their ratings, and which records are the same film.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, select, update

from sql.load.bulk import Writer, one_batch, portions, read_films
from sql.load.pairs import (
    KEYED_SCHEMA,
    LISTS_SCHEMA,
    RECORD_SCHEMA,
    Keys,
    Tally,
    TermBook,
    find,
    once,
    related,
    sorted_pairs,
    split_pairs,
)
from sql.load.rating import Prior, State, catalogue_row, rate_stored, stored_prior
from sql.load.spool import Spool
from sql.load.store import Known, Progress, part
from sql.tables import catalogue, movie_terms, movie_texts, movies

_FLAGS_SCHEMA = KEYED_SCHEMA.append(pa.field("adult", pa.bool_()))
_COUNTED_SCHEMA = pa.unify_schemas([_FLAGS_SCHEMA, LISTS_SCHEMA])


@dataclass(frozen=True)
class Change:
    """What `change` did beyond writing and deleting films."""

    growth: Tally  # of the films that are listed
    regrouped: list[int]  # ids of films, written ones among them, whose `duplicate_of` changed


@dataclass(frozen=True)
class _Counted:
    """Films at one moment: what decides whether they are listed, and their terms."""

    films: pa.Table  # of `_FLAGS_SCHEMA`
    pairs: NDArray[np.int64]  # sorted


def merge(
    connection: Connection,
    writer: Writer,
    spool: Spool,
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
    columns = catalogue.c
    totals = select(columns.films, columns.films_with_adult, columns.mean_vote, columns.prior_votes)
    films, films_with_adult, *row = connection.execute(totals).one()
    before = Prior(*row)
    written = spool.ids()
    if not len(written) and not len(pruned):
        return State(known.films, films, films_with_adult, before)

    def chunks() -> Iterable[pa.RecordBatch]:
        done = 0
        for chunk in spool.chunks(spool.schema.names):
            yield chunk
            done += len(chunk)
            progress("write", done, len(spool))

    changed = change(connection, writer, written, chunks(), pruned, before)
    progress("merge", 1, 3)
    constants = stored_prior(connection)
    rate_stored(connection, constants)
    progress("merge", 2, 3)
    state = State(
        records=known.films + len(written) - len(known.present(written)) - len(pruned),
        films=films + changed.growth.films,
        films_with_adult=films_with_adult + changed.growth.films_with_adult,
        prior=constants,
    )
    writer.write("catalogue", catalogue_row(state))
    progress("merge", 3, 3)
    return state


def change(
    connection: Connection,
    writer: Writer,
    written: NDArray[np.int32],
    chunks: Iterable[pa.RecordBatch],
    deleted: NDArray[np.int32],
    constants: Prior,
    keep: Collection[str] = (),
) -> Change:
    """Write and delete films with all that follows, except the totals in the table `catalogue`.

    Args:
        connection: in a transaction, beside which nobody else writes films.
        writer: writes on that connection.
        written: ids of the films in `chunks`.
        chunks: films of `sql.load.spool.SPOOL_SCHEMA`, to be added or to replace the films with these ids.
        deleted: ids of films, none of them written.
        constants: of the rating that the written films get.
        keep: columns of films that are replaced, which stay as they are.
    """
    book = TermBook(connection)
    before = _counted(connection, book, np.concatenate([written, deleted]))
    _write(writer, chunks, constants, keep)
    _delete(connection, deleted)
    now = _counted(connection, book, written)
    compared = _compared(connection, before.films, now.films)
    best = _best(connection, compared)
    stored = zip(compared["id"].to_pylist(), compared["duplicate_of"].to_pylist(), strict=True)
    regrouped = [movie_id for movie_id, better in stored if best.get(movie_id) != better]
    others = np.setdiff1d(np.array(regrouped, np.int32), np.concatenate([written, deleted]))
    same = _counted(connection, book, others)
    for movie_id in regrouped:
        row = update(movies).where(movies.c.id == movie_id)
        connection.execute(row.values(duplicate_of=best.get(movie_id)))
    _exchange(connection, writer, before.pairs, now.pairs)
    growth = _tally([now, same], best).since(_tally([before, same], None))
    writer.write("terms", book.rows(growth))
    return Change(growth, regrouped)


def change_lists(
    connection: Connection, writer: Writer, ids: NDArray[np.int32], write: Callable[[], None]
) -> None:
    """Write lists of films that hold terms, with all that follows.

    Args:
        connection: in a transaction, beside which nobody else writes films.
        writer: writes on that connection.
        ids: of the films.
        write: writes the lists.
    """
    book = TermBook(connection)
    before = _counted(connection, book, ids)
    write()
    now = _counted(connection, book, ids)
    _exchange(connection, writer, before.pairs, now.pairs)
    writer.write("terms", book.rows(_tally([now], None).since(_tally([before], None))))


def _counted(connection: Connection, book: TermBook, ids: NDArray[np.int32]) -> _Counted:
    """The films with these ids as they are stored now."""
    films, pairs = [_FLAGS_SCHEMA.empty_table()], [np.empty(0, np.int64)]
    for portion in portions(ids.tolist()):  # the lists of one portion are in memory
        found = read_films(connection, _COUNTED_SCHEMA, portion)
        pairs.append(book.pairs(found))
        films.append(found.select(_FLAGS_SCHEMA.names))
    return _Counted(pa.concat_tables(films), sorted_pairs(np.concatenate(pairs)))


def _tally(parts: list[_Counted], best: dict[int, int] | None) -> Tally:
    """Count different films.

    Args:
        best: id of each duplicate -> the better record; None where what is stored counts.
    """
    films = one_batch(pa.concat_tables(one.films for one in parts))
    ids = films["id"].to_numpy()
    if best is None:
        duplicate = films["duplicate_of"].is_valid().to_numpy(zero_copy_only=False)
    else:
        duplicate = np.isin(ids, np.fromiter(best, np.int32, len(best)))
    adult = films["adult"].to_numpy(zero_copy_only=False)
    return Tally.of(ids, adult, duplicate, np.concatenate([one.pairs for one in parts]))


def _write(writer: Writer, chunks: Iterable[pa.RecordBatch], constants: Prior, keep: Collection[str]) -> None:
    """Insert or update films. Whether they are duplicates is settled when all are written."""
    for chunk in chunks:
        rating = constants.rating(chunk["vote_average"].to_numpy(), chunk["vote_count"].to_numpy())
        rated = chunk.append_column("rating", pa.array(rating))
        rated = rated.append_column("duplicate_of", pa.nulls(len(chunk), pa.int32()))
        writer.update("movies", part(movies, rated), keep={"duplicate_of", *keep})
        writer.update("movie_texts", part(movie_texts, rated))


def _delete(connection: Connection, ids: NDArray[np.int32]) -> None:
    for portion in portions(ids.tolist()):
        for table in (movies, movie_texts):
            connection.execute(delete(table).where(table.c.id.in_(portion)))


def _compared(connection: Connection, before: pa.Table, now: pa.Table) -> pa.Table:
    """The stored records that may be one film with another since films changed, a table of `KEYED_SCHEMA`."""
    changed = [films.select(KEYED_SCHEMA.names) for films in (before, now)]
    return once(pa.concat_tables([changed[1], related(connection, pa.concat_tables(changed))]))


def _best(connection: Connection, compared: pa.Table) -> dict[int, int]:
    """The better record of each of these films that is a duplicate."""
    found = Keys()
    found.add(one_batch(compared))
    candidates = found.candidates()
    return find(read_films(connection, RECORD_SCHEMA, candidates.tolist())) if len(candidates) else {}


def _exchange(connection: Connection, writer: Writer, old: NDArray[np.int64], new: NDArray[np.int64]) -> None:
    """Delete the pairs that are gone and insert those that are new."""
    term_ids, movie_ids = split_pairs(np.setdiff1d(old, new, assume_unique=True))
    for term_id in np.unique(term_ids).tolist():
        for portion in portions(movie_ids[term_ids == term_id].tolist()):
            gone = (movie_terms.c.term_id == term_id) & movie_terms.c.movie_id.in_(portion)
            connection.execute(delete(movie_terms).where(gone))
    writer.write_pairs("movie_terms", *split_pairs(np.setdiff1d(new, old, assume_unique=True)))
