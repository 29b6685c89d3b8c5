"""A film's columns and the filters, defined once. All packages may import this module; it imports none of ours.

`Film` is what a dump or a request says of a film, cleaned. `Movie` adds what the catalogue computes. `Filters` is
what must hold for a film to be returned. Every field carries a `Column` or a `Filter` that describes it:
`COLUMNS` and `FILTERS` list them, and schemas, tables, models, conditions and cache keys are derived from these.

A new filter is a field of `Filters` and its widget in the app; if it compares in a new way, also a member of
`Match` with its two conditions, in `sql.matches` and `index.films.filters`. A new column is a field of `Film`, a
migration in `sql` and a cleaning rule in `etl.transform`. See CONTRIBUTING.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum
from functools import partial
from types import NoneType, UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

MAX_ID = 2**31 - 1
"""The highest id of a film, and the highest count of anything: a signed 32-bit integer."""
FIRST_YEAR, LAST_YEAR = 1800, 2199
"""Years of release that are accepted; TMDB's oldest film is of 1874."""

# The most characters of a value. A load refuses longer ones; `etl.transform` cuts them or rejects the film. A TEXT
# column of MySQL holds 65,535 bytes, and a character takes up to 4.
NAME_MAX = 200  # one genre, keyword, company, country, language or person
CODE_MAX = 32
PATH_MAX = 250
TITLE_MAX = 500
SORT_TITLE_MAX = 120  # enough to order titles by; an index of the database stores up to four bytes for each
GENRES_MAX = 1_000
URL_MAX = 1_000
TAGLINE_MAX = 2_000
OVERVIEW_MAX = 16_000
LIST_MAX = 16_000


class Model(StrEnum):
    """Which model recommends."""

    HYBRID = "hybrid"
    CONTENT = "content"
    COLLABORATIVE = "collaborative"


class Franchise(StrEnum):
    """How many films of one franchise a list may have: sequels, parts and other versions."""

    ALL = "all"
    ONE = "one"
    NONE = "none"


class Order(StrEnum):
    """Ascending or descending."""

    asc = "asc"
    desc = "desc"


class Sort(StrEnum):
    """Columns that lists of films are sorted by; ties are broken by id."""

    popularity = "popularity"
    rating = "rating"
    votes = "votes"
    year = "year"
    title = "title"  # type: ignore[assignment]  # hides str.title, which is not called on it


@dataclass(frozen=True)
class Column:
    """What is true of a column everywhere.

    Attributes:
        description: for the OpenAPI document.
        example: a value, for the OpenAPI document.
        longest: characters of a text; of a list, of all names with a separator before, between and after them.
        limits: the lowest and highest number that a request may write.
        bits: of an integer.
        zero_unknown: whether 0 is stored where the value is unknown.
        source: its name in a dump and over HTTP, where that differs ("cast" is a keyword of SQL).
        short: its name in filters and in `index`, where that differs.
        indexed: whether the build reads it: for vectors, filters, titles or summaries.
        shown: whether it is part of a film over HTTP.
        computed: whether the catalogue computes it, so that neither a dump nor a request can set it.
        name: of the field that carries this column; its name in SQL and in Arrow tables.
        type: of that field: an alias that Arrow and NumPy share (int32, float64, bool, string, date32), or NAMES.
        nullable: whether the stored value may be null, which means unknown. A text or a list is empty instead.
    """

    description: str
    example: object
    longest: int = 0
    limits: tuple[float, float] | None = None
    bits: int = 32
    zero_unknown: bool = False
    source: str = ""
    short: str = ""
    indexed: bool = True
    shown: bool = True
    computed: bool = False
    name: str = ""
    type: str = ""
    nullable: bool = False

    @property
    def public_name(self) -> str:
        """Its name in a dump and over HTTP."""
        return self.source or self.name

    @property
    def short_name(self) -> str:
        """Its name in filters and in `index`."""
        return self.short or self.name


NAMES = "names"
"""The type of a column that holds a list of names."""

_TYPES: dict[type, str] = {float: "float64", bool: "bool", str: "string", date: "date32", tuple: NAMES}
_COUNT, _MONEY = (0, MAX_ID), (0, 2**63 - 1)


@dataclass(frozen=True)
class Film:
    """A clean film: what a dump or a request says of it.

    New columns go to the end: the content hash by which a load finds changed films depends on their order.
    """

    id: Annotated[int, Column("TMDB's id", 157336, limits=(1, MAX_ID))]
    title: Annotated[str, Column("in English", "Interstellar", TITLE_MAX)]
    original_title: Annotated[str, Column("in the original language", "Interstellar", TITLE_MAX)]
    year: Annotated[
        int, Column("year of release", 2014, limits=(FIRST_YEAR, LAST_YEAR), bits=16, zero_unknown=True)
    ]
    release_date: Annotated[date | None, Column("null where only the year is known", "2014-11-05")]
    status: Annotated[str, Column("Released: the catalogue has no others", "Released", CODE_MAX, indexed=False)]
    vote_average: Annotated[float, Column("mean of the votes, 0 to 10", 8.417, limits=(0, 10))]
    vote_count: Annotated[int, Column("how many have voted", 32571, limits=_COUNT, short="votes")]
    popularity: Annotated[float, Column("TMDB's measure of the attention that it gets", 140.241, limits=(0, 1e9))]
    runtime: Annotated[int | None, Column("minutes", 169, limits=_COUNT)]
    budget: Annotated[int | None, Column("US dollars", 165_000_000, limits=_MONEY, bits=64)]
    revenue: Annotated[int | None, Column("US dollars", 701_729_206, limits=_MONEY, bits=64)]
    adult: Annotated[bool, Column("whether it is for adults only", False)]
    original_language: Annotated[str, Column("a code", "en", CODE_MAX)]  # in lower case
    imdb_id: Annotated[str | None, Column("IMDb's id", "tt0816692", CODE_MAX)]
    poster_path: Annotated[
        str | None,
        Column("of the poster, on TMDB's image server", "/gEU2QniE6E77NI6lCU6MxlNBvIx.jpg", PATH_MAX),
    ]
    backdrop_path: Annotated[
        str | None,
        Column("of a still, on TMDB's image server", "/pbrkL804c8yAv3zBZR4QPEafpAR.jpg", PATH_MAX, indexed=False),
    ]
    homepage: Annotated[
        str | None, Column("its own pages", "http://www.interstellarmovie.net/", URL_MAX, indexed=False)
    ]
    overview: Annotated[
        str, Column("what it is about", "Explorers leave the earth to find another home.", OVERVIEW_MAX)
    ]
    tagline: Annotated[str, Column("its slogan", "Beyond the stars", TAGLINE_MAX)]
    genres: Annotated[
        tuple[str, ...], Column("in TMDB's order", ["Adventure", "Drama", "Science Fiction"], GENRES_MAX)
    ]
    keywords: Annotated[
        tuple[str, ...], Column("what it has to do with", ["black hole", "nasa", "wormhole"], LIST_MAX)
    ]
    production_companies: Annotated[
        tuple[str, ...],
        Column(
            "who made it",
            ["Legendary Pictures", "Syncopy", "Lynda Obst Productions"],
            LIST_MAX,
            short="companies",
        ),
    ]
    production_countries: Annotated[
        tuple[str, ...],
        Column("where it was made", ["United Kingdom", "United States of America"], LIST_MAX, short="countries"),
    ]
    spoken_languages: Annotated[tuple[str, ...], Column("which are spoken in it", ["English"], LIST_MAX)]
    directors: Annotated[
        tuple[str, ...],
        Column("who directed it, where the dump says so", ["Christopher Nolan"], LIST_MAX, source="director"),
    ]
    actors: Annotated[
        tuple[str, ...],
        Column(
            "the leading actors first, where the dump names them",
            ["Matthew McConaughey", "Anne Hathaway"],
            LIST_MAX,
            source="cast",
        ),
    ]
    imdb_rating: Annotated[
        float | None, Column("IMDb's rating, 0 to 10, where it is known", 8.7, limits=(0, 10), indexed=False)
    ]
    imdb_votes: Annotated[
        int | None, Column("how many have voted at IMDb", 2_400_000, limits=_COUNT, indexed=False)
    ]


@dataclass(frozen=True)
class Movie(Film):
    """A film of the catalogue: with what is computed from all films together."""

    rating: Annotated[float, Column("Bayesian average of the votes, 0 to 10", 8.286, computed=True)]
    duplicate_of: Annotated[
        int | None, Column("id of the best record of the same film", None, shown=False, computed=True)
    ]


@dataclass(frozen=True)
class MovieSummary:
    """A film as lists show it: some columns of `Movie`, in the order in which they are shown."""

    id: int
    title: str
    original_title: str
    year: int
    genres: tuple[str, ...]
    runtime: int | None
    rating: float
    vote_average: float
    vote_count: int
    popularity: float
    poster_path: str | None


class Match(StrEnum):
    """How a filter compares a film's column with its value."""

    ANY = "any"  # at least one of the names; of a text: one of the values
    ALL = "all"
    NONE = "none"
    MIN = "min"  # inclusive; an unknown value fails
    MAX = "max"
    WITH = "with"  # films where the column is true are left out unless this is true


@dataclass(frozen=True)
class Filter:
    """What is true of a filter everywhere.

    Attributes:
        match: how it compares.
        column: with what.
        description: for the OpenAPI document.
        example: a value, for the OpenAPI document.
        limits: the lowest and highest value of a bound.
        name: of the field that carries this filter.
        type: of a bound, int, float or date.
    """

    match: Match
    column: str
    description: str
    example: object
    limits: tuple[float, float] = (0, MAX_ID)
    name: str = ""
    type: type = int

    @property
    def of_names(self) -> bool:
        """Whether its value is a list of names."""
        return self.match in (Match.ANY, Match.ALL, Match.NONE)


Names = tuple[str, ...]
_YEARS, _MINUTES, _RATINGS = (0, 9999), (0, 100_000), (0, 10)
_any, _all, _none = (partial(Filter, match) for match in (Match.ANY, Match.ALL, Match.NONE))
_min, _max = partial(Filter, Match.MIN), partial(Filter, Match.MAX)


@dataclass(frozen=True)
class Filters:
    """What must hold for a film to be returned. Names match in any case, bounds are inclusive.

    A film whose year, date or runtime is unknown fails a bound on it. `rating_min` compares the Bayesian rating.
    """

    genres: Annotated[Names, _any("genres", "any of these genres", ["Science Fiction"])] = ()
    genres_all: Annotated[Names, _all("genres", "all of these genres", ["Adventure", "Drama"])] = ()
    without_genres: Annotated[Names, _none("genres", "none of these genres", ["Horror"])] = ()
    keywords: Annotated[Names, _any("keywords", "any of these keywords", ["space", "future"])] = ()
    without_keywords: Annotated[Names, _none("keywords", "none of these keywords", ["superhero"])] = ()
    languages: Annotated[Names, _any("original_language", "codes of the original language", ["en", "ja"])] = ()
    countries: Annotated[
        Names, _any("production_countries", "any of these countries of production", ["United States of America"])
    ] = ()
    without_languages: Annotated[Names, _none("original_language", "codes of no original language", ["hi"])] = ()
    without_countries: Annotated[
        Names, _none("production_countries", "none of these countries of production", ["India"])
    ] = ()
    companies: Annotated[Names, _any("production_companies", "made by any of these companies", ["Syncopy"])] = ()
    directors: Annotated[Names, _any("directors", "directed by any of these people", ["Christopher Nolan"])] = ()
    actors: Annotated[Names, _any("actors", "with any of these actors", ["Anne Hathaway"])] = ()
    year_min: Annotated[int | None, _min("year", "first year of release", 1960, _YEARS)] = None
    year_max: Annotated[int | None, _max("year", "last year of release", 2019, _YEARS)] = None
    released_min: Annotated[date | None, _min("release_date", "first day of release", "2014-10-01")] = None
    released_max: Annotated[date | None, _max("release_date", "last day of release", "2014-11-30")] = None
    runtime_min: Annotated[int | None, _min("runtime", "minutes, at the least", 90, _MINUTES)] = None
    runtime_max: Annotated[int | None, _max("runtime", "minutes, at the most", 200, _MINUTES)] = None
    votes_min: Annotated[int | None, _min("vote_count", "votes, at the least", 500)] = None
    votes_max: Annotated[int | None, _max("vote_count", "votes, at the most", 90_000)] = None
    rating_min: Annotated[float | None, _min("rating", "Bayesian rating, at the least", 6.5, _RATINGS)] = None
    rating_max: Annotated[float | None, _max("rating", "Bayesian rating, at the most", 9.5, _RATINGS)] = None
    adult: Annotated[bool, Filter(Match.WITH, "adult", "let adult films in, too", False)] = False

    def active(self) -> Iterator[tuple[Filter, Any]]:
        """The filters that leave films out, with their values."""
        for one in FILTERS.values():
            value = getattr(self, one.name)
            if not value if one.match is Match.WITH else value not in (None, ()):
                yield one, value

    def key(self) -> tuple[object, ...]:
        """A cache key, equal for filters that mean the same. Every field is part of it."""
        values = ((one, getattr(self, one.name)) for one in FILTERS.values())
        return tuple(
            tuple(sorted({fold_name(name) for name in value})) if one.of_names else value for one, value in values
        )


def fold_name(name: str) -> str:
    """The form in which names of any case are equal: of a genre, a keyword, a country or a language code.

    >>> fold_name("Science Fiction"), fold_name("Côte d'Ivoire")
    ('science fiction', "côte d'ivoire")
    """
    return name.casefold().rstrip(" ")


_SEPARATOR = re.compile(r"(?<!\\),")


def split_names(text: str, most: int = 0) -> list[str]:
    r"""The names in a text: a comma ends one, unless it is behind a backslash. `most` splits, 0 for any number.

    >>> split_names(r"Syncopy, 13th Studio\, The")
    ['Syncopy', '13th Studio, The']
    """
    return [name.strip().replace(r"\,", ",") for name in _SEPARATOR.split(text, most)]


_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def fold(text: str) -> str:
    """Without case, accents, control characters and needless blanks.

    >>> fold("  Amélie   Poulain "), fold("STRASSE") == fold("Straße")
    ('amelie poulain', True)
    """
    if text.isascii():  # most titles are: six times as fast
        return _BLANKS.sub(" ", text.lower()).strip(" ")
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
    return _BLANKS.sub(" ", bare).strip(" ")


def sort_title(title: str) -> str:
    """What films are ordered by where they are sorted by title, by code points: the folded title, or its start."""
    return fold(title)[:SORT_TITLE_MAX].rstrip(" ")


def _described(cls: type) -> dict[str, tuple[Any, type, bool]]:
    """Of each field of a class: what its annotation carries, its type, and whether that may be None."""
    found = {}
    for name, hint in get_type_hints(cls, include_extras=True).items():
        written, about = get_args(hint)
        options = get_args(written) if isinstance(written, UnionType) else (written,)
        kind = next(option for option in options if option is not NoneType)
        found[name] = about, get_origin(kind) or kind, NoneType in options
    return found


COLUMNS: Mapping[str, Column] = {
    name: replace(column, name=name, type=f"int{column.bits}" if kind is int else _TYPES[kind], nullable=nullable)
    for name, (column, kind, nullable) in _described(Movie).items()
}
"""All columns of `Movie`, by name."""

SUMMARY = tuple(COLUMNS[field.name] for field in fields(MovieSummary))
"""The columns of `MovieSummary`, in its order."""

FILTERS: Mapping[str, Filter] = {
    name: replace(one, name=name, type=kind) for name, (one, kind, _) in _described(Filters).items()
}
"""All filters, by name."""
