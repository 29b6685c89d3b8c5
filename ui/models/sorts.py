"""What the catalogue is sorted by, and how it is shown."""

from __future__ import annotations

from enum import StrEnum


class Sort(StrEnum):
    """What the catalogue is sorted by, and which way: the API's two parameters in one choice."""

    POPULAR = "popular"
    TRENDING = "trending"
    BEST = "acclaimed"
    HIDDEN_GEMS = "hidden-gems"
    MOST_VOTES = "votes"
    NEWEST = "released"
    OLDEST = "released-asc"
    A_TO_Z = "title-asc"
    Z_TO_A = "title-desc"
    LONGEST = "runtime"
    SHORTEST = "runtime-asc"
    RANDOM = "random"
    UNPOPULAR = "popular-asc"
    WORST = "acclaimed-asc"
    FEWEST_VOTES = "votes-asc"

    @property
    def by(self) -> str:
        """The API's `sort`."""
        return self.value.removesuffix("-asc").removesuffix("-desc")

    @property
    def order(self) -> str:
        """The API's `order`."""
        return "asc" if self.value.endswith("-asc") else "desc"

    @property
    def by_rating(self) -> bool:
        """Whether films are sorted by their rating, so that few votes may decide."""
        return self in (Sort.BEST, Sort.WORST)


RENAMED = {
    "rating": Sort.BEST,
    "rating-asc": Sort.WORST,
    "year": Sort.NEWEST,
    "year-asc": Sort.OLDEST,
    "popularity-asc": Sort.UNPOPULAR,
}
"""Orders in addresses that people have kept from before."""


class View(StrEnum):
    """How the catalogue is shown."""

    WALL = "wall"
    TABLE = "table"
