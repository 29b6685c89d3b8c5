"""Users for tests, and their tokens."""

from __future__ import annotations

from uuid import uuid4

from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api.people.passwords import hash_password
from sql.accounts import Role, create_user

PASSWORD = "correct horse battery"


def add_user(database: Engine, role: Role) -> str:
    """A new user, who has `PASSWORD`; gives the name."""
    name = f"{role}-{uuid4().hex}"
    create_user(database, name, hash_password(PASSWORD), role)
    return name


def token(client: TestClient, name: str) -> str:
    """A token of a user."""
    answer = client.post("/sessions", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


def headers(token: str) -> dict[str, str]:
    """What a request with a token sends."""
    return {"Authorization": f"Bearer {token}"}
