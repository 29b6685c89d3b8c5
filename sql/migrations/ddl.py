"""What the migrations since 0002 share: table options, text that compares by bytes, indexes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_unicode_520_ci",
    "mysql_row_format": "DYNAMIC",
    # CREATE TABLE commits on MySQL: after a crash half of them may be there already.
    "if_not_exists": True,
}


def exact(length: int) -> TypeEngine[str]:
    """As `sql.tables.exact`, which may change; a published migration may not."""
    return sa.String(length).with_variant(sa.String(length, collation="utf8mb4_bin"), "mysql", "mariadb")


def index(name: str, table: str, columns: list[str], unique: bool = False) -> None:
    """Create an index that does not exist yet."""
    if name not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}:
        op.create_index(name, table, columns, unique=unique)
