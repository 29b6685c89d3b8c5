"""Edits: the films that were written by hand, and an index to find their duplicates by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sql.migrations.ddl import OPTIONS, exact, index

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table, the indexes and the column that are not there yet."""
    op.create_table(
        "edits",
        sa.Column("movie_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("kind", exact(16), nullable=False),
        sa.Column("edited_at", sa.DateTime, nullable=False),
        **OPTIONS,
    )
    index("ix_edits_sequence", "edits", ["sequence"])
    index("ix_movie_texts_imdb_id", "movie_texts", ["imdb_id"])
    if "edited" not in {column["name"] for column in sa.inspect(op.get_bind()).get_columns("ingests")}:
        op.add_column("ingests", sa.Column("edited", sa.Integer, nullable=False, server_default="0"))
