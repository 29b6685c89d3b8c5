"""IMDb, Trakt, Simkl and MovieLens: files that have ids."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from etl.transform.history.archive import HistoryError, Member, items, rows
from etl.transform.history.entries import (
    Entry,
    Named,
    Says,
    imdb_of,
    moment_of,
    number_of,
    rating_of,
    title_of,
    year_of,
)

NO_FILMS = ("series", "episode", "game", "podcast", "music")
"""What a title type of IMDb contains that is no film's."""

SIMKL_LISTS = {
    "completed": Says.WATCHED,
    "plantowatch": Says.WATCHLIST,
    "watching": Says.WATCHED,
    "dropped": Says.NOT_INTERESTED,
    "notinteresting": Says.NOT_INTERESTED,
}
TRAKT = {
    re.compile(r"ratings-movies(-\d+)?\.json"): (Says.RATED, "rated_at"),
    re.compile(r"watched-movies(-\d+)?\.json"): (Says.WATCHED, "last_watched_at"),
    re.compile(r"watched-history(-\d+)?\.json"): (Says.DIARY, "watched_at"),
    re.compile(r"lists-watchlist(-\d+)?\.json"): (Says.WATCHLIST, "listed_at"),
}
STARS = 2
_YEAR = re.compile(r"\s*\((\d{4})\)\s*$")


def is_imdb(names: frozenset[str]) -> bool:
    """Whether a csv is one of IMDb's: ratings, or a list such as the watchlist."""
    return "const" in names


def read_imdb(member: Member) -> Iterator[Entry]:
    """The ratings of an IMDb csv, with old or new headings; a list of films is the watchlist."""
    for line in rows(member):
        cells = line.cells
        kind = re.sub(r"[^a-z]", "", cells.get("title type", "").lower())
        if any(word in kind for word in NO_FILMS):
            continue
        film = Named(
            title_of(cells.get("title", "")), year_of(cells.get("year", "")), None, imdb_of(cells["const"])
        )
        at = moment_of(cells.get("date rated") or cells.get("created", ""))
        try:
            rating = rating_of(cells.get("your rating") or cells.get("you rated", ""), 1)
        except ValueError as error:
            yield Entry(member.name, line.number, film, Says.RATED, problem=str(error))
            continue
        if rating is not None:
            yield Entry(member.name, line.number, film, Says.RATED, rating, at)
        else:
            yield Entry(member.name, line.number, film, Says.WATCHLIST, at=at)


def trakt_of(member: Member) -> tuple[Says, str] | None:
    """What a file of Trakt's zip says, and the key of its moments; None if it is none of those that are read."""
    return next((what for pattern, what in TRAKT.items() if pattern.fullmatch(member.base)), None)


def read_trakt(member: Member) -> Iterator[Entry]:
    """The films of one of Trakt's JSON files; shows and episodes are left out."""
    what = trakt_of(member)
    if what is None:
        raise HistoryError(f"{member.name} is none of Trakt's files that are read")
    says, key = what
    for place, item in enumerate(items(member), start=1):
        movie = item.get("movie") if isinstance(item, dict) else None
        if not isinstance(movie, dict):
            continue
        ids = movie.get("ids")
        film = _named(movie, ids if isinstance(ids, dict) else {})
        at = moment_of(item.get(key))
        try:
            rating = rating_of(item.get("rating"), 1) if says is Says.RATED else None
        except ValueError as error:
            yield Entry(member.name, place, film, says, problem=str(error))
            continue
        if says is Says.RATED and rating is None:
            continue
        day = at.date() if at and says is Says.DIARY else None
        yield Entry(
            member.name, place, film, Says.WATCHED if says is Says.DIARY and not day else says, rating, at, day
        )


def _named(movie: Mapping[str, Any], ids: Mapping[str, Any]) -> Named:
    return Named(
        title_of(movie.get("title")),
        year_of(movie.get("year")),
        number_of(ids.get("tmdb")),
        imdb_of(ids.get("imdb")),
    )


def is_simkl(names: frozenset[str]) -> bool:
    """Whether a csv is one of Simkl's."""
    return names >= {"simkl_id", "title", "type"}


def read_simkl(member: Member) -> Iterator[Entry]:
    """The films of a Simkl csv; shows and anime series are left out."""
    for line in rows(member):
        cells = line.cells
        if not cells["type"].lower().startswith("movie"):
            continue
        film = Named(
            title_of(cells["title"]),
            year_of(cells.get("year", "")),
            number_of(cells.get("tmdb", "")),
            imdb_of(cells.get("imdb", "")),
        )
        at = moment_of(cells.get("watcheddate", ""))
        says = SIMKL_LISTS.get(re.sub(r"[^a-z]", "", cells.get("watchlist", "").lower()))
        try:
            rating = rating_of(cells.get("rating", ""), 1)
        except ValueError as error:
            yield Entry(member.name, line.number, film, Says.RATED, problem=str(error))
            continue
        if rating is not None:
            yield Entry(member.name, line.number, film, Says.RATED, rating, at)
        if says is Says.WATCHED and at is not None:
            yield Entry(member.name, line.number, film, Says.DIARY, None, at, at.date())
        elif says is not None:
            yield Entry(member.name, line.number, film, says, at=at)
        elif rating is None:
            problem = f"{cells.get('watchlist', '')[:30]!r} is none of Simkl's lists that are read"
            yield Entry(member.name, line.number, film, Says.WATCHED, problem=problem)


def is_movielens(names: frozenset[str]) -> bool:
    """Whether a csv is what movielens.org gives its members."""
    return "movie_id" in names and bool(names & {"imdb_id", "tmdb_id"})


def read_movielens(member: Member) -> Iterator[Entry]:
    """The ratings of a member of movielens.org, or the wishlist, which has none."""
    for line in rows(member):
        cells = line.cells
        title = title_of(cells.get("title", ""))
        year = _YEAR.search(title)
        film = Named(
            _YEAR.sub("", title),
            year_of(year[1]) if year else None,
            number_of(cells.get("tmdb_id", "")),
            imdb_of(cells.get("imdb_id", "")),
        )
        try:
            rating = rating_of(cells.get("rating", ""), STARS)
        except ValueError as error:
            yield Entry(member.name, line.number, film, Says.RATED, problem=str(error))
            continue
        yield Entry(member.name, line.number, film, Says.RATED if rating else Says.WATCHLIST, rating)


def is_dataset(names: frozenset[str]) -> bool:
    """Whether a csv holds ratings as MovieLens' data sets do."""
    return names >= {"movieid", "rating"}


def links_of(member: Member) -> dict[str, Named]:
    """MovieLens' ids of films -> their other ids, of a `links.csv`."""
    return {
        line.cells["movieid"]: Named(
            "", None, number_of(line.cells.get("tmdbid", "")), imdb_of(line.cells.get("imdbid", ""))
        )
        for line in rows(member)
    }


def read_dataset(member: Member, links: Mapping[str, Named]) -> Iterator[Entry]:
    """The ratings of the one user of a `ratings.csv` in the form of MovieLens' data sets.

    Raises:
        HistoryError: it has several users, or no `links.csv` is with it.
    """
    if not links:
        raise HistoryError(f"{member.name} has MovieLens' own ids: send a zip that has links.csv as well")
    first: str | None = None
    for line in rows(member):
        cells = line.cells
        user = cells.get("userid", "")
        first = user if first is None else first
        if user != first:
            raise HistoryError(f"{member.name} has ratings of several users: keep one person's rows")
        film = links.get(cells["movieid"]) or Named(title_of(f"MovieLens {cells['movieid']}"))
        seconds = number_of(cells.get("timestamp", ""))
        at = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None) if seconds else None
        try:
            rating = rating_of(cells["rating"], STARS)
        except ValueError as error:
            yield Entry(member.name, line.number, film, Says.RATED, problem=str(error))
            continue
        if rating is not None:
            yield Entry(member.name, line.number, film, Says.RATED, rating, at)
