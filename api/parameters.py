"""What requests may carry: query parameters and bodies, validated; unknown names are refused."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic.types import StrictInt

from api.people.accounts import LONGEST_PASSWORD
from index.films.filters import Filters
from sql.browse import Order, Sort
from sql.tables import USER_NAME_MAX

MAX_ID = 2**31 - 1
LONGEST_NAME = 200
LONGEST_TITLE = 500
LONGEST_TEXT = 2_000
MOST_NAMES = 50
MOST_FILMS = 100
MOST_CANDIDATES = 10_000


def _split(value: Any) -> Any:
    """Lists repeat the parameter or are comma-separated; both at once are fine."""
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list | tuple):
        return values
    parts: list[Any] = []
    for item in values:
        parts += [part.strip() for part in item.split(",")] if isinstance(item, str) else [item]
    return parts


def _without_empty(parts: Any) -> Any:
    """A list without what an empty field of a form, or a comma too many, leaves in it."""
    return [part for part in parts if part != ""] if isinstance(parts, list) else parts


def whole(value: Any) -> Any:
    """Refuse a text that is no whole number; pydantic would take `27205.0` for one."""
    if isinstance(value, str) and not re.fullmatch(r"[+-]?\d+", value, re.ASCII):
        raise ValueError("is not a whole number")
    return value


Whole = Annotated[int, BeforeValidator(whole)]
Name = Annotated[str, StringConstraints(max_length=LONGEST_NAME)]
Names = Annotated[
    list[Name], BeforeValidator(_split), Field(max_length=MOST_NAMES), AfterValidator(_without_empty)
]
MovieId = Annotated[Whole, Field(ge=1, le=MAX_ID)]
MovieIdPath = Annotated[MovieId, Path(description="TMDB's id", examples=[157336])]
MovieIds = Annotated[
    list[MovieId],
    BeforeValidator(_without_empty),
    BeforeValidator(_split),
    Field(max_length=MOST_FILMS),
]
StrictMovieId = Annotated[StrictInt, Field(ge=1, le=MAX_ID)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TITLE)]
Year = Annotated[Whole, Field(ge=0, le=9999)]
Limit = Annotated[Whole, Field(ge=1, le=100)]


class Strict(BaseModel):
    """Refuses names it does not know."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class NoParameters(Strict):
    """For routes that take none."""


class FilterFields(Strict):
    """The filters of the contract, as query parameters and as the object `filters` of a body."""

    genres: Names = Field(default_factory=list, description="any of these genres", examples=[["Science Fiction"]])
    genres_all: Names = Field(
        default_factory=list, description="all of these genres", examples=[["Adventure", "Drama"]]
    )
    without_genres: Names = Field(default_factory=list, description="none of these genres", examples=[["Horror"]])
    keywords: Names = Field(
        default_factory=list, description="any of these keywords", examples=[["space", "future"]]
    )
    without_keywords: Names = Field(
        default_factory=list, description="none of these keywords", examples=[["superhero"]]
    )
    languages: Names = Field(
        default_factory=list, description="codes of the original language", examples=[["en", "ja"]]
    )
    countries: Names = Field(
        default_factory=list,
        description="any of these countries of production",
        examples=[["United States of America"]],
    )
    year_min: Year | None = Field(None, description="first year of release", examples=[1960])
    year_max: Year | None = Field(None, description="last year of release", examples=[2019])
    runtime_min: Whole | None = Field(None, ge=0, le=100_000, description="minutes, at the least", examples=[90])
    runtime_max: Whole | None = Field(None, ge=0, le=100_000, description="minutes, at the most", examples=[200])
    votes_min: Whole | None = Field(None, ge=0, le=MAX_ID, description="votes, at the least", examples=[500])
    rating_min: float | None = Field(
        None, ge=0, le=10, description="Bayesian rating, at the least", examples=[6.5]
    )
    adult: bool = Field(False, description="let adult films in, too", examples=[False])

    def filters(self) -> Filters:
        """The same as the index and the catalogue take it."""
        values: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set & FILTERS}
        values = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
        return Filters(**values) if values else UNFILTERED


FILTERS = frozenset(FilterFields.model_fields)
UNFILTERED = Filters()


class Model(StrEnum):
    """Which model recommends."""

    HYBRID = "hybrid"
    CONTENT = "content"
    COLLABORATIVE = "collaborative"


class BrowseQuery(FilterFields):
    """Parameters of `GET /movies`."""

    limit: Limit = Field(50, description="films on a page", examples=[20])
    cursor: Annotated[str, StringConstraints(max_length=2_000)] | None = Field(
        None,
        description="`next` or `previous` of another page with the same sort, order and filters",
        examples=["WyI5MTI1NTYwYmNmYTMiLDE3My42OTQsNjQwMTQ2LGZhbHNlXQ"],
    )
    sort: Sort = Field(Sort.popularity, description="what to sort by", examples=["rating"])
    order: Order | None = Field(None, description="desc unless sorted by title", examples=["asc"])
    start: (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME)] | None
    ) = Field(
        None,
        alias="from",
        description="begin at this value of the sort: a year, a rating, the first letters of a title",
        examples=["90"],
    )

    @model_validator(mode="after")
    def _one_beginning(self) -> BrowseQuery:
        if self.start is not None and self.cursor is not None:
            raise ValueError("give `from` or `cursor`, not both: a cursor says where its page begins")
        self.begins_at()
        return self

    def begins_at(self) -> str | float | None:
        """`from` as the sort compares it.

        Raises:
            ValueError: not a number, and the sort is not by title.
        """
        if self.start is None or self.sort is Sort.title:
            return self.start
        if re.fullmatch(r"\d{1,12}(\.\d{1,12})?", self.start, re.ASCII) is None:
            raise ValueError(f"`from` must be a number where films are sorted by {self.sort}, not {self.start!r}")
        return float(self.start) if "." in self.start else int(self.start)


class ShelfQuery(FilterFields):
    """Parameters of `GET /shelves` and of one shelf."""

    limit: Limit = Field(20, description="films on a shelf", examples=[20])


class PosterQuery(Strict):
    """Parameters of `GET /posters`."""

    ids: Annotated[MovieIds, Field(min_length=1)] = Field(
        description="TMDB ids; repeat it, or put commas between them", examples=[[157336, 348]]
    )


class RatingsQuery(FilterFields):
    """Parameters of `GET /stats/ratings`."""

    id: MovieId | None = Field(None, description="TMDB id of a film to set against its genre", examples=[157336])


class TrendsQuery(FilterFields):
    """Parameters of `GET /stats/trends`."""

    by: Literal["genres", "languages"] = Field(
        "genres", description="what rises and falls", examples=["languages"]
    )
    per: Literal["year", "decade"] = Field("decade", description="how long a period is", examples=["year"])
    limit: Limit = Field(20, description="genres or languages, those with the most films", examples=[5])


class TopQuery(FilterFields):
    """Parameters of `GET /stats/top`."""

    limit: Limit = Field(20, description="films in each list", examples=[20])


class SearchQuery(FilterFields):
    """Parameters of `GET /movies/search`."""

    q: Annotated[str, StringConstraints(min_length=1, max_length=10_000)] = Field(
        description="a title, or something like it", examples=["interstelar"]
    )
    year: Year | None = Field(None, description="the year of release, if you know it", examples=[2014])
    limit: Whole = Field(10, ge=1, le=50, description="matches, at the most", examples=[5])


class RankingFields(Strict):
    """What every way of asking for recommendations takes."""

    k: Limit = Field(10, description="how many films", examples=[10])
    model: Model = Field(Model.HYBRID, description="what recommends", examples=["hybrid"])
    diversity: float = Field(0.0, ge=0, le=1, description="0 the most alike, 1 the most varied", examples=[0.3])
    exact: bool = Field(False, description="compare with every film", examples=[True])
    explain: bool = Field(False, description="say why", examples=[True])


class KinQuery(RankingFields, FilterFields):
    """Parameters of `GET /movies/recommend/{id}`."""

    k: Limit = Field(5, description="how many films", examples=[5])


class RecommendQuery(RankingFields, FilterFields):
    """Parameters of `GET /movies/recommend`."""

    title: Annotated[list[Title], Field(max_length=MOST_FILMS)] = Field(
        [], description="title of a film that you like; repeat it for several", examples=[["interstelar"]]
    )
    year: Year | None = Field(None, description="its year, if you know it", examples=[2014])
    id: MovieIds = Field(
        [], description="TMDB id of a film that you like; repeat it for several", examples=[[157336, 603]]
    )

    @model_validator(mode="after")
    def _something_to_go_by(self) -> RecommendQuery:
        if not self.title and not self.id:
            raise ValueError("give `title` or `id` of at least one film that you like")
        return self

    @property
    def plain(self) -> bool:
        """Whether it names one film and asks for no more than a few of its kin."""
        asked = self.model_fields_set
        return asked <= PLAIN and len(self.title) + len(self.id) == 1 and self.k <= FEW


PLAIN = frozenset({"title", "year", "id", "k"})
FEW = 20


class TitleYear(Strict):
    """A film by its title and, if known, its year."""

    title: Title = Field(description="the title, or something like it", examples=["Moon"])
    year: Year | None = Field(None, description="the year of release, if you know it", examples=[2009])


class SessionBody(Strict):
    """Body of `POST /sessions`."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=USER_NAME_MAX)] = Field(
        description="as `python -m api create-user` was told it", examples=["ann"]
    )
    password: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PASSWORD)] = Field(
        description="the password that was given to it", examples=["correct horse"]
    )


Film = StrictMovieId | Title | TitleYear


class RecommendBody(RankingFields):
    """Body of `POST /movies/recommend`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "like": ["Alien", {"title": "Moon", "year": 2009}],
                    "dislike": [679],
                    "weights": {"keywords": 2},
                    "filters": {"votes_min": 500},
                    "k": 5,
                    "explain": True,
                }
            ]
        }
    )

    like: Annotated[list[Film], Field(max_length=MOST_FILMS)] = Field(
        [], description="films that you like: ids, titles, or {title, year}", examples=[["Alien", 335984]]
    )
    dislike: Annotated[list[Film], Field(max_length=MOST_FILMS)] = Field(
        [], description="films that you do not like", examples=[[679]]
    )
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TEXT)] | None = Field(
        None, description="a film in your own words", examples=["a lonely robot tidies up the earth"]
    )
    weights: dict[str, Annotated[float, Field(ge=0, le=100)]] = Field(
        {}, description="factor on a block's default weight", examples=[{"keywords": 2, "year": 0}]
    )
    filters: FilterFields = Field(
        default_factory=FilterFields,  # type: ignore[arg-type]
        description="what must hold of the films that come back",
        examples=[{"votes_min": 500}],
    )
    exclude: Annotated[list[StrictMovieId], Field(max_length=MOST_CANDIDATES)] = Field(
        [], description="ids that must not come back", examples=[[62]]
    )
    candidates: Annotated[list[StrictMovieId], Field(max_length=MOST_CANDIDATES)] | None = Field(
        None, description="rank just these films, exactly", examples=[[264660, 286217, 679]]
    )

    @model_validator(mode="after")
    def _something_to_go_by(self) -> RecommendBody:
        if not self.like and not self.text:
            raise ValueError("give at least one film in `like`, or describe one in `text`")
        return self
