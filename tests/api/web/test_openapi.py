"""The OpenAPI document: everything in it has a description and an example, and the examples are true."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from api.models import FilterFields
from api.people.passwords import hash_password
from sql.accounts import Role, create_user
from sql.engine import connect
from tests.api.editors import running
from tests.support.sample import Sample, copied

INTERSTELLAR = 157336
TMDB = "https://image.tmdb.org/t/p/w342"

ASKED: dict[str, dict[str, Any]] = {
    "/movies": {"sort": "votes"},
    "/movies/recommend": {"title": "interstelar", "explain": True},
    "/movies/recommend/{movie_id}": {"explain": True},
    "/stats/ratings": {"id": INTERSTELLAR},
}
"""Parameters of the examples of answers, besides the route's own example."""

DIFFERS = {
    *("generation", "took_ms", "next", "input", "id", "created_at", "rows", "parameters", "recall", "curve"),
    *("build_s", "stages_s", "size_bytes", "score", "full_score", "width", "blocks"),
}
"""Fields that differ with each build, request, or weight."""

NOT_IN_THE_SAMPLE = {
    *("backdrop_path", "homepage", "overview", "tagline", "director", "cast", "imdb_rating", "imdb_votes"),
    ".results.why.films",  # the sample has no ratings
    ".nearest",  # something resembles the title
}
NOT_ASKED = {"/generations/{generation_id}/changes", "/metrics", "/rooms/{key}"}
"""The sample has one generation; `/metrics` is not JSON; a room must be opened first."""

DRAWN = {
    "/movies/tonight",
    "/movies/starters",
    "/movies/{movie_id}/more",
    "/accounts",
    "/stats/keywords",
    "/stats/companies",
    "/stats/directors",
    "/stats/actors",
}
"""Answers that are drawn at random, hang on weights, need a key of TMDB, or on who else is there: only their
form is compared."""


@pytest.fixture(scope="module")
def own(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A copy of the sample, to be edited."""
    folder: Path = tmp_path_factory.mktemp("documented")
    return copied(sample, folder)


@pytest.fixture(scope="module")
def client(own: Sample) -> Iterator[TestClient]:
    """A client of the app over that copy, with TMDB's posters."""
    with running(own) as client:
        yield client


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def contents(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every body that is sent or answered, and where."""
    for method, path, operation in operations(document):
        bodies = {"body": operation.get("requestBody", {}), **operation["responses"]}
        for name, body in bodies.items():
            for content in body.get("content", {}).values():
                yield f"{method.upper()} {path} {name}", content


def wrong(document: dict[str, Any], schema: dict[str, Any], example: Any) -> list[str]:
    whole = schema | {"components": document["components"]}
    checker = validator_for(whole, Draft202012Validator)(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [error.message for error in checker.iter_errors(example)]


def test_every_route_parameter_and_field_has_a_description_and_an_example(document: dict[str, Any]) -> None:
    missing = []
    for method, path, operation in operations(document):
        named = f"{method.upper()} {path}"
        missing += [f"{named}: {what}" for what in ("summary", "description") if not operation.get(what)]
        missing += [f"{named}: {code}" for code, told in operation["responses"].items() if not told["description"]]
        for parameter in operation.get("parameters", ()):
            if not parameter.get("description") or not parameter["schema"].get("examples"):
                missing.append(f"{named}: {parameter['name']}")
    missing += [where for where, content in contents(document) if content.get("example") is None]
    for name, schema in document["components"]["schemas"].items():
        for field, told in schema.get("properties", {}).items():
            if not told.get("description") or not told.get("examples"):
                missing.append(f"{name}.{field}")
    assert missing == [], missing


def test_every_example_keeps_to_its_schema(document: dict[str, Any]) -> None:
    found = {
        where: wrong(document, content["schema"], content["example"])
        for where, content in contents(document)
        if "schema" in content
    }
    for method, path, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            for example in parameter["schema"]["examples"]:
                where = f"{method.upper()} {path} {parameter['name']}"
                found[where] = wrong(document, parameter["schema"], example)
    for name, schema in document["components"]["schemas"].items():
        for field, told in schema.get("properties", {}).items():
            found[f"{name}.{field}"] = [w for example in told["examples"] for w in wrong(document, told, example)]
    assert {where: problems for where, problems in found.items() if problems} == {}


def test_a_wrong_example_would_be_found(document: dict[str, Any]) -> None:
    summary = {"$ref": "#/components/schemas/MovieSummary"}
    assert wrong(document, summary, {"id": "x"})


def differences(example: Any, answer: Any, where: str = "") -> list[str]:
    """Where an example differs from the answer; of a list it may have a part."""
    if isinstance(example, dict) and isinstance(answer, dict):
        return [
            found
            for name, value in example.items()
            if not {name, f"{where}.{name}"} & (DIFFERS | NOT_IN_THE_SAMPLE)
            for found in (
                differences(value, answer[name], f"{where}.{name}") if name in answer else [where + name]
            )
        ]
    if isinstance(example, list) and isinstance(answer, list):
        each = [[differences(value, other, where) for other in answer] for value in example]
        return [where for tried in each if all(tried)]
    if isinstance(example, float) and isinstance(answer, float | int):
        return [] if math.isclose(example, answer, rel_tol=1e-2, abs_tol=2e-3) else [f"{where}: {answer}"]
    return [] if example == answer else [f"{where}: {answer!r}, not {example!r}"]


def test_examples_agree_with_answers_of_the_sample(client: TestClient, document: dict[str, Any]) -> None:
    found = {}
    for method, path, operation in operations(document):
        if method != "get" or path in NOT_ASKED or path.startswith(("/me", "/admin")):  # needs a token
            continue
        examples = {p["name"]: p["example"] for p in operation.get("parameters", ()) if "example" in p}
        asked = ASKED.get(path, {}) | {n: e for n, e in examples.items() if f"{{{n}}}" not in path}
        answer = client.get(path.format(**examples), params=asked)
        assert answer.status_code == 200, answer.text
        found[path] = (
            []
            if path in DRAWN
            else differences(
                operation["responses"]["200"]["content"]["application/json"]["example"], answer.json()
            )
        )
    different = {path: wrong for path, wrong in found.items() if wrong}
    assert different == {}, str(different)


def test_every_parameter_may_be_sent_as_its_example(client: TestClient, document: dict[str, Any]) -> None:
    """Except `company`: a member's code, which must be asked for first."""
    for method, path, operation in operations(document):
        if method != "get" or path in NOT_ASKED or path.startswith(("/me", "/admin")):  # needs a token
            continue
        needed = {p["name"]: p["example"] for p in operation.get("parameters", ()) if p["required"]}
        query = {name: value for name, value in needed.items() if f"{{{name}}}" not in path}
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "query" and not parameter["required"] and parameter["name"] != "company":
                (example,) = parameter["schema"]["examples"]
                asked = ({"title": "interstelar"} if path == "/movies/recommend" else {}) | query
                asked[parameter["name"]] = ",".join(map(str, example)) if isinstance(example, list) else example
                answer = client.get(path.format(**needed), params=asked)
                assert answer.status_code == 200, f"{path} {asked}: {answer.text}"


def test_the_examples_of_all_filters_together_let_a_film_pass(client: TestClient) -> None:
    fields = FilterFields.model_json_schema()["properties"]
    credits = {"directors", "actors"}  # the sample has none
    asked = {name: field["examples"][0] for name, field in fields.items() if name not in credits}
    found = client.get("/movies", params=asked).json()
    assert INTERSTELLAR in {film["id"] for film in found["items"]}
    for name in asked:
        without = client.get("/movies", params={n: value for n, value in asked.items() if n != name}).json()
        assert without["total"] >= found["total"]


def test_the_examples_of_bodies_may_be_sent(own: Sample, client: TestClient, document: dict[str, Any]) -> None:
    bodies = {
        f"{method} {path}": operation["requestBody"]["content"]["application/json"]["example"]
        for method, path, operation in operations(document)
        if "application/json" in operation.get("requestBody", {}).get("content", {})
        and "{key}" not in path  # of a room or a row of a file, which must be there first
        and not path.startswith("/admin")  # needs Redis
    }
    login, film = bodies.pop("post /sessions"), bodies["post /movies"]
    password, new_user = bodies.pop("put /me/password"), bodies.pop("post /users")
    database = connect(own.url)
    create_user(database, login["name"], hash_password(login["password"]), Role.EDITOR)
    database.dispose()
    session = client.post("/sessions", json=login)
    assert session.status_code == 201
    sent = {"Authorization": f"Bearer {session.json()['token']}"}
    for route, body in bodies.items():
        method, path = route.split()
        place = path.format(movie_id=film["id"], list="ratings")
        answer = client.request(method, place, json=body, headers=sent)
        assert answer.status_code in (200, 201), f"{route}: {answer.text}"
        if path == "/me/{list}":
            assert answer.json()["added"] == len(body["ratings"])
        elif path.endswith(("/recommend", "/recommendations")):
            assert len(answer.json()["results"]) == body["k"]
        elif path != "/rooms":
            assert differences(body, answer.json()) == []
    assert client.post("/users", json=new_user).status_code == 403  # nobody can sign up by default
    assert client.put("/me/password", json=password, headers=sent).status_code == 204
