"""The tables of what is a person's own besides the lists of films, and of rooms, which belong to nobody.

`OWNED` are those whose rows go with the user.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, DateTime, Double, Index, Integer, SmallInteger, Table, Text
from sqlalchemy.dialects.mysql import MEDIUMTEXT
from sqlalchemy.types import TypeEngine

from contract import TITLE_MAX
from sql.tables import MYSQL_OPTIONS, exact, marks, metadata, sessions

MEMBER_NAME_MAX = 64


def long_text() -> TypeEngine[str]:
    """Text of up to 16 MB; MySQL's TEXT has 64 KB."""
    return Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")


diary = Table(
    "diary",  # when a film was watched: one entry for a film and a day
    metadata,
    Column("user_id", Integer, primary_key=True, autoincrement=False),
    Column("movie_id", Integer, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("rating", Double),
    Column("rewatch", Boolean, nullable=False),
    Column("tags", long_text(), nullable=False),
    Column("review", long_text(), nullable=False),
    **MYSQL_OPTIONS,
)

import_rows = Table(
    "import_rows",  # films of imported files that were not matched for certain
    metadata,
    Column("user_id", Integer, primary_key=True, autoincrement=False),
    Column("key", exact(32), primary_key=True),  # a hash of how the file names the film
    Column("title", exact(TITLE_MAX), nullable=False),
    Column("year", SmallInteger),
    Column("status", exact(16), nullable=False),  # a value of `sql.histories.Status`
    Column("movie_id", Integer),  # once picked
    Column("candidates", exact(255), nullable=False),  # ids, the likeliest first, by comma
    Column("said", long_text(), nullable=False),  # JSON: what to store once the film is known
    **MYSQL_OPTIONS,
)

taste_codes = Table(
    "taste_codes",  # whose taste others may use in a group
    metadata,
    Column("user_id", Integer, primary_key=True, autoincrement=False),
    Column("code_hash", exact(64), nullable=False),
    Index("ix_taste_codes_code_hash", "code_hash", unique=True),
    **MYSQL_OPTIONS,
)

rooms = Table(
    "rooms",
    metadata,
    Column("key_hash", exact(64), primary_key=True),  # of what the link carries
    Column("rule", exact(16), nullable=False),
    Column("version", Integer, nullable=False),  # one more with each change
    Column("expires_at", DateTime, nullable=False),  # UTC
    Index("ix_rooms_expires_at", "expires_at"),
    **MYSQL_OPTIONS,
)

room_films = Table(
    "room_films",
    metadata,
    Column("key_hash", exact(64), primary_key=True),
    Column("member", exact(MEMBER_NAME_MAX), primary_key=True),
    Column("movie_id", Integer, primary_key=True, autoincrement=False),
    Column("liked", Boolean, nullable=False),  # else disliked
    **MYSQL_OPTIONS,
)

OWNED = (sessions, marks, diary, import_rows, taste_codes)
