"""Films written by hand, one at a time: each write is one transaction with all that follows from it.

    with writing(engine) as catalogue:
        film = catalogue.movie(157336)
        catalogue.write({...})

What follows: the film's terms and the counts of terms and catalogue, its rating by the constants of the last
load, and which records are one film. Writers are alone, and no load runs beside them, so what is read inside
stays true until the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, Engine, Table, delete, func, insert, select, text, update

from sql import edits
from sql.engine import is_mysql, load_lock
from sql.errors import LoadInProgressError, TakenError
from sql.load.duplicates import RECORD_SCHEMA, Keyed, Row, find, keyed, records, related
from sql.load.rating import Prior
from sql.movies import EMPTY_VERSION, Movie, read_movie
from sql.schema import split_names
from sql.tables import catalogue, movie_terms, movie_texts, movies, terms
from sql.terms import COLUMNS, Kind, fold_name, sort_title

LOCK_TIMEOUT_S = 10
Term = tuple[Kind, str]  # kind and folded name


@contextmanager
def writing(engine: Engine) -> Iterator[Writing]:
    """A transaction that is committed at the end of the block, or undone if that raises.

    Raises:
        LoadInProgressError: a load into the same MySQL database goes on for longer than ten seconds.
        DatabaseUnavailableError: the database is away, or (SQLite) another process writes for too long.
    """
    if not is_mysql(engine):
        with engine.connect().execution_options(begin_immediate=True) as connection, connection.begin():
            yield Writing(connection)
        return
    with engine.connect() as connection:
        lock = {"name": load_lock(engine)}
        if not connection.scalar(text(f"SELECT GET_LOCK(:name, {LOCK_TIMEOUT_S})"), lock):
            raise LoadInProgressError(
                f"A dump is being loaded into {engine.url.database}; try again when that has finished"
            )
        try:
            yield Writing(connection)
            connection.commit()
        finally:
            if not connection.invalidated:
                connection.rollback()
                connection.execute(text("SELECT RELEASE_LOCK(:name)"), lock)
                connection.commit()


class Writing:
    """The catalogue inside a transaction of `writing`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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
        """Add a film, or put it in the place of the one with its id.

        Args:
            film: the columns of `sql.schema.MOVIE_SCHEMA`, clean, lists in stored form.
        """
        self._put(film["id"], dict(film) | {"sort_title": sort_title(film["title"])}, edits.Kind.WRITTEN)

    def fill(self, movie_id: int, found: Mapping[str, Any]) -> bool:
        """Fill the empty columns of a film from elsewhere, and note that it was asked for.

        Unlike what `write` writes, a later dump may change it again.

        Args:
            found: clean columns of `MOVIE_SCHEMA`; those that the film has already, or that are empty, do nothing.

        Returns:
            whether anything was filled; False, too, where the film is gone.
        """
        film = records(self._connection, [movie_id]).get(movie_id)
        if film is None:
            return False
        fresh = {name: value for name, value in found.items() if value and not film[name]}
        if fresh:
            self._put(movie_id, {name: film[name] for name in RECORD_SCHEMA.names} | fresh, edits.Kind.ENRICHED)
        else:
            edits.record(self._connection, {movie_id: edits.Kind.ENRICHED})
        return bool(fresh)

    def delete(self, movie_id: int) -> None:
        """Delete a film that is there; no later load brings it back."""
        self._put(movie_id, None, edits.Kind.DELETED)

    def _put(self, movie_id: int, new: Row | None, kind: edits.Kind) -> None:
        before = self._related(movie_id, new)
        after = {i: row for i, row in before.items() if i != movie_id}
        if new is not None:
            after[movie_id] = new
        best = find(pa.Table.from_pylist([*after.values()], RECORD_SCHEMA))
        after = {i: row | {"duplicate_of": best.get(i)} for i, row in after.items()}
        regrouped = [i for i in after if i != movie_id and after[i]["duplicate_of"] != before[i]["duplicate_of"]]
        self._count(before, after)
        self._exchange_terms(movie_id, before.get(movie_id), after.get(movie_id))
        self._replace(movie_id, after.get(movie_id), by_hand=kind is edits.Kind.WRITTEN)
        for i in regrouped:
            changed = {"duplicate_of": after[i]["duplicate_of"]}
            self._connection.execute(update(movies).where(movies.c.id == i).values(changed))
        edits.record(self._connection, {**dict.fromkeys(regrouped, edits.Kind.REGROUPED), movie_id: kind})

    def _related(self, movie_id: int, new: Row | None) -> dict[int, Row]:
        """The film as it was, and all records that may be the same film as it was or as it will be."""
        asked = [*keyed(self._connection, [movie_id]), *([] if new is None else [Keyed.of(new)])]
        return records(self._connection, {movie_id, *related(self._connection, asked)})

    def _replace(self, movie_id: int, row: Row | None, *, by_hand: bool) -> None:
        if row is None:
            for table in (movies, movie_texts):
                self._connection.execute(delete(table).where(table.c.id == movie_id))
            return
        constants = self._connection.execute(select(catalogue.c.mean_vote, catalogue.c.prior_votes)).one()
        votes = np.array([row["vote_average"]]), np.array([row["vote_count"]], np.int32)
        rated = row | {"rating": float(Prior(*constants).rating(*votes)[0])}
        if by_hand:
            rated["content_hash"] = None  # no longer as a dump had it
        for table in (movies, movie_texts):
            names = (column.name for column in table.columns if column.name in rated)
            self._upsert(table, movie_id, {name: rated[name] for name in names})

    def _upsert(self, table: Table, movie_id: int, values: Row) -> None:
        there = self._connection.scalar(select(table.c.id).where(table.c.id == movie_id)) is not None
        statement = update(table).where(table.c.id == movie_id) if there else insert(table)
        self._connection.execute(statement.values(values))

    def _exchange_terms(self, movie_id: int, old: Row | None, new: Row | None) -> None:
        gone, come = _terms_of(old), _terms_of(new)
        dropped = self._term_ids(gone.keys() - come.keys()).values()
        if dropped:
            mine = movie_terms.c.movie_id == movie_id
            self._connection.execute(delete(movie_terms).where(mine, movie_terms.c.term_id.in_(dropped)))
        added = self._term_ids(come.keys() - gone.keys()).values()
        if added:
            rows = [{"term_id": term_id, "movie_id": movie_id} for term_id in added]
            self._connection.execute(insert(movie_terms), rows)

    def _count(self, before: Mapping[int, Row], after: Mapping[int, Row]) -> None:
        """Bring the counts of terms and catalogue up to date; terms that are new come into being."""
        films: Counter[Term] = Counter()
        films_with_adult: Counter[Term] = Counter()
        names: dict[Term, str] = {}
        total = total_with_adult = 0
        for rows, step in ((before, -1), (after, 1)):
            for row in rows.values():
                carried = _terms_of(row)
                names |= carried
                shown = row["duplicate_of"] is None
                listed = shown and not row["adult"]
                for term in carried:
                    films[term] += step * listed
                    films_with_adult[term] += step * shown
                total += step * listed
                total_with_adult += step * shown
        ids = self._term_ids(names.keys())
        self._add_terms({term: name for term, name in names.items() if term not in ids})
        ids = self._term_ids(names.keys())
        for term, term_id in ids.items():
            self._add(terms, term_id, films[term], films_with_adult[term])
        if self._connection.scalar(select(catalogue.c.id)) is None:
            empty = dict.fromkeys(("films", "films_with_adult", "mean_vote", "prior_votes"), 0)
            self._connection.execute(insert(catalogue).values(id=1, version=EMPTY_VERSION, **empty))
        self._add(catalogue, 1, total, total_with_adult)

    def _add(self, table: Table, row_id: int, films: int, films_with_adult: int) -> None:
        if films or films_with_adult:
            counts = {
                "films": table.c.films + films,
                "films_with_adult": table.c.films_with_adult + films_with_adult,
            }
            self._connection.execute(update(table).where(table.c.id == row_id).values(counts))

    def _term_ids(self, wanted: Any) -> dict[Term, int]:
        found: dict[Term, int] = {}
        for kind in Kind:
            folded = sorted(name for of_kind, name in wanted if of_kind is kind)
            if folded:
                rows = select(terms.c.folded, terms.c.id).where(
                    terms.c.kind == kind.value, terms.c.folded.in_(folded)
                )
                found |= {(kind, name): term_id for name, term_id in self._connection.execute(rows)}
        return found

    def _add_terms(self, names: Mapping[Term, str]) -> None:
        if not names:
            return
        highest = self._connection.scalar(select(func.max(terms.c.id))) or 0
        rows = [
            {"id": term_id, "kind": kind.value, "name": name, "folded": folded, "films": 0, "films_with_adult": 0}
            for term_id, ((kind, folded), name) in enumerate(names.items(), highest + 1)
        ]
        self._connection.execute(insert(terms), rows)


def _terms_of(row: Row | None) -> dict[Term, str]:
    """The terms of a film, with the names as it writes them."""
    if row is None:
        return {}
    named = [(kind, name) for kind, column in COLUMNS.items() for name in split_names(row[column])]
    return {(kind, fold_name(name)): name for kind, name in reversed(named)}
