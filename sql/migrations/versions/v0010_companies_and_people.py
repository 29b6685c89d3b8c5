"""Companies, directors and actors as terms, so that films can be filtered by them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

COLUMNS = {"company": "production_companies", "director": "directors", "actor": "actors"}
AT_ONCE = 10_000
KINDS = "('company', 'director', 'actor')"
FILMS = (
    "SELECT movies.id, adult, duplicate_of, production_companies, directors, actors"
    " FROM movies JOIN movie_texts ON movie_texts.id = movies.id"
    " WHERE movies.id > :after ORDER BY movies.id LIMIT :most"
)
PAIR = "INSERT INTO movie_terms (term_id, movie_id) VALUES (:term, :movie)"
TERM = (
    "INSERT INTO terms (id, kind, name, folded, films, films_with_adult)"
    " VALUES (:id, :kind, :name, :folded, :films, :with_adult)"
)


def upgrade() -> None:
    """List the terms of all films, which their next load or edit compares with."""
    bind = op.get_bind()
    # An upgrade that was killed may have left some.
    bind.execute(sa.text(f"DELETE FROM movie_terms WHERE term_id IN (SELECT id FROM terms WHERE kind IN {KINDS})"))
    bind.execute(sa.text(f"DELETE FROM terms WHERE kind IN {KINDS}"))
    first = (bind.scalar(sa.text("SELECT MAX(id) FROM terms")) or 0) + 1
    ids: dict[tuple[str, str], int] = {}
    names: dict[int, str] = {}
    films, with_adult = Counter[int](), Counter[int]()
    for some in _portions(bind):
        pairs: list[dict[str, int]] = []
        for movie_id, adult, duplicate_of, *lists in some:
            found: set[int] = set()
            for kind, stored in zip(COLUMNS, lists, strict=True):
                for name in stored.strip("|").split("|") if stored else ():
                    number = ids.setdefault((kind, name.casefold().rstrip(" ")), first + len(ids))
                    names.setdefault(number, name)
                    found.add(number)
            pairs += ({"term": number, "movie": movie_id} for number in found)
            if duplicate_of is None:
                with_adult.update(found)
                films.update(() if adult else found)
        _write(PAIR, pairs)
    _write(
        TERM,
        [
            {
                "id": n,
                "kind": kind,
                "folded": key,
                "name": names[n],
                "films": films[n],
                "with_adult": with_adult[n],
            }
            for (kind, key), n in ids.items()
        ],
    )


def _portions(bind: sa.Connection) -> Iterator[list[Any]]:
    """All films, some at once."""
    after = 0
    while some := list(bind.execute(sa.text(FILMS), {"after": after, "most": AT_ONCE})):
        yield some
        after = some[-1][0]


def _write(statement: str, rows: list[dict[str, Any]]) -> None:
    for at in range(0, len(rows), AT_ONCE):
        op.get_bind().execute(sa.text(statement), rows[at : at + AT_ONCE])
