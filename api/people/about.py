"""`/accounts`: what a client has to know before anybody signs in."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import Engine

from api.models import NoQuery
from api.web.openapi import PROBLEMS
from sql.accounts import Role, anybody


class Accounts(BaseModel):
    """Who may have an account here."""

    sign_up: str = Field(description="who may create an account: off, invited or open", examples=["off"])
    admin: bool = Field(description="whether the service has an administrator", examples=[True])


def router(database: Engine, sign_up: str) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["accounts"], responses=PROBLEMS)

    @routes.get("/accounts")
    def accounts(_: NoQuery) -> Accounts:
        """Tell who may have an account.

        While the service has no administrator, the app shows its operator's page to its own machine.
        """
        return Accounts(sign_up=sign_up, admin=anybody(database, Role.ADMIN))

    return routes
