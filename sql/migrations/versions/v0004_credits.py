"""Credits: who directed a film and who plays in it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the two lists, empty for existing films."""
    there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("movie_texts")}
    # SQLite needs a default for existing rows; MySQL allows none for TEXT.
    empty = "" if op.get_bind().dialect.name == "sqlite" else None
    for name in ("directors", "actors"):
        if name not in there:
            op.add_column("movie_texts", sa.Column(name, sa.Text, nullable=False, server_default=empty))
