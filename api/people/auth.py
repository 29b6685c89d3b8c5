"""Who asks: the bearer token of a request, and the role that a route needs."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.people.accounts import AccountService
from api.web.openapi import refusal
from api.web.problems import ForbiddenError, UnauthorizedError
from sql.accounts import Role, User

UNAUTHORIZED = refusal(
    HTTPStatus.UNAUTHORIZED,
    "unauthorized",
    "There is no token, or it has ended",
    "send `Authorization: Bearer TOKEN`, with a token from POST /sessions",
)
REFUSALS = UNAUTHORIZED | refusal(
    HTTPStatus.FORBIDDEN,
    "forbidden",
    "The user's role does not allow this",
    "this needs the role editor; ann is member",
)
"""What a route that needs a role may answer besides its own, for OpenAPI."""

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
    """A dependency that lets in the users of a role, or of one that covers it.

    Raises:
        UnauthorizedError: no token, or one that has ended.
        ForbiddenError: another role.
    """

    def user(token: Annotated[str, Security(bearer_token)]) -> User:
        found = accounts.user(token)
        if not found.role.covers(role):
            raise ForbiddenError(f"this needs the role {role}; {found.name} is {found.role}")
        return found

    return user
