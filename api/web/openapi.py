"""`/openapi.json`: the problem documents that routes may answer with, and examples that FastAPI leaves out.

A field has its description and example where it is declared. The examples of whole answers and bodies are made of
these; a route's docstring is its summary (the first line) and its description (the rest).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from api.web.documents import MEDIA_TYPE, as_document
from api.web.problems import CODES, RETRY_AFTER_S


class WrongField(BaseModel):
    """One thing that is wrong with a request."""

    where: str = Field(alias="in", description="path, query, body or request", examples=["query"])
    field: str = Field(description="its name, with dots inside a body", examples=["sorted"])
    message: str = Field(description="what is wrong with it", examples=["is not a parameter of this request"])
    kind: str = Field(description="what is wrong, for programs", examples=["extra_forbidden"])


class Problem(BaseModel):
    """Why a request was not answered, as defined by RFC 9457."""

    type: str = Field(description="the code as an identifier", examples=["urn:reelkin:problem:invalid_request"])
    title: str = Field(description="the status in words", examples=["Unprocessable Entity"])
    status: int = Field(description="the HTTP status", examples=[422])
    detail: str = Field(
        description="what happened, for people", examples=["sorted: is not a parameter of this request"]
    )
    code: str = Field(description="what happened, for programs", examples=["invalid_request"])
    errors: list[WrongField] = Field([], description="of a 422: what is wrong, the first 20 of it")
    error_count: int | None = Field(None, description="of an invalid request: how much is wrong", examples=[1])


SCHEMA = {"$ref": "#/components/schemas/Problem"}
Responses = dict[int | str, dict[str, Any]]
"""Further answers of a route, for OpenAPI."""


def problem_response(status: HTTPStatus, code: str, description: str, detail: str) -> Responses:
    """A problem that a route may answer with, and an example of it."""
    shown = {"schema": SCHEMA, "example": as_document(status, code, detail)}
    told: dict[str, Any] = {"description": description, "content": {MEDIA_TYPE: shown}}
    if status in WAITS:
        seconds = {"description": "seconds to wait", "schema": {"type": "integer"}, "example": RETRY_AFTER_S}
        told["headers"] = {"Retry-After": seconds}
    return {int(status): told}


WAITS = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
"""Statuses that come with the time after which to retry."""

INVALID: Responses = {
    422: {"description": "The request is not valid", "content": {MEDIA_TYPE: {"schema": SCHEMA}}}
}
UNAVAILABLE = problem_response(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "database_unavailable",
    "The database or the index is away",
    "the database does not answer",
)
PROBLEMS = (
    INVALID
    | UNAVAILABLE
    | problem_response(
        HTTPStatus.TOO_MANY_REQUESTS,
        "too_many_requests",
        "This client sends more requests than `REELKIN_RATE_LIMIT` allows",
        f"too many requests from this client; try again in {RETRY_AFTER_S} s",
    )
)
"""Further answers of every route."""

TOO_LARGE = problem_response(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    CODES[HTTPStatus.REQUEST_ENTITY_TOO_LARGE],
    "The body is larger than 1 MiB",
    "the body is larger than 1,048,576 bytes; send it in parts",
)
NOT_FOUND = problem_response(
    HTTPStatus.NOT_FOUND, "not_found", "There is no such film", "there is no film with the id 999999999"
)
NOT_MODIFIED: Responses = {304: {"description": "The answer still has the `ETag` of `If-None-Match`"}}


Schema = dict[str, Any]

REF = "#/components/schemas/"
PLAIN = "Successful Response"
"""What FastAPI calls an answer; the model's docstring says what it is."""

TAGS = {
    "search": "Find films by title, misspelt or not.",
    "recommend": "Films like those you like.",
    "catalogue": "Browse the films, one by one and by the page.",
    "shelves": "Films in the order of a rule, with the rule.",
    "statistics": "Numbers for charts, under the filters.",
    "accounts": "Tokens for what takes a role.",
    "people": "Your account, and the films that you rate or mark.",
    "groups": "Films for several people, and rooms that they share.",
    "editing": "Write films, as an editor.",
    "operation": "For operators.",
}


class DocumentedApp(FastAPI):
    """FastAPI with an OpenAPI document that has an example of everything."""

    def openapi(self) -> Schema:
        """The OpenAPI document, the same object each time."""
        known = self.openapi_schema
        document = super().openapi()
        if document is not known:
            _complete(document)
        return document


PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
<link rel="icon" href="docs/assets/favicon.png">
<title>Reelkin</title>
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
START = """\
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
});
"""
"""In a file of its own, so that the page's policy allows no script in the page itself."""


def add_documentation(app: FastAPI) -> None:
    """`/docs`: Swagger UI, whose scripts and styles come from this server alone."""

    async def page(_: Request) -> Response:
        return HTMLResponse(PAGE)

    async def start(_: Request) -> Response:
        return Response(START, media_type="text/javascript")

    app.router.routes.append(Route("/docs", page))
    app.router.routes.append(Route("/docs/start.js", start))
    app.mount("/docs/assets", StaticFiles(packages=[("fastapi_offline", "static")]))


def _complete(document: Schema) -> None:
    schemas: dict[str, Schema] = document.setdefault("components", {}).setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template=f"{REF}{{model}}")
    schemas |= {**problem.pop("$defs"), "Problem": problem}
    for schema in schemas.values():
        for field in schema.get("properties", {}).values():
            if "examples" not in field and (example := _example(field, schemas)) is not None:
                field["examples"] = [example]
    for operations in document["paths"].values():
        for operation in operations.values():
            summary, _, more = operation["description"].partition("\n\n")
            operation |= {"summary": summary.rstrip("."), "description": more or summary}
            for parameter in operation.get("parameters", ()):
                _show(parameter)
            for body in (operation.get("requestBody", {}), *operation["responses"].values()):
                for content in body.get("content", {}).values():
                    if "example" not in content:
                        content["example"] = _example(content["schema"], schemas)
                    if body.get("description") == PLAIN and "$ref" in content["schema"]:
                        body["description"] = _named(content["schema"], schemas)["description"]


def _show(parameter: Schema) -> None:
    """Fill in a required parameter, and name an example of an optional one in its description.

    Swagger UI shows no examples of a parameter's schema, and sends what is filled in: all filters at once.
    """
    example = parameter["schema"]["examples"][0]
    if parameter["required"]:
        parameter["example"] = example
    elif not isinstance(example, bool):
        written = ",".join(map(str, example)) if isinstance(example, list) else example
        parameter["description"] += f", such as `{written}`"


def _example(schema: Schema, schemas: dict[str, Schema]) -> Any:
    """The example of a schema, or one made of those of its parts; None if a part has none."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return _example(_named(schema, schemas), schemas)
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], schemas)
    if "properties" in schema:
        return {name: _example(field, schemas) for name, field in schema["properties"].items()}
    if "items" in schema:
        return [_example(schema["items"], schemas)]
    return None


def _named(schema: Schema, schemas: dict[str, Schema]) -> Schema:
    return schemas[schema["$ref"].removeprefix(REF)]
