"""Our own export: `reelkin.json`, as `GET /me/export` writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from etl.transform.history.archive import HistoryError, Member, parsed
from etl.transform.history.entries import (
    Entry,
    Named,
    Says,
    clean,
    day_of,
    imdb_of,
    moment_of,
    number_of,
    rating_of,
    title_of,
    year_of,
)

NAME = "reelkin.json"
FORMAT = 1


def read_own(member: Member) -> Iterator[Entry]:
    """The lists and the diary of an export.

    Raises:
        HistoryError: it is none, or one of a later version.
    """
    found = parsed(member)
    if not isinstance(found, dict) or found.get("reelkin") != FORMAT:
        raise HistoryError(f"{member.name} is no export of this version of Reelkin")
    place = 0
    for says in Says:
        films = found.get(says.value, [])
        for item in films if isinstance(films, list) else []:
            place += 1
            if isinstance(item, dict):
                yield _entry(member, place, says, item)
    waiting = found.get("waiting", [])
    for item in waiting if isinstance(waiting, list) else []:
        for said in item.get("said", []) if isinstance(item, dict) and isinstance(item.get("said"), list) else []:
            place += 1
            if isinstance(said, dict) and said.get("says") in tuple(Says):
                named = {"title": item.get("title"), "year": item.get("year")}
                yield _entry(member, place, Says(said["says"]), {**said, **named})


def _entry(member: Member, place: int, says: Says, item: Mapping[str, Any]) -> Entry:
    film = Named(
        title_of(item.get("title")),
        year_of(item.get("year")),
        number_of(item.get("id")),
        imdb_of(item.get("imdb_id") or ""),
    )
    day = day_of(item.get("day")) if says is Says.DIARY else None
    try:
        rating = rating_of(item.get("rating"), 1)
    except ValueError as error:
        return Entry(member.name, place, film, says, problem=str(error))
    if (says is Says.DIARY and day is None) or (says is Says.RATED and rating is None):
        return Entry(member.name, place, film, says, problem="the day or the rating is missing")
    return Entry(
        member.name,
        place,
        film,
        says,
        rating,
        moment_of(item.get("at")),
        day,
        item.get("rewatch") is True,
        clean(str(item.get("tags") or "")),
        clean(str(item.get("review") or "")),
    )
