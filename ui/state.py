"""The address as state: what each page shows is in its query string, and nowhere else.

Pure: a query is a mapping from a name to its values. Filters have the API's own names, so an address of this app
reads like a request. What an address says wrongly (`year_min=soon`) is left out, not refused: people edit them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlencode

Query = Mapping[str, Sequence[str]]

MAX_ID = 2**31 - 1
LATEST_YEAR = 9999
LONGEST_RUNTIME = 100_000
MOST_NAMES = 50
LONGEST_NAME = 200
BEST_RATING = 10.0


class Sort(StrEnum):
    """What the catalogue is sorted by, and which way: the API's two parameters in one choice."""

    POPULAR = "popularity"
    UNPOPULAR = "popularity-asc"
    BEST = "rating"
    WORST = "rating-asc"
    MOST_VOTES = "votes"
    FEWEST_VOTES = "votes-asc"
    NEWEST = "year"
    OLDEST = "year-asc"
    A_TO_Z = "title-asc"
    Z_TO_A = "title-desc"

    @property
    def by(self) -> str:
        """The API's `sort`."""
        return self.value.partition("-")[0]

    @property
    def order(self) -> str:
        """The API's `order`."""
        return self.value.partition("-")[2] or "desc"


@dataclass(frozen=True)
class Filters:
    """Which films may be shown. Lists mean any of; runtime is in minutes."""

    genres: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    year_min: int | None = None
    year_max: int | None = None
    runtime_min: int | None = None
    runtime_max: int | None = None
    votes_min: int | None = None
    rating_min: float | None = None

    @classmethod
    def read(cls, query: Query) -> Filters:
        """The filters of an address."""
        return cls(
            genres=_names(query, "genres"),
            keywords=_names(query, "keywords"),
            languages=_names(query, "languages"),
            countries=_names(query, "countries"),
            year_min=_whole(query, "year_min", LATEST_YEAR),
            year_max=_whole(query, "year_max", LATEST_YEAR),
            runtime_min=_whole(query, "runtime_min", LONGEST_RUNTIME),
            runtime_max=_whole(query, "runtime_max", LONGEST_RUNTIME),
            votes_min=_whole(query, "votes_min", MAX_ID),
            rating_min=_number(query, "rating_min", BEST_RATING),
        )

    def query(self) -> dict[str, list[str]]:
        """The same as a query string's parameters; what is not set is not in it."""
        return _written(vars(self))


@dataclass(frozen=True)
class BrowseState:
    """What the browse page shows. The page's number is for people; the cursor says where it is."""

    filters: Filters = field(default_factory=Filters)
    sort: Sort = Sort.POPULAR
    cursor: str | None = None
    page: int = 1

    @classmethod
    def read(cls, query: Query) -> BrowseState:
        """The state of an address."""
        sort = _first(query, "sort")
        cursor = _first(query, "cursor") or None
        page = _whole(query, "page", MAX_ID) if cursor else None
        return cls(
            filters=Filters.read(query),
            sort=Sort(sort) if sort in set(Sort) else Sort.POPULAR,
            cursor=cursor,
            page=max(page or 1, 1),
        )

    def query(self) -> dict[str, list[str]]:
        """The address of this state."""
        sort = None if self.sort is Sort.POPULAR else self.sort.value
        page = self.page if self.cursor and self.page > 1 else None
        return self.filters.query() | _written({"sort": sort, "cursor": self.cursor, "page": page})


@dataclass(frozen=True)
class FilmState:
    """What the film page shows: a film, filters for its kin, and how varied they shall be, 0 to 1."""

    movie_id: int | None = None
    filters: Filters = field(default_factory=Filters)
    diversity: float = 0.0

    @classmethod
    def read(cls, query: Query) -> FilmState:
        """The state of an address."""
        return cls(
            movie_id=_whole(query, "id", MAX_ID) or None,
            filters=Filters.read(query),
            diversity=_number(query, "diversity", 1.0) or 0.0,
        )

    def query(self) -> dict[str, list[str]]:
        """The address of this state."""
        return (
            _written({"id": self.movie_id})
            | self.filters.query()
            | _written({"diversity": self.diversity or None})
        )


def encode(query: Query) -> str:
    """A query string, without the question mark.

    >>> encode({"genres": ["Drama", "Science Fiction"]})
    'genres=Drama&genres=Science+Fiction'
    """
    return urlencode(query, doseq=True)


def _written(values: Mapping[str, object]) -> dict[str, list[str]]:
    lists = {
        k: [str(item) for item in v] if isinstance(v, tuple) else [str(v)]
        for k, v in values.items()
        if v is not None
    }
    return {name: written for name, written in lists.items() if written}


def _first(query: Query, name: str) -> str:
    return next(iter(query.get(name, ())), "").strip()


def _names(query: Query, name: str) -> tuple[str, ...]:
    """As the API reads them: repeated or comma-separated, and no more than it takes."""
    parts = (part.strip() for value in query.get(name, ()) for part in value.split(","))
    return tuple(dict.fromkeys(part for part in parts if 0 < len(part) <= LONGEST_NAME))[:MOST_NAMES]


def _whole(query: Query, name: str, most: int) -> int | None:
    text = _first(query, name)
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_ID))):
        return None
    number = int(text)
    return number if number <= most else None


def _number(query: Query, name: str, most: float) -> float | None:
    try:
        number = float(_first(query, name))
    except ValueError:
        return None
    return number if 0 <= number <= most else None
