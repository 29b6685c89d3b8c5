"""What OpenAPI is told of the problem documents that a route may answer with."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field

from api.problems import CODES, MEDIA_TYPE, RETRY_AFTER_S, as_document


class WrongField(BaseModel):
    """One thing that is wrong with a request."""

    where: str = Field(alias="in", description="path, query, body or request", examples=["query"])
    field: str = Field(description="its name, with dots inside a body", examples=["sorted"])
    message: str = Field(description="what is wrong with it", examples=["is not a parameter of this request"])
    kind: str = Field(description="what is wrong, for programs", examples=["extra_forbidden"])


class Problem(BaseModel):
    """Why a request was not answered, as RFC 9457 has it."""

    type: str = Field(description="the code as an identifier", examples=["urn:reelkin:problem:invalid_request"])
    title: str = Field(description="the status in words", examples=["Unprocessable Entity"])
    status: int = Field(description="the HTTP status", examples=[422])
    detail: str = Field(
        description="what happened, for people", examples=["sorted: is not a parameter of this request"]
    )
    code: str = Field(description="what happened, for programs", examples=["invalid_request"])
    errors: list[WrongField] = Field([], description="of a 422: everything that is wrong")


SCHEMA = {"$ref": "#/components/schemas/Problem"}
Responses = dict[int | str, dict[str, Any]]
"""What a route may answer besides its own, for OpenAPI."""


def refusal(status: HTTPStatus, code: str, description: str, detail: str) -> Responses:
    """A problem that a route may answer with, and an example of it."""
    shown = {"schema": SCHEMA, "example": as_document(status, code, detail)}
    told: dict[str, Any] = {"description": description, "content": {MEDIA_TYPE: shown}}
    if status in WAITS:
        seconds = {"description": "seconds to wait", "schema": {"type": "integer"}, "example": RETRY_AFTER_S}
        told["headers"] = {"Retry-After": seconds}
    return {int(status): told}


WAITS = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
"""With these comes the time after which to ask again."""

INVALID: Responses = {
    422: {"description": "The request cannot be answered as asked", "content": {MEDIA_TYPE: {"schema": SCHEMA}}}
}
UNAVAILABLE = refusal(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "database_unavailable",
    "The database or the index is away",
    "the database does not answer",
)
PROBLEMS = (
    INVALID
    | UNAVAILABLE
    | refusal(
        HTTPStatus.TOO_MANY_REQUESTS,
        "too_many_requests",
        "This client asks more than `REELKIN_RATE_LIMIT` allows",
        f"this client has asked too often; ask again in {RETRY_AFTER_S} s",
    )
)
"""What every route may answer besides its own."""

TOO_LARGE = refusal(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    CODES[HTTPStatus.REQUEST_ENTITY_TOO_LARGE],
    "The body is larger than 1 MiB",
    "the body is larger than 1,048,576 bytes; ask in parts",
)
NOT_FOUND = refusal(
    HTTPStatus.NOT_FOUND, "not_found", "There is no such film", "there is no film with the id 999999999"
)
NOT_MODIFIED: Responses = {304: {"description": "The `ETag` in `If-None-Match` names this answer still"}}
