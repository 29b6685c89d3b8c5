"""The address as state: what each page shows is in its query string, and nowhere else.

Pure. Filters have the API's own names, so an address of this app reads like a request. What an address says
wrongly (`year_min=soon`) is left out, not refused: people edit them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ui.models.query import MAX_ID, MOST_NAMES, Query, first, ids, names, number, weights, whole, written

LATEST_YEAR = 9999
LONGEST_RUNTIME = 100_000
LONGEST_START = 40
LONGEST_TEXT = 2_000
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


class View(StrEnum):
    """How the catalogue is shown."""

    WALL = "wall"
    TABLE = "table"


@dataclass(frozen=True)
class Filters:
    """Which films may be shown: lists mean any of, `genres_all` all of, `without_` none of; runtime in minutes."""

    genres: tuple[str, ...] = ()
    genres_all: tuple[str, ...] = ()
    without_genres: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    without_keywords: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    year_min: int | None = None
    year_max: int | None = None
    runtime_min: int | None = None
    runtime_max: int | None = None
    votes_min: int | None = None
    rating_min: float | None = None
    adult: bool = False

    @classmethod
    def read(cls, query: Query) -> Filters:
        """The filters of an address."""
        return cls(
            genres=names(query, "genres"),
            genres_all=names(query, "genres_all"),
            without_genres=names(query, "without_genres"),
            keywords=names(query, "keywords"),
            without_keywords=names(query, "without_keywords"),
            languages=names(query, "languages"),
            countries=names(query, "countries"),
            year_min=whole(query, "year_min", LATEST_YEAR),
            year_max=whole(query, "year_max", LATEST_YEAR),
            runtime_min=whole(query, "runtime_min", LONGEST_RUNTIME),
            runtime_max=whole(query, "runtime_max", LONGEST_RUNTIME),
            votes_min=whole(query, "votes_min", MAX_ID),
            rating_min=number(query, "rating_min", BEST_RATING),
            adult=first(query, "adult") == "true",
        )

    def query(self) -> dict[str, list[str]]:
        """The same as a query string's parameters; what is not set is not in it."""
        return written(vars(self))

    def body(self) -> dict[str, object]:
        """The same as the object `filters` of a request's body."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}


@dataclass(frozen=True)
class BrowseState:
    """What the browse page shows. The page's number is for people; the cursor or the start says where it is.

    Attributes:
        start: a year or the first letters of a title, where the sort is by one of these; None after paging.
    """

    filters: Filters = field(default_factory=Filters)
    sort: Sort = Sort.POPULAR
    cursor: str | None = None
    page: int | None = 1
    start: str | None = None
    view: View = View.WALL

    @classmethod
    def read(cls, query: Query) -> BrowseState:
        """The state of an address."""
        sort = first(query, "sort")
        chosen = Sort(sort) if sort in set(Sort) else Sort.POPULAR
        cursor = first(query, "cursor") or None
        start = None if cursor else _start(query, chosen)
        page = whole(query, "page", MAX_ID) or None if cursor else None if start else 1
        view = View.TABLE if first(query, "view") == View.TABLE else View.WALL
        return cls(Filters.read(query), chosen, cursor, page, start, view)

    def query(self) -> dict[str, list[str]]:
        """The address of this state."""
        return self.filters.query() | written(
            {
                "sort": None if self.sort is Sort.POPULAR else self.sort.value,
                "cursor": self.cursor,
                "page": self.page if self.cursor else None,
                "from": self.start,
                "view": None if self.view is View.WALL else self.view.value,
            }
        )

    def begun(self, filters: Filters | None = None, sort: Sort | None = None) -> BrowseState:
        """The first page with other filters or another sort."""
        return BrowseState(
            self.filters if filters is None else filters, self.sort if sort is None else sort, view=self.view
        )


def _start(query: Query, sort: Sort) -> str | None:
    if sort.by == "year":
        year = whole(query, "from", LATEST_YEAR)
        return None if year is None else str(year)
    return first(query, "from")[:LONGEST_START] or None if sort.by == "title" else None


@dataclass(frozen=True)
class Tuning:
    """How kin are chosen.

    Attributes:
        weights: factors on the blocks' own weights; a block that is not named has 1.
        diversity: 0 the most alike to 1 the most varied.
    """

    filters: Filters = field(default_factory=Filters)
    weights: Mapping[str, float] = field(default_factory=dict)
    diversity: float = 0.0

    @classmethod
    def read(cls, query: Query) -> Tuning:
        """The tuning of an address."""
        factors = {name: factor for name, factor in weights(query, "weights").items() if factor != 1}
        return cls(Filters.read(query), factors, number(query, "diversity", 1.0) or 0.0)

    def query(self) -> dict[str, list[str]]:
        """The address of this tuning."""
        return self.filters.query() | written({"weights": self.weights, "diversity": self.diversity or None})


@dataclass(frozen=True)
class FilmState:
    """What the film page shows: a film and its kin."""

    movie_id: int | None = None
    tuning: Tuning = field(default_factory=Tuning)

    @classmethod
    def read(cls, query: Query) -> FilmState:
        """The state of an address."""
        return cls(whole(query, "id", MAX_ID) or None, Tuning.read(query))

    def query(self) -> dict[str, list[str]]:
        """The address of this state."""
        return written({"id": self.movie_id}) | self.tuning.query()


@dataclass(frozen=True)
class Taste:
    """Films that are liked and disliked, and words for what is wanted. No film is both."""

    likes: tuple[int, ...] = ()
    dislikes: tuple[int, ...] = ()
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.likes or self.dislikes or self.text)

    def with_like(self, movie_id: int) -> Taste:
        """With one more liked film; the oldest make room where there are too many."""
        rest = self.without(movie_id)
        return replace(rest, likes=(*rest.likes, movie_id)[-MOST_NAMES:])

    def with_dislike(self, movie_id: int) -> Taste:
        """With one more disliked film."""
        rest = self.without(movie_id)
        return replace(rest, dislikes=(*rest.dislikes, movie_id)[-MOST_NAMES:])

    def without(self, movie_id: int) -> Taste:
        """Without a film."""
        likes = tuple(film for film in self.likes if film != movie_id)
        return Taste(likes, tuple(film for film in self.dislikes if film != movie_id), self.text)


@dataclass(frozen=True)
class MixState:
    """What the mix page shows: a taste and the films that suit it."""

    taste: Taste = field(default_factory=Taste)
    tuning: Tuning = field(default_factory=Tuning)

    @classmethod
    def read(cls, query: Query) -> MixState:
        """The state of an address."""
        likes = ids(query, "like")
        dislikes = tuple(film for film in ids(query, "dislike") if film not in likes)
        return cls(Taste(likes, dislikes, first(query, "text")[:LONGEST_TEXT].strip()), Tuning.read(query))

    def query(self) -> dict[str, list[str]]:
        """The address of this state."""
        taste = {"like": self.taste.likes, "dislike": self.taste.dislikes, "text": self.taste.text}
        return written(taste) | self.tuning.query()


@dataclass(frozen=True)
class CompareState:
    """What the compare page shows: up to two films."""

    movie_ids: tuple[int, ...] = ()

    @classmethod
    def read(cls, query: Query) -> CompareState:
        """The state of an address."""
        return cls(ids(query, "id")[:2])

    def query(self) -> dict[str, list[str]]:
        """The address of this state."""
        return written({"id": self.movie_ids})
