"""Loading into SQLite: one transaction holds it all, so that a killed load leaves nothing to clear."""

from __future__ import annotations

import pyarrow as pa
from sqlalchemy import Connection, Engine, delete
from sqlalchemy.schema import CreateIndex, DropIndex

from sql.bulk import SqliteWriter
from sql.store import PAIRS_AT_ONCE, Contents, Progress, parts
from sql.tables import movie_terms, movie_texts, movies, terms


class SqliteStore:
    """A SQLite file held by a load; see `sql.store.Store`."""

    def __init__(self, engine: Engine) -> None:
        self.connection: Connection = engine.connect().execution_options(begin_immediate=True)
        try:
            self.connection.begin()
        except BaseException:
            self.connection.close()
            raise
        self.writer = SqliteWriter(self.connection)

    def replace(self, contents: Contents, ingest: pa.Table, progress: Progress) -> None:
        """See `Store.replace`. Indexes are built over the finished rows: half the work of keeping them."""
        indexes = sorted(movies.indexes, key=lambda index: str(index.name))
        for index in indexes:
            self.connection.execute(DropIndex(index))
        for table in (movies, movie_texts, movie_terms, terms):
            self.connection.execute(delete(table))
        done = 0
        for chunk in contents.chunks:
            film_rows, text_rows = parts(chunk)
            self.writer.write("movies", film_rows)
            self.writer.write("movie_texts", text_rows)
            done += len(chunk)
            progress("write", done, contents.films)
        self.writer.write("terms", contents.terms)
        for start in range(0, len(contents.pairs), PAIRS_AT_ONCE):
            portion = contents.pairs[start : start + PAIRS_AT_ONCE]
            self.writer.write_pairs("movie_terms", portion)
            progress("terms", start + len(portion), len(contents.pairs))
        for number, index in enumerate(indexes, 1):
            self.connection.execute(CreateIndex(index))
            progress("index", number, len(indexes))
        self.writer.write("catalogue", contents.catalogue)
        self.writer.write("ingests", ingest)
        progress("publish", 0, 1)
        self.commit()
        progress("publish", 1, 1)

    def commit(self) -> None:
        """See `Store.commit`."""
        self.connection.commit()

    def close(self) -> None:
        """See `Store.close`."""
        self.connection.close()
