"""What groups share: codes of tastes, and rooms, which belong to nobody and end by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from sql.accounts import Role, User, now, writing
from sql.own_tables import room_films, rooms, taste_codes
from sql.tables import users

LIFETIME = timedelta(days=1)


@dataclass(frozen=True)
class RoomFilm:
    """What a member of a room says of a film."""

    member: str
    movie_id: int
    liked: bool


@dataclass(frozen=True)
class Room:
    """A room.

    Attributes:
        rule: how its members agree.
        version: one more with each change.
        expires_at: UTC, in whole seconds.
        films: in order of member and film.
    """

    rule: str
    version: int
    expires_at: datetime
    films: tuple[RoomFilm, ...]


def set_code(engine: Engine, user: User, code_hash: str | None) -> None:
    """Keep the hash of a user's code in place of the one before; None keeps none."""
    with writing(engine) as connection:
        connection.execute(delete(taste_codes).where(taste_codes.c.user_id == user.id))
        alive = connection.scalar(select(users.c.id).where(users.c.id == user.id).with_for_update())
        if code_hash is not None and alive is not None:
            connection.execute(insert(taste_codes).values(user_id=user.id, code_hash=code_hash))


def user_of_code(engine: Engine, code_hash: str) -> User | None:
    """The user who made a code, or None."""
    found = select(users.c.id, users.c.name, users.c.role).join(taste_codes, taste_codes.c.user_id == users.c.id)
    with engine.connect() as connection:
        row = connection.execute(found.where(taste_codes.c.code_hash == code_hash)).one_or_none()
    return None if row is None else User(row.id, row.name, Role(row.role))


def open_room(engine: Engine, key_hash: str, rule: str) -> Room:
    """A new room; those that have ended are deleted with all that was in them."""
    row = {"key_hash": key_hash, "rule": rule, "version": 1, "expires_at": now() + LIFETIME}
    with writing(engine) as connection:
        ended = select(rooms.c.key_hash).where(rooms.c.expires_at <= now())
        gone = list(connection.scalars(ended))
        for table in (room_films, rooms):
            connection.execute(delete(table).where(table.c.key_hash.in_(gone)))
        connection.execute(insert(rooms).values(row))
    return Room(rule, 1, row["expires_at"], ())  # type: ignore[arg-type]


def find_room(engine: Engine, key_hash: str) -> Room | None:
    """A room that has not ended, or None."""
    with engine.connect() as connection:
        found = select(rooms).where(rooms.c.key_hash == key_hash, rooms.c.expires_at > now())
        row = connection.execute(found).one_or_none()
        if row is None:
            return None
        films = select(room_films).where(room_films.c.key_hash == key_hash)
        told = connection.execute(films.order_by(room_films.c.member, room_films.c.movie_id))
        said = tuple(RoomFilm(one.member, one.movie_id, one.liked) for one in told)
    return Room(row.rule, row.version, row.expires_at, said)


def version_of(engine: Engine, key_hash: str) -> int | None:
    """How often a room was changed, or None where there is none."""
    found = select(rooms.c.version).where(rooms.c.key_hash == key_hash, rooms.c.expires_at > now())
    with engine.connect() as connection:
        version: int | None = connection.scalar(found)
    return version


def put_film(engine: Engine, key_hash: str, film: RoomFilm, most_members: int, most_films: int) -> bool:
    """Note what a member says of a film, in place of what was said before; False if the room is full.

    Args:
        engine: of the catalogue.
        key_hash: of a room that has not ended.
        film: what is said.
        most_members: of a room.
        most_films: of a member.
    """
    one = (
        room_films.c.key_hash == key_hash,
        room_films.c.member == film.member,
        room_films.c.movie_id == film.movie_id,
    )
    try:
        with writing(engine) as connection:
            _changed(connection, key_hash)
            connection.execute(delete(room_films).where(*one))
            counted = select(room_films.c.member, func.count()).where(room_films.c.key_hash == key_hash)
            told = connection.execute(counted.group_by(room_films.c.member))
            films: dict[str, int] = {row[0]: row[1] for row in told}
            if films.get(film.member, 0) >= most_films or len({*films, film.member}) > most_members:
                raise _FullError
            connection.execute(insert(room_films).values(key_hash=key_hash, **vars(film)))
    except _FullError:
        return False
    except IntegrityError:  # the same was said twice at once
        return True
    return True


def remove_film(engine: Engine, key_hash: str, member: str, movie_id: int) -> None:
    """Take back what a member said of a film."""
    one = (
        room_films.c.key_hash == key_hash,
        room_films.c.member == member,
        room_films.c.movie_id == movie_id,
    )
    with writing(engine) as connection:
        if connection.execute(delete(room_films).where(*one)).rowcount:
            _changed(connection, key_hash)


def set_rule(engine: Engine, key_hash: str, rule: str) -> None:
    """Change how the members of a room agree."""
    with writing(engine) as connection:
        connection.execute(update(rooms).where(rooms.c.key_hash == key_hash).values(rule=rule))
        _changed(connection, key_hash)


class _FullError(Exception):
    """The room, or a member's part of it, is full; what was begun is undone."""


def _changed(connection: Connection, key_hash: str) -> None:
    connection.execute(update(rooms).where(rooms.c.key_hash == key_hash).values(version=rooms.c.version + 1))
