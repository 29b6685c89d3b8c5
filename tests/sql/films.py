"""Films to load, and plain Python that says what the catalogue should answer about them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
from sqlalchemy import Engine

from contract import Filters
from sql.load.load import LoadReport, MovieLoad
from sql.tables import MOVIE_SCHEMA, join_names

Row = dict[str, Any]
GENRES = ("Drama", "Comedy", "Horror", "Western", "War")
KEYWORDS = ("space", "robot", "love", "heist", "100% wool", "a_b", "Côte", "côte")
COUNTRIES = ("Iceland", "Japan", "France")
LANGUAGES = ("en", "ja", "fr", "is")


def empty_film() -> Row:
    """A film of which nothing is known, in stored form."""
    return {f.name: None if f.nullable else "" if pa.types.is_string(f.type) else 0 for f in MOVIE_SCHEMA}


def film(movie_id: int, title: str = "A Film", **changes: Any) -> Row:
    """A film with something in most columns."""
    row = empty_film() | {
        "id": movie_id,
        "title": title,
        "original_title": title,
        "year": 2001,
        "release_date": date(2001, 2, 3),
        "status": "Released",
        "vote_average": 6.5,
        "vote_count": 10,
        "popularity": 1.5,
        "runtime": 90 + movie_id,  # so that two films of one title are no duplicates by accident
        "budget": 1_000_000,
        "revenue": 5_000_000_000,
        "adult": False,
        "original_language": "en",
        "imdb_id": f"tt{movie_id:07}",
        "poster_path": "/poster.jpg",
        "backdrop_path": None,
        "homepage": "https://example.org/film",
        "overview": "What happens, in short.",
        "tagline": "It happens.",
        "genres": "|Drama|Comedy|",
        "keywords": "|space|",
        "production_companies": "|One|Two|",
        "production_countries": "|Iceland|",
        "spoken_languages": "|English|",
        "directors": "|Agnes|",
        "actors": "|Bo|Cy|",
    }
    unknown = changes.keys() - row.keys()
    assert not unknown, unknown
    return row | changes


def films(count: int, seed: int = 0) -> list[Row]:
    """Films that differ in everything a filter or a sort looks at, with many ties."""
    pick = random.Random(seed)
    return [
        film(
            movie_id,
            title=f"{pick.choice(['The', 'the', 'Ein', 'Été', 'été'])} {pick.choice('abcde')}",
            year=pick.choice([0, 1950, 1980, 2000, 2001, 2020]),
            runtime=pick.choice([None, 20, 90, 100, 200]),
            release_date=None,
            vote_count=pick.choice([0, 0, 1, 5, 100, 1000]),
            vote_average=pick.choice([0.0, 5.0, 6.789, 8.1]),
            popularity=pick.choice([0.6, 1.1, 1.1, 7.123, 1e-7]),
            adult=pick.random() < 0.1,
            original_language=pick.choice(LANGUAGES),
            genres=join_names(pick.sample(GENRES, pick.randint(0, 3))),
            keywords=join_names(pick.sample(KEYWORDS, pick.randint(0, 3))),
            production_countries=join_names(pick.sample(COUNTRIES, pick.randint(0, 2))),
        )
        for movie_id in pick.sample(range(1, count * 3), count)
    ]


def batch(rows: Sequence[Row]) -> pa.RecordBatch:
    """Rows as `etl` hands them over."""
    return pa.RecordBatch.from_pylist(list(rows), schema=MOVIE_SCHEMA)


def load(
    engine: Engine, rows: Sequence[Row], *, prune: bool = False, checksum: str = "1", batch_rows: int = 40
) -> LoadReport:
    """Load rows in several batches."""
    with MovieLoad(engine, prune=prune) as loading:
        for start in range(0, len(rows), batch_rows):
            loading.add(batch(rows[start : start + batch_rows]))
        return loading.commit(source="films.csv", checksum=checksum)


def names(stored: str) -> tuple[str, ...]:
    """The names in a stored list."""
    return tuple(stored.strip("|").split("|")) if stored else ()


def rate(rows: Iterable[Row]) -> dict[int, float]:
    """The Bayesian rating of each film, by the formula."""
    rows = list(rows)
    voted = sorted(row["vote_count"] for row in rows if row["vote_count"])
    if not voted:
        return {row["id"]: 0.0 for row in rows}
    at = 0.7 * (len(voted) - 1)
    low = int(at)
    high = min(low + 1, len(voted) - 1)
    m = voted[low] + (voted[high] - voted[low]) * (at - low)
    c = sum(row["vote_average"] for row in rows if row["vote_count"]) / len(voted)
    return {row["id"]: (row["vote_count"] * row["vote_average"] + m * c) / (row["vote_count"] + m) for row in rows}


def matches(row: Row, rating: float, wanted: Filters) -> bool:
    """Whether a film passes a filter, by the words of the contract."""
    genres = {n.casefold() for n in names(row["genres"])}
    keywords = {n.casefold() for n in names(row["keywords"])}
    countries = {n.casefold() for n in names(row["production_countries"])}

    def folded(values: tuple[str, ...]) -> set[str]:
        return {value.casefold() for value in values}

    return (
        (wanted.adult or not row["adult"])
        and (not wanted.genres or bool(genres & folded(wanted.genres)))
        and folded(wanted.genres_all) <= genres
        and not genres & folded(wanted.without_genres)
        and (not wanted.keywords or bool(keywords & folded(wanted.keywords)))
        and not keywords & folded(wanted.without_keywords)
        and (not wanted.countries or bool(countries & folded(wanted.countries)))
        and (not wanted.languages or row["original_language"] in folded(wanted.languages))
        and row["original_language"] not in folded(wanted.without_languages)
        and not countries & folded(wanted.without_countries)
        and _between(row["year"] or None, wanted.year_min, wanted.year_max)
        and _between(row["runtime"], wanted.runtime_min, wanted.runtime_max)
        and _between(row["vote_count"], wanted.votes_min, wanted.votes_max)
        and _between(rating, wanted.rating_min, wanted.rating_max)
    )


def _between(value: float | None, least: float | None, most: float | None) -> bool:
    if value is None:
        return least is None and most is None
    return (least is None or value >= least) and (most is None or value <= most)
