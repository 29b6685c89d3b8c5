"""Users and their sessions. Passwords and tokens arrive hashed; neither can be read back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from sql.engine import is_mysql, one_writer
from sql.errors import TakenError
from sql.own_tables import OWNED
from sql.tables import sessions, users


class Role(StrEnum):
    """What a user may do: each role may do what the one before it may."""

    MEMBER = "member"
    EDITOR = "editor"  # writes films
    ADMIN = "admin"

    def covers(self, needed: Role) -> bool:
        """Whether this role may do what the other may."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True)
class User:
    """A user, without the password."""

    id: int
    name: str
    role: Role


def create_user(engine: Engine, name: str, password_hash: str, role: Role) -> None:
    """Add a user.

    Raises:
        TakenError: the name is another user's.
    """
    row = {"name": name, "password_hash": password_hash, "role": role.value, "created_at": now()}
    try:
        with writing(engine) as connection:
            connection.execute(insert(users).values(row))
    except IntegrityError as error:
        raise TakenError(f"there is a user {name!r} already; choose another name") from error


def list_users(engine: Engine) -> list[User]:
    """All users, by name."""
    with engine.connect() as connection:
        rows = connection.execute(select(users.c.id, users.c.name, users.c.role).order_by(users.c.name)).all()
    return [User(row.id, row.name, Role(row.role)) for row in rows]


def anybody(engine: Engine, role: Role) -> bool:
    """Whether a user has this role."""
    with engine.connect() as connection:
        return connection.scalar(select(users.c.id).where(users.c.role == role.value).limit(1)) is not None


def set_role(engine: Engine, name: str, role: Role) -> bool:
    """Change what a user may do, in open sessions too; False if there is no such user."""
    with writing(engine) as connection:
        found = connection.scalar(select(users.c.id).where(users.c.name == name))
        connection.execute(update(users).where(users.c.id == found).values(role=role.value))
    return found is not None


def set_password(engine: Engine, user: User, password_hash: str) -> None:
    """Change the hash of a user's password, and end the user's sessions."""
    with writing(engine) as connection:
        connection.execute(update(users).where(users.c.id == user.id).values(password_hash=password_hash))
        connection.execute(delete(sessions).where(sessions.c.user_id == user.id))


def delete_user(engine: Engine, name: str) -> bool:
    """Delete a user, what is the user's, and the user's sessions; False if there is no such user."""
    with writing(engine) as connection:
        # Locked on MySQL, so that nothing is written for the user in between.
        found = connection.scalar(select(users.c.id).where(users.c.name == name).with_for_update())
        for table in OWNED:
            connection.execute(delete(table).where(table.c.user_id == found))
        connection.execute(delete(users).where(users.c.id == found))
    return found is not None


def credentials(engine: Engine, name: str) -> tuple[User, str] | None:
    """A user and the hash of the password, or None."""
    with engine.connect() as connection:
        row = connection.execute(select(users).where(users.c.name == name)).one_or_none()
    return None if row is None else (User(row.id, row.name, Role(row.role)), row.password_hash)


def open_session(engine: Engine, user: User, token_hash: str, expires_at: datetime) -> None:
    """Record a session; those that have expired are deleted.

    Args:
        expires_at: with its time zone.
    """
    row = {"token_hash": token_hash, "user_id": user.id, "expires_at": _naive(expires_at)}
    with writing(engine) as connection:
        connection.execute(delete(sessions).where(sessions.c.expires_at <= now()))
        connection.execute(insert(sessions).values(row))


def session_user(engine: Engine, token_hash: str) -> User | None:
    """The user of a session, with the present role; None if it has ended or never existed."""
    found = (
        select(users.c.id, users.c.name, users.c.role)
        .join(sessions, sessions.c.user_id == users.c.id)
        .where(sessions.c.token_hash == token_hash, sessions.c.expires_at > now())
    )
    with engine.connect() as connection:
        row = connection.execute(found).one_or_none()
    return None if row is None else User(row.id, row.name, Role(row.role))


def close_session(engine: Engine, token_hash: str) -> None:
    """End a session."""
    with writing(engine) as connection:
        connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction; on SQLite, where only one can write, after those of this process that came before."""
    with nullcontext() if is_mysql(engine) else one_writer(engine), engine.begin() as connection:
        yield connection


def now() -> datetime:
    """UTC in whole seconds, as both databases keep it."""
    return _naive(datetime.now(UTC))


def _naive(moment: datetime) -> datetime:
    """UTC in whole seconds, as both databases keep it."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None)
