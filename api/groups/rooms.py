"""Rooms: a list that several people share by a link, each from a phone, without accounts.

Who has the key of a room may read and change it; the database has only its hash. A room ends by itself after a
day.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, Field
from sqlalchemy import Engine

from api.groups.service import GroupAnswer, GroupService, MemberName, Person, rows_of
from api.models import FilterFields, Limit, MovieSummary, Posters, Strict, StrictMovieId
from api.serving.serving import Serving
from api.web.problems import FullRoomError, NotFoundError
from index.answer.together import Rule
from sql import histories, rooms
from sql.rooms import Room, RoomFilm

MOST_MEMBERS = 20
MOST_FILMS = 50
"""Films of one member."""

KeyPath = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_-]{22}$", description="of the room", examples=["Vj3kq0P2nmYd8uWbR7sTzA"])
]


class NewRoom(Strict):
    """Body of `POST /rooms` and of `PUT /rooms/{key}`."""

    rule: Rule = Field(Rule.MEAN, description="how the members agree", examples=["fair"])


class OpenedRoom(BaseModel):
    """A new room."""

    key: str = Field(description="part of the link that the members share", examples=["Vj3kq0P2nmYd8uWbR7sTzA"])
    rule: Rule = Field(description="how the members agree", examples=["fair"])
    expires_at: datetime = Field(description="when the room ends", examples=["2026-11-25T19:00:00Z"])


class RoomQuery(FilterFields):
    """Parameters of `GET /rooms/{key}`."""

    k: Limit = Field(10, description="how many films", examples=[5])
    since: Annotated[int, Field(ge=0)] = Field(
        0, description="`version` that you have: 204 while it is the same", examples=[0]
    )


class RoomMember(BaseModel):
    """A member of a room."""

    name: str = Field(description="as the member says", examples=["Ann"])
    like: list[MovieSummary] = Field(description="films that the member likes")
    dislike: list[MovieSummary] = Field(description="films that the member does not like")


class RoomState(BaseModel):
    """A room and what it recommends."""

    rule: Rule = Field(description="how the members agree", examples=["fair"])
    version: int = Field(description="one more with each change", examples=[7])
    expires_at: datetime = Field(description="when the room ends", examples=["2026-11-25T19:00:00Z"])
    members: list[RoomMember] = Field(description="in order of name")
    films: GroupAnswer = Field(description="what is recommended to all of them")


class RoomVote(Strict):
    """Body of `PUT /rooms/{key}/films`."""

    member: MemberName = Field(description="who says so", examples=["Ann"])
    movie_id: StrictMovieId = Field(description="the film", examples=[348])
    liked: bool | None = Field(
        True, description="whether the member likes it; null takes back what was said", examples=[True]
    )


class RoomService:
    """Keeps rooms and recommends to them."""

    def __init__(self, database: Engine, serving: Serving, posters: Posters, groups: GroupService) -> None:
        self._database, self._serving, self._posters, self._groups = database, serving, posters, groups

    def open(self, body: NewRoom) -> OpenedRoom:
        """A new room."""
        key = secrets.token_urlsafe(16)
        room = rooms.open_room(self._database, _hashed(key), body.rule.value)
        return OpenedRoom(key=key, rule=body.rule, expires_at=room.expires_at.replace(tzinfo=UTC))

    def state(self, key: str, query: RoomQuery) -> dict[str, Any] | None:
        """The fields of a `RoomState`; None if the client has it already.

        Raises:
            NotFoundError: there is no such room, or it has ended.
        """
        if rooms.version_of(self._database, _hashed(key)) == query.since:
            return None
        room = self._room(key)
        snapshot = self._serving.current()
        people, members = [], []
        for name in sorted({film.member for film in room.films}):
            likes, dislikes = (
                rows_of(
                    snapshot, [film.movie_id for film in room.films if (film.member, film.liked) == (name, liked)]
                )
                for liked in (True, False)
            )
            people.append(Person(name, tuple(likes), tuple(dislikes)))
            members.append(
                {
                    "name": name,
                    "like": self._posters.summaries(snapshot.view, likes),
                    "dislike": self._posters.summaries(snapshot.view, dislikes),
                }
            )
        return {
            "rule": room.rule,
            "version": room.version,
            "expires_at": room.expires_at.replace(tzinfo=UTC),
            "members": members,
            "films": self._groups.together(snapshot, people, Rule(room.rule), query.k, query.filters()),
        }

    def say(self, key: str, vote: RoomVote) -> None:
        """Note what a member says of a film.

        Raises:
            NotFoundError: there is no such room or film.
            FullRoomError: the room has too many members, or the member too many films.
        """
        self._room(key)
        if vote.liked is None:
            rooms.remove_film(self._database, _hashed(key), vote.member, vote.movie_id)
            return
        if vote.movie_id not in histories.known_ids(self._database, [vote.movie_id], ())[0]:
            raise NotFoundError(f"there is no film with the id {vote.movie_id}")
        film = RoomFilm(vote.member, vote.movie_id, vote.liked)
        if not rooms.put_film(self._database, _hashed(key), film, MOST_MEMBERS, MOST_FILMS):
            raise FullRoomError(
                f"a room has at most {MOST_MEMBERS} members and {MOST_FILMS} films of each; take some back"
            )

    def agree(self, key: str, rule: Rule) -> None:
        """Change how the members agree.

        Raises:
            NotFoundError: there is no such room.
        """
        self._room(key)
        rooms.set_rule(self._database, _hashed(key), rule.value)

    def _room(self, key: str) -> Room:
        room = rooms.find_room(self._database, _hashed(key))
        if room is None:
            raise NotFoundError("there is no such room, or its day is over; open a new one")
        return room


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
