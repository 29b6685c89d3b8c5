"""Made-up ratings: as many as asked for, shaped like MovieLens, the same for the same seed, and they load."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from sqlalchemy import Engine

from etl.ingest import ingest
from etl.ratings.load import load_ratings
from etl.synthetic.ratings import LEAST, write_ratings
from etl.synthetic.synthesize import synthesize


def test_made_up_ratings_have_tastes_and_a_tail(sqlite: Engine, tmp_path: Path) -> None:
    dump, out, again = tmp_path / "films.csv", tmp_path / "a.csv", tmp_path / "b.csv"
    synthesize(2_000, dump)
    told: list[int] = []
    write_ratings(dump, out, 60_000, report=told.append)
    write_ratings(dump, again, 60_000)
    assert out.read_bytes() == again.read_bytes()
    rated = pd.read_csv(out)
    assert len(rated) == told[-1] == 60_000
    assert not rated.duplicated(["user", "tmdb"]).any()
    assert set(rated["rating"] * 2) <= set(range(1, 11))
    assert rated.groupby("user").size().median() > LEAST
    films = rated.groupby("tmdb").size().sort_values(ascending=False)
    assert films.head(len(films) // 10).sum() > 0.2 * len(rated)
    genres = pd.read_csv(dump, usecols=["id", "genres"]).fillna("").set_index("id")["genres"].str.split(",").str[0]
    named = rated.assign(genre=rated["tmdb"].map(genres))
    most = named.groupby(["user", "genre"]).size().groupby("user").max() / named.groupby("user").size()
    assert most.median() > 1.3 * named.groupby("genre").size().max() / len(named)
    ingest(sqlite, dump)
    report = load_ratings(sqlite, [out], scratch=tmp_path)
    assert report.stored > 0.7 * len(rated)  # the others are of films that are no films of the catalogue
    assert report.malformed.total() == 0
