"""Alembic's scripts; `sql.migrate.upgrade` runs them."""
