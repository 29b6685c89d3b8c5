"""What Alembic runs to find the connection: the one that `sql.migrations.upgrade` hands it."""

from __future__ import annotations

from alembic import context

from sql.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
# The transaction is `sql.migrations.upgrade`'s, so that it covers the lock as well.
context.run_migrations()
