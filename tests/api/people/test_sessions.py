"""Users and sessions: who gets a token, how long it is valid, what is stored of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select, text, update

from api.__main__ import main
from api.app import create_app
from api.serving.serving import Serving
from index.generation.publish import Generations
from sql.accounts import Role, delete_user, list_users
from sql.engine import connect
from sql.migrations.upgrade import upgrade
from sql.tables import sessions, users
from tests.api.users import PASSWORD, add_user, headers, token
from tests.support.sample import POSTERS, ROOT, Sample


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """An empty catalogue without a generation."""
    folder: Path = tmp_path_factory.mktemp("sessions")
    return Sample(f"sqlite:///{folder / 'reelkin.db'}", folder)


@pytest.fixture(scope="module")
def database(own: Sample) -> Iterator[Engine]:
    database = connect(own.url)
    upgrade(database)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def client(database: Engine, own: Sample) -> Iterator[TestClient]:
    serving = Serving(Generations(own.folder / "generations"), database)
    app = create_app(database=database, serving=serving, poster_base=POSTERS, secret="for tests")
    with TestClient(app) as client:
        yield client


def create_user(own: Sample, *arguments: str, password: str) -> subprocess.CompletedProcess[str]:
    """`python -m api create-user` with a password on standard input."""
    command = [sys.executable, "-m", "api", "create-user", *arguments]
    environment = {"REELKIN_DATABASE_URL": own.url, "REELKIN_DATA_DIR": str(own.folder)}
    return subprocess.run(
        command, cwd=ROOT, env=environment, input=password + "\n", capture_output=True, text=True, check=False
    )


def test_a_user_is_created_and_logs_in_and_out(own: Sample, client: TestClient) -> None:
    name = f"ann-{uuid4().hex}"
    made = create_user(own, name, "--role", "editor", password=PASSWORD)
    assert (made.returncode, made.stdout) == (0, f"created {name}, editor\n"), made.stderr
    answer = client.post("/sessions", json={"name": name, "password": PASSWORD})
    session = answer.json()
    assert (answer.status_code, session["role"]) == (201, "editor")
    left = datetime.fromisoformat(session["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=11) < left <= timedelta(hours=12)
    assert client.delete("/sessions", headers=headers(session["token"])).status_code == 204
    again = client.delete("/sessions", headers=headers(session["token"]))
    assert (again.status_code, again.json()["code"]) == (401, "unauthorized")


@pytest.mark.parametrize(
    ("name", "password", "told"),
    [("taken", PASSWORD, "already"), ("no blanks", PASSWORD, "letters"), ("free", "short", "8 to")],
)
def test_an_invalid_user(
    own: Sample,
    database: Engine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    password: str,
    told: str,
) -> None:
    name = add_user(database, Role.MEMBER) if name == "taken" else name
    monkeypatch.setenv("REELKIN_DATABASE_URL", own.url)
    monkeypatch.setenv("REELKIN_DATA_DIR", str(own.folder))
    monkeypatch.setattr("sys.stdin", StringIO(password + "\n"))
    assert main(["create-user", name, "--role", "admin"]) == 1
    refusal = capsys.readouterr().err
    assert told in refusal
    assert refusal.count("\n") == 1
    with database.connect() as connection:
        assert connection.scalar(select(users.c.role).where(users.c.name == name)) in {"member", None}


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(client: TestClient, database: Engine) -> None:
    name = add_user(database, Role.MEMBER)
    answers = [
        client.post("/sessions", json={"name": given, "password": password})
        for given, password in ((name, PASSWORD + "x"), (name.upper(), PASSWORD), ("nobody", PASSWORD))
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].headers["WWW-Authenticate"] == "Bearer"
    assert answers[0].headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body", [b'{"name": "ann"}', b'{"name": "ann", "password": "\\ud800"}', b'{"name": "", "password": "x"}', b"{"]
)
def test_an_invalid_login(client: TestClient, body: bytes) -> None:
    answer = client.post("/sessions", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_a_session_expires(client: TestClient, database: Engine) -> None:
    name = add_user(database, Role.ADMIN)
    held = token(client, name)
    expired = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=1)
    with database.begin() as connection:
        connection.execute(update(sessions).values(expires_at=expired))
    assert client.delete("/sessions", headers=headers(held)).status_code == 401
    token(client, name)  # and is cleared with the next one
    with database.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(sessions)) == 1


def test_neither_password_nor_token_is_stored(client: TestClient, database: Engine) -> None:
    held = token(client, add_user(database, Role.MEMBER))
    with database.connect() as connection:
        stored = repr(connection.execute(text("SELECT * FROM users")).all())
        stored += repr(connection.execute(text("SELECT * FROM sessions")).all())
    assert held not in stored
    assert PASSWORD not in stored
    assert "$argon2id$" in stored


@pytest.mark.parametrize("sent", [{}, {"Authorization": "Bearer"}, {"Authorization": "Basic YTpi"}])
def test_no_token(client: TestClient, sent: dict[str, str]) -> None:
    answer = client.delete("/sessions", headers=sent)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_the_description_names_the_scheme(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    (scheme,) = described["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert described["paths"]["/sessions"]["delete"]["security"]
    assert "security" not in described["paths"]["/sessions"]["post"]


def test_everybody_may_know_whether_there_is_an_administrator(client: TestClient, database: Engine) -> None:
    for user in list_users(database):
        if user.role is Role.ADMIN:
            delete_user(database, user.name)
    assert client.get("/accounts").json() == {"sign_up": "off", "admin": False}
    add_user(database, Role.ADMIN)
    assert client.get("/accounts").json()["admin"] is True
