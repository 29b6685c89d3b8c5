"""Answers keep to the OpenAPI document, and GET and POST say the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from api.app import create_app
from api.serving.serving import Serving
from index.generation.publish import Generations
from sql.accounts import Role
from sql.engine import connect
from tests.api.users import add_user, headers, token
from tests.support.conformance import conformance
from tests.support.sample import POSTERS, Sample, copied

CASES = 3
"""Of each operation and kind; `python -m tests.benchmarks contract` asks many more."""


def test_answers_keep_to_the_document(sample: Sample, tmp_path: Path) -> None:
    own = copied(sample, tmp_path)
    database = connect(own.url)
    serving = Serving(Generations(own.folder / "generations"), database)
    app = create_app(database=database, serving=serving, poster_base=POSTERS, secret="x")
    with TestClient(app) as client:
        editor = headers(token(client, add_user(database, Role.EDITOR)))
        found = conformance(app, client, CASES, editor)
    assert found.failures == []
    assert found.cases > 3 * found.operations
    assert {200, 404, 422} <= set(found.statuses)
    assert {201, 409} & set(found.statuses)  # the id of a new film is drawn, and may be taken


films = st.sampled_from([348, 157336, 129, 78, 679, 603, 13, 238, 862, 11])
questions = st.fixed_dictionaries(
    {"k": st.integers(1, 12), "diversity": st.sampled_from([0, 0.3, 1]), "explain": st.booleans()},
    optional={
        "genres": st.lists(st.sampled_from(["Drama", "horror", "Comedy"]), min_size=1, max_size=2),
        "year_min": st.integers(1950, 2000),
        "votes_min": st.integers(0, 3_000),
        "adult": st.booleans(),
    },
)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(likes=st.lists(films, min_size=1, max_size=3, unique=True), question=questions)
def test_get_and_post_answer_the_same_and_in_the_same_order(
    client: TestClient, likes: list[int], question: dict[str, Any]
) -> None:
    ranking = {name: value for name, value in question.items() if name in ("k", "diversity", "explain")}
    filters = {name: value for name, value in question.items() if name not in ranking}
    got = client.get("/movies/recommend", params={"id": likes, **question}).json()
    body = {"like": likes, "filters": filters, **ranking}
    posted = [client.post("/movies/recommend", json=body).json() for _ in range(2)]
    for answer in (got, *posted):
        answer.pop("took_ms")
    assert got == posted[0] == posted[1]
