"""Letterboxd: a zip of csv files without ids, and the csv that it imports, which has them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time

from etl.transform.history.archive import HistoryError, Line, Member, rows
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

EXPORTED = frozenset({"name", "year", "letterboxd uri"})
IMPORTED = (frozenset({"title"}), frozenset({"tmdbid"}), frozenset({"imdbid"}))
ITS_OWN = frozenset({"rating10", "watcheddate", "rewatch", "review", "tags", "rating"})
"""One of these tells its import format from other files with titles."""

STARS = 2
_LISTS = {"watched.csv": Says.WATCHED, "watchlist.csv": Says.WATCHLIST, "films.csv": Says.LIKED}


def is_export(names: frozenset[str]) -> bool:
    """Whether a file has the headings of an exported one."""
    return names >= EXPORTED


def is_import(names: frozenset[str]) -> bool:
    """Whether a file has the headings of one that it imports."""
    return any(names >= needed for needed in IMPORTED) and bool(names & ITS_OWN)


def read_export(member: Member) -> Iterator[Entry]:
    """The entries of an exported file: ratings, watched, watchlist, likes/films, diary or reviews.

    Raises:
        HistoryError: the file's name does not tell what it lists.
    """
    for line in rows(member):
        film = Named(title_of(line.cells["name"]), year_of(line.cells["year"]))
        at = moment_of(line.cells.get("date", ""))
        if "review" in line.cells or "watched date" in line.cells:
            yield _diary(member, line, film, at)
        elif "rating" in line.cells:
            yield from _rated(member, line, film, at)
        else:
            says = _LISTS.get(member.base)
            if says is None:
                raise HistoryError(
                    f"{member.name}: the headings do not tell what it lists; "
                    "call it watched.csv, watchlist.csv or films.csv (of the folder likes)"
                )
            yield Entry(member.name, line.number, film, says, at=at)


def _rated(member: Member, line: Line, film: Named, at: datetime | None) -> Iterator[Entry]:
    try:
        rating = rating_of(line.cells["rating"], STARS)
    except ValueError as error:
        yield Entry(member.name, line.number, film, Says.RATED, problem=str(error))
        return
    if rating is not None:
        yield Entry(member.name, line.number, film, Says.RATED, rating, at)


def _diary(member: Member, line: Line, film: Named, at: datetime | None) -> Entry:
    cells = line.cells
    day = day_of(cells.get("watched date", "")) or (at.date() if at else None)
    problem, rating = "", None
    try:
        rating = rating_of(cells.get("rating", ""), STARS)
    except ValueError as error:
        problem = str(error)
    return Entry(
        member.name,
        line.number,
        film,
        Says.DIARY if day else Says.WATCHED,
        rating,
        at,
        day,
        cells.get("rewatch", "").lower() in ("yes", "true", "1"),
        clean(cells.get("tags", "")),
        clean(cells.get("review", "")),
        problem,
    )


def read_import(member: Member) -> Iterator[Entry]:
    """The entries of a file that Letterboxd would import: `tmdbID,imdbID,Title,Year,Rating10,WatchedDate ...`."""
    watchlist = "watchlist" in member.base
    for line in rows(member):
        cells = line.cells
        film = Named(
            title_of(cells.get("title", "")),
            year_of(cells.get("year", "")),
            number_of(cells.get("tmdbid", "")),
            imdb_of(cells.get("imdbid", "")),
        )
        day = day_of(cells.get("watcheddate", ""))
        at = datetime.combine(day, time()) if day else None
        try:
            rating = rating_of(cells.get("rating10", ""), 1) or rating_of(cells.get("rating", ""), STARS)
        except ValueError as error:
            yield Entry(member.name, line.number, film, Says.WATCHED, problem=str(error))
            continue
        says = Says.WATCHLIST if watchlist else Says.DIARY if day else Says.WATCHED
        again = cells.get("rewatch", "").lower() in ("yes", "true", "1")
        tags, review = clean(cells.get("tags", "")), clean(cells.get("review", ""))
        yield Entry(member.name, line.number, film, says, rating, at, day, again, tags, review)
