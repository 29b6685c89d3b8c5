"""What a request for recommendations carries, and what it is answered with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from api.models import (
    MOST_FILMS,
    STRIPPED,
    THE_MARTIAN,
    FilterFields,
    Limit,
    MovieIds,
    MovieSummary,
    Strict,
    StrictMovieId,
    Title,
    Year,
)
from contract import MAX_ID, NAME_MAX, Filters, Franchise, Model

LONGEST_TEXT = 2_000
MOST_TASTE = 1_000
"""Films of each of `like`, `dislike` and `ratings` in a body, and of a member's lists the latest that count."""

MOST_CANDIDATES = 10_000
MOST_WEIGHTS = 50
MOST_READ = 50


class Preset(StrEnum):
    """Weights of the blocks by a name; see `index.encode.blocks.PRESETS`."""

    LIKENESS = "likeness"


class TitleYear(Strict):
    """A film by its title and, if known, its year."""

    title: Title = Field(description="the title, misspelt or not", examples=["Moon"])
    year: Year | None = Field(None, description="the year of release, if you know it", examples=[2009])


@dataclass(frozen=True)
class RecommendRequest:
    """What every route that recommends makes of its request; the fields are those of `RecommendBody`.

    Attributes:
        more_than_likes: it has dislikes, ratings, a text, weights, a preset, films to leave out or to
            choose among.
    """

    like: Sequence[int | str | TitleYear]
    filters: Filters
    k: int
    model: Model
    diversity: float
    exact: bool
    explain: bool
    franchise: Franchise = Franchise.ALL
    dislike: Sequence[int | str | TitleYear] = ()
    ratings: Mapping[int, float] = field(default_factory=dict)
    text: str = ""
    weights: Mapping[str, float] = field(default_factory=dict)
    preset: Preset | None = None
    exclude: Sequence[int] = ()
    candidates: Sequence[int] | None = None
    read: Sequence[tuple[str, str, str, str]] | None = None
    more_than_likes: bool = False


class RankingFields(Strict):
    """Parameters of every route that recommends."""

    k: Limit = Field(10, description="how many films", examples=[10])
    model: Model = Field(Model.HYBRID, description="what recommends", examples=["hybrid"])
    diversity: float = Field(0.0, ge=0, le=1, description="0 the most similar, 1 the most varied", examples=[0.3])
    franchise: Franchise = Field(
        Franchise.ALL,
        description="`one` film of each franchise at the most; `none` also leaves out those of the liked films",
        examples=["one"],
    )
    exact: bool = Field(False, description="compare every film", examples=[True])
    explain: bool = Field(False, description="explain each film", examples=[True])

    def request_for(
        self, like: Sequence[int | str | TitleYear], filters: FilterFields, **more: Any
    ) -> RecommendRequest:
        """The request for films like some others; `more` are further fields of it."""
        return RecommendRequest(
            like,
            filters.filters(),
            self.k,
            self.model,
            self.diversity,
            self.exact,
            self.explain,
            self.franchise,
            **more,
        )


class NeighboursQuery(RankingFields, FilterFields):
    """Parameters of `GET /movies/recommend/{id}`."""

    k: Limit = Field(5, description="how many films", examples=[5])

    def request(self, movie_id: int) -> RecommendRequest:
        """The request for the neighbours of a film."""
        return self.request_for([movie_id], self)


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
            raise ValueError("give the `title` or `id` of at least one film that you like")
        return self

    def request(self) -> RecommendRequest:
        """The same as a `POST` with these likes."""
        return self.request_for(
            [*(TitleYear(title=title, year=self.year) for title in self.title), *self.id], self
        )


Film = StrictMovieId | Title | TitleYear
BlockName = Annotated[str, StringConstraints(max_length=NAME_MAX)]


def _few_weights(given: Any) -> Any:
    """Refuse a long map before its entries are read."""
    if isinstance(given, dict) and len(given) > MOST_WEIGHTS:
        raise ValueError(f"has {len(given):,} blocks; send {MOST_WEIGHTS} at the most")
    return given


def _few_ratings(given: Any) -> Any:
    """Refuse a long map before its entries are read."""
    if isinstance(given, dict) and len(given) > MOST_TASTE:
        raise ValueError(f"has {len(given):,} films; send {MOST_TASTE:,} at the most")
    return given


RatedId = Annotated[int, Field(ge=1, le=MAX_ID, strict=False)]
"""A film's id as a key of a JSON object, which is a string."""


class Read(Strict):
    """One thing that free text was read to ask for."""

    model_config = ConfigDict(populate_by_name=True)

    words: Annotated[str, StringConstraints(max_length=LONGEST_TEXT)] = Field(
        description="the words that said it", examples=["korean"]
    )
    kind: Annotated[str, StringConstraints(max_length=NAME_MAX)] = Field(
        description="language, country, genre, keyword, period, length, form, fame, quality, director, actor, "
        "like or unlike; `without` genre, keyword, language or country",
        examples=["language"],
    )
    value: Annotated[str, StringConstraints(max_length=NAME_MAX)] = Field(
        description="as filters and films have it; of `like` and `unlike` the film's id", examples=["ko"]
    )
    as_: Literal["filter", "weight"] = Field(
        alias="as",
        description="`filter`: films must have it; `weight`: films that have it score higher",
        examples=["weight"],
    )


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

    like: Annotated[list[Film], Field(max_length=MOST_TASTE)] = Field(
        [], description="films that you like: ids, titles, or {title, year}", examples=[["Alien", 335984]]
    )
    dislike: Annotated[list[Film], Field(max_length=MOST_TASTE)] = Field(
        [], description="films that you do not like", examples=[[679]]
    )
    ratings: Annotated[
        dict[RatedId, Annotated[float, Field(ge=0.5, le=10)]],
        BeforeValidator(_few_ratings),
        Field(max_length=MOST_TASTE),
    ] = Field(
        {},
        description="films by id and how you rate them, 0.5 to 10: 8 and more counts as a like, 6 says nothing, "
        "4 and less counts as a dislike",
        examples=[{"335984": 9.5, "679": 4}],
    )
    text: Annotated[str, StringConstraints(max_length=LONGEST_TEXT), STRIPPED] | None = Field(
        None, description="a film in your own words", examples=["a lonely robot tidies up the earth"]
    )
    read: Annotated[list[Read], Field(max_length=MOST_READ)] | None = Field(
        None,
        description="how `text` is to be read: `query.read` of an answer, changed or without some; "
        "left out, the text is read afresh",
        examples=[[{"words": "korean", "kind": "language", "value": "ko", "as": "filter"}]],
    )
    weights: Annotated[
        dict[BlockName, Annotated[float, Field(ge=0, le=100)]],
        BeforeValidator(_few_weights),
        Field(max_length=MOST_WEIGHTS),
    ] = Field({}, description="factor on a block's default weight", examples=[{"keywords": 2, "year": 0}])
    preset: Preset | None = Field(
        None,
        description="weights by name: `likeness` leaves out how well known films are and counts stories double; "
        "`weights` come on top",
        examples=["likeness"],
    )
    filters: FilterFields = Field(
        default_factory=FilterFields,
        description="filters on the films to return",
        examples=[{"votes_min": 500}],
    )
    exclude: Annotated[list[StrictMovieId], Field(max_length=MOST_CANDIDATES, fail_fast=True)] = Field(
        [], description="ids of films not to return", examples=[[62]]
    )
    candidates: Annotated[list[StrictMovieId], Field(max_length=MOST_CANDIDATES, fail_fast=True)] | None = Field(
        None, description="rank only these films, exactly", examples=[[264660, 286217, 679]]
    )

    @model_validator(mode="after")
    def _something_to_go_by(self) -> RecommendBody:
        if not self.like and not self.ratings and not self.text:
            raise ValueError("give at least one film in `like` or `ratings`, or describe one in `text`")
        if self.read is not None and not self.text:
            raise ValueError("`read` says how `text` is to be read: send the text as well")
        return self

    def request(self) -> RecommendRequest:
        """All of it."""
        more = {name: getattr(self, name) for name in TASTE if getattr(self, name)}
        if self.candidates is not None:
            more["candidates"] = self.candidates
        if self.read is not None:
            more["read"] = [(piece.words, piece.kind, piece.value, piece.as_) for piece in self.read]
        return self.request_for(self.like, self.filters, **more, more_than_likes=bool(more))


TASTE = ("dislike", "ratings", "text", "weights", "preset", "exclude")
"""Fields that only a body has, besides `candidates` and `read`, where an empty list is not the same as none."""


class Resolved(BaseModel):
    """How one film of the request was understood."""

    input: int | str = Field(description="the id or the title that was given", examples=["interstelar"])
    movie: MovieSummary = Field(description="the film it was taken for")
    confidence: float = Field(description="how likely that is, 0 to 1", examples=[0.999])
    ambiguous: bool = Field(description="whether another film may be meant", examples=[False])
    alternatives: list[MovieSummary] = Field(description="if so, those films, the likeliest first", examples=[[]])


class Understood(BaseModel):
    """How the request was understood."""

    resolved: list[Resolved] = Field(description="the likes, then the dislikes, in the order given")
    text: str | None = Field(
        description="the free text; null if none was given, or if no word of it is known",
        examples=[None],
    )
    read: list[Read] = Field(description="what the text was read to ask for besides its story", examples=[[]])
    weights: dict[str, float] = Field(
        description="factor on each block's default weight",
        examples=[{"genres": 1.0, "keywords": 1.0, "text": 1.0, "year": 1.0, "votes": 1.0}],
    )
    model: str = Field(description="what recommended, as asked for", examples=["hybrid"])


class Why(BaseModel):
    """The reasons for a recommendation."""

    blocks: dict[str, float] = Field(
        description="each block's part of the score; they add up to it, with `films` where there are any",
        examples=[{"genres": 0.196, "year": 0.1292, "text": 0.1261, "votes": 0.1124, "keywords": 0.0785}],
    )
    films: dict[str, float] | None = Field(
        default=None,
        description="where ratings speak: the part of each film that is liked or disliked, by its id",
        examples=[{"157336": 0.214, "603": 0.083}],
    )
    shared: dict[str, list[str]] = Field(
        description="genres, keywords, languages, countries, decades, people and words in common with the likes",
        examples=[
            {
                "genres": ["Science Fiction", "Adventure", "Drama"],
                "keywords": ["spacecraft", "nasa", "space"],
                "languages": ["en"],
                "periods": ["2010s"],
            }
        ],
    )


class Recommendation(BaseModel):
    """A recommended film."""

    movie: MovieSummary = Field(description="the film", examples=[THE_MARTIAN])
    score: float = Field(description="higher is more similar", examples=[0.777207])
    why: Why | None = Field(default=None, description="the reasons, with `explain`")


class RecommendAnswer(BaseModel):
    """Recommended films, best first."""

    query: Understood = Field(description="how the request was understood")
    generation: str = Field(description="the built index that answered", examples=["20261121T223936Z-775b"])
    exact: bool = Field(description="whether all matching films were compared", examples=[False])
    matching: int = Field(description="films that could have been returned", examples=[4999])
    took_ms: float = Field(description="milliseconds that it took to find the answer", examples=[1.9])
    degraded: bool = Field(
        description="true while the database is away and the index answers alone", examples=[False]
    )
    reasons: list[str] = Field(
        description="why the answer is less than was asked for: liked films of which nothing is known",
        examples=[[]],
    )
    full_score: float | None = Field(
        None, description="the score of a film that is alike in every block, with `explain`", examples=[0.981342]
    )
    results: list[Recommendation] = Field(description="the most similar first; with `diversity`, as chosen")
