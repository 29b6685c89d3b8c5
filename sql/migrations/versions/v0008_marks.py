"""What users mark: films rated, watched, to be watched, and not of interest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sql.migrations.ddl import OPTIONS, exact

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create an empty table."""
    op.create_table(
        "marks",
        sa.Column("user_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", exact(16), primary_key=True),
        sa.Column("movie_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("rating", sa.Double, nullable=True),
        sa.Column("marked_at", sa.DateTime, nullable=False),
        **OPTIONS,
    )
