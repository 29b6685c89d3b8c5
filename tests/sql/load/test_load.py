"""Loading: what goes in comes out, and a later load changes what differs and nothing else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select, text, update

import sql.load.load
from contract import TITLE_MAX
from sql.engine import connect
from sql.errors import CatalogueError, DatabaseUnavailableError, LoadError, LoadInProgressError, SchemaError
from sql.load.load import MovieLoad, last_ingest
from sql.migrations.upgrade import upgrade
from sql.movies import catalogue_version, count, movie, stream, summaries
from sql.tables import LIST_COLUMNS, catalogue, join_names, metadata, movie_terms, movie_texts, movies, terms
from tests.sql.films import Row, batch, film, films, load, names, rate
from tests.support.databases import MISSING, can_start_server, private_server, throwaway_database

SLOW_FIXTURE = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
# Clean text has no control characters; everything else may come, quotes and the word NULL too.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
NAMES = st.lists(TEXT.map(lambda t: t.replace("|", "").strip()).filter(bool), max_size=4, unique=True)
NASTY = (
    "NULL",
    "\\N",
    '"',
    "a,b",
    "line\nbreak",
    "tab\t",
    "'; DROP TABLE movies; --",
    "%s",
    "🎬 émoji ",
    "\\",
)


@st.composite
def _rows(draw: st.DrawFn) -> list[Row]:
    ids = draw(st.lists(st.integers(1, 2**31 - 1), min_size=1, max_size=8, unique=True))
    money = st.none() | st.integers(1, 2**62)
    finite = st.floats(0, 1e6, allow_nan=False, allow_subnormal=False)
    return [
        film(
            movie_id,
            title=draw(TEXT | st.sampled_from(NASTY)),
            original_title=draw(TEXT),
            year=draw(st.integers(1870, 2100)),
            release_date=draw(st.none() | st.dates(date(1870, 1, 1), date(2100, 1, 1))),
            vote_average=draw(st.floats(0, 10)),
            vote_count=draw(st.integers(0, 2**31 - 1)),
            popularity=draw(finite),
            runtime=draw(st.none() | st.integers(1, 100_000)),
            budget=draw(money),
            revenue=draw(money),
            adult=draw(st.booleans()),
            imdb_id=draw(st.none() | st.just(f"tt{movie_id}")),
            homepage=draw(st.none() | TEXT.filter(bool)),
            overview=draw(TEXT | st.sampled_from(NASTY)),
            tagline=draw(TEXT | st.sampled_from(NASTY)),
            **{column: join_names(draw(NAMES)) for column in LIST_COLUMNS},
        )
        for movie_id in ids
    ]


def read_back(engine: Engine, row: Row) -> Row:
    """A film of the catalogue in the shape of the row that was loaded."""
    found = movie(engine, row["id"])
    assert found is not None
    values = asdict(found)
    for column in LIST_COLUMNS:
        values[column] = join_names(values[column])
    return {name: values[name] for name in row}


# What collations hold to equal nothing, beside a film that has nothing there.
BLANKS = [film(i, homepage=blank) for i, blank in enumerate((None, " ", "\u200b", "\u00ad"), 1)]


@SLOW_FIXTURE
@given(rows=_rows())
@example(rows=BLANKS)
def test_a_row_comes_back_as_it_went_in(engine: Engine, rows: list[Row]) -> None:
    load(engine, rows, prune=True, batch_rows=3)
    assert [read_back(engine, row) for row in rows] == rows
    assert count(engine) == len(rows)


@pytest.mark.mysql
def test_insert_where_the_server_refuses_load_data(caplog: pytest.LogCaptureFixture) -> None:
    if not can_start_server():
        pytest.skip(MISSING)
    rows = [film(i, title) for i, title in enumerate(NASTY, 1)]
    with private_server("--local-infile=0") as server, throwaway_database(server.url) as url:
        engine = connect(url)
        upgrade(engine)
        load(engine, [film(99), film(1)])
        report = load(engine, rows)
        assert (report.inserted, report.updated) == (len(rows) - 1, 1)
        assert [read_back(engine, row) for row in rows] == rows
        engine.dispose()
    assert [r.getMessage().count("local_infile") for r in caplog.records] == [1, 1]


def test_titles_that_look_alike_stay_apart(engine: Engine) -> None:
    titles = ["M", "m", "Amelie", "Amélie", "AMÉLIE", "Amelie ", " Amelie", "🎬", "🎭", "Straße", "strasse"]
    load(engine, [film(i, title, original_language=title[:2]) for i, title in enumerate(titles, 1)])
    assert [found.title for found in summaries(engine, range(1, 12)).values()] == titles


@pytest.fixture(params=["merge", "rebuild"])
def way(request: pytest.FixtureRequest) -> Iterator[str]:
    """Both ways of a later load: change films in place, write the catalogue anew."""
    with patch.object(sql.load.load, "REBUILD_SHARE", 0 if request.param == "merge" else 10**9):
        yield request.param


def test_the_same_dump_again_changes_nothing(engine: Engine) -> None:
    rows = films(100)
    first = load(engine, rows)
    version = catalogue_version(engine)
    again = load(engine, rows[::-1], checksum="2", batch_rows=7)
    assert (first.inserted, first.updated, first.unchanged) == (100, 0, 0)
    assert (again.inserted, again.updated, again.unchanged, again.vanished) == (0, 0, 100, 0)
    assert catalogue_version(engine) == version
    ingest = last_ingest(engine)
    assert ingest is not None
    assert (ingest.source, ingest.checksum, ingest.report) == ("films.csv", "2", again)


def test_a_later_dump_inserts_and_updates_and_keeps_vanished_films(engine: Engine, way: str) -> None:
    rows = films(100)
    load(engine, rows)
    version = catalogue_version(engine)
    changed = [row | {"title": f"{row['title']} again", "vote_count": 50_000} for row in rows[:10]]
    fresh = [film(1000 + i, f"New {i}") for i in range(5)]
    report = load(engine, [*changed, *rows[10:90], *fresh])
    assert (report.inserted, report.updated, report.unchanged) == (5, 10, 80)
    assert (report.vanished, report.pruned, report.films) == (10, 0, 105)
    now = [*changed, *rows[10:], *fresh]
    assert [read_back(engine, row) for row in now] == now
    assert catalogue_version(engine) != version
    for movie_id, rating in rate(now).items():
        found = movie(engine, movie_id)
        assert found is not None and found.rating == pytest.approx(rating)


def test_prune_deletes_what_the_dump_no_longer_has(engine: Engine, way: str) -> None:
    rows = films(60)
    load(engine, rows)
    report = load(engine, rows[:40], prune=True)
    assert (report.unchanged, report.vanished, report.pruned, report.films) == (40, 20, 20, 40)
    assert sorted(row["id"] for row in rows[:40]) == [i for b in stream(engine) for i in b["id"].to_pylist()]
    with engine.connect() as connection:
        orphans = "SELECT COUNT(*) FROM movie_terms WHERE movie_id NOT IN (SELECT id FROM movies)"
        assert connection.scalar(text(orphans)) == 0
        assert connection.scalar(text("SELECT COUNT(*) FROM movie_texts")) == 40


def test_a_changed_row_stays_until_the_dump_changes_it(engine: Engine, way: str) -> None:
    load(engine, [film(1), film(2)])
    with engine.begin() as connection:
        connection.execute(update(movies).where(movies.c.id == 1).values(title="Edited"))
    load(engine, [film(1), film(2, tagline="New")])
    assert summaries(engine, [1])[1].title == "Edited"
    load(engine, [film(1, "From the dump"), film(2)])
    assert summaries(engine, [1])[1].title == "From the dump"


def test_a_change_of_case_or_accents_alone_is_a_change(engine: Engine, way: str) -> None:
    load(engine, [film(1, "amelie", tagline="Été", homepage="x")])
    changed = film(1, "Amélie", tagline="été ", homepage="X")
    assert load(engine, [changed]).updated == 1
    assert read_back(engine, changed) == changed


def test_films_written_by_hand_do_not_vanish(engine: Engine, way: str) -> None:
    load(engine, [film(1), film(2)])
    with engine.begin() as connection:
        connection.execute(update(movies).where(movies.c.id == 2).values(content_hash=None))
    report = load(engine, [film(1)], prune=True)
    assert (report.vanished, report.films) == (0, 2)


def test_ratings_follow_the_formula(engine: Engine) -> None:
    rows = films(80)
    report = load(engine, rows)
    for movie_id, rating in rate(rows).items():
        found = movie(engine, movie_id)
        assert found is not None and found.rating == pytest.approx(rating)
    voted = [row["vote_average"] for row in rows if row["vote_count"]]
    assert report.mean_vote == pytest.approx(sum(voted) / len(voted))


def test_an_empty_dump_and_a_dump_without_votes(engine: Engine) -> None:
    assert load(engine, []).films == 0
    assert list(stream(engine)) == []
    report = load(engine, [film(1, vote_count=0, vote_average=0.0)])
    assert (report.inserted, report.mean_vote, report.prior_votes) == (1, 0.0, 0.0)
    assert summaries(engine, [1])[1].rating == 0.0


def test_an_empty_text_where_none_is_meant_becomes_none(engine: Engine) -> None:
    load(engine, [film(1, imdb_id="", poster_path="", homepage="")])
    found = movie(engine, 1)
    assert found is not None
    assert (found.imdb_id, found.poster_path, found.homepage) == (None, None, None)
    assert load(engine, [film(1, imdb_id=None, poster_path=None, homepage=None)]).unchanged == 1


def test_leaving_without_commit_changes_nothing(engine: Engine) -> None:
    load(engine, [film(1)])
    with MovieLoad(engine) as loading:
        loading.add(batch([film(1, "Other"), film(2)]))
    with pytest.raises(ZeroDivisionError), MovieLoad(engine, prune=True) as loading:
        loading.add(batch([film(3)]))
        raise ZeroDivisionError
    assert {i: s.title for i, s in summaries(engine, [1, 2, 3]).items()} == {1: "A Film"}
    assert load(engine, [film(1), film(2)]).inserted == 1


@pytest.mark.mysql
def test_a_second_load_is_refused_on_a_server(mysql_engine: Engine) -> None:
    with MovieLoad(mysql_engine), pytest.raises(LoadInProgressError, match="wait"), MovieLoad(mysql_engine):
        pass


def test_a_second_load_is_refused_on_a_file(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'films.db'}?timeout=0.1")
    upgrade(engine)
    with MovieLoad(engine), pytest.raises(DatabaseUnavailableError, match="is writing"), MovieLoad(engine):
        pass
    engine.dispose()


@settings(SLOW_FIXTURE, max_examples=6)
@given(earlier=st.integers(0, 99), later=st.integers(0, 99))
def test_a_later_load_ends_where_a_first_load_would(engine: Engine, way: str, earlier: int, later: int) -> None:
    """All that is worked out over many films at once: ratings, duplicates, counts."""
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(delete(table))
    load(engine, _alike(later), prune=True)
    *first, ratings = _everything(engine)
    load(engine, _alike(earlier), prune=True)
    load(engine, _alike(later), prune=True)
    *now, ratings_now = _everything(engine)
    assert now == first
    assert ratings_now == pytest.approx(ratings, abs=1e-9)  # sums are taken in another order


def _alike(seed: int) -> list[Row]:
    """Films of few titles, dates and imdb ids, so that duplicates come and go between two dumps."""
    pick = random.Random(seed)
    return [
        row
        | {
            "id": i,
            "title": pick.choice(["Home", "home", "Homes", "Away"]),
            "release_date": pick.choice([None, date(2000, 1, 1)]),
            "imdb_id": pick.choice([None, None, "tt1", "tt2", "tt3"]),
        }
        for i, row in enumerate(films(25, seed), seed % 7 + 1)
    ]


def _everything(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        shown = connection.execute(select(movies).order_by(movies.c.id)).mappings().all()
        texts = connection.execute(select(movie_texts).order_by(movie_texts.c.id)).all()
        carried = select(movie_terms.c.movie_id, terms.c.kind, terms.c.folded).join(
            terms, terms.c.id == movie_terms.c.term_id
        )
        pairs = sorted(tuple(row) for row in connection.execute(carried))
        columns = (terms.c.kind, terms.c.folded, terms.c.films, terms.c.films_with_adult)
        counts = sorted(tuple(row) for row in connection.execute(select(*columns)) if row[3])
        totals = connection.execute(select(catalogue.c.films, catalogue.c.films_with_adult)).all()
    return [
        [{**row, "rating": None} for row in shown],
        texts,
        pairs,
        counts,
        totals,
        [row["rating"] for row in shown],
    ]


def test_what_cannot_be_stored_is_refused_by_name(engine: Engine) -> None:
    with MovieLoad(engine) as loading:
        with pytest.raises(LoadError, match=r"Film 7 has a title of more than 500"):
            loading.add(batch([film(6), film(7, "x" * (TITLE_MAX + 1))]))
        with pytest.raises(LoadError, match=r"Film 8 has a popularity that is not a finite number"):
            loading.add(batch([film(8, popularity=float("nan"))]))
        with pytest.raises(LoadError, match=r"Film 9 has no title"):
            loading.add(pa.RecordBatch.from_pylist([film(9) | {"title": None}], batch([]).schema))
        with pytest.raises(SchemaError):
            loading.add(batch([film(1)]).drop_columns(["title"]))
        loading.add(batch([film(10, "é" * TITLE_MAX)]))
        loading.commit(source="x", checksum="x")
        with pytest.raises(CatalogueError, match="committed already"):
            loading.commit(source="x", checksum="x")
    assert count(engine) == 1


def test_stream_gives_every_film_in_order(engine: Engine) -> None:
    rows = films(50)
    load(engine, rows)
    batches = list(stream(engine, batch_size=20))
    assert [len(b) for b in batches] == [20, 20, 10]
    found = pa.Table.from_batches(batches).to_pylist()
    expected = sorted(rows, key=lambda row: row["id"])
    ratings = rate(rows)
    for got, row in zip(found, expected, strict=True):
        assert got["rating"] == pytest.approx(ratings[row["id"]])
        assert got["duplicate_of"] is None
        for name in got.keys() & row.keys():
            assert got[name] == (list(names(row[name])) if name in LIST_COLUMNS else row[name])


def test_progress_is_reported(engine: Engine) -> None:
    told: list[tuple[str, int, int | None]] = []
    with MovieLoad(engine, progress=lambda *step: told.append(step)) as loading:
        loading.add(batch(films(30)))
        loading.commit(source="x", checksum="x")
    assert ("stage", 30, None) in told
    assert ("write", 30, 30) in told
