"""Codes of taste: what members give to those who may use their taste in a group or for an evening."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Security
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import Engine

from api.models import NoQuery
from api.people.accounts import UNAUTHORIZED
from api.people.recommending import Taste, taste_of
from api.web.openapi import PROBLEMS
from api.web.problems import NotFoundError
from sql import histories, rooms
from sql.accounts import User

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,64}$")]


class TasteCode(BaseModel):
    """A code that lets others use your taste."""

    code: str = Field(description="it is not shown again", examples=["Vj3kq0P2nmYd8uWbR7sTzA"])


class TasteCodes:
    """Makes codes and finds whose they are."""

    def __init__(self, database: Engine, secret: str) -> None:
        self._database, self._secret = database, secret.encode()

    def make(self, user: User) -> TasteCode:
        """A new code, in place of the one before."""
        code = secrets.token_urlsafe(16)
        rooms.set_code(self._database, user, self._hashed(code))
        return TasteCode(code=code)

    def revoke(self, user: User) -> None:
        """Let nobody use the taste any longer."""
        rooms.set_code(self._database, user, None)

    def taste(self, code: str) -> Taste:
        """The taste of the member who made a code.

        Raises:
            NotFoundError: nobody did, or it was revoked.
        """
        user = rooms.user_of_code(self._database, self._hashed(code))
        if user is None:
            raise NotFoundError("nobody shares a taste by this code; ask for a new one")
        return taste_of(histories.all_marks(self._database, user))

    def _hashed(self, code: str) -> str:
        return hmac.new(self._secret, code.encode(), hashlib.sha256).hexdigest()


def router(codes: TasteCodes, member: Any) -> APIRouter:
    """The routes of codes.

    Args:
        codes: what they call.
        member: the user of the token, for `Security`.
    """
    routes = APIRouter(tags=["people"], responses=PROBLEMS | UNAUTHORIZED)
    signed_in: Any = Security(member)

    @routes.post("/me/taste-code", status_code=HTTPStatus.CREATED)
    def make(_: NoQuery, user: User = signed_in) -> TasteCode:
        """Share your taste.

        A code for `POST /groups/recommendations` and `GET /movies/tonight`: who has it gets recommendations that
        count your taste, and no list of yours. A new code ends the one before.
        """
        return codes.make(user)

    @routes.delete("/me/taste-code", status_code=HTTPStatus.NO_CONTENT)
    def revoke(_: NoQuery, user: User = signed_in) -> None:
        """Share your taste no longer.

        The code that you made is not valid any more.
        """
        codes.revoke(user)

    return routes
