"""Everything that is a person's, as a zip: JSON that we import again, and csv files that Letterboxd imports."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from etl.transform.history.own import FORMAT, NAME
from sql import histories, movies
from sql.accounts import User
from sql.histories import DiaryEntry
from sql.marks import Mark, MarkKind

COLUMNS = ("tmdbID", "imdbID", "Title", "Year", "Rating10", "WatchedDate", "Rewatch", "Tags", "Review")
SEEN, WATCHLIST = "letterboxd-watched.csv", "letterboxd-watchlist.csv"
MOST_WAITING = 100_000

Facts = Mapping[int, dict[str, Any]]
"""Films by id: title, year and IMDb's id."""


def exported(database: Engine, user: User) -> bytes:
    """The bytes of the zip."""
    lists, diary = histories.all_marks(database, user), histories.all_diary(database, user)
    waiting = histories.waiting(database, user, MOST_WAITING)
    ids = {mark.movie_id for found in lists.values() for mark in found} | {entry.movie_id for entry in diary}
    facts = movies.facts(database, sorted(ids))
    written = {
        NAME: _as_json(user, lists, diary, waiting, facts),
        SEEN: _as_csv(_seen(lists, diary), facts),
        WATCHLIST: _as_csv(((mark.movie_id, {}) for mark in lists[MarkKind.WATCHLIST]), facts),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in written.items():
            archive.writestr(name, text)
    return packed.getvalue()


def _as_json(
    user: User,
    lists: Mapping[MarkKind, Iterable[Mark]],
    diary: Iterable[DiaryEntry],
    waiting: Iterable[histories.ImportRow],
    facts: Facts,
) -> str:
    content: dict[str, Any] = {
        "reelkin": FORMAT,
        "user": user.name,
        "role": user.role.value,
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    for kind, marks in lists.items():
        content[kind.value] = [
            {
                "id": mark.movie_id,
                **facts.get(mark.movie_id, {}),
                **({} if mark.rating is None else {"rating": mark.rating}),
                "at": mark.marked_at.replace(tzinfo=UTC).isoformat(),
            }
            for mark in marks
        ]
    content["diary"] = [
        {"id": entry.movie_id, **facts.get(entry.movie_id, {}), **_entry(entry)} for entry in diary
    ]
    content["waiting"] = [
        {"title": row.title, "year": row.year, "status": row.status.value, "said": json.loads(row.said)}
        for row in waiting
    ]
    return json.dumps(content, ensure_ascii=False, indent=1)


def _entry(entry: DiaryEntry) -> dict[str, Any]:
    return {
        "day": entry.day.isoformat(),
        "rating": entry.rating,
        "rewatch": entry.rewatch,
        "tags": entry.tags,
        "review": entry.review,
    }


def _seen(
    lists: Mapping[MarkKind, Iterable[Mark]], diary: Iterable[DiaryEntry]
) -> Iterable[tuple[int, dict[str, Any]]]:
    """One row for each diary entry, and one for each film that is in none: rated or watched on an unknown day."""
    ratings = {mark.movie_id: mark.rating for mark in lists[MarkKind.RATINGS]}
    noted = set()
    for entry in diary:
        noted.add(entry.movie_id)
        yield (
            entry.movie_id,
            {
                "Rating10": _points(entry.rating),
                "WatchedDate": entry.day.isoformat(),
                "Rewatch": "true" if entry.rewatch else "",
                "Tags": entry.tags,
                "Review": entry.review,
            },
        )
    for movie_id in dict.fromkeys([*ratings, *(mark.movie_id for mark in lists[MarkKind.WATCHED])]):
        if movie_id not in noted:
            yield movie_id, {"Rating10": _points(ratings.get(movie_id))}


def _points(rating: float | None) -> str:
    """Letterboxd has ten steps: a rating of 8.5 becomes 9."""
    return "" if rating is None else str(int(rating + 0.5))


def _as_csv(rows: Iterable[tuple[int, Mapping[str, Any]]], facts: Facts) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    for movie_id, more in rows:
        film = facts.get(movie_id, {})
        named = {
            "Title": film.get("title", ""),
            "Year": film.get("year") or "",
            "imdbID": film.get("imdb_id") or "",
        }
        writer.writerow({"tmdbID": movie_id, **named, **more})
    return text.getvalue()
