"""Schemathesis over the OpenAPI document: no 5xx, and no answer outside its schema."""

from __future__ import annotations

from typing import Any

import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def conforms(app: FastAPI, client: TestClient, cases: int) -> int:
    """Ask every operation `cases` times, in ways that its schema allows; how many questions that made.

    Raises:
        FailureGroup: an answer breaks a check; the message shows the request.
    """
    asked = 0
    schema = schemathesis.openapi.from_dict(app.openapi())  # `from_asgi` would start the app once more
    schema.app = app
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(max_examples=cases, deadline=None, database=None, derandomize=True, suppress_health_check=QUIET)
        @given(case=operation.as_strategy())
        def keeps(case: Any) -> None:
            nonlocal asked
            asked += 1
            case.call_and_validate(checks=CHECKS, session=client)

        keeps()
    return asked
