"""Alembic's scripts; `sql.migrations.upgrade.upgrade` runs them."""
