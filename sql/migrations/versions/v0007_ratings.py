"""Ratings of films by many people, from files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sql.migrations.ddl import OPTIONS, exact

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create two empty tables."""
    op.create_table(
        "rating_sets",
        sa.Column("source", exact(64), primary_key=True),
        sa.Column("version", exact(32), nullable=False),
        sa.Column("users", sa.Integer, nullable=False),
        sa.Column("ratings", sa.Integer, nullable=False),
        sa.Column("loaded_at", sa.DateTime, nullable=False),
        **OPTIONS,
    )
    op.create_table(
        "ratings",
        sa.Column("source", exact(64), primary_key=True),
        sa.Column("user_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("movie_ids", sa.LargeBinary, nullable=False),
        sa.Column("tenths", sa.LargeBinary, nullable=False),
        **OPTIONS,
    )
