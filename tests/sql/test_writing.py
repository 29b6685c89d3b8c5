"""Films written by hand leave the tables as a load of the same films would, and loads do not change them."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text

from contract import Filters, Order, Sort
from sql import browse, edits
from sql import edits as writes
from sql.edits import writing
from sql.engine import connect, is_mysql, load_lock
from sql.errors import CatalogueError, LoadInProgressError, TakenError
from sql.load.load import MovieLoad
from sql.migrations.upgrade import upgrade
from sql.movies import catalogue_version, count, loaded_version, movie
from sql.tables import catalogue, movie_terms, movie_texts, movies, terms
from tests.sql.films import Row, batch, film, films, load

ANY = Filters(adult=True)


def contents(engine: Engine) -> dict[str, Any]:
    """All that follows from which films there are; the constants of the rating are a load's, so it stays out."""
    listed = select(*(c for c in movies.c if c.name not in {"rating", "content_hash"})).order_by(movies.c.id)
    named = select(terms.c.kind, terms.c.folded, movie_terms.c.movie_id).join(
        movie_terms, movie_terms.c.term_id == terms.c.id
    )
    counts = select(terms.c.kind, terms.c.folded, terms.c.films, terms.c.films_with_adult)
    with engine.connect() as connection:
        return {
            "movies": connection.execute(listed).all(),
            "texts": connection.execute(select(movie_texts).order_by(movie_texts.c.id)).all(),
            "carried": sorted(connection.execute(named).all()),
            "counts": sorted(row for row in connection.execute(counts).all() if row[3]),
            "totals": connection.execute(select(catalogue.c.films, catalogue.c.films_with_adult)).all(),
        }


def changed(pick: random.Random, row: Row) -> Row:
    """The film, edited; many become or cease to be the same film as another."""
    chosen = {
        "title": pick.choice(["One", "Two"]),
        "release_date": pick.choice([None, date(2001, 2, 3)]),
        "runtime": pick.choice([None, 90]),
        "imdb_id": pick.choice([None, "tt1", "tt2"]),
        "vote_count": pick.choice([0, 5, 100]),
        "genres": pick.choice(["", "|Drama|", "|Drama|drama|War|", "|Never Seen|"]),
        "keywords": pick.choice(["", "|space|robot|", "|SPACE|"]),
        "adult": pick.random() < 0.2,
    }
    return row | {name: chosen[name] for name in pick.sample(sorted(chosen), 4)}


@pytest.mark.parametrize("seed", range(3))
def test_writes_leave_what_a_load_would_have(engine: Engine, tmp_path: Path, seed: int) -> None:
    pick = random.Random(seed)
    rows = {row["id"]: row for row in (changed(pick, row) for row in films(30, seed=seed))}
    load(engine, list(rows.values()))
    for _ in range(60):
        with writing(engine) as editing:
            movie_id = pick.randint(1, 60)
            if movie_id not in rows or pick.random() < 0.7:
                rows[movie_id] = changed(pick, rows.get(movie_id) or film(movie_id))
                editing.write(rows[movie_id])
            else:
                del rows[movie_id]
                editing.delete(movie_id)
    fresh = connect(f"sqlite:///{tmp_path / 'fresh.db'}")
    upgrade(fresh)
    load(fresh, list(rows.values()))
    assert contents(engine) == contents(fresh)
    fresh.dispose()


def test_a_film_written_by_hand_counts_no_fewer_columns_than_one_of_a_dump(engine: Engine) -> None:
    """Where votes and filled columns are equal, the lowest id is the best record, however it was written."""
    same = {"release_date": date(2001, 2, 3), "runtime": 90, "imdb_id": None}
    rows = [film(1, **same), film(2, **same)]
    load(engine, rows)
    with writing(engine) as editing:
        editing.write(film(1, **same))
    with MovieLoad(engine) as loading:  # one new film among three: the whole catalogue is written again
        loading.add(batch([rows[1], film(3, "Another")]))
        loading.commit(source="later", checksum="2")
    found = movie(engine, 2)
    assert found is not None
    assert found.duplicate_of == 1


def test_a_first_film_without_any_load(engine: Engine) -> None:
    with writing(engine) as editing:
        editing.insert(film(7, vote_average=8.0))
    page = browse.page(engine, filters=ANY, sort=Sort.title, order=Order.asc, limit=5, key=None)
    assert ([item.id for item in page.items], page.total) == ([7], 1)
    assert page.items[0].rating == 8.0


def test_a_write_that_fails_changes_nothing(engine: Engine) -> None:
    load(engine, [film(1), film(2)])
    before, version = contents(engine), catalogue_version(engine)
    with pytest.raises(TakenError, match="already"), writing(engine) as editing:
        editing.delete(1)
        editing.insert(film(2, "Another"))
    assert (contents(engine), catalogue_version(engine)) == (before, version)
    assert edits.last_sequence(engine) == 0


def test_totals_follow_at_once(engine: Engine) -> None:
    load(engine, films(40))
    wanted = Filters(genres=("War",), votes_min=1, adult=True)

    def total(filters: Filters) -> int:
        return browse.page(engine, filters=filters, sort=Sort.votes, order=Order.desc, limit=1, key=None).total

    before = total(wanted), total(ANY)
    loaded = loaded_version(engine)
    with writing(engine) as editing:
        editing.insert(film(1_000, genres="|War|", vote_count=9))
    assert (total(wanted), total(ANY)) == (before[0] + 1, before[1] + 1)
    with writing(engine) as editing:
        editing.delete(1_000)
    assert (total(wanted), total(ANY)) == before
    assert loaded_version(engine) == loaded


def test_edits_are_numbered_and_other_records_of_the_film_with_them(engine: Engine) -> None:
    same = {"release_date": date(2001, 2, 3), "runtime": 90}
    load(engine, [film(1, vote_count=50, **same), film(2, vote_count=5, **same), film(3)])
    with writing(engine) as editing:
        editing.write(film(3, "Third"))
    first = edits.last_sequence(engine)
    with writing(engine) as editing:
        editing.delete(1)
    found = edits.since(engine, first)
    assert set(found.edited) == {1, 2}  # 2 stands for the film from now on
    assert [(row["id"], row["duplicate_of"]) for row in found.films.to_pylist()] == [(2, None)]
    assert found.sequence == edits.last_sequence(engine) == first + 1
    everything = edits.since(engine, 0)
    assert (set(everything.edited), set(everything.films["id"].to_pylist())) == ({1, 2, 3}, {2, 3})
    assert edits.since(engine, first + 1).films.num_rows == 0
    with engine.connect() as connection:
        assert sorted(edits.by_hand(connection).tolist()) == [1, 3]


@pytest.mark.parametrize("everything_anew", [False, True])
def test_a_load_does_not_change_edited_and_deleted_films(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, everything_anew: bool
) -> None:
    monkeypatch.setattr("sql.load.load.REBUILD_SHARE", 10**9 if everything_anew else 0)
    rows = [film(i, f"Film {i}") for i in range(1, 6)]
    load(engine, rows)
    with writing(engine) as editing:
        editing.write(film(1, "By hand"))
        editing.delete(2)
        editing.insert(film(9, "New by hand"))
    later = [row | {"vote_count": 77} for row in rows[:4]] + [film(9, "From the dump")]
    report = load(engine, later, prune=True, checksum="2")
    assert (report.edited, report.updated, report.inserted, report.pruned) == (3, 2, 0, 1)
    assert report.unchanged == 0
    with engine.connect() as connection:
        titles = dict(connection.execute(select(movies.c.id, movies.c.title)).all())
    assert titles == {1: "By hand", 3: "Film 3", 4: "Film 4", 9: "New by hand"}
    with writing(engine) as editing:
        editing.insert(film(2, "Back again"))
    assert movie(engine, 2) is not None


def test_many_writers_lose_nothing(engine: Engine) -> None:
    load(engine, films(20))
    failures: list[BaseException] = []

    def work(worker: int) -> None:
        try:
            for number in range(8):
                with writing(engine) as editing:
                    editing.insert(film(1_000 + 8 * worker + number, f"New {number}"))
                with writing(engine) as editing:
                    shared = film(5_000, "Shared") if editing.movie(5_000) is None else None
                    found = editing.movie(5_000)
                    editing.write(shared or film(5_000, "Shared", vote_count=found.vote_count + 1))  # type: ignore[union-attr]
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert count(engine) == 20 + 48 + 1
    shared = movie(engine, 5_000)
    assert shared is not None
    assert shared.vote_count == film(1)["vote_count"] + 47
    with engine.connect() as connection:
        assert connection.scalar(select(func.max(edits.edits.c.sequence))) == 96


def test_a_writer_waits_for_a_load_and_a_load_for_a_writer(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writes, "LOCK_TIMEOUT_S", 1)
    quick = connect(engine.url.render_as_string(hide_password=False) + ("" if is_mysql(engine) else "?timeout=1"))
    load(engine, [film(1)])
    with MovieLoad(engine) as loading:
        loading.add(batch([film(1, "From the dump")]))
        with pytest.raises(CatalogueError) as refused, writing(quick) as editing:
            editing.delete(1)
        loading.commit(source="later", checksum="2")
    if is_mysql(engine):
        assert isinstance(refused.value, LoadInProgressError)
    with writing(engine) as editing, pytest.raises(CatalogueError), MovieLoad(quick):
        editing.delete(1)
    assert movie(engine, 1) is None or movie(engine, 1).title == "From the dump"  # type: ignore[union-attr]
    quick.dispose()


KILLED = """
import os, signal, sys
from sql.engine import connect
from sql.edits import writing
from tests.sql.films import film

with writing(connect(sys.argv[1])) as editing:
    editing.write(film(1, "Half written"))
    editing.delete(2)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_writer_leaves_nothing_behind(engine: Engine) -> None:
    load(engine, [film(1), film(2)])
    before = contents(engine)
    url = engine.url.render_as_string(hide_password=False)
    assert subprocess.run([sys.executable, "-c", KILLED, url], check=False).returncode == -9
    assert contents(engine) == before
    with writing(engine) as editing:  # its lock ended with it
        editing.delete(2)
    assert movie(engine, 2) is None


def test_a_filled_database_of_the_version_before_is_brought_up_to_date(engine: Engine) -> None:
    load(engine, [film(1), film(2)])
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE edits"))
        connection.execute(text("ALTER TABLE ingests DROP COLUMN edited"))
        table = " ON movie_texts" if is_mysql(engine) else ""
        connection.execute(text(f"DROP INDEX ix_movie_texts_imdb_id{table}"))
        for gone in ("users", "sessions"):
            connection.execute(text(f"DROP TABLE {gone}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    upgrade(engine)
    with writing(engine) as editing:
        editing.delete(1)
    assert load(engine, [film(1), film(2)], checksum="2").edited == 1
    assert load_lock(engine)
