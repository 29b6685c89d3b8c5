"""User ids: never given twice, so that a token of a deleted user cannot belong to a later one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Delete the sessions of deleted users; on SQLite, make the table of users again with AUTOINCREMENT.

    MySQL and MariaDB (from 10.2.4) remember the highest id that was given.
    """
    op.execute(sa.text("DELETE FROM sessions WHERE user_id NOT IN (SELECT id FROM users)"))
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("users", recreate="always", table_kwargs={"sqlite_autoincrement": True}):
            pass
