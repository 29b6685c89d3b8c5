"""What IMDb says of a film: its rating, its votes, and alternative titles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sql.migrations.ddl import OPTIONS, exact

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add two columns, null for existing films, and an empty table."""
    there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("movie_texts")}
    for name, kind in (("imdb_rating", sa.Double), ("imdb_votes", sa.Integer)):
        if name not in there:
            op.add_column("movie_texts", sa.Column(name, kind))
    op.create_table(
        "movie_titles",
        sa.Column("movie_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("title", exact(500), nullable=False),
        **OPTIONS,
        sqlite_with_rowid=False,
    )
