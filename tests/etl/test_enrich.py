"""Enrichment: thin films filled from a local server that speaks TMDB's answers, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from etl.__main__ import main
from etl.enrich import EnrichReport, Tmdb, TmdbError, enrich
from etl.ingest import ingest
from etl.progress import Progress
from sql import movies
from tests.etl.dumps import film, write
from tests.etl.tmdb_server import KEY, tmdb_server

FULL = {"overview": "It happens.", "keywords": "space", "poster_path": "/own.jpg"}


def load(engine: Engine, folder: Path) -> Path:
    dump = write(
        folder / "dump.csv",
        film(1, "Thin", vote_count=5),
        film(2, "Full", vote_count=9, **FULL),
        film(3, "Half", vote_count=7, overview="Its own words."),
        film(4, "Nowhere"),
    )
    ingest(engine, dump)
    return dump


def run(engine: Engine, url: str, limit: int | None = None) -> EnrichReport:
    with Progress() as progress:
        return enrich(engine, Tmdb(url, KEY, requests_per_s=1000, backoff_s=0.01), progress, limit)


def test_thin_films_are_filled_and_the_rest_stays(engine: Engine, tmp_path: Path) -> None:
    dump = load(engine, tmp_path)
    with tmdb_server(1, 2, 3) as server:
        assert run(engine, server.url) == EnrichReport(asked=3, filled=2, unknown=1)
        assert server.asked.count(2) == 0
    thin, full, half = (movies.movie(engine, i) for i in (1, 2, 3))
    assert thin is not None and full is not None and half is not None
    assert (thin.overview, thin.poster_path) == ("What happens in film 1.", "/poster1.jpg")
    assert (thin.keywords, thin.directors, thin.actors) == (("robot", "lighthouse"), ("Ana",), ("First", "Second"))
    assert (half.overview, half.poster_path) == ("Its own words.", "/poster3.jpg")
    assert (full.overview, full.keywords, full.directors) == ("It happens.", ("space",), ())
    again = ingest(engine, dump)
    assert (again.changes.updated, again.changes.unchanged) == (0, 4)
    assert movies.movie(engine, 1) == thin


def test_a_run_that_fails_keeps_what_it_has_and_goes_on_later(engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path)
    with tmdb_server(1, 3) as server:
        server.failures[1] = [(200, {}, "{")]
        with pytest.raises(TmdbError, match="film 1 cannot be used"):
            run(engine, server.url)
        server.asked.clear()
        assert run(engine, server.url) == EnrichReport(asked=1, filled=1, unknown=0)
        assert server.asked == [1]
        assert run(engine, server.url) == EnrichReport()


def test_the_best_known_come_first(engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path)
    with tmdb_server(1, 3, 4) as server:
        assert run(engine, server.url, limit=1).filled == 1
        assert server.asked == [3]


def test_without_a_key_it_is_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REELKIN_DATABASE_URL", f"sqlite:///{tmp_path}/reelkin.db")
    monkeypatch.delenv("REELKIN_TMDB_API_KEY", raising=False)
    assert main(["enrich"]) == 1
    assert "REELKIN_TMDB_API_KEY" in capsys.readouterr().err


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path}/reelkin.db"
    monkeypatch.setenv("REELKIN_DATABASE_URL", url)
    monkeypatch.setenv("REELKIN_TMDB_API_KEY", KEY)
    assert main(["ingest", str(write(tmp_path / "dump.csv", film(1)))]) == 0
    with tmdb_server(1) as server:
        monkeypatch.setenv("REELKIN_TMDB_URL", server.url)
        capsys.readouterr()
        assert main(["enrich", "--json"]) == 0
    out, err = capsys.readouterr()
    assert out == '{"asked": 1, "filled": 1, "unknown": 0}\n'
    assert KEY not in out + err
