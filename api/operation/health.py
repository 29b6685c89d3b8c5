"""`/health` says that the process is alive, `/ready` whether it can answer in full; `/metrics` has its numbers."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field

from api.models import NoQuery
from api.serving.serving import Serving
from api.web.metrics import Metrics
from api.web.openapi import INVALID, UNAVAILABLE
from api.web.problems import problem, told
from index.errors import GenerationError
from index.spaces.space import CONTENT
from sql.errors import CatalogueError


class Health(BaseModel):
    """The process is alive."""

    status: str = Field(default="ok", description="always ok", examples=["ok"])


class Ready(BaseModel):
    """Whether requests can be answered in full."""

    status: str = Field(description="ready", examples=["ready"])
    database: str = Field(description="ok, or what is wrong", examples=["ok"])
    generation: str | None = Field(description="what is served", examples=["20261121T223936Z-775b"])
    problem: str | None = Field(description="why it is not the published one; null if it is", examples=[None])
    lag: int | None = Field(
        description="films in the database minus films in search; null if unknown", examples=[0]
    )
    edits: int | None = Field(description="films edited since the generation was built", examples=[0])
    edits_age_s: int | None = Field(
        description="seconds since the first of these edits; null without any", examples=[None]
    )
    neighbours: bool | None = Field(
        description="whether the nearest films of each film are found already: after a large build that may take "
        "some minutes more, and until then films are searched for one by one",
        examples=[True],
    )


METRICS = {
    "description": "Prometheus's text format",
    "content": {
        "text/plain": {
            "example": 'reelkin_http_requests_total{method="GET",route="/movies/recommend",status="200"} 3.0\n'
        }
    },
}


def router(serving: Serving, metrics: Metrics) -> APIRouter:
    """The routes for operators and load balancers."""
    routes = APIRouter(tags=["operation"], responses=INVALID)

    @routes.get("/health")
    async def health(_: NoQuery) -> Health:
        """Whether the process is alive.

        Checks nothing else, so it is cheap; `/ready` says whether requests can be answered.
        """
        return Health()

    @routes.get("/ready", responses=UNAVAILABLE, response_model=Ready)
    def ready(_: NoQuery) -> Ready | JSONResponse:
        """Whether requests can be answered in full.

        The database and the search engine answer and a generation is served; 503 when not, and what is missing.
        """
        missing, database_state, generation_id, lag = [], "ok", None, None
        rows: int | None = None
        edits: int | None = None
        age_s: int | None = None
        neighbours: bool | None = None
        try:
            snapshot = serving.current()
            overlay = snapshot.overlay
            generation_id, rows = overlay.generation.manifest.id, overlay.films
            edits, age_s = len(overlay.edited), overlay.age_s
            neighbours = snapshot.view.spaces[CONTENT].has_table
        except GenerationError as error:
            missing.append(f"generation: {told(error)}")
        try:
            if serving.database_problem is not None:  # it may hang: do not wait for it once more
                raise serving.database_problem
            films = serving.count_films()
            lag = None if rows is None else films - rows
        except CatalogueError as error:
            database_state = told(error)
            missing.append(f"database: {database_state}")
        if serving.engine_problem is not None:
            missing.append(f"engine: {told(serving.engine_problem)}")
        why = told(serving.problem) if serving.problem is not None else None
        state = {"database": database_state, "generation": generation_id, "problem": why, "lag": lag}
        state |= {"edits": edits, "edits_age_s": age_s, "neighbours": neighbours}
        if missing:
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, "not_ready", "; ".join(missing), more=state)
        return Ready.model_validate({"status": "ready", **state})

    @routes.get("/metrics", response_class=PlainTextResponse, responses={200: METRICS})
    def numbers(_: NoQuery) -> Response:
        """Numbers for Prometheus.

        Requests, latencies by route, stages, cached answers, sampled recall and what is served. Several workers
        report their sum.
        """
        return Response(metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    return routes
