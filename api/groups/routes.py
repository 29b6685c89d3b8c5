"""The routes of groups and rooms."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Response

from api.groups.rooms import KeyPath, NewRoom, OpenedRoom, RoomQuery, RoomService, RoomState, RoomVote
from api.groups.service import GroupAnswer, GroupBody, GroupService
from api.models import NoQuery, as_json
from api.web.cache import query_string
from api.web.openapi import PROBLEMS, TOO_LARGE, Responses, problem_response

NOT_FOUND = problem_response(
    HTTPStatus.NOT_FOUND, "not_found", "There is no such film or code", "no film resembles 'Qwxz'"
)
NO_ROOM = problem_response(
    HTTPStatus.NOT_FOUND,
    "not_found",
    "There is no such room or film",
    "there is no such room, or its day is over; open a new one",
)
FULL = problem_response(
    HTTPStatus.CONFLICT,
    "full_room",
    "The room is full",
    "a room has at most 20 members and 50 films of each; take some back",
)
UNCHANGED: Responses = {204: {"description": "The room still has the version of `since`"}}


def router(groups: GroupService, rooms: RoomService) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["groups"], responses=PROBLEMS)

    @routes.post("/groups/recommendations", responses=NOT_FOUND | TOO_LARGE, response_model=GroupAnswer)
    def recommend(body: GroupBody, _: NoQuery) -> Response:
        """Find films for several people.

        Each with likes, dislikes and ratings, or with the code of a member who agreed. Nothing that one of them
        has named or seen comes back. Without any like, the films are well received and popular ones.
        """
        return as_json(groups.answer(body))

    @routes.post("/rooms", status_code=HTTPStatus.CREATED, responses=TOO_LARGE)
    def open_room(body: NewRoom, _: NoQuery) -> OpenedRoom:
        """Open a room.

        Who has its key may add films and see the list, without an account. It ends by itself after a day.
        """
        return rooms.open(body)

    @routes.get("/rooms/{key}", responses=NO_ROOM | UNCHANGED, response_model=RoomState)
    def state(key: KeyPath, query: Annotated[RoomQuery, query_string(RoomQuery)]) -> Response:
        """Show a room.

        Its members, their films, and what is recommended to all of them. With `since`, 204 until that changes.
        """
        found = rooms.state(key, query)
        return Response(status_code=HTTPStatus.NO_CONTENT) if found is None else as_json(found)

    @routes.put("/rooms/{key}", status_code=HTTPStatus.NO_CONTENT, responses=NO_ROOM | TOO_LARGE)
    def agree(key: KeyPath, body: NewRoom, _: NoQuery) -> None:
        """Change the rule of a room.

        For all members.
        """
        rooms.agree(key, body.rule)

    @routes.put("/rooms/{key}/films", status_code=HTTPStatus.NO_CONTENT, responses=NO_ROOM | FULL | TOO_LARGE)
    def say(key: KeyPath, body: RoomVote, _: NoQuery) -> None:
        """Add a film to a room.

        As one that a member likes or does not like, or take it back.
        """
        rooms.say(key, body)

    return routes
