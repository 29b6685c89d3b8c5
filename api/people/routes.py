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
