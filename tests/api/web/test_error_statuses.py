"""The HTTP status and code of every error class of the packages behind the API.

The table is complete: a class that is added, removed or renamed without its line here fails a test.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.web import problems

STATUSES = {
    # api
    "ApiError": (400, "bad_request"),
    "NotFoundError": (404, "not_found"),
    "UnauthorizedError": (401, "unauthorized"),
    "ForbiddenError": (403, "forbidden"),
    "TooManyLoginsError": (429, "too_many_requests"),
    "BadFilmError": (422, "bad_film"),
    "NoRatingsError": (409, "no_ratings"),
    "DamagedError": (409, "damaged_generation"),
    "BadCursorError": (422, "bad_cursor"),
    "DataFolderError": (503, "data_folder"),
    "NoJobsError": (503, "no_jobs"),
    "DoneError": (409, "job_ended"),
    "BadHistoryError": (400, "bad_history"),
    "FullRoomError": (409, "full_room"),
    # index
    "VectorIndexError": (500, "index_error"),
    "BadVectorsError": (422, "bad_query"),
    "BadQueryError": (422, "bad_query"),
    "GenerationError": (503, "no_generation"),
    "NoGenerationError": (503, "no_generation"),
    "DamagedGenerationError": (503, "no_generation"),
    "GateError": (503, "no_generation"),
    "EngineMissingError": (503, "engine_missing"),
    "EngineUnavailableError": (503, "engine_unavailable"),
    "StoreUnavailableError": (503, "no_generation"),
    "EmptyQueryError": (422, "empty_query"),
    # sql
    "CatalogueError": (500, "catalogue_error"),
    "DatabaseUnavailableError": (503, "database_unavailable"),
    "DatabaseBusyError": (503, "database_busy"),
    "StatementTimeoutError": (503, "database_timeout"),
    "SchemaError": (500, "catalogue_error"),
    "LoadError": (500, "catalogue_error"),
    "LoadInProgressError": (503, "load_in_progress"),
    "TakenError": (409, "taken"),
}

CAUGHT = {
    *("_FullError", "_UnchangedError", "AwayError", "LimitError", "TitleIndexError", "TitleFormatError"),
    "UserError",
}
"""Classes that never reach a route: their callers catch them, or they belong to the command line."""

MADE_WITH = {"BadFilmError": ({"title": "is too long"},)}
"""Arguments of the classes that take more than a message."""


def error_classes() -> Iterator[type[Exception]]:
    """Every exception class that a module of api, index or sql defines."""
    for package in ("api", "index", "sql"):
        path = import_module(package).__path__
        for found in pkgutil.walk_packages(path, f"{package}."):
            if found.name.rpartition(".")[2] == "__main__" or ".migrations." in found.name:
                continue
            for _, member in inspect.getmembers(import_module(found.name), inspect.isclass):
                if issubclass(member, Exception) and member.__module__ == found.name:
                    yield member


CLASSES = {error_class.__name__: error_class for error_class in error_classes()}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """A client of an app whose only route raises the error that it is asked for."""
    app = FastAPI()
    problems.install(app)

    @app.get("/{name}")
    def fail(name: str) -> None:
        raise CLASSES[name](*MADE_WITH.get(name, ("what happened",)))

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_every_class_is_listed() -> None:
    assert set(CLASSES) == {*STATUSES, *CAUGHT}


@pytest.mark.parametrize("name", sorted(STATUSES))
def test_the_status_of_a_class(client: TestClient, name: str) -> None:
    response = client.get(f"/{name}")
    status, code = STATUSES[name]
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert ("Retry-After" in response.headers) is (status in (429, 503))
    assert ("errors" in response.json()) is (status == 422)
