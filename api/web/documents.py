"""Problem documents (RFC 9457) themselves, for those who need nothing of FastAPI: the protocol, too, refuses."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

MEDIA_TYPE = "application/problem+json"
FIELDS = {"bad_cursor": "cursor", "empty_query": "title", "bad_query": "query"}
"""The parameter that a 422 is about if no validation raised it."""


def as_document(status: int, code: str, detail: str, errors: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A problem document; a 422 always says what is wrong with which field."""
    document: dict[str, Any] = {
        "type": f"urn:reelkin:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "code": code,
    }
    if errors is None and status == HTTPStatus.UNPROCESSABLE_ENTITY:
        errors = [{"in": "request", "field": FIELDS.get(code, ""), "message": detail, "kind": code}]
    return document if errors is None else document | {"errors": errors}
