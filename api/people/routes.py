"""`/sessions`: a bearer token for a name and a password, and the end of one."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Security
from pydantic import BaseModel, Field, StringConstraints

from api.parameters import NoQuery, Strict
from api.people.accounts import LONGEST_PASSWORD, UNAUTHORIZED, AccountService, bearer_token
from api.web.openapi import PROBLEMS, TOO_LARGE
from sql.accounts import Role
from sql.tables import USER_NAME_MAX


class SessionBody(Strict):
    """Body of `POST /sessions`."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=USER_NAME_MAX)] = Field(
        description="as `python -m api create-user` was told it", examples=["ann"]
    )
    password: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PASSWORD)] = Field(
        description="the password that was given to it", examples=["correct horse"]
    )


class Session(BaseModel):
    """An open session."""

    token: str = Field(
        description="send it as `Authorization: Bearer TOKEN`; it is shown this once",
        examples=["kq3VxP0n2mYd8uWbR7sTzA"],
    )
    role: Role = Field(description="what the user may do", examples=["editor"])
    expires_at: datetime = Field(description="when the token ends", examples=["2026-11-25T19:00:00Z"])


def router(accounts: AccountService) -> APIRouter:
    """The routes of sessions."""
    routes = APIRouter(tags=["accounts"], responses=PROBLEMS | UNAUTHORIZED)

    @routes.post("/sessions", status_code=HTTPStatus.CREATED, responses=TOO_LARGE)
    def open_session(body: SessionBody, _: NoQuery) -> Session:
        """Open a session.

        A bearer token for twelve hours, for a user that `python -m api create-user` made. Send it as
        `Authorization: Bearer TOKEN`; it is shown this once.
        """
        token, user, expires_at = accounts.open(body.name, body.password)
        return Session(token=token, role=user.role, expires_at=expires_at)

    @routes.delete("/sessions", status_code=HTTPStatus.NO_CONTENT)
    def close_session(token: Annotated[str, Security(bearer_token)], _: NoQuery) -> None:
        """End a session.

        That of the token that comes with the request; the token is worth nothing from then on.
        """
        accounts.user(token)
        accounts.close(token)

    return routes
