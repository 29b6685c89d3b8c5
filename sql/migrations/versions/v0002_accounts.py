"""Accounts: users, and the sessions that they have open."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sql.migrations.ddl import OPTIONS, exact, index

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create both tables and their indexes where they are not there yet."""
    op.create_table(
        "users",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("name", exact(64), nullable=False),
        sa.Column("password_hash", exact(255), nullable=False),
        sa.Column("role", exact(16), nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        **OPTIONS,
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", exact(64), primary_key=True),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.DateTime, nullable=False),
        **OPTIONS,
    )
    index("ix_users_name", "users", ["name"], unique=True)
    index("ix_sessions_expires_at", "sessions", ["expires_at"])
