"""What each page shows, as its address says it: the query string is the only place of this state.

Pure. Filters have the API's own names, so an address of this app reads like a request. A value that cannot be used
(`year_min=soon`) is ignored instead of refused: people edit addresses.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from contract import FILTERS, MAX_ID, Filters, Franchise
from ui.models.query import (
    MOST_NAMES,
    Query,
    encode,
    filter_parameters,
    first,
    flag,
    ids,
    number,
    read_filters,
    weights,
    whole,
    written,
)
from ui.models.sorts import RENAMED, Sort, View

LATEST_YEAR = int(FILTERS["year_min"].limits[1])
LONGEST_START = 40
RATED_VOTES = 100
"""The minimum of votes that a choice of best or worst rated films sets; the visitor may change it."""
LONGEST_TEXT, LONGEST_NAME, LONGEST_PIECE = 2_000, 60, 200
BROWSE, FILM, MIX, COMPARE, ANALYTICS, OPERATOR = "browse", "film", "mix", "compare", "analytics", "operator"
FOR_YOU, WATCHLIST = "for-you", "watchlist"


class PageState(ABC):
    """Base of the states: a page that can be linked to."""

    PAGE: ClassVar[str]
    """Name of the page in the address; "" for the home page."""

    @abstractmethod
    def query(self) -> dict[str, list[str]]:
        """The query string's parameters; those with their default value are left out."""

    def href(self) -> str:
        """The relative address of this state.

        >>> FilmState(157336).href(), FindState().href()
        ('film?id=157336', './')
        """
        parameters = encode(self.query())
        return (self.PAGE or "./") + (f"?{parameters}" if parameters else "")


@dataclass(frozen=True)
class FindState(PageState):
    """What the home page shows: films by title, or the shelves, that of a genre first.

    Attributes:
        more: whether to show more films than usual.
    """

    PAGE: ClassVar[str] = ""
    title: str = ""
    more: bool = False
    genre: str = ""

    @classmethod
    def read(cls, query: Query) -> Self:
        """The state of an address."""
        return cls(first(query, "q"), flag(query, "more"), first(query, "genre"))

    def query(self) -> dict[str, list[str]]:
        """The query string's parameters."""
        return written({"q": self.title, "more": self.more, "genre": self.genre})


@dataclass(frozen=True)
class BrowseState(PageState):
    """What the browse page shows. The page number is shown to people; the cursor or the start says where it is.

    Attributes:
        seed: of the order at random.
        start: a year or the first letters of a title, where the sort is by one of these; None after paging.
    """

    PAGE: ClassVar[str] = BROWSE
    filters: Filters = field(default_factory=Filters)
    sort: Sort = Sort.POPULAR
    cursor: str | None = None
    page: int | None = 1
    start: str | None = None
    view: View = View.WALL
    seed: int = 0

    @classmethod
    def read(cls, query: Query) -> Self:
        """The state of an address."""
        sort = first(query, "sort")
        chosen = Sort(sort) if sort in set(Sort) else RENAMED.get(sort, Sort.POPULAR)
        seed = (whole(query, "seed", MAX_ID) or 0) if chosen is Sort.RANDOM else 0
        cursor = first(query, "cursor") or None
        start = None if cursor else _start(query, chosen)
        page = whole(query, "page", MAX_ID) or None if cursor else None if start else 1
        view = View.TABLE if first(query, "view") == View.TABLE else View.WALL
        return cls(read_filters(query), chosen, cursor, page, start, view, seed)

    def query(self) -> dict[str, list[str]]:
        """The query string's parameters."""
        return filter_parameters(self.filters) | written(
            {
                "sort": None if self.sort is Sort.POPULAR else self.sort.value,
                "cursor": self.cursor,
                "page": self.page if self.cursor else None,
                "from": self.start,
                "view": None if self.view is View.WALL else self.view.value,
                "seed": self.seed or None,
            }
        )

    def first_page(self, filters: Filters | None = None) -> BrowseState:
        """The first page, with other filters if given."""
        filters = self.filters if filters is None else filters
        return BrowseState(filters, self.sort, view=self.view, seed=self.seed)

    def sorted_by(self, sort: Sort, seed: int = 0) -> BrowseState:
        """The first page in another order; by rating, with a minimum of votes, which another order drops again."""
        filters = self.filters
        if sort.by_rating and filters.votes_min is None:
            filters = replace(filters, votes_min=RATED_VOTES)
        elif self.sort.by_rating and not sort.by_rating and filters.votes_min == RATED_VOTES:
            filters = replace(filters, votes_min=None)
        return BrowseState(filters, sort, view=self.view, seed=seed)

    def starting_at(self, start: str) -> BrowseState:
        """The page that starts at a year or at a letter."""
        return replace(self.first_page(), start=start, page=None)


def _start(query: Query, sort: Sort) -> str | None:
    if sort.by == "released":
        year = whole(query, "from", LATEST_YEAR)
        return None if year is None else str(year)
    return first(query, "from")[:LONGEST_START] or None if sort.by == "title" else None


@dataclass(frozen=True)
class Tuning:
    """How recommendations are chosen.

    Attributes:
        weights: factors on the blocks' own weights; a block that is not named has 1.
        diversity: from 0, the most similar films, to 1, the most varied ones.
        franchise: whether sequels and other versions come back.
    """

    filters: Filters = field(default_factory=Filters)
    weights: Mapping[str, float] = field(default_factory=dict)
    diversity: float = 0.0
    franchise: Franchise = Franchise.ALL

    @classmethod
    def read(cls, query: Query) -> Self:
        """The tuning of an address."""
        factors = {name: factor for name, factor in weights(query, "weights").items() if factor != 1}
        asked = first(query, "franchise")
        franchise = Franchise(asked) if asked in set(Franchise) else Franchise.ALL
        return cls(read_filters(query), factors, number(query, "diversity", 1.0) or 0.0, franchise)

    def query(self) -> dict[str, list[str]]:
        """The query string's parameters."""
        franchise = None if self.franchise is Franchise.ALL else self.franchise.value
        tuned = {"weights": self.weights, "diversity": self.diversity or None, "franchise": franchise}
        return filter_parameters(self.filters) | written(tuned)


@dataclass(frozen=True)
class FilmState(PageState):
    """What the film page shows: a film and its neighbours."""

    PAGE: ClassVar[str] = FILM
    movie_id: int | None = None
    tuning: Tuning = field(default_factory=Tuning)

    @classmethod
    def read(cls, query: Query) -> Self:
        """The state of an address."""
        return cls(whole(query, "id", MAX_ID) or None, Tuning.read(query))

    def query(self) -> dict[str, list[str]]:
        """The query string's parameters."""
        return written({"id": self.movie_id}) | self.tuning.query()


@dataclass(frozen=True)
class Preferences:
    """Films that are liked and disliked, and free text. No film is both.

    Attributes:
        unread: the pieces that the text is not to be read as, see `ui.models.films.Piece.key`.
    """

    likes: tuple[int, ...] = ()
    dislikes: tuple[int, ...] = ()
    text: str = ""
    unread: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.likes or self.dislikes or self.text)

    def with_like(self, movie_id: int) -> Preferences:
        """With one more liked film; the oldest is dropped where there are too many."""
        rest = self.without(movie_id)
        return replace(rest, likes=(*rest.likes, movie_id)[-MOST_NAMES:])

    def with_dislike(self, movie_id: int) -> Preferences:
        """With one more disliked film."""
        rest = self.without(movie_id)
        return replace(rest, dislikes=(*rest.dislikes, movie_id)[-MOST_NAMES:])

    def with_all(self, other: Preferences) -> Preferences:
        """With everything of another, which counts where the two differ about a film or have other words."""
        found = self
        for movie_id in other.likes:
            found = found.with_like(movie_id)
        for movie_id in other.dislikes:
            found = found.with_dislike(movie_id)
        return replace(found, text=other.text, unread=other.unread) if other.text else found

    def without(self, movie_id: int) -> Preferences:
        """Without a film."""
        likes = tuple(film for film in self.likes if film != movie_id)
        return replace(self, likes=likes, dislikes=tuple(film for film in self.dislikes if film != movie_id))

    def with_text(self, text: str) -> Preferences:
        """With another text, all of which is read."""
        return replace(self, text=text, unread=())

    def without_piece(self, key: str) -> Preferences:
        """With one thing less that the text is read as."""
        return replace(self, unread=(*self.unread, key)[-MOST_NAMES:])


@dataclass(frozen=True)
class MixState(PageState):
    """What the mix page shows: preferences and the films recommended for them.

    Attributes:
        name: which of the visitor's mixes this is; "" for the first one.
    """

    PAGE: ClassVar[str] = MIX
    preferences: Preferences = field(default_factory=Preferences)
    tuning: Tuning = field(default_factory=Tuning)
    name: str = ""

    @classmethod
    def read(cls, query: Query) -> Self:
        """The state of an address."""
        likes = ids(query, "like")
        dislikes = tuple(film for film in ids(query, "dislike") if film not in likes)
        text = first(query, "text")[:LONGEST_TEXT].strip()
        unread = tuple(key for key in query.get("unread", ()) if 0 < len(key) <= LONGEST_PIECE)[:MOST_NAMES]
        name = first(query, "name")[:LONGEST_NAME].strip()
        return cls(Preferences(likes, dislikes, text, unread if text else ()), Tuning.read(query), name)

    def query(self) -> dict[str, list[str]]:
        """The query string's parameters."""
        wanted = self.preferences
        mix = {"like": wanted.likes, "dislike": wanted.dislikes, "text": wanted.text, "unread": wanted.unread}
        return written(mix | {"name": self.name}) | self.tuning.query()


@dataclass(frozen=True)
class ForYouState(PageState):
    """What the page of films for a member shows.

    Attributes:
        watchlist: whether the films of the member's watchlist are ranked, and no others.
    """

    PAGE: ClassVar[str] = FOR_YOU
    tuning: Tuning = field(default_factory=Tuning)
    watchlist: bool = False

    @classmethod
    def read(cls, query: Query) -> Self:
        """The state of an address."""
        return cls(Tuning.read(query), first(query, "among") == WATCHLIST)

    def query(self) -> dict[str, list[str]]:
        """The query string's parameters."""
        return written({"among": WATCHLIST if self.watchlist else None}) | self.tuning.query()


@dataclass(frozen=True)
class CompareState(PageState):
    """What the compare page shows: up to two films."""

    PAGE: ClassVar[str] = COMPARE
    movie_ids: tuple[int, ...] = ()

    @classmethod
    def read(cls, query: Query) -> Self:
        """The state of an address."""
        return cls(ids(query, "id")[:2])

    def query(self) -> dict[str, list[str]]:
        """The query string's parameters."""
        return written({"id": self.movie_ids})
