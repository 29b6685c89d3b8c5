"""`/sessions`: a bearer token for a name and a password, and the end of one."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Security

from api.models import Session
from api.parameters import NoParameters, SessionBody
from api.people.accounts import AccountService
from api.people.auth import UNAUTHORIZED, bearer_token
from api.web.openapi import PROBLEMS, TOO_LARGE
from api.web.query import asked


def router(accounts: AccountService) -> APIRouter:
    """The routes of sessions."""
    routes = APIRouter(tags=["accounts"], responses=PROBLEMS | UNAUTHORIZED)

    @routes.post("/sessions", status_code=HTTPStatus.CREATED, responses=TOO_LARGE)
    def open_session(body: SessionBody, _: Annotated[NoParameters, asked(NoParameters)]) -> Session:
        """Open a session.

        A bearer token for twelve hours, for a user that `python -m api create-user` made. Send it as
        `Authorization: Bearer TOKEN`; it is shown this once.
        """
        token, user, expires_at = accounts.open(body.name, body.password)
        return Session(token=token, role=user.role, expires_at=expires_at)

    @routes.delete("/sessions", status_code=HTTPStatus.NO_CONTENT)
    def close_session(
        token: Annotated[str, Security(bearer_token)], _: Annotated[NoParameters, asked(NoParameters)]
    ) -> None:
        """End a session.

        That of the token that comes with the request; the token is worth nothing from then on.
        """
        accounts.user(token)
        accounts.close(token)

    return routes
