"""What people import and take away: marks with their dates, the diary, and films that wait to be picked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from sql.accounts import User, now, writing
from sql.marks import VALUES_AT_ONCE, Mark, MarkKind
from sql.own_tables import diary, import_rows
from sql.tables import marks, movie_texts, movies, users

T = TypeVar("T")
CANDIDATES_MAX = 255


class Status(StrEnum):
    """Of a row that was not matched for certain."""

    UNSURE = "unsure"
    AMBIGUOUS = "ambiguous"
    NOT_FOUND = "not_found"
    PICKED = "picked"
    DISMISSED = "dismissed"


WAITING = (Status.UNSURE, Status.AMBIGUOUS, Status.NOT_FOUND)


@dataclass(frozen=True)
class DiaryEntry:
    """That a film was watched on a day.

    Attributes:
        movie_id: the film.
        day: when.
        rating: 0.5 to 10 in halves, None if none was given then.
        rewatch: not for the first time.
        tags, review: as written.
    """

    movie_id: int
    day: date
    rating: float | None = None
    rewatch: bool = False
    tags: str = ""
    review: str = ""

    def with_more(self, other: DiaryEntry) -> DiaryEntry:
        """With what another entry of the same film and day says besides."""
        return DiaryEntry(
            self.movie_id,
            self.day,
            self.rating if other.rating is None else other.rating,
            self.rewatch or other.rewatch,
            other.tags or self.tags,
            other.review or self.review,
        )


@dataclass(frozen=True)
class ImportRow:
    """A film of an imported file that was not matched for certain.

    Attributes:
        key: a hash of how the file names it, 32 characters.
        title, year: as the file has them; "" and None if it does not.
        status: whether it waits, was picked or was dismissed.
        movie_id: the film that was picked.
        candidates: ids of films that may be meant, the likeliest first.
        said: JSON of what the file says of it.
    """

    key: str
    title: str
    year: int | None
    status: Status
    movie_id: int | None
    candidates: tuple[int, ...]
    said: str


@dataclass
class History:
    """What is to be stored of films that are known.

    Attributes:
        marks: list -> film -> rating (None on the other lists) and when it was said (None: not known).
        diary: entries; of one film and day the last one counts.
    """

    marks: dict[MarkKind, dict[int, tuple[float | None, datetime | None]]] = field(default_factory=dict)
    diary: list[DiaryEntry] = field(default_factory=list)


def known_ids(
    engine: Engine, ids: Collection[int], imdb: Collection[str]
) -> tuple[dict[int, int], dict[str, int]]:
    """The films of the catalogue among some: TMDB's id -> id of the film, IMDb's id -> id of the film.

    A record that is a duplicate stands for the best one of its group.
    """
    found: dict[int, int] = {}
    by_imdb: dict[str, int] = {}
    best = func.coalesce(movies.c.duplicate_of, movies.c.id).label("best")
    with engine.connect() as connection:
        for portion in _portions(sorted(ids)):
            rows = connection.execute(select(movies.c.id, best).where(movies.c.id.in_(portion)))
            found |= {row.id: row.best for row in rows}
        for names in _portions(sorted(imdb)):
            named = select(movie_texts.c.imdb_id, best).join(movies, movies.c.id == movie_texts.c.id)
            by_imdb |= {
                row.imdb_id: row.best for row in connection.execute(named.where(movie_texts.c.imdb_id.in_(names)))
            }
    return found, by_imdb


def store(
    engine: Engine,
    user: User,
    history: History,
    waiting: Iterable[ImportRow] = (),
    settled: Collection[str] = (),
) -> int:
    """Store a history, all or nothing: what is there stays, unless the history says it anew and later.

    Args:
        history: of films of the catalogue; others are left out.
        waiting: rows to keep, in place of those with the same key, unless these were picked or dismissed.
        settled: keys of rows that need not wait any longer.

    Returns:
        How many marks, diary entries and waiting rows are new or changed.

    Raises:
        LookupError: the user was deleted meanwhile.
    """
    with writing(engine) as connection:
        if connection.scalar(select(users.c.id).where(users.c.id == user.id).with_for_update()) is None:
            raise LookupError(f"the user {user.name!r} was deleted")
        for portion in _portions(sorted(settled)):
            gone = (import_rows.c.user_id == user.id, import_rows.c.status.in_(WAITING))
            connection.execute(delete(import_rows).where(*gone, import_rows.c.key.in_(portion)))
        changed = sum(_mark(connection, user, kind, films) for kind, films in history.marks.items())
        return changed + _write_diary(connection, user, history.diary) + _wait(connection, user, list(waiting))


def _mark(
    connection: Connection, user: User, kind: MarkKind, films: Mapping[int, tuple[float | None, datetime | None]]
) -> int:
    mine = (marks.c.user_id == user.id, marks.c.kind == kind.value)
    kept = {row.movie_id: (row.rating, row.marked_at) for row in connection.execute(select(marks).where(*mine))}
    moment = now()
    new, changed = [], []
    for movie_id, (rating, at) in films.items():
        row = {"rating": rating, "marked_at": at or moment}
        if movie_id not in kept:
            new.append({"user_id": user.id, "kind": kind.value, "movie_id": movie_id, **row})
        elif kept[movie_id][0] != rating and at is not None and at > kept[movie_id][1]:
            changed.append((movie_id, row))
    for portion in _portions(new):
        connection.execute(insert(marks), portion)
    for movie_id, row in changed:
        connection.execute(update(marks).where(*mine, marks.c.movie_id == movie_id).values(**row))
    return len(new) + len(changed)


def _write_diary(connection: Connection, user: User, entries: Sequence[DiaryEntry]) -> int:
    wanted = {(entry.movie_id, entry.day): entry for entry in entries}
    kept = {(entry.movie_id, entry.day): entry for entry in _diary(connection, user)}
    new = [entry for key, entry in wanted.items() if key not in kept]
    changed = [entry for key, entry in wanted.items() if key in kept and kept[key].with_more(entry) != kept[key]]
    for portion in _portions(new):
        connection.execute(insert(diary), [{"user_id": user.id, **vars(entry)} for entry in portion])
    for entry in changed:
        row = vars(kept[entry.movie_id, entry.day].with_more(entry))
        one = (diary.c.user_id == user.id, diary.c.movie_id == entry.movie_id, diary.c.day == entry.day)
        connection.execute(update(diary).where(*one).values(**row))
    return len(new) + len(changed)


def _wait(connection: Connection, user: User, rows: list[ImportRow]) -> int:
    mine = import_rows.c.user_id == user.id
    kept = {row.key: row for row in connection.execute(select(import_rows).where(mine))}
    new = [_values(user, row) for row in rows if row.key not in kept]
    for portion in _portions(new):
        connection.execute(insert(import_rows), portion)
    changed = [
        row
        for row in rows
        if row.key in kept and kept[row.key].status in WAITING and _values(user, row) != kept[row.key]._asdict()
    ]
    for row in changed:
        one = (mine, import_rows.c.key == row.key)
        connection.execute(update(import_rows).where(*one).values(**_values(user, row)))
    return len(new) + len(changed)


def _values(user: User, row: ImportRow) -> dict[str, Any]:
    candidates = ",".join(map(str, row.candidates))[:CANDIDATES_MAX]
    return {"user_id": user.id, **vars(row), "status": row.status.value, "candidates": candidates}


def decided(engine: Engine, user: User) -> dict[str, int | None]:
    """Keys of the rows that the user decided on -> the film that was picked, None where the row was dismissed."""
    found = select(import_rows.c.key, import_rows.c.status, import_rows.c.movie_id)
    found = found.where(import_rows.c.user_id == user.id, import_rows.c.status.not_in(WAITING))
    with engine.connect() as connection:
        return {
            row.key: row.movie_id if row.status == Status.PICKED else None for row in connection.execute(found)
        }


def waiting(engine: Engine, user: User, limit: int, after: str = "") -> list[ImportRow]:
    """Rows that wait, in order of key, from the first with a key above `after`."""
    found = (
        select(import_rows)
        .where(import_rows.c.user_id == user.id, import_rows.c.status.in_(WAITING), import_rows.c.key > after)
        .order_by(import_rows.c.key)
        .limit(limit)
    )
    with engine.connect() as connection:
        return [_import_row(row) for row in connection.execute(found)]


def count_waiting(engine: Engine, user: User) -> int:
    """How many rows wait."""
    counted = select(func.count()).where(import_rows.c.user_id == user.id, import_rows.c.status.in_(WAITING))
    with engine.connect() as connection:
        return int(connection.scalar(counted) or 0)


def find_row(engine: Engine, user: User, key: str) -> ImportRow | None:
    """A row, whatever its status, or None."""
    found = select(import_rows).where(import_rows.c.user_id == user.id, import_rows.c.key == key)
    with engine.connect() as connection:
        row = connection.execute(found).one_or_none()
    return None if row is None else _import_row(row)


def decide(engine: Engine, user: User, key: str, movie_id: int | None) -> None:
    """Note the film that was picked for a row; None dismisses it."""
    status = Status.DISMISSED if movie_id is None else Status.PICKED
    one = (import_rows.c.user_id == user.id, import_rows.c.key == key)
    with writing(engine) as connection:
        connection.execute(update(import_rows).where(*one).values(status=status.value, movie_id=movie_id))


def _import_row(row: Any) -> ImportRow:
    ids = tuple(int(part) for part in row.candidates.split(",") if part)
    return ImportRow(row.key, row.title, row.year, Status(row.status), row.movie_id, ids, row.said)


def all_marks(engine: Engine, user: User) -> dict[MarkKind, list[Mark]]:
    """All films on all lists of a user, the latest first."""
    found: dict[MarkKind, list[Mark]] = {kind: [] for kind in MarkKind}
    query = select(marks).where(marks.c.user_id == user.id).order_by(marks.c.marked_at.desc(), marks.c.movie_id)
    with engine.connect() as connection:
        for row in connection.execute(query):
            found[MarkKind(row.kind)].append(Mark(row.movie_id, row.rating, row.marked_at))
    return found


def all_diary(engine: Engine, user: User) -> list[DiaryEntry]:
    """The diary of a user, in order of day."""
    with engine.connect() as connection:
        return sorted(_diary(connection, user), key=lambda entry: (entry.day, entry.movie_id))


def _diary(connection: Connection, user: User) -> list[DiaryEntry]:
    columns = [column for column in diary.c if column.name != "user_id"]
    rows = connection.execute(select(*columns).where(diary.c.user_id == user.id))
    return [DiaryEntry(**row._asdict()) for row in rows]


def _portions(values: Sequence[T]) -> list[Sequence[T]]:
    return [values[i : i + VALUES_AT_ONCE] for i in range(0, len(values), VALUES_AT_ONCE)]
