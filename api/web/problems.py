"""Errors as RFC 9457 problem documents: one format for every failure.

A class of our packages is mapped to its HTTP status in `STATUS`; the tests hold that table to the error trees.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Scope

from api.web.documents import MEDIA_TYPE, as_document
from index.errors import (
    BadQueryError,
    BadVectorsError,
    DamagedGenerationError,
    EngineMissingError,
    EngineUnavailableError,
    GenerationError,
    NoGenerationError,
    VectorIndexError,
)
from index.titles import EmptyQueryError
from sql.engine import TOO_SLOW
from sql.errors import (
    CatalogueError,
    DatabaseBusyError,
    DatabaseUnavailableError,
    LoadInProgressError,
    StatementTimeoutError,
    TakenError,
)

logger = logging.getLogger("reelkin.api")

CODES: dict[int, str] = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "content_too_large"}
"""For the statuses whose names differ between versions of Python."""

MOST_ERRORS = 20
"""Errors of one request that its refusal lists; the others are counted."""
LONGEST_NAME = 100
"""Characters of a name that a refusal repeats."""
RETRY_AFTER_S = 5


class ApiError(Exception):
    """A request that cannot be answered.

    Attributes:
        status: HTTP status code.
        code: what happened, for programs: lower case, with underscores.
        headers: sent with the answer.
        fields: what is wrong with each field of the body, if that is known.
    """

    status = HTTPStatus.BAD_REQUEST
    code = "bad_request"
    headers: Mapping[str, str] = {}
    fields: Mapping[str, str] = {}


class NotFoundError(ApiError):
    """The film, title or shelf asked for does not exist."""

    status = HTTPStatus.NOT_FOUND
    code = "not_found"


class UnauthorizedError(ApiError):
    """No token, an expired one, or a wrong name or password."""

    status = HTTPStatus.UNAUTHORIZED
    code = "unauthorized"
    headers: Mapping[str, str] = {"WWW-Authenticate": "Bearer"}


class TooManyLoginsError(ApiError):
    """Too many logins at once, or too many that failed; the next may come after `wait_s` seconds."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_many_requests"

    def __init__(self, what: str, wait_s: int = RETRY_AFTER_S) -> None:
        super().__init__(f"{what}; try again in {wait_s} s")
        self.headers = {"Retry-After": str(wait_s)}


class ForbiddenError(ApiError):
    """The user's role does not allow it."""

    status = HTTPStatus.FORBIDDEN
    code = "forbidden"


class BadFilmError(ApiError):
    """A film that cannot be written: what is wrong with which field."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "bad_film"

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in fields.items()))
        self.fields = fields


class FullRoomError(ApiError):
    """A room has too many members, or one of them too many films."""

    status = HTTPStatus.CONFLICT
    code = "full_room"


class BadHistoryError(ApiError):
    """An uploaded file that is no history, or that is too large to be one."""

    code = "bad_history"


class NoRatingsError(ApiError):
    """A collaborative model was asked for, and no ratings are loaded."""

    status = HTTPStatus.CONFLICT
    code = "no_ratings"


class DamagedError(ApiError):
    """The generation that the request is about is damaged; others may be intact."""

    status = HTTPStatus.CONFLICT
    code = "damaged_generation"


class DataFolderError(ApiError):
    """The data folder of this server cannot be written, so edits cannot be announced and are not made."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "data_folder"
    headers: Mapping[str, str] = {"Retry-After": str(RETRY_AFTER_S)}


class BadCursorError(ApiError):
    """A cursor that is damaged, or comes from a page with another sort, order or filters."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "bad_cursor"


STATUS: dict[type[Exception], tuple[HTTPStatus, str]] = {
    EmptyQueryError: (HTTPStatus.UNPROCESSABLE_ENTITY, "empty_query"),
    BadQueryError: (HTTPStatus.UNPROCESSABLE_ENTITY, "bad_query"),
    BadVectorsError: (HTTPStatus.UNPROCESSABLE_ENTITY, "bad_query"),
    EngineMissingError: (HTTPStatus.SERVICE_UNAVAILABLE, "engine_missing"),
    EngineUnavailableError: (HTTPStatus.SERVICE_UNAVAILABLE, "engine_unavailable"),
    GenerationError: (HTTPStatus.SERVICE_UNAVAILABLE, "no_generation"),
    VectorIndexError: (HTTPStatus.INTERNAL_SERVER_ERROR, "index_error"),
    DatabaseUnavailableError: (HTTPStatus.SERVICE_UNAVAILABLE, "database_unavailable"),
    DatabaseBusyError: (HTTPStatus.SERVICE_UNAVAILABLE, "database_busy"),
    StatementTimeoutError: (HTTPStatus.SERVICE_UNAVAILABLE, "database_timeout"),
    LoadInProgressError: (HTTPStatus.SERVICE_UNAVAILABLE, "load_in_progress"),
    TakenError: (HTTPStatus.CONFLICT, "taken"),
    CatalogueError: (HTTPStatus.INTERNAL_SERVER_ERROR, "catalogue_error"),
}
"""What each error of our packages means over HTTP; a class that is not listed has its nearest parent's."""

TOLD: dict[type[Exception], str] = {
    NoGenerationError: "no generation is published: build one with `python -m etl build`",
    DamagedGenerationError: "a generation is damaged or cannot be read; the log says which file",
    EngineMissingError: "the search engine of the generation is not installed or not configured; see the log",
    EngineUnavailableError: "the search engine, Milvus, does not answer; the log says why",
    GenerationError: "no generation can be served; the log says why",
    VectorIndexError: "the search failed; the log says why",
    DatabaseBusyError: "the database is busy; try again in a few seconds",
    StatementTimeoutError: TOO_SLOW,
    DatabaseUnavailableError: "the database is not available; the log says why",
    LoadInProgressError: "films are being loaded; try again when that has finished",
    CatalogueError: "the catalogue failed; the log says why",
}
"""What strangers are told of a failure of ours. Its message may name files, hosts and users; it is logged."""


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: list[dict[str, Any]] | None = None,
    headers: Any = None,
    more: dict[str, Any] | None = None,
) -> JSONResponse:
    """A problem document as a response."""
    document = as_document(status, code, detail, errors) | (more or {})
    sent = dict(headers or {})
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        sent["Retry-After"] = str(RETRY_AFTER_S)
    return JSONResponse(document, status_code=int(status), media_type=MEDIA_TYPE, headers=sent)


def status_of(error: Exception) -> tuple[HTTPStatus, str]:
    """The status and code of an error of our packages, found by its nearest listed parent."""
    for parent in type(error).__mro__:
        if parent in STATUS:
            return STATUS[parent]
    return HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error"


def told(error: Exception) -> str:
    """What strangers are told of a failure: its kind, found by its nearest listed parent."""
    return next((TOLD[parent] for parent in type(error).__mro__ if parent in TOLD), "it failed; the log says why")


def install(app: FastAPI) -> None:
    """Answer every error of the app with a problem document; the middleware does so for unexpected ones."""

    async def ours(request: Request, error: Exception) -> JSONResponse:
        status, code = status_of(error)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            logger.error("%s %s: %s: %s", request.method, request.url.path, type(error).__name__, error)
            return problem(status, code, told(error))
        return problem(status, code, str(error))

    async def api_error(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ApiError)
        errors = [
            {"in": "body", "field": name, "message": message, "kind": error.code}
            for name, message in error.fields.items()
        ]
        return problem(error.status, error.code, str(error), errors=errors or None, headers=error.headers)

    async def http_error(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        if isinstance(error.__cause__, UnicodeDecodeError):
            return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", "body: is not UTF-8")
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:  # Starlette names the methods of one route only
            error.headers = {"Allow": ", ".join(_methods(app, request.scope))}
        code = CODES.get(error.status_code) or HTTPStatus(error.status_code).name.lower()
        return problem(error.status_code, code, str(error.detail), headers=error.headers)

    async def invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        is_json = "json" in request.headers.get("content-type", "")
        found = error.errors()
        errors = [_describe(item, is_json) for item in found[:MOST_ERRORS]]
        detail = "; ".join(f"{item['field']}: {item['message']}" for item in errors)
        if len(found) > MOST_ERRORS:
            detail += f"; and {len(found) - MOST_ERRORS:,} more"
        more = {"error_count": len(found)}
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", detail, errors=errors, more=more)

    for error_class in (VectorIndexError, CatalogueError, EmptyQueryError):
        app.add_exception_handler(error_class, ours)
    app.add_exception_handler(ApiError, api_error)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(RequestValidationError, invalid)


def _methods(app: FastAPI, scope: Scope) -> list[str]:
    """What the routes of an address take, HEAD where they take GET."""
    taken = [
        method
        for method in ("DELETE", "GET", "PATCH", "POST", "PUT")
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in app.routes)
    ]
    return sorted({*taken, "HEAD"} if "GET" in taken else taken)


def _describe(item: dict[str, Any], is_json: bool) -> dict[str, Any]:
    """One validation error as a problem document lists it.

    Args:
        item: as pydantic gives it.
        is_json: whether the request declares its body as JSON.
    """
    where = [
        _brief(str(part))
        for part in item["loc"]
        if not str(part).startswith("constrained-") and part != "TitleYear"
    ]
    message = item["msg"].removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        message = "is not a parameter of this request"
    elif item["type"] == "json_invalid":
        message = f"is not JSON: {item['ctx']['error']} (character {where.pop()})"
    elif where == ["body"] and not is_json:
        message = "send a JSON object, and say so: `Content-Type: application/json`"
    return {"in": where[0], "field": ".".join(where[1:]) or where[0], "message": message, "kind": item["type"]}


def _brief(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
