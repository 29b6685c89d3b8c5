"""Schemathesis over the OpenAPI document: no 5xx, and no answer outside its schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from index.answer.shelves import Shelf

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    allow_header_conformance,
    negative_data_rejection,
]
NAMED = {"movie_id": [348, 157336, 129, 999_999_999], "name": [*Shelf, "best"]}
"""What an allowed question is about: what is there in the sample, which nobody would guess, and what is not."""

QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


@dataclass
class Conformance:
    """What came of asking.

    Attributes:
        operations: methods of addresses that were asked.
        cases: questions asked, those included that made a failure smaller.
        statuses: how often each was answered.
        failures: for each operation that broke a check, the smallest question that does and what it breaks.
    """

    operations: int = 0
    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


def conformance(app: FastAPI, client: TestClient, cases: int, editor: Mapping[str, str]) -> Conformance:
    """Ask every operation in ways that its schema allows, and in ways that it does not.

    Args:
        app: what to read the document of.
        client: a client of it; films of its catalogue may be written and deleted.
        cases: questions of either kind for each operation, fewer where there are no more to ask.
        editor: headers that operations for editors are asked with.
    """
    result = Conformance()
    schema = schemathesis.openapi.from_dict(app.openapi())  # `from_asgi` would start the app once more
    schema.app = app
    for found in schema.get_all_operations():
        operation = found.ok()
        result.operations += 1
        headers = editor if "editing" in operation.tags else {}
        takes_something = operation.query or operation.path_parameters or operation.body
        for mode in GenerationMode if takes_something else (GenerationMode.POSITIVE,):
            try:
                _ask(result, _questions(operation, mode), client, cases, headers)
            except Unsatisfiable:
                pass  # of what takes any text there is nothing that it does not take
            except (Exception, FailureGroup) as error:
                result.failures.append(f"{operation.label}, {mode.value}: {error}")
    return result


def _questions(operation: Any, mode: GenerationMode) -> SearchStrategy[Any]:
    """Questions of an operation; most that are allowed are about something that is there."""
    questions: SearchStrategy[Any] = operation.as_strategy(generation_mode=mode)
    names = {parameter.name for parameter in operation.path_parameters} & set(NAMED)
    named = {name: st.sampled_from(NAMED[name]) for name in sorted(names)}
    if mode is GenerationMode.NEGATIVE or not named:
        return questions
    return st.builds(_about, questions, st.fixed_dictionaries(named))


def _about(case: Any, known: dict[str, Any]) -> Any:
    case.path_parameters = {**case.path_parameters, **known}
    return case


def _ask(
    result: Conformance, questions: SearchStrategy[Any], client: TestClient, cases: int, headers: Mapping[str, str]
) -> None:
    @settings(max_examples=cases, deadline=None, database=None, derandomize=True, suppress_health_check=QUIET)
    @given(case=questions)
    def keeps(case: Any) -> None:
        result.cases += 1
        answer = case.call_and_validate(checks=CHECKS, session=client, headers=headers)
        result.statuses[answer.status_code] += 1

    keeps()
