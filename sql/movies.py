"""Films by id, one and many, and all of them in order of id for the build."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine, func, select

from sql.schema import LIST_COLUMNS, split_names
from sql.stream import stream
from sql.tables import JOINED, catalogue, column_of, edits, movies

__all__ = [
    "Movie",
    "MovieSummary",
    "PosterKeys",
    "catalogue_version",
    "count",
    "loaded_version",
    "movie",
    "poster_keys",
    "read_movie",
    "stream",
    "summaries",
]
EMPTY_VERSION = "empty"
# MariaDB makes a subquery of a list of 1,000 values or more, and reads the whole table for it.
IDS_AT_ONCE = 500


@dataclass(frozen=True)
class MovieSummary:
    """A film as lists show it."""

    id: int
    title: str
    original_title: str
    year: int
    genres: tuple[str, ...]
    runtime: int | None  # minutes
    rating: float  # Bayesian, 0 to 10
    vote_average: float  # 0 to 10
    vote_count: int
    popularity: float
    poster_path: str | None


@dataclass(frozen=True)
class Movie:
    """A film with all its columns; money in US dollars."""

    id: int
    title: str
    original_title: str
    year: int
    release_date: date | None
    status: str
    vote_average: float  # 0 to 10
    vote_count: int
    popularity: float
    rating: float  # Bayesian, 0 to 10
    runtime: int | None  # minutes
    budget: int | None
    revenue: int | None
    adult: bool
    original_language: str
    imdb_id: str | None
    poster_path: str | None
    backdrop_path: str | None
    homepage: str | None
    overview: str
    tagline: str
    genres: tuple[str, ...]
    keywords: tuple[str, ...]
    production_companies: tuple[str, ...]
    production_countries: tuple[str, ...]
    spoken_languages: tuple[str, ...]
    directors: tuple[str, ...]
    actors: tuple[str, ...]
    duplicate_of: int | None  # id of the best record of the same film, if this is not it


@dataclass(frozen=True)
class PosterKeys:
    """What a film's poster is found by."""

    imdb_id: str | None
    poster_path: str | None


_MOVIE = select(*map(column_of, Movie.__dataclass_fields__)).select_from(JOINED)
_SUMMARY = select(*map(column_of, MovieSummary.__dataclass_fields__)).select_from(JOINED)


_POSTER_KEYS = select(*map(column_of, ("id", *PosterKeys.__dataclass_fields__))).select_from(JOINED)


def movie(engine: Engine, movie_id: int) -> Movie | None:
    """A film, or None if there is none with that id."""
    with engine.connect() as connection:
        return read_movie(connection, movie_id)


def read_movie(connection: Connection, movie_id: int) -> Movie | None:
    """The same inside a transaction."""
    row = connection.execute(_MOVIE.where(movies.c.id == movie_id)).mappings().first()
    if row is None:
        return None
    values = dict(row)
    for name in LIST_COLUMNS:
        values[name] = tuple(split_names(values[name]))
    return Movie(**values)


def summaries(engine: Engine, ids: Sequence[int]) -> dict[int, MovieSummary]:
    """The films with these ids; those that do not exist are left out."""
    found: dict[int, MovieSummary] = {}
    with engine.connect() as connection:
        for start in range(0, len(ids), IDS_AT_ONCE):
            portion = [int(i) for i in ids[start : start + IDS_AT_ONCE]]
            for row in connection.execute(_SUMMARY.where(movies.c.id.in_(portion))).mappings():
                found[row["id"]] = MovieSummary(**{**row, "genres": tuple(split_names(row["genres"]))})
    return found


def poster_keys(engine: Engine, ids: Sequence[int]) -> dict[int, PosterKeys]:
    """What posters are found by, of the films with these ids that exist."""
    with engine.connect() as connection:
        rows = connection.execute(_POSTER_KEYS.where(movies.c.id.in_(ids)))
        return {movie_id: PosterKeys(imdb_id, poster_path) for movie_id, imdb_id, poster_path in rows}


def count(engine: Engine) -> int:
    """How many films there are, duplicates included."""
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(movies)) or 0


def loaded_version(engine: Engine) -> str:
    """A string that is another one whenever a load has changed films."""
    with engine.connect() as connection:
        return connection.scalar(select(catalogue.c.version)) or EMPTY_VERSION


def catalogue_version(engine: Engine) -> str:
    """A string that is another one whenever films have changed, by a load or by hand."""
    last = select(func.max(edits.c.sequence)).scalar_subquery()
    with engine.connect() as connection:
        row = connection.execute(select(catalogue.c.version, last)).one_or_none()
    return EMPTY_VERSION if row is None else f"{row[0]}.{row[1] or 0}"
