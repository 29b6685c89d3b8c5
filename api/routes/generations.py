"""`/generations`: what was built, how it measured, and what it changed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path

from api.asking import asked
from api.generations import BUILT, Changes, GenerationList, GenerationService
from api.parameters import NoParameters
from api.problems import PROBLEM, PROBLEMS

NOT_THERE: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no such generation, or none before it", **PROBLEM},
    409: {"description": "One of the two is damaged", **PROBLEM},
}


def router(generations: GenerationService) -> APIRouter:
    """The routes of generations."""
    routes = APIRouter(prefix="/generations", tags=["operation"], responses=PROBLEMS)

    @routes.get("")
    def every(_: Annotated[NoParameters, asked(NoParameters)]) -> GenerationList:
        """The generations that there are, the newest first."""
        return generations.all()

    @routes.get("/{generation_id}/changes", responses=NOT_THERE)
    def changes(
        generation_id: Annotated[str, Path(description="id of a generation", examples=[BUILT])],
        _: Annotated[NoParameters, asked(NoParameters)],
    ) -> Changes:
        """What a generation changed against the one before it; worked out when first asked for."""
        return generations.changes(generation_id)

    return routes
