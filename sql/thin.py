"""Thin films: those that lack a poster, an overview or keywords, the best known first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, or_, select

from sql.edits import BY_HAND, Kind
from sql.tables import edits, movie_texts, movies

ASKED_AGAIN_AFTER = timedelta(days=30)


def thin_films(engine: Engine, limit: int | None = None) -> list[int]:
    """Ids of thin films that nobody edited and that were not asked for in the last thirty days.

    Args:
        limit: at most so many; None gives all.
    """
    lately = datetime.now(UTC).replace(tzinfo=None) - ASKED_AGAIN_AFTER
    asked = (edits.c.kind == Kind.ENRICHED.value) & (edits.c.edited_at > lately)
    settled = select(edits.c.movie_id).where(edits.c.kind.in_(BY_HAND) | asked)
    text = movie_texts.c
    found = (
        select(movies.c.id)
        .join(movie_texts, text.id == movies.c.id)
        .where(or_(text.poster_path.is_(None), text.overview == "", text.keywords == ""))
        .where(movies.c.duplicate_of.is_(None), movies.c.id.not_in(settled))
        .order_by(movies.c.vote_count.desc(), movies.c.id)
        .limit(limit)
    )
    with engine.connect() as connection:
        return list(connection.scalars(found))
