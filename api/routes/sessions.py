"""`/sessions`: a bearer token for a name and a password, and the end of one."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Security

from api.accounts import AccountService
from api.answers import Session
from api.asking import asked
from api.parameters import NoParameters, SessionBody
from api.problems import PROBLEMS
from api.security import REFUSALS, bearer_token

UNAUTHORIZED: dict[int | str, dict[str, Any]] = {401: REFUSALS[401]}


def router(accounts: AccountService) -> APIRouter:
    """The routes of sessions."""
    routes = APIRouter(tags=["accounts"], responses=PROBLEMS | UNAUTHORIZED)

    @routes.post("/sessions", status_code=HTTPStatus.CREATED)
    def open_session(body: SessionBody, _: Annotated[NoParameters, asked(NoParameters)]) -> Session:
        """A token for the users that `python -m api create-user` made."""
        token, user, expires_at = accounts.open(body.name, body.password)
        return Session(token=token, role=user.role, expires_at=expires_at)

    @routes.delete("/sessions", status_code=HTTPStatus.NO_CONTENT)
    def close_session(
        token: Annotated[str, Security(bearer_token)], _: Annotated[NoParameters, asked(NoParameters)]
    ) -> None:
        """End the session of the token that comes with the request."""
        accounts.user(token)
        accounts.close(token)

    return routes
