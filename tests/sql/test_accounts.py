"""Users and sessions: what ends with a user, and that nothing of a user passes to a later one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, insert, select, text

from sql.accounts import (
    Role,
    User,
    create_user,
    credentials,
    delete_user,
    list_users,
    open_session,
    session_user,
    set_role,
)
from sql.engine import is_mysql
from sql.migrations.upgrade import upgrade
from sql.tables import sessions, users

LATER = datetime.now(UTC) + timedelta(days=1)


def sign_in(engine: Engine, name: str, token: str) -> User:
    """Create a user and a session."""
    create_user(engine, name, "hash", Role.EDITOR)
    found = credentials(engine, name)
    assert found is not None
    open_session(engine, found[0], token, LATER)
    return found[0]


def test_a_token_of_a_deleted_user_never_works_again(engine: Engine) -> None:
    sign_in(engine, "ann", "token of ann")
    bob = sign_in(engine, "bob", "token of bob")
    assert delete_user(engine, "bob")
    assert not delete_user(engine, "bob")
    assert session_user(engine, "token of bob") is None
    open_session(engine, bob, "opened while bob was deleted", LATER)
    eve = sign_in(engine, "eve", "token of eve")
    assert eve.id > bob.id
    assert session_user(engine, "opened while bob was deleted") is None
    assert [user.name for user in list_users(engine)] == ["ann", "eve"]
    assert session_user(engine, "token of eve") == eve


def test_a_new_role_counts_in_open_sessions(engine: Engine) -> None:
    sign_in(engine, "ann", "token")
    assert set_role(engine, "ann", Role.MEMBER)
    found = session_user(engine, "token")
    assert found is not None
    assert (found.role, [user.role for user in list_users(engine)]) == (Role.MEMBER, [Role.MEMBER])
    assert not set_role(engine, "nobody", Role.ADMIN)


def test_users_of_an_earlier_version_keep_their_ids_and_sessions(engine: Engine) -> None:
    with engine.begin() as connection:  # as version 0004 made the table
        connection.execute(text("UPDATE alembic_version SET version_num = '0004'"))
        if not is_mysql(engine):
            connection.execute(text("DROP TABLE users"))
            lengths = (("name", 64), ("password_hash", 255), ("role", 16))
            texts = ", ".join(f"{name} VARCHAR({length}) NOT NULL" for name, length in lengths)
            columns = f"id INTEGER PRIMARY KEY NOT NULL, {texts}, created_at DATETIME NOT NULL"
            connection.execute(text(f"CREATE TABLE users ({columns})"))
            connection.execute(text("CREATE UNIQUE INDEX ix_users_name ON users (name)"))
        row = {"password_hash": "hash", "role": "admin", "created_at": datetime(2026, 1, 2, 3, 4, 5)}
        connection.execute(insert(users), [{"id": 3, "name": "ann", **row}, {"id": 7, "name": "bob", **row}])
        expires = LATER.replace(microsecond=0, tzinfo=None)
        open_ones = [
            {"token_hash": token, "user_id": i, "expires_at": expires} for token, i in (("a", 3), ("x", 99))
        ]
        connection.execute(insert(sessions), open_ones)
    upgrade(engine)
    assert session_user(engine, "a") == User(3, "ann", Role.ADMIN)
    with engine.connect() as connection:
        assert connection.scalars(select(sessions.c.user_id)).all() == [3]
        assert connection.scalar(select(users.c.created_at).where(users.c.id == 7)) == row["created_at"]
    delete_user(engine, "bob")
    assert sign_in(engine, "eve", "e").id == 8
