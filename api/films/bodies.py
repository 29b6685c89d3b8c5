"""A film in a request: every column of the dump under its own name, validated before it is cleaned."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic.types import StrictBool, StrictFloat, StrictInt

from api.parameters import MAX_ID, Strict, StrictMovieId
from contract import (
    CODE_MAX,
    GENRES_MAX,
    LIST_MAX,
    NAME_MAX,
    OVERVIEW_MAX,
    PATH_MAX,
    TAGLINE_MAX,
    TITLE_MAX,
    URL_MAX,
)
from sql.schema import join_names

MOST_MONEY = 2**63 - 1
MOST_POPULARITY = 1e9
FIRST_YEAR, LAST_YEAR = 1800, 2199
"""As `etl.transform.film` has them."""


WHOLE: dict[str, JsonValue] = {
    "title": "The Long Winter Night",
    "release_date": "2026-11-01",
    "runtime": 102,
    "original_language": "is",
    "genres": ["Drama"],
    "keywords": ["winter", "night"],
    "production_countries": ["Iceland"],
}
"""A film to write, for the document."""


def _of_most(length: int) -> AfterValidator:
    """That a list has room in its column, of so many characters in all."""

    def fit(names: list[str]) -> list[str]:
        if len(join_names(names)) > length:
            raise ValueError(f"has no room: all names together may have {length} characters")
        return names

    return AfterValidator(fit)


Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TITLE_MAX)]
Code = Annotated[str, StringConstraints(max_length=CODE_MAX)]
Path = Annotated[str, StringConstraints(max_length=PATH_MAX)]
Count = Annotated[StrictInt, Field(ge=0, le=MAX_ID)]
Money = Annotated[StrictInt, Field(ge=0, le=MOST_MONEY)]
Number = StrictFloat | StrictInt
OneName = Annotated[str, StringConstraints(min_length=1, max_length=NAME_MAX)]
Genres = Annotated[list[OneName], _of_most(GENRES_MAX)]
Names = Annotated[list[OneName], _of_most(LIST_MAX)]


class FilmChanges(Strict):
    """Body of `PATCH /movies/{id}`: what is not named stays, and null empties a column."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"runtime": 169, "keywords": ["space", "wormhole"]}]}
    )

    title: Title = Field("", description="cleaned like a title of the dump", examples=["Interstellar"])
    original_title: Annotated[str, StringConstraints(max_length=TITLE_MAX)] | None = Field(
        None, description="the title where it is empty", examples=["Interstellar"]
    )
    release_date: date | None = Field(None, description="year, month and day", examples=["2014-11-05"])
    year: Annotated[StrictInt, Field(ge=FIRST_YEAR, le=LAST_YEAR)] | None = Field(
        None, description="where only the year of release is known", examples=[2014]
    )
    status: Code | None = Field(
        None, description="Released, or empty: the catalogue has no others", examples=["Released"]
    )
    vote_average: Annotated[Number, Field(ge=0, le=10)] | None = Field(
        None, description="mean of the votes, 0 to 10", examples=[8.417]
    )
    vote_count: Count | None = Field(None, description="how many have voted", examples=[32571])
    popularity: Annotated[Number, Field(ge=0, le=MOST_POPULARITY)] | None = Field(
        None, description="TMDB's measure of the attention that it gets", examples=[140.241]
    )
    runtime: Count | None = Field(None, description="minutes", examples=[169])
    budget: Money | None = Field(None, description="US dollars", examples=[165_000_000])
    revenue: Money | None = Field(None, description="US dollars", examples=[701_729_206])
    adult: StrictBool | None = Field(None, description="whether it is for adults only", examples=[False])
    original_language: Code | None = Field(None, description="a code", examples=["en"])
    imdb_id: Code | None = Field(None, description="IMDb's id", examples=["tt0816692"])
    poster_path: Path | None = Field(
        None, description="of the poster, on TMDB's image server", examples=["/gEU2QniE6E77NI6lCU6MxlNBvIx.jpg"]
    )
    backdrop_path: Path | None = Field(
        None, description="of a still, on TMDB's image server", examples=["/pbrkL804c8yAv3zBZR4QPEafpAR.jpg"]
    )
    homepage: Annotated[str, StringConstraints(max_length=URL_MAX)] | None = Field(
        None, description="its own pages", examples=["http://www.interstellarmovie.net/"]
    )
    overview: Annotated[str, StringConstraints(max_length=OVERVIEW_MAX)] | None = Field(
        None, description="what it is about", examples=["Explorers leave the earth to find another home."]
    )
    tagline: Annotated[str, StringConstraints(max_length=TAGLINE_MAX)] | None = Field(
        None, description="its slogan", examples=["Beyond the stars"]
    )
    genres: Genres | None = Field(
        None, description="TMDB's names", examples=[["Adventure", "Drama", "Science Fiction"]]
    )
    keywords: Names | None = Field(
        None, description="what it has to do with", examples=[["black hole", "nasa", "wormhole"]]
    )
    production_companies: Names | None = Field(None, description="who made it", examples=[["Syncopy"]])
    production_countries: Names | None = Field(
        None, description="where it was made", examples=[["United Kingdom", "United States of America"]]
    )
    spoken_languages: Names | None = Field(None, description="which are spoken in it", examples=[["English"]])
    director: Names | None = Field(None, description="who directed it", examples=[["Christopher Nolan"]])
    cast: Names | None = Field(
        None, description="the leading actors first", examples=[["Matthew McConaughey", "Anne Hathaway"]]
    )
    id: StrictMovieId | None = Field(None, description="that of the address, if at all", examples=[157336])
    rating: Number | None = Field(
        None, description="worked out from the votes; what is sent is not read", examples=[8.286]
    )
    poster_url: str | None = Field(
        None,
        description="made of poster_path; what is sent is not read",
        examples=["https://image.tmdb.org/t/p/w342/gEU2QniE6E77NI6lCU6MxlNBvIx.jpg"],
    )

    @field_validator("year")
    @classmethod
    def _of_its_date(cls, year: int | None, known: ValidationInfo) -> int | None:
        day = known.data.get("release_date")
        if day is not None and year not in (None, day.year):
            raise ValueError(f"is {year}, and release_date is {day}; send one of them")
        return year

    def given(self) -> dict[str, Any]:
        """The columns that the request names."""
        ignored = {"id", "rating", "poster_url"}
        return {name: getattr(self, name) for name in self.model_fields_set - ignored}


class FilmBody(FilmChanges):
    """Body of `PUT /movies/{id}`: a whole film; what is not named is unknown."""

    model_config = ConfigDict(json_schema_extra={"examples": [WHOLE]})

    title: Title = Field(description="cleaned like a title of the dump", examples=["Interstellar"])


class NewFilm(FilmBody):
    """Body of `POST /movies`: a whole film with its id."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": 2_000_000_001, **WHOLE}]})

    id: StrictMovieId = Field(description="TMDB's id, or one that nobody else has", examples=[2_000_000_001])
