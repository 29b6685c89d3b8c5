"""Loading a dump: one ingest is one atomic change of the catalogue.

    with MovieLoad(engine) as load:
        for batch in clean_batches:
            load.add(batch)
        report = load.commit(source="dump.csv", checksum="...")

Films that are as the last dump had them are recognised by their content hash and not written. Nor are films that
were written or deleted by hand: an editor's word counts for more than a dump's. A load that ends without `commit`,
or is killed, has changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
from sqlalchemy import Engine, desc, select

from sql import edits
from sql.engine import is_mysql, translating
from sql.errors import LoadError
from sql.load.additions import with_stored
from sql.load.merge import merge
from sql.load.rating import Gathered, State, gather_all, texts
from sql.load.spool import SPOOL_SCHEMA, ScratchFolder, Spool, check, derive
from sql.load.store import Contents, Known, Progress, Store
from sql.load.stores import MysqlStore, SqliteStore
from sql.tables import SOURCE_MAX, ingests

REBUILD_SHARE = 4  # if one film in this many changes or goes, a later load writes the whole catalogue


@dataclass(frozen=True)
class LoadReport:
    """What an ingest did, in films."""

    inserted: int
    updated: int
    unchanged: int
    vanished: int  # in the catalogue from an earlier dump, but not in this one
    pruned: int  # of the vanished ones, those deleted
    duplicates: int  # records of which there is a better one of the same film
    films: int  # records in the catalogue now, duplicates included
    mean_vote: float  # C of the Bayesian rating
    prior_votes: float  # m of the Bayesian rating
    edited: int  # films of the dump that were not written, because they were written or deleted by hand


@dataclass(frozen=True)
class Ingest:
    """A finished ingest, as the catalogue records it."""

    source: str
    checksum: str
    finished_at: datetime  # UTC
    report: LoadReport


def last_ingest(engine: Engine) -> Ingest | None:
    """The latest ingest, or None if there was none."""
    with engine.connect() as connection:
        row = connection.execute(select(ingests).order_by(desc(ingests.c.id)).limit(1)).mappings().first()
    if row is None:
        return None
    report = LoadReport(**{name: row[name] for name in LoadReport.__dataclass_fields__})
    return Ingest(row["source"], row["checksum"], row["finished_at"].replace(tzinfo=UTC), report)


class MovieLoad:
    """One ingest. Use it as a context manager; see the module.

    Args:
        engine: a database that `sql.migrations.upgrade.upgrade` has brought up to date.
        prune: delete films that an earlier dump had and this one lacks. Films written over HTTP stay.
        keep: columns in which an empty value leaves what a film has, such as people from a file of credits.
        scratch: folder for temporary files, about as large as the dump; the system's own when None.
        progress: called as work goes on, with a stage (stage, write, index, merge, publish), what
            is done of it, and its total where that is known.

    Raises:
        DatabaseUnavailableError: the database is away, or (SQLite) another process is writing.
        LoadInProgressError: another process is loading.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        prune: bool = False,
        keep: Sequence[str] = (),
        scratch: Path | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._engine = engine
        self._prune = prune
        self._keep = keep
        self._scratch = scratch
        self._progress: Progress = progress or (lambda stage, done, total: None)
        self._closing = ExitStack()
        self._added = self._edited = 0
        self._finished = False
        self._gathered = Gathered()

    def __enter__(self) -> Self:
        with translating(self._engine), ExitStack() as opening:
            folder = ScratchFolder(self._scratch)
            opening.callback(folder.close)
            self._spool = Spool(folder.path / "films.arrow", SPOOL_SCHEMA)
            opening.callback(self._spool.close)
            kind = MysqlStore if is_mysql(self._engine) else SqliteStore
            self._store: Store = kind(self._engine, folder.path)
            opening.callback(self._store.close)
            self._known = Known.read(self._store.connection)
            self._by_hand = edits.by_hand(self._store.connection)
            self._closing = opening.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with translating(self._engine):
            self._closing.close()

    def add(self, batch: pa.RecordBatch) -> int:
        """Stage films. No id may come twice in one load.

        Args:
            batch: columns of `sql.tables.MOVIE_SCHEMA`.

        Returns:
            how many of them are new or changed.

        Raises:
            SchemaError, LoadError: the batch cannot be stored; see `sql.load.spool.check`.
        """
        check(batch)
        if not len(batch):
            return 0
        films = derive(batch)
        free = ~np.isin(films["id"].to_numpy(), self._by_hand)
        self._edited += len(films) - int(free.sum())
        films = films.filter(pa.array(free))
        films = films.filter(pa.array(self._known.changed(films)))
        if len(films) and self._known.films and self._keep:
            with translating(self._engine):
                films = with_stored(self._store.connection, films, self._keep)
        if len(films):
            self._spool.write(films)
            if not self._known.films:  # a later load reads the unchanged films from the database first
                self._gathered.add(films)
        self._added += len(batch)
        self._progress("stage", self._added, None)
        return len(films)

    def commit(self, *, source: str, checksum: str) -> LoadReport:
        """Make everything that was added visible at once.

        Args:
            source: where the films came from, for the record.
            checksum: of the dump; `last_ingest` returns it.

        Raises:
            LoadError: `commit` was called before.
            DatabaseUnavailableError: the database went away; nothing has changed.
        """
        if self._finished:
            raise LoadError("This load is committed already; begin another one with MovieLoad(engine)")
        self._finished = True
        with translating(self._engine):
            return self._publish(source, checksum)

    def _publish(self, source: str, checksum: str) -> LoadReport:
        staged = len(self._spool)
        updated = len(self._known.present(self._spool.ids()))
        vanished = self._known.vanished()
        pruned = vanished if self._prune else vanished[:0]
        store = self._store
        gathered = self._gathered if not self._known.films else None
        if self._known.films and (staged + len(pruned)) * REBUILD_SHARE >= self._known.films:
            gathered = gather_all(store.connection, self._spool, pruned)

        def reported(state: State) -> LoadReport:
            return LoadReport(
                inserted=staged - updated,
                updated=updated,
                unchanged=self._added - staged - self._edited,
                vanished=len(vanished),
                pruned=len(pruned),
                duplicates=state.duplicates,
                films=state.records,
                mean_vote=state.prior.mean_vote,
                prior_votes=state.prior.votes,
                edited=self._edited,
            )

        if gathered is not None:
            return self._replace(gathered, reported, source, checksum)
        state = merge(store.connection, store.writer, self._spool, self._known, pruned, self._progress)
        report = reported(state)
        store.writer.write("ingests", _ingest_row(source, checksum, report))
        self._progress("publish", 0, 1)
        store.commit()
        self._progress("publish", 1, 1)
        return report

    def _replace(
        self, gathered: Gathered, reported: Callable[[State], LoadReport], source: str, checksum: str
    ) -> LoadReport:
        """Write the whole catalogue; its texts are written while the rest is settled."""
        self._spool.batches()
        with ThreadPoolExecutor(1, "settle") as pool:
            settling = pool.submit(gathered.settle, self._spool)
            contents = Contents(
                films=len(self._spool),
                texts=partial(texts, self._spool),
                settled=lambda: settling.result()[0],
                ingest=lambda: _ingest_row(source, checksum, reported(settling.result()[1])),
            )
            self._store.replace(contents, self._progress)
            return reported(settling.result()[1])


def _ingest_row(source: str, checksum: str, report: LoadReport) -> pa.Table:
    now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    columns = {"source": source[:SOURCE_MAX], "checksum": checksum, **asdict(report)}
    return pa.table({name: [value] for name, value in columns.items()}).append_column(
        "finished_at", pa.array([str(now)])
    )
