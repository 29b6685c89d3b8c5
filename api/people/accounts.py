"""Sessions: names and passwords in, bearer tokens out; and which user a token belongs to.

A token is 256 random bits; the database keeps its HMAC-SHA256 under `REELKIN_SECRET_KEY`, so neither a copy of the
database nor the right to write to it gives a session, and a new key ends all of them.

Passwords are hashed by argon2-cffi with its default parameters (RFC 9106, second recommendation: 64 MiB).

`/sessions`: a bearer token for a name and a password, and the end of one.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Annotated

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from fastapi import APIRouter, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import Engine

from api.models import NoQuery, Strict
from api.web.openapi import PROBLEMS, TOO_LARGE, problem_response
from api.web.problems import ForbiddenError, UnauthorizedError
from sql import accounts
from sql.accounts import Role, User
from sql.tables import USER_NAME_MAX

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1_000
HASHED_AT_ONCE = 2
"""Passwords checked at a time in one process: each takes 64 MiB and a core."""

_HASHER = PasswordHasher()
_HASHING = BoundedSemaphore(HASHED_AT_ONCE)


def hash_password(password: str) -> str:
    """The hash that is stored instead of a password.

    >>> hash_password("correct horse").startswith("$argon2id$")
    True
    """
    return _HASHER.hash(password)


def is_password(password: str, hashed: str) -> bool:
    """Whether a password is the one that was hashed."""
    with _HASHING:
        try:
            return _HASHER.verify(hashed, password)
        except Argon2Error:
            return False


LIFETIME = timedelta(hours=12)


class AccountService:
    """Opens and ends sessions, and finds their users."""

    def __init__(self, database: Engine, secret: str) -> None:
        self._database, self._secret = database, secret.encode()
        self._unknown_users_hash = hash_password(secrets.token_urlsafe())

    def open(self, name: str, password: str) -> tuple[str, User, datetime]:
        """A new token, its user, and when it ends.

        Raises:
            UnauthorizedError: there is no such user, or the password is wrong; the message does not say which.
        """
        found = accounts.credentials(self._database, name)
        # An unknown name takes as long as a wrong password, so that names cannot be guessed.
        if not is_password(password, self._unknown_users_hash if found is None else found[1]) or found is None:
            raise UnauthorizedError("the name or the password is wrong")
        token = secrets.token_urlsafe(32)
        expires_at = (datetime.now(UTC) + LIFETIME).replace(microsecond=0)
        accounts.open_session(self._database, found[0], self._hashed(token), expires_at)
        return token, found[0], expires_at

    def user(self, token: str) -> User:
        """The user of a token.

        Raises:
            UnauthorizedError: it is unknown, or has expired.
        """
        user = accounts.session_user(self._database, self._hashed(token))
        if user is None:
            raise UnauthorizedError("the token is unknown or has expired; get a new one from POST /sessions")
        return user

    def close(self, token: str) -> None:
        """End the session of a token."""
        accounts.close_session(self._database, self._hashed(token))

    def _hashed(self, token: str) -> str:
        return hmac.new(self._secret, token.encode(), hashlib.sha256).hexdigest()


UNAUTHORIZED = problem_response(
    HTTPStatus.UNAUTHORIZED,
    "unauthorized",
    "There is no token, or it has expired",
    "send `Authorization: Bearer TOKEN`, with a token from POST /sessions",
)


ROLE_PROBLEMS = UNAUTHORIZED | problem_response(
    HTTPStatus.FORBIDDEN,
    "forbidden",
    "The user's role does not allow this",
    "this needs the role editor; ann is member",
)
"""Further answers of a route that needs a role, for OpenAPI."""


_bearer = HTTPBearer(auto_error=False, description="The `token` of `POST /sessions`")


Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]


def bearer_token(credentials: Credentials) -> str:
    """The token of the request.

    Raises:
        UnauthorizedError: there is none.
    """
    if credentials is None:
        raise UnauthorizedError("send `Authorization: Bearer TOKEN`, with a token from POST /sessions")
    return credentials.credentials


def requires(accounts: AccountService, role: Role) -> Callable[[str], User]:
    """A dependency that admits users of a role, or of one that includes it.

    Raises:
        UnauthorizedError: no token, or an expired one.
        ForbiddenError: another role.
    """

    def user(token: Annotated[str, Security(bearer_token)]) -> User:
        found = accounts.user(token)
        if not found.role.covers(role):
            raise ForbiddenError(f"this needs the role {role}; {found.name} is {found.role}")
        return found

    return user


class SessionBody(Strict):
    """Body of `POST /sessions`."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=USER_NAME_MAX)] = Field(
        description="as given to `python -m api create-user`", examples=["ann"]
    )
    password: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PASSWORD)] = Field(
        description="the password of the user", examples=["correct horse"]
    )


class Session(BaseModel):
    """An open session."""

    token: str = Field(
        description="send it as `Authorization: Bearer TOKEN`; it is not shown again",
        examples=["kq3VxP0n2mYd8uWbR7sTzA"],
    )
    role: Role = Field(description="what the user may do", examples=["editor"])
    expires_at: datetime = Field(description="when the token expires", examples=["2026-11-25T19:00:00Z"])


def router(accounts: AccountService) -> APIRouter:
    """The routes of sessions."""
    routes = APIRouter(tags=["accounts"], responses=PROBLEMS | UNAUTHORIZED)

    @routes.post("/sessions", status_code=HTTPStatus.CREATED, responses=TOO_LARGE)
    def open_session(body: SessionBody, _: NoQuery) -> Session:
        """Open a session.

        A bearer token for twelve hours, for a user that `python -m api create-user` added. Send it as
        `Authorization: Bearer TOKEN`; it is not shown again.
        """
        token, user, expires_at = accounts.open(body.name, body.password)
        return Session(token=token, role=user.role, expires_at=expires_at)

    @routes.delete("/sessions", status_code=HTTPStatus.NO_CONTENT)
    def close_session(token: Annotated[str, Security(bearer_token)], _: NoQuery) -> None:
        """End a session.

        The one whose token comes with the request; the token is invalid from then on.
        """
        accounts.user(token)
        accounts.close(token)

    return routes
