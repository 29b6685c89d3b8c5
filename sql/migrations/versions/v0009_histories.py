"""Histories of people: a diary, rows that wait to be matched, whose taste a group may use; and shared rooms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import MEDIUMTEXT
from sqlalchemy.types import TypeEngine

from sql.migrations.ddl import OPTIONS, exact, index

revision = "0009"
down_revision = "0008"


def _long_text() -> TypeEngine[str]:
    return sa.Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")


def upgrade() -> None:
    """Create empty tables."""
    op.create_table(
        "diary",
        sa.Column("user_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("movie_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("rating", sa.Double, nullable=True),
        sa.Column("rewatch", sa.Boolean, nullable=False),
        sa.Column("tags", _long_text(), nullable=False),
        sa.Column("review", _long_text(), nullable=False),
        **OPTIONS,
    )
    op.create_table(
        "import_rows",
        sa.Column("user_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("key", exact(32), primary_key=True),
        sa.Column("title", exact(500), nullable=False),
        sa.Column("year", sa.SmallInteger, nullable=True),
        sa.Column("status", exact(16), nullable=False),
        sa.Column("movie_id", sa.Integer, nullable=True),
        sa.Column("candidates", exact(255), nullable=False),
        sa.Column("said", _long_text(), nullable=False),
        **OPTIONS,
    )
    op.create_table(
        "taste_codes",
        sa.Column("user_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("code_hash", exact(64), nullable=False),
        **OPTIONS,
    )
    index("ix_taste_codes_code_hash", "taste_codes", ["code_hash"], unique=True)
    op.create_table(
        "rooms",
        sa.Column("key_hash", exact(64), primary_key=True),
        sa.Column("rule", exact(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.DateTime, nullable=False),
        **OPTIONS,
    )
    index("ix_rooms_expires_at", "rooms", ["expires_at"])
    op.create_table(
        "room_films",
        sa.Column("key_hash", exact(64), primary_key=True),
        sa.Column("member", exact(64), primary_key=True),
        sa.Column("movie_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("liked", sa.Boolean, nullable=False),
        **OPTIONS,
    )
