"""Films that users mark: each has their own, and nothing is left of who was deleted."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select, text

from sql import marks
from sql.accounts import Role, User, create_user, credentials, delete_user
from sql.marks import MarkKind
from sql.tables import metadata
from tests.sql.films import film, load


def user(engine: Engine, name: str) -> User:
    create_user(engine, name, f"hash of {name}", Role.MEMBER)
    found = credentials(engine, name)
    assert found is not None
    return found[0]


def test_films_are_marked_by_each_for_oneself(engine: Engine) -> None:
    load(engine, [film(i) for i in range(1, 6)])
    ann, bob = user(engine, "ann"), user(engine, "bob")
    assert marks.put(engine, ann, MarkKind.RATINGS, {1: 0.5, 3: 10.0, 4: 7.5}) == set()
    assert marks.put(engine, ann, MarkKind.RATINGS, {3: 9.5}) == set()
    assert marks.put(engine, ann, MarkKind.WATCHED, {3: None}) == set()
    assert marks.put(engine, bob, MarkKind.RATINGS, {3: 2.0}) == set()
    assert [(m.movie_id, m.rating) for m in marks.page(engine, ann, MarkKind.RATINGS, 2)] == [(1, 0.5), (3, 9.5)]
    assert [m.movie_id for m in marks.page(engine, ann, MarkKind.RATINGS, 2, after=3)] == [4]
    found = marks.find(engine, bob, MarkKind.RATINGS, 3)
    assert found is not None
    assert found.rating == 2.0
    assert marks.find(engine, bob, MarkKind.WATCHED, 3) is None
    assert marks.remove(engine, ann, MarkKind.RATINGS, {3, 5}) == 1
    assert marks.counts(engine, ann) == {
        MarkKind.RATINGS: 2, MarkKind.WATCHED: 1, MarkKind.WATCHLIST: 0, MarkKind.NOT_INTERESTED: 0,
        MarkKind.LIKES: 0,
    }  # fmt: skip
    assert marks.find(engine, bob, MarkKind.RATINGS, 3) == found


def test_an_unknown_film_writes_nothing(engine: Engine) -> None:
    load(engine, [film(1)])
    ann = user(engine, "ann")
    assert marks.put(engine, ann, MarkKind.WATCHLIST, {1: None, 7: None, 8: None}) == {7, 8}
    assert marks.page(engine, ann, MarkKind.WATCHLIST, 9) == []


def test_thousands_at_once(engine: Engine) -> None:
    load(engine, [film(i) for i in range(1, 1_201)])
    ann = user(engine, "ann")
    assert marks.put(engine, ann, MarkKind.WATCHED, dict.fromkeys(range(1, 1_201))) == set()
    assert marks.counts(engine, ann)[MarkKind.WATCHED] == 1_200
    assert marks.remove(engine, ann, MarkKind.WATCHED, range(1, 1_201)) == 1_200


def test_nothing_is_left_of_a_deleted_user(engine: Engine) -> None:
    load(engine, [film(1)])
    ann = user(engine, "ann-who-goes")
    for kind in MarkKind:
        marks.put(engine, ann, kind, {1: 5.0 if kind is MarkKind.RATINGS else None})
    assert delete_user(engine, ann.name)
    with pytest.raises(LookupError):
        marks.put(engine, ann, MarkKind.WATCHED, {1: None})
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            if "user_id" in table.c and table.name != "ratings":  # those of files are numbered by themselves
                assert connection.execute(select(table).where(table.c.user_id == ann.id)).all() == []
        rows = [
            repr(connection.execute(text(f"SELECT * FROM {table.name}")).all()) for table in metadata.sorted_tables
        ]
    assert not any("ann-who-goes" in row for row in rows)
