"""`/generations`: what was built, how it measured, and what it changed."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path

from api.operation.generations import BEFORE, BUILT, Changes, GenerationList, GenerationService
from api.parameters import NoParameters
from api.web.openapi import PROBLEMS, refusal
from api.web.query import asked

NOT_THERE = refusal(
    HTTPStatus.NOT_FOUND,
    "not_found",
    "There is no such generation, or none before it",
    f"there is no generation before {BUILT}, the oldest that is kept",
) | refusal(
    HTTPStatus.CONFLICT,
    "damaged_generation",
    "One of the two is damaged",
    f"{BEFORE}/ids.npy has 0 bytes; it was written with 40128",
)


def router(generations: GenerationService) -> APIRouter:
    """The routes of generations."""
    routes = APIRouter(prefix="/generations", tags=["operation"], responses=PROBLEMS)

    @routes.get("")
    def every(_: Annotated[NoParameters, asked(NoParameters)]) -> GenerationList:
        """List the generations.

        The newest first: engine, recall, the recall/speed curve that the build measured, sizes, times, and what is
        damaged.
        """
        return generations.all()

    @routes.get("/{generation_id}/changes", responses=NOT_THERE)
    def changes(
        generation_id: Annotated[str, Path(description="id of a generation", examples=[BUILT])],
        _: Annotated[NoParameters, asked(NoParameters)],
    ) -> Changes:
        """Show what a generation changed.

        Against the one before it: films that came and went, and those whose ten nearest changed most, of some
        drawn at random. It is worked out when it is first asked for.
        """
        return generations.changes(generation_id)

    return routes
