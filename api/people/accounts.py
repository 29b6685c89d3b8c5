"""Sessions: names and passwords in, bearer tokens out; and which user a token belongs to.

A token is 256 random bits; the database keeps its HMAC-SHA256 under `REELKIN_SECRET_KEY`, so neither a copy of the
database nor the right to write to it gives a session, and a new key ends all of them.

`/sessions`: a bearer token for a name and a password, and the end of one.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import secrets
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Annotated, TypeVar

from fastapi import APIRouter, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import Engine

from api.models import NoQuery, Strict
from api.people.known import KnownSessions
from api.people.passwords import LONGEST_PASSWORD, hash_password, is_password
from api.web.middleware import RateLimit, client_of
from api.web.openapi import PROBLEMS, TOO_LARGE, problem_response
from api.web.problems import ForbiddenError, TooManyLoginsError, UnauthorizedError
from sql import accounts
from sql.accounts import Role, User
from sql.tables import USER_NAME_MAX

Login = TypeVar("Login")

HASHED_AT_ONCE = 2
"""Passwords checked at a time in one process: each takes 64 MiB and a core."""

MOST_LOGINS = 8
"""Logins under way in one process; further ones are refused at once, since a queue of them helps nobody."""

SOON_S = 2
ADDRESS_TIMES = 3
"""An address may fail so many times as often as a name: several people may share it."""

NICENESS = 10
"""Of the threads that check passwords: requests for films are served first."""


def _yield_to_others() -> None:
    """Lower the priority of this thread, and of those that argon2 starts in it."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


class LoginGate:
    """Lets few logins in at a time, and none of a name or an address that has failed too often.

    Args:
        limit: failures of a name, as `N/second`, `N/minute` or `N/hour`; "" for any number.
        redis_url: where several processes count together; "" to count in this one.
    """

    def __init__(self, limit: str, redis_url: str = "") -> None:
        self._names = RateLimit(limit, redis_url) if limit else None
        self._addresses = RateLimit(limit, redis_url, ADDRESS_TIMES) if limit else None
        self._under_way = 0
        self._threads = ThreadPoolExecutor(HASHED_AT_ONCE, "login", _yield_to_others)

    async def close(self) -> None:
        """Close the connections to Redis, and end the threads."""
        for limit in (self._names, self._addresses):
            if limit is not None:
                await limit.close()
        self._threads.shutdown(wait=False)

    async def check(self, name: str, client: str, login: Callable[[], Login]) -> Login:
        """What `login` returns, called in a thread for passwords.

        An attempt is counted before it is made, so that many at once do not pass; one that does not fail is taken
        back, and clears its name.

        Raises:
            TooManyLoginsError: too many are under way, or this name or client has failed too often.
            UnauthorizedError: `login` raised it.
        """
        if self._under_way >= MOST_LOGINS:
            raise TooManyLoginsError("too many logins at once", SOON_S)
        self._under_way += 1
        try:
            await self._count(name, client)
            try:
                done = await asyncio.get_running_loop().run_in_executor(self._threads, login)
            except UnauthorizedError:
                raise
            except BaseException:
                await self._take_back(name, client)
                raise
            await self._take_back(name, client, every=True)
            return done
        finally:
            self._under_way -= 1

    async def run(self, hashing: Callable[[], Login], new_from: str = "") -> Login:
        """What `hashing` returns, called in a thread for passwords, for requests that are no logins.

        Args:
            hashing: hashes or checks a password.
            new_from: the client that asks for a new account; each is counted, whatever comes of it.

        Raises:
            TooManyLoginsError: too many are under way, or this client has asked for too many accounts.
        """
        if new_from and self._addresses is not None:
            wait = await self._addresses.wait_s(f"sign-up address {new_from}")
            if wait:
                raise TooManyLoginsError("too many new accounts from this address", wait)
        if self._under_way >= MOST_LOGINS:
            raise TooManyLoginsError("too many passwords at once", SOON_S)
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, hashing)
        finally:
            self._under_way -= 1

    async def _count(self, name: str, client: str) -> None:
        for limit, key in ((self._addresses, f"login address {client}"), (self._names, f"login name {name}")):
            wait = 0 if limit is None else await limit.wait_s(key)
            if wait:
                raise TooManyLoginsError("too many failed logins for this name or from this address", wait)

    async def _take_back(self, name: str, client: str, every: bool = False) -> None:
        if self._addresses is not None and self._names is not None:
            await self._addresses.wait_s(f"login address {client}", -1)
            if every:
                await self._names.forget(f"login name {name}")
            else:
                await self._names.wait_s(f"login name {name}", -1)


LIFETIME = timedelta(hours=12)


class AccountService:
    """Opens and ends sessions, and finds their users.

    Args:
        database: where they are.
        secret: the key that tokens are hashed under.
        redis_url: where the processes of all hosts keep sessions besides; "" for nowhere.
    """

    def __init__(self, database: Engine, secret: str, redis_url: str = "") -> None:
        self._database, self._secret = database, secret.encode()
        self.known = KnownSessions(redis_url, self._hashed)
        self._unknown_users_hash = hash_password(secrets.token_urlsafe())

    def open(self, name: str, password: str) -> tuple[str, User, datetime]:
        """A new token, its user, and when it ends.

        Raises:
            UnauthorizedError: there is no such user, or the password is wrong; the message does not say which.
        """
        user = self.check_password(name, password)
        token = secrets.token_urlsafe(32)
        expires_at = (datetime.now(UTC) + LIFETIME).replace(microsecond=0)
        accounts.open_session(self._database, user, self._hashed(token), expires_at)
        return token, user, expires_at

    def check_password(self, name: str, password: str) -> User:
        """The user of a name and a password.

        Raises:
            UnauthorizedError: see `open`.
        """
        found = accounts.credentials(self._database, name)
        # An unknown name takes as long as a wrong password, so that names cannot be guessed.
        if not is_password(password, self._unknown_users_hash if found is None else found[1]) or found is None:
            raise UnauthorizedError("the name or the password is wrong")
        return found[0]

    def user(self, token: str) -> User:
        """The user of a token.

        Raises:
            UnauthorizedError: it is unknown, or has expired.
        """
        hashed = self._hashed(token)
        user = self.known.user(hashed, partial(accounts.session_user, self._database, hashed))
        if user is None:
            raise UnauthorizedError("the token is unknown or has expired; get a new one from POST /sessions")
        return user

    def close(self, token: str) -> None:
        """End the session of a token."""
        accounts.close_session(self._database, self._hashed(token))
        self.known.end(self._hashed(token))

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


def router(accounts: AccountService, gate: LoginGate) -> APIRouter:
    """The routes of sessions."""
    routes = APIRouter(tags=["accounts"], responses=PROBLEMS | UNAUTHORIZED)

    @routes.post("/sessions", status_code=HTTPStatus.CREATED, responses=TOO_LARGE)
    async def open_session(body: SessionBody, request: Request, _: NoQuery) -> Session:
        """Open a session.

        A bearer token for twelve hours, for a user that `python -m api create-user` added. Send it as
        `Authorization: Bearer TOKEN`; it is not shown again. Failed logins are counted by name and by address;
        too many are a 429.
        """
        token, user, expires_at = await gate.check(
            body.name, client_of(request.scope), partial(accounts.open, body.name, body.password)
        )
        return Session(token=token, role=user.role, expires_at=expires_at)

    @routes.delete("/sessions", status_code=HTTPStatus.NO_CONTENT)
    def close_session(token: Annotated[str, Security(bearer_token)], _: NoQuery) -> None:
        """End a session.

        The one whose token comes with the request; the token is invalid from then on.
        """
        accounts.user(token)
        accounts.close(token)

    return routes
