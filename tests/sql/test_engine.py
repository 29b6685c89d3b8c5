"""Connecting, migrating, and the messages when the database is unavailable."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.engine import make_url

from sql.engine import connect, ping
from sql.errors import CatalogueError, DatabaseUnavailableError, SchemaError
from sql.load.load import last_ingest
from sql.migrations.upgrade import upgrade
from sql.movies import catalogue_version, count, movie
from sql.tables import metadata, movie_terms, terms
from tests.sql.films import film, load


def test_a_missing_folder_is_created(tmp_path: Path) -> None:
    ping(connect(f"sqlite:///{tmp_path / 'a' / 'b' / 'films.db'}"))
    assert (tmp_path / "a" / "b" / "films.db").exists()


def test_the_migrations_make_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_upgrade_from_nothing_from_half_and_from_itself(bare: Engine) -> None:
    upgrade(bare)
    with bare.begin() as connection:  # as a crash between CREATE TABLE statements leaves it on MySQL
        connection.execute(text("DROP TABLE terms"))
        connection.execute(text("DROP TABLE alembic_version"))
    upgrade(bare)
    upgrade(bare)
    assert {"movies", "movie_texts", "terms", "ingests"} <= set(inspect(bare).get_table_names())


def test_upgrade_keeps_the_films(engine: Engine) -> None:
    load(engine, [film(1)])
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    upgrade(engine)
    assert movie(engine, 1) is not None


def test_an_earlier_catalogue_gets_the_terms_of_companies_and_people(engine: Engine) -> None:
    later = film(2, production_companies="|ONE|", directors="", actors="|Bo|Bo|", adult=True)
    load(engine, [film(1), later, film(3, production_companies="")])
    before = _named(engine)
    assert ("company", "one", 1, 2, (1, 2)) in before
    with engine.begin() as connection:
        of_kinds = "(SELECT id FROM terms WHERE kind IN ('company', 'director', 'actor'))"
        connection.execute(text(f"DELETE FROM movie_terms WHERE term_id IN {of_kinds}"))
        connection.execute(text("UPDATE terms SET films = 7 WHERE kind = 'company'"))  # as after half an upgrade
        connection.execute(text("DELETE FROM terms WHERE kind IN ('director', 'actor')"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0009'"))
    upgrade(engine)
    assert _named(engine) == before


def _named(engine: Engine) -> list[tuple[object, ...]]:
    """Every term with its counts and its films."""
    with engine.connect() as connection:
        pairs = connection.execute(select(movie_terms)).all()
        listed = select(terms.c.id, terms.c.kind, terms.c.folded, terms.c.films, terms.c.films_with_adult)
        return sorted(
            (*row[1:], tuple(sorted(movie for term, movie in pairs if term == row[0])))
            for row in connection.execute(listed)
        )


def test_a_newer_database_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError, match="newer version"):
        upgrade(engine)


def test_several_processes_upgrade_at_once(url: str) -> None:
    imports = "import sys; from sql.engine import connect; from sql.migrations.upgrade import upgrade"
    program = f"{imports}; upgrade(connect(sys.argv[1]))"
    running = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    engine = connect(url)
    assert (count(engine), last_ingest(engine), catalogue_version(engine)) == (0, None, "empty")
    engine.dispose()


@pytest.mark.mysql
def test_the_message_when_the_server_refuses_a_connection(mysql_url: str) -> None:
    url = make_url(mysql_url)
    for wrong, words in (
        (url.set(password="wrong"), "user or password is wrong"),
        (url.set(username="nobody_here", password="x"), "user or password is wrong"),
        (url.set(database="no_such_database"), "no such database"),
        (make_url("mysql+pymysql://root:secret@127.0.0.1:1/films"), "no server answers"),
    ):
        with pytest.raises(DatabaseUnavailableError, match=words) as told:
            ping(connect(wrong.render_as_string(hide_password=False)))
        assert "secret" not in str(told.value)
        assert "REELKIN_DATABASE_URL" in str(told.value)


@pytest.mark.mysql
def test_a_connection_that_was_killed_is_replaced(mysql_engine: Engine) -> None:
    with mysql_engine.connect() as connection, mysql_engine.connect() as other:
        number = connection.scalar(text("SELECT CONNECTION_ID()"))
        other.execute(text(f"KILL {number}"))
        with pytest.raises(DatabaseUnavailableError, match="connection was lost"):
            connection.scalar(text("SELECT 1"))
    ping(mysql_engine)


def test_the_message_about_a_bad_file(tmp_path: Path) -> None:
    (tmp_path / "films.db").write_text("not a database, but a text that is long enough to tell" * 20)
    with pytest.raises(DatabaseUnavailableError, match="not a SQLite database"):
        ping(connect(f"sqlite:///{tmp_path / 'films.db'}"))
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseUnavailableError, match="Folder"):
        connect(f"sqlite:///{tmp_path / 'file' / 'films.db'}")


@pytest.mark.parametrize("url", ["postgresql://localhost/films", "nonsense"])
def test_an_unknown_database_is_refused(url: str) -> None:
    with pytest.raises(CatalogueError, match="sqlite:///path"):
        connect(url)


def test_a_sqlite_file_that_is_gone_or_replaced_is_noticed(tmp_path: Path) -> None:
    path, other = tmp_path / "films.db", tmp_path / "other.db"
    engine = connect(f"sqlite:///{path}")
    upgrade(engine)
    ping(engine)
    path.rename(other)
    with pytest.raises(DatabaseUnavailableError, match="is gone"):
        ping(engine)
    other.rename(path)
    ping(engine)
    engine.dispose()


def test_a_password_is_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    engine = connect("mysql+pymysql://bob:hunter2@127.0.0.1:1/films")
    with pytest.raises(DatabaseUnavailableError, match=r"bob:\*\*\*@127\.0\.0\.1") as caught:
        ping(engine)
    assert "hunter2" not in f"{caught.value}{caught.value.__cause__}{caplog.text}"
