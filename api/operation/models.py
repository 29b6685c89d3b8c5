"""What `/generations` answers."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from api.models import MovieSummary

BUILT = "20261121T223936Z-775b"


BEFORE = "20261120T020511Z-19c4"


class CurvePoint(BaseModel):
    """The recall and cost of one choice of an engine's parameters."""

    parameters: dict[str, int] = Field(
        description="shape and search parameters of the engine",
        examples=[{"nlist": 1024, "code_size": 42, "nprobe": 64, "depth": 200}],
    )
    known: float = Field(
        description="recall@10 of films with ten votes or more, against exact search", examples=[0.995]
    )
    random: float = Field(description="recall@10 of any films", examples=[0.984])
    ms: float = Field(description="median milliseconds of a query on one thread", examples=[0.91])
    bytes_per_film: float = Field(description="what the index and the vectors take in memory", examples=[726.4])


class Recall(BaseModel):
    """Recall@10 against exact search."""

    known: float = Field(description="of films with ten votes or more", examples=[0.995])
    random: float = Field(description="of any films", examples=[0.984])
    kin: float = Field(description="of the neighbours that the build has found for every film", examples=[0.967])


class GenerationInfo(BaseModel):
    """A built generation; if it is damaged, what its manifest would say is null."""

    id: str = Field(
        description="when it was built, and a part that distinguishes builds of the same second", examples=[BUILT]
    )
    served: bool = Field(description="whether the process that answers serves it", examples=[True])
    problem: str | None = Field(description="what is damaged; null if nothing is", examples=[None])
    created_at: datetime | None = Field(description="when the build ended", examples=["2026-11-21T22:39:36Z"])
    rows: int | None = Field(description="films, duplicates included", examples=[5000])
    profile: str | None = Field(description="how vectors are made", examples=["default"])
    engine: str | None = Field(description="what searches them", examples=["ivfpq"])
    parameters: dict[str, int] | None = Field(
        description="what the engine was built and is searched with", examples=[{"nlist": 256, "nprobe": 64}]
    )
    recall: Recall | None = Field(description="as the build measured it")
    curve: list[CurvePoint] | None = Field(description="all choices that the build measured, as it went")
    build_s: float | None = Field(description="seconds that the build took", examples=[12.4])
    stages_s: dict[str, float] | None = Field(
        description="seconds of each stage of the build", examples=[{"read films": 1.2, "encode": 6.4}]
    )
    size_bytes: int | None = Field(description="all files together", examples=[9_120_334])


class GenerationList(BaseModel):
    """All generations, the newest first."""

    generations: list[GenerationInfo] = Field(description="the newest first")


class SomeFilms(BaseModel):
    """How many films, and the best known of them."""

    count: int = Field(description="how many in all", examples=[3])
    films: list[MovieSummary] = Field(description="those with the most votes, up to ten")


class ChangedFilm(BaseModel):
    """A film whose nearest films have changed."""

    movie: MovieSummary = Field(description="which film")
    kept: int = Field(description="how many of its ten nearest are among them still", examples=[4])
    went: list[MovieSummary] = Field(description="those that are not, the nearest first")
    came: list[MovieSummary] = Field(description="those that are new among them, the nearest first")


class Changes(BaseModel):
    """What a generation changed against the one before it."""

    before: str = Field(description="the generation before", examples=[BEFORE])
    after: str = Field(description="the one asked for", examples=[BUILT])
    films_before: int = Field(description="films of the one before, duplicates included", examples=[4998])
    films_after: int = Field(description="films of the one asked for, duplicates included", examples=[5000])
    went: SomeFilms = Field(description="films that only the one before has")
    came: SomeFilms = Field(description="films that only the one asked for has")
    known: int = Field(description="films with ten votes or more that both have", examples=[4990])
    compared: int = Field(description="of those, drawn at random, how many were compared", examples=[200])
    kept: float | None = Field(
        description="of their ten nearest, how many are still among them, in the mean; null if none was compared",
        examples=[9.62],
    )
    unchanged: int = Field(description="of those compared, how many have the same ten", examples=[141])
    changed: list[ChangedFilm] = Field(description="those that changed most, up to ten")
