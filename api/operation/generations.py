"""`/generations`: which there are, how they were measured, and what each changed.

What `/generations` answers.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from cachetools import LRUCache
from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from api.models import MovieSummary, NoQuery, Posters
from api.serving.serving import Serving
from api.web.openapi import PROBLEMS, problem_response
from api.web.problems import DamagedError, NotFoundError
from index.errors import DamagedGenerationError, GenerationError, NoGenerationError
from index.generation.manifest import Generation, Manifest, SpaceRecord
from index.generation.publish import Listed
from index.quality.difference import Change, difference
from index.spaces.space import CONTENT

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


COMPARED = 200
"""Films whose ten nearest are compared: at a million films that takes about a second."""


SHOWN = 10


KEPT = 32
"""Comparisons that are cached; a folder holds a few generations."""


NOT_THERE = problem_response(
    HTTPStatus.NOT_FOUND,
    "not_found",
    "There is no such generation, or none before it",
    f"there is no generation before {BUILT}, the oldest that is kept",
) | problem_response(
    HTTPStatus.CONFLICT,
    "damaged_generation",
    "One of the two is damaged",
    f"{BEFORE}/ids.npy has 0 bytes; it was written with 40128",
)


class GenerationService:
    """Lists generations, and compares two of them."""

    def __init__(self, serving: Serving, posters: Posters) -> None:
        self._serving, self._posters = serving, posters
        self._compared: LRUCache[tuple[str, str], Changes] = LRUCache(KEPT)
        self._one_at_a_time = threading.Lock()

    def all(self) -> GenerationList:
        """Every generation, the newest first."""
        served = self._served()
        current = served.manifest.id if served is not None else None
        found = reversed(self._serving.generations.listed())
        return GenerationList(generations=[self._info(listed, listed.id == current) for listed in found])

    def changes(self, generation_id: str) -> Changes:
        """What a generation changed; computed once, since neither of the two ever changes.

        Raises:
            NotFoundError: there is none of that id, or none before it.
            DamagedError: one of the two cannot be read.
        """
        ids = self._serving.generations.ids()
        if generation_id not in ids:
            known = ", ".join(ids) or "none"
            raise NotFoundError(f"there is no generation {generation_id[:100]!r}; there are: {known}")
        if generation_id == ids[0]:
            raise NotFoundError(f"there is no generation before {generation_id}, the oldest that is kept")
        pair = ids[ids.index(generation_id) - 1], generation_id
        with self._one_at_a_time:
            if pair not in self._compared:
                self._compared[pair] = self._compare(*pair)
            return self._compared[pair]

    def _compare(self, earlier: str, later: str) -> Changes:
        before, after = self._open(earlier), self._open(later)
        found = difference(before, after, COMPARED, threads=1)
        return Changes(
            before=earlier,
            after=later,
            films_before=len(before.films),
            films_after=len(after.films),
            went=SomeFilms(count=len(found.went), films=self._films(before, found.went[:SHOWN])),
            came=SomeFilms(count=len(found.came), films=self._films(after, found.came[:SHOWN])),
            known=found.known,
            compared=found.compared,
            kept=found.kept,
            unchanged=found.unchanged,
            changed=[self._changed(change, before, after) for change in found.changes[:SHOWN]],
        )

    def _changed(self, change: Change, before: Generation, after: Generation) -> ChangedFilm:
        return ChangedFilm(
            movie=self._films(after, [change.movie_id])[0],
            kept=change.kept,
            went=self._films(before, change.went),
            came=self._films(after, change.came),
        )

    def _films(self, generation: Generation, movie_ids: Sequence[int]) -> list[MovieSummary]:
        rows = [row for row in map(generation.films.row_of, movie_ids) if row is not None]
        return self._posters.summaries(generation, rows)

    def _open(self, generation_id: str) -> Generation:
        """A generation; the one that is served is open already."""
        served = self._served()
        if served is not None and served.manifest.id == generation_id:
            return served
        try:
            generations = self._serving.generations
            return generations.open(generations.folder(generation_id))
        except NoGenerationError as error:  # a build has just deleted it
            raise NotFoundError(str(error)) from error
        except DamagedGenerationError as error:
            raise DamagedError(self._without_root(str(error))) from error

    def _served(self) -> Generation | None:
        try:
            return self._serving.current().overlay.generation
        except GenerationError:
            return None

    def _info(self, listed: Listed, served: bool) -> GenerationInfo:
        problem = listed.problem or self._serving.damage(listed.id)
        manifest = listed.manifest
        facts = _of_manifest(manifest, manifest.spaces[CONTENT]) if manifest is not None else {}
        return GenerationInfo.model_validate(
            dict.fromkeys(GenerationInfo.model_fields)
            | facts
            | {"id": listed.id, "served": served, "problem": self._without_root(problem) if problem else None}
        )

    def _without_root(self, message: str) -> str:
        """A message without the place of the folder on the machine."""
        return message.replace(f"{self._serving.generations.root}/", "")


def _of_manifest(manifest: Manifest, space: SpaceRecord) -> dict[str, object]:
    return {
        "created_at": manifest.created_at,
        "rows": manifest.rows,
        "profile": manifest.profile,
        "engine": space.engine,
        "parameters": space.parameters,
        "recall": {"known": space.recall["known"], "random": space.recall["random"], "kin": space.recall["table"]},
        "curve": [_point(measured) for measured in space.curve],
        "build_s": round(manifest.build_s, 1),
        "stages_s": {stage: round(seconds, 3) for stage, seconds in manifest.timings_s.items()},
        "size_bytes": manifest.size_bytes,
    }


def _point(measured: dict[str, float]) -> CurvePoint:
    found = {name: measured[name] for name in ("known", "random", "ms", "bytes_per_film")}
    return CurvePoint(parameters={name: int(v) for name, v in measured.items() if name not in found}, **found)


def router(generations: GenerationService) -> APIRouter:
    """The routes of generations."""
    routes = APIRouter(prefix="/generations", tags=["operation"], responses=PROBLEMS)

    @routes.get("")
    def every(_: NoQuery) -> GenerationList:
        """List the generations.

        The newest first: engine, recall, the recall/speed curve that the build measured, sizes, times, and what is
        damaged.
        """
        return generations.all()

    @routes.get("/{generation_id}/changes", responses=NOT_THERE)
    def changes(
        generation_id: Annotated[str, Path(description="id of a generation", examples=[BUILT])],
        _: NoQuery,
    ) -> Changes:
        """Show what a generation changed.

        Against the one before it: films that came and went, and those whose ten nearest changed most, of some
        drawn at random. It is computed at the first request.
        """
        return generations.changes(generation_id)

    return routes
