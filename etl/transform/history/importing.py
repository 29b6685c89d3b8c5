"""A history from the file to the database: every film that it names is found, or waits to be picked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from hashlib import blake2b
from typing import Any

from sqlalchemy import Engine

from etl.transform.history.entries import Entry, Named, Says
from etl.transform.history.formats import read_history
from index.answer.named import find_named
from index.spaces.view import View
from sql import histories
from sql.accounts import User
from sql.histories import DiaryEntry, History, ImportRow
from sql.marks import MarkKind

MATCHED, DISMISSED, INVALID = "matched", "dismissed", "invalid"
_SEEN = (Says.RATED, Says.WATCHED, Says.DIARY)


@dataclass(frozen=True)
class Match:
    """The film of a name.

    Attributes:
        key: a hash of the name, 32 characters.
        status: matched, unsure, ambiguous, not_found, or dismissed by the person before.
        movie_id: the film, of a name that is matched.
        candidates: ids of films that may be meant, the likeliest first.
    """

    key: str
    status: str
    movie_id: int | None = None
    candidates: tuple[int, ...] = ()


@dataclass
class Report:
    """What became of a file.

    Attributes:
        rows: every entry with the match of its film; None for one that cannot be used.
        changed: marks, diary entries and waiting rows that are new or changed.
    """

    rows: list[tuple[Entry, Match | None]] = field(default_factory=list)
    changed: int = 0

    @property
    def counts(self) -> Counter[str]:
        """How many rows have each status, `invalid` included."""
        return Counter(INVALID if match is None else match.status for _, match in self.rows)


def import_history(engine: Engine, view: View, user: User, name: str, data: bytes) -> Report:
    """Read, match and store a history.

    Args:
        engine: the catalogue.
        view: the films that titles are looked up among.
        user: whose history it is.
        name: of the file.
        data: the file.

    Raises:
        HistoryError: the file is no history; nothing is stored.
        LookupError: the user was deleted meanwhile; nothing is stored.
    """
    entries = read_history(name, data)
    matches = _matches(engine, view, user, {entry.film for entry in entries if not entry.problem})
    report = Report([(entry, None if entry.problem else matches[entry.film]) for entry in entries])
    known: list[tuple[int, Entry]] = []
    waiting: dict[Named, list[Entry]] = {}
    for entry, match in report.rows:
        if match is not None and match.movie_id is not None:
            known.append((match.movie_id, entry))
        elif match is not None and match.status != DISMISSED:
            waiting.setdefault(entry.film, []).append(entry)
    rows = [_import_row(matches[film], film, said) for film, said in waiting.items()]
    settled = {match.key for match in matches.values() if match.status == MATCHED}
    report.changed = histories.store(engine, user, history_of(known), rows, settled)
    return report


def pick(engine: Engine, user: User, row: ImportRow, movie_id: int | None) -> None:
    """Store what a waiting row says of the film that was picked for it; None dismisses the row.

    Raises:
        LookupError: the user was deleted meanwhile.
    """
    if movie_id is not None:
        film = Named(row.title, row.year)
        histories.store(engine, user, history_of((movie_id, _entry(film, said)) for said in json.loads(row.said)))
    histories.decide(engine, user, row.key, movie_id)


def history_of(entries: Iterable[tuple[int, Entry]]) -> History:
    """What entries say of films, as it is stored.

    A rated film was watched. A rating of the diary counts where no other is given: it may have changed since.
    """
    history = History({kind: {} for kind in MarkKind})
    noted: dict[int, tuple[float | None, datetime | None]] = {}
    for movie_id, entry in entries:
        day = datetime.combine(entry.day, time()) if entry.day else None
        kinds = [MarkKind(entry.says.value)] if entry.says is not Says.DIARY else []
        if entry.says in _SEEN:
            kinds = [*(kind for kind in kinds if kind is not MarkKind.WATCHED), MarkKind.WATCHED]
        for kind in kinds:
            rating = entry.rating if kind is MarkKind.RATINGS else None
            _latest(history.marks[kind], movie_id, rating, day or entry.at)
        if entry.rating is not None and entry.says is not Says.RATED:
            _latest(noted, movie_id, entry.rating, entry.at or day)
        if entry.says is Says.DIARY and entry.day is not None:
            history.diary.append(
                DiaryEntry(movie_id, entry.day, entry.rating, entry.rewatch, entry.tags, entry.review)
            )
    history.marks[MarkKind.RATINGS] = noted | history.marks[MarkKind.RATINGS]
    history.diary = _joined(history.diary)
    return history


def _latest(
    films: dict[int, tuple[float | None, datetime | None]], film: int, rating: float | None, at: datetime | None
) -> None:
    kept = films.get(film)
    if kept is None or kept[1] is None or (at is not None and at >= kept[1]):
        films[film] = (rating, at if at is not None or kept is None else kept[1])


def _joined(entries: list[DiaryEntry]) -> list[DiaryEntry]:
    """One entry for a film and a day: the diary and the reviews of one file tell the same in two places."""
    joined: dict[tuple[int, date], DiaryEntry] = {}
    for entry in entries:
        key = entry.movie_id, entry.day
        joined[key] = joined[key].with_more(entry) if key in joined else entry
    return list(joined.values())


def _matches(engine: Engine, view: View, user: User, films: Collection[Named]) -> dict[Named, Match]:
    decided = histories.decided(engine, user)
    by_id, by_imdb = histories.known_ids(
        engine, {film.tmdb for film in films if film.tmdb}, {_imdb_id(film.imdb) for film in films if film.imdb}
    )
    matches = {film: _match(view, film, decided, by_id, by_imdb) for film in films}
    # The generation may still have films that were deleted since it was built.
    alive, _ = histories.known_ids(engine, {m.movie_id for m in matches.values() if m.movie_id is not None}, ())
    return {
        film: match
        if match.movie_id is None or match.movie_id in alive
        else Match(match.key, histories.Status.NOT_FOUND.value)
        for film, match in matches.items()
    }


def _match(
    view: View,
    film: Named,
    decided: Mapping[str, int | None],
    by_id: Mapping[int, int],
    by_imdb: Mapping[str, int],
) -> Match:
    key = key_of(film)
    if key in decided:
        picked = decided[key]
        return Match(key, DISMISSED if picked is None else MATCHED, picked)
    known = by_id.get(film.tmdb or 0) or by_imdb.get(_imdb_id(film.imdb or 0))
    if known is not None:
        return Match(key, MATCHED, known)
    found = find_named(view, film.title, film.year)
    ids = tuple(int(summary["id"]) for summary in view.films.summaries(list(found.rows)))
    if found.status.value == MATCHED:
        return Match(key, MATCHED, ids[0])
    return Match(key, found.status.value, None, ids)


def key_of(film: Named) -> str:
    """A hash of how a film is named, 32 characters."""
    named = json.dumps([film.title, film.year, film.tmdb, film.imdb])
    return blake2b(named.encode(), digest_size=16).hexdigest()


def _imdb_id(number: int) -> str:
    return f"tt{number:07d}"


def _import_row(match: Match, film: Named, entries: list[Entry]) -> ImportRow:
    said = json.dumps([_said(entry) for entry in entries])
    status = histories.Status(match.status)
    return ImportRow(match.key, film.title, film.year, status, None, match.candidates, said)


def _said(entry: Entry) -> dict[str, Any]:
    said = {
        "says": entry.says.value,
        "rating": entry.rating,
        "at": entry.at.isoformat() if entry.at else None,
        "day": entry.day.isoformat() if entry.day else None,
        "rewatch": entry.rewatch,
        "tags": entry.tags,
        "review": entry.review,
    }
    return {name: value for name, value in said.items() if value}


def _entry(film: Named, said: Mapping[str, Any]) -> Entry:
    return Entry(
        "",
        0,
        film,
        Says(said["says"]),
        said.get("rating"),
        datetime.fromisoformat(said["at"]) if "at" in said else None,
        date.fromisoformat(said["day"]) if "day" in said else None,
        said.get("rewatch", False),
        said.get("tags", ""),
        said.get("review", ""),
    )
