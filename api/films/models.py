"""Parameters and answers of the catalogue and of the title search."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints, model_validator

from api.models import MovieSummary
from api.parameters import FilterFields, Limit, Whole, Year
from contract import NAME_MAX, Order, Sort


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
    start: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_MAX)] | None = (
        Field(
            None,
            alias="from",
            description="begin at this value of the sort: a year, a rating, the first letters of a title",
            examples=["90"],
        )
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


class SearchQuery(FilterFields):
    """Parameters of `GET /movies/search`."""

    q: Annotated[str, StringConstraints(min_length=1, max_length=10_000)] = Field(
        description="a title, misspelt or not", examples=["interstelar"]
    )
    year: Year | None = Field(None, description="the year of release, if you know it", examples=[2014])
    limit: Whole = Field(10, ge=1, le=50, description="matches, at the most", examples=[5])


class MoviePage(BaseModel):
    """A page of the catalogue."""

    items: list[MovieSummary] = Field(description="the films of the page, in order")
    next: str | None = Field(
        description="send back as `cursor` for the page after; null at the end",
        examples=["WyI5MTI1NTYwYmNmYTMiLDE3My42OTQsNjQwMTQ2LGZhbHNlXQ"],
    )
    previous: str | None = Field(
        description="send back as `cursor` for the page before; null at the start", examples=[None]
    )
    total: int = Field(description="films that pass the filters", examples=[5000])


class Match(BaseModel):
    """A film whose title resembles the query."""

    movie: MovieSummary = Field(description="the film")
    score: float = Field(description="similarity of the titles and fame of the film", examples=[0.852])
    matched: str = Field(description="which of the film's titles: title or original_title", examples=["title"])
    text: str = Field(description="that title", examples=["Interstellar"])


class SearchAnswer(BaseModel):
    """Films by title, best first."""

    query: str = Field(description="the title searched for", examples=["interstelar"])
    confidence: float = Field(description="how likely the first match is meant, 0 to 1", examples=[0.999])
    ambiguous: bool = Field(description="whether another film may be meant", examples=[False])
    best: Match | None = Field(description="the first match; null if nothing resembles the title")
    matches: list[Match] = Field(description="the best first")
    generation: str = Field(description="the built index that answered", examples=["20261121T223936Z-775b"])
    degraded: bool = Field(description="whether the database is away", examples=[False])


class GenreCount(BaseModel):
    """A genre and how many films have it."""

    name: str = Field(description="the genre", examples=["Drama"])
    films: int = Field(description="films that have it and pass the filters", examples=[2208])


class Genres(BaseModel):
    """All genres, those with the most films first."""

    genres: list[GenreCount] = Field(description="those with the most films first")
