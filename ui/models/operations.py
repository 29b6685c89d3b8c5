"""What `/generations` and `/ready` answer, as frozen dataclasses, for whoever runs the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ui.models.films import Document, MovieSummary


@dataclass(frozen=True)
class CurvePoint:
    """What one choice of an engine's shape and search parameters finds and costs.

    Attributes:
        known, random: recall@10 of known films, and of any.
        ms: median milliseconds of a query.
        bytes_per_film: in memory.
    """

    parameters: Mapping[str, int]
    known: float
    random: float
    ms: float
    bytes_per_film: float


@dataclass(frozen=True)
class Built:
    """A generation; all but the first three are None where it is damaged.

    Attributes:
        problem: what is damaged, if anything is.
        recall: recall@10 of `known` films, and of `random` ones.
        build_s: seconds of the whole build; `stages_s` of each of its stages.
    """

    id: str
    served: bool
    problem: str | None
    created_at: str | None
    rows: int | None
    profile: str | None
    engine: str | None
    parameters: Mapping[str, int] | None
    recall: Mapping[str, float] | None
    curve: tuple[CurvePoint, ...]
    build_s: float | None
    stages_s: Mapping[str, float]
    size_bytes: int | None

    @classmethod
    def read(cls, document: Document) -> Self:
        """The generation of a JSON object."""
        curve = tuple(
            CurvePoint(point["parameters"], point["known"], point["random"], point["ms"], point["bytes_per_film"])
            for point in document["curve"] or ()
        )
        plain = ("id", "served", "problem", "created_at", "rows", "profile", "engine", "parameters", "recall")
        values: dict[str, Any] = {name: document[name] for name in (*plain, "build_s", "size_bytes")}
        return cls(**values, curve=curve, stages_s=document["stages_s"] or {})


@dataclass(frozen=True)
class SomeFilms:
    """How many films, and the best known of them."""

    count: int
    films: tuple[MovieSummary, ...]

    @classmethod
    def read(cls, document: Document) -> Self:
        """The films of a JSON object."""
        return cls(document["count"], _films(document["films"]))


@dataclass(frozen=True)
class ChangedFilm:
    """A film whose ten nearest are others now: how many were `kept`, and which `went` and `came`."""

    movie: MovieSummary
    kept: int
    went: tuple[MovieSummary, ...]
    came: tuple[MovieSummary, ...]

    @classmethod
    def read(cls, document: Document) -> Self:
        """The change of a JSON object."""
        movie = MovieSummary.read(document["movie"])
        return cls(movie, document["kept"], _films(document["went"]), _films(document["came"]))


@dataclass(frozen=True)
class Changes:
    """What a generation changed against the one before it.

    Attributes:
        went, came: films that only the one before has, and only the later one.
        compared: films whose ten nearest were compared.
        kept: how many of their ten are among them still, in the mean; None where nothing was compared.
        unchanged: how many of those compared have the same ten.
        changed: films that changed most.
    """

    before: str
    after: str
    went: SomeFilms
    came: SomeFilms
    compared: int
    kept: float | None
    unchanged: int
    changed: tuple[ChangedFilm, ...]

    @classmethod
    def read(cls, document: Document) -> Self:
        """The changes of a JSON object."""
        return cls(
            document["before"],
            document["after"],
            SomeFilms.read(document["went"]),
            SomeFilms.read(document["came"]),
            document["compared"],
            document["kept"],
            document["unchanged"],
            tuple(ChangedFilm.read(change) for change in document["changed"]),
        )


@dataclass(frozen=True)
class Ready:
    """Whether requests can be answered in full.

    Attributes:
        database: "ok", or what is wrong.
        generation: that is served, if one is.
        problem: why it is not the published one, if it is not.
        lag: films in the database less films that search knows.
        edits: films edited since the build, searched beside the index.
        edits_age_s: seconds since the first of them.
    """

    database: str
    generation: str | None
    problem: str | None
    lag: int | None
    edits: int | None
    edits_age_s: int | None

    @classmethod
    def read(cls, document: Document) -> Self:
        """The state of a JSON object: an answer, or the problem document that stands for it."""
        return cls(
            document["database"],
            document["generation"],
            document["problem"],
            document["lag"],
            document.get("edits"),
            document.get("edits_age_s"),
        )


def _films(documents: list[Document]) -> tuple[MovieSummary, ...]:
    return tuple(MovieSummary.read(film) for film in documents)
