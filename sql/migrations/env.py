"""Alembic runs this to get its connection: the one that `sql.migrations.upgrade` passes in."""

from __future__ import annotations

from alembic import context

from sql import own_tables  # noqa: F401  # its tables belong to the metadata
from sql.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
# `sql.migrations.upgrade` began the transaction, so that it covers the lock too.
context.run_migrations()
