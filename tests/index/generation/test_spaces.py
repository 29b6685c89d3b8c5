"""A generation with a second space, which holds only some of the films and has no encoder; with edits, too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from index.answer.recommend import Question, Recommender
from index.encode.blocks import DEFAULT
from index.engines import registry
from index.engines.base import Location, Rows, SearchParameters, Shape, Spread, untold
from index.engines.exact import ExactIndex
from index.engines.registry import EngineSetting, Entry
from index.engines.vectors import StoredVectors, Vectors
from index.errors import BadQueryError, EngineMissingError, EngineUnavailableError
from index.films.filters import Allowed, Filters
from index.films.summaries import FILM_SCHEMA
from index.generation.builder import GenerationBuilder
from index.generation.manifest import VECTORS, Generation, describe_files
from index.generation.overlay import Overlay
from index.generation.publish import Generations
from index.generation.space_builder import SpaceBuilder
from index.generation.tuning import SMALLEST_INDEX
from index.spaces.space import CONTENT, RowMap
from index.spaces.view import View
from tests.support.films import build_generation, make_films

FILMS = 400
TASTE = "taste"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    """Films with even ids are in the second space; those whose ids end in the same digit are alike there."""
    root: Path = tmp_path_factory.mktemp("spaces")
    built = build_generation(root, make_films(FILMS))
    folder = Generations(root).current()
    held = np.flatnonzero(built.films.movie_ids % 2 == 0)
    noise = 0.1 * np.random.default_rng(0).random((len(held), 5))
    stored = StoredVectors.from_array(np.eye(5)[(built.films.movie_ids[held] % 10) // 2] + noise)
    (folder / TASTE).mkdir()
    stored.save(folder / TASTE / VECTORS)
    votes = built.filters.column("votes")[held]
    record = SpaceBuilder(Location(folder / TASTE), "ivfpq").build(
        stored, votes, rows=RowMap(held.astype(np.int32))
    )
    spaces = {**built.manifest.spaces, TASTE: record}
    replace(built.manifest, spaces=spaces, files=describe_files(folder)).write(folder)
    return Generation.open(folder)


def edited(generation: Generation) -> View:
    """Film 4 has another title, film 14 is gone, and film 9,002 is new."""
    films = {film["id"]: film for film in make_films(FILMS).to_pylist()}
    written = [films[4] | {"title": "Renamed"}, films[24] | {"id": 9_002, "title": "New"}]
    table = pa.Table.from_pylist(written, schema=FILM_SCHEMA)
    return Overlay.over(generation).with_edits(1, dict.fromkeys((4, 14, 9_002), NOW), table).view


@pytest.fixture(params=["as built", "edited"])
def view(request: pytest.FixtureRequest, generation: Generation) -> View:
    return generation if request.param == "as built" else edited(generation)


def found(view: View, movie_id: int, **asked: object) -> list[int]:
    row = view.films.row_of(movie_id)
    assert row is not None
    answer = Recommender(view).recommend(Question(likes=(row,), space=TASTE, **asked))  # type: ignore[arg-type]
    return [film["id"] for film in view.films.summaries([film.row for film in answer.films])]


def test_a_space_answers_with_the_films_that_it_holds(view: View) -> None:
    for exact in (False, True):
        near = found(view, 24, k=30, exact=exact)
        assert len(near) == 30
        assert {movie_id % 10 for movie_id in near} == {4}
    assert found(view, 24, k=30) == found(view, 24, k=30, exact=True)
    assert 4 in found(view, 24, k=100, filters=Filters(adult=True))
    row = view.films.row_of(24)
    assert row is not None
    answer = Recommender(view).recommend(Question(likes=(row,), space=TASTE, k=FILMS, explain=True))
    assert answer.matching == len(answer.films) < FILMS / 2  # adult films and the film itself left out
    assert all(film.blocks == {TASTE: pytest.approx(film.score, abs=1e-6)} for film in answer.films)


def test_candidates_and_likes_outside_the_space_do_not_count(view: View) -> None:
    rows = {movie_id: view.films.row_of(movie_id) for movie_id in (3, 4, 5, 44)}
    listed = tuple(row for row in rows.values() if row is not None)
    assert set(found(view, 24, candidates=listed)) == {4, 44}
    with pytest.raises(BadQueryError, match="none of the liked films is in the space 'taste'"):
        found(view, 3)
    with pytest.raises(BadQueryError, match="no space 'nowhere'; the spaces are content, taste"):
        Recommender(view).recommend(Question(likes=(1,), space="nowhere"))


def test_an_edit_does_not_change_vectors_that_no_encoder_made(generation: Generation) -> None:
    view = edited(generation)
    before, after = (each.films.row_of(4) for each in (generation, view))
    assert before is not None and after is not None and before != after
    spaces = generation.spaces[TASTE], view.spaces[TASTE]
    vectors = [space.double(np.array([row])) for space, row in zip(spaces, (before, after), strict=True)]
    np.testing.assert_array_equal(*vectors)
    new = view.films.row_of(9_002)
    assert new is not None
    assert not view.spaces[TASTE].holds(np.array([new]))[0]
    assert view.spaces[CONTENT].holds(np.array([new]))[0]
    assert 14 not in found(view, 24, k=100)


class Remote(ExactIndex):
    """An engine on a server that can be down, which keeps what it was told."""

    name = "remote"
    told: ClassVar[list[tuple[str, str]]] = []
    down: ClassVar[bool] = False

    @classmethod
    def build(
        cls,
        vectors: Vectors,
        location: Location,
        shape: Shape | None = None,
        progress: Rows = untold,
        spread: Spread | None = None,
    ) -> Self:
        """See `VectorIndex.build`."""
        return cls._asked("build", location) or cls(vectors, location, {})

    @classmethod
    def open(cls, vectors: Vectors, location: Location, parameters: SearchParameters) -> Self:
        """See `VectorIndex.open`."""
        return cls._asked("open", location) or cls(vectors, location, {})

    @classmethod
    def publish(cls, location: Location) -> None:
        """See `VectorIndex.publish`."""
        cls._asked("publish", location)

    @classmethod
    def drop(cls, location: Location) -> None:
        """See `VectorIndex.drop`."""
        cls._asked("drop", location)

    def candidates(self, query: NDArray[np.float64], k: int, allowed: Allowed | None = None) -> None:
        """See `VectorIndex.candidates`."""
        self._asked("search", self.location)

    @classmethod
    def _asked(cls, what: str, location: Location) -> None:
        if cls.down:
            raise EngineUnavailableError(f"{location.address} does not answer")
        if what != "search":
            cls.told.append((what, location.name))


@pytest.fixture
def remote(monkeypatch: pytest.MonkeyPatch) -> Iterator[EngineSetting]:
    """The setting of an engine on a server, which is up and empty."""
    entry = Entry("tests.index.generation.test_spaces:Remote", "remote", "remote")
    monkeypatch.setitem(registry.ENGINES, "remote", entry)
    monkeypatch.setitem(registry.DEFAULTS, "remote", "remote")
    monkeypatch.setattr(Remote, "told", [])
    monkeypatch.setattr(Remote, "down", False)
    yield EngineSetting("remote", "http://remote.test:1")


def _publish(generations: Generations) -> str:
    with generations.building() as folder:
        GenerationBuilder(folder, DEFAULT, "test", setting=generations.setting).build(
            make_films(SMALLEST_INDEX).to_batches()
        )
        return generations.publish(folder).id


def test_an_engine_on_a_server_is_told_what_is_served_and_deleted(remote: EngineSetting, tmp_path: Path) -> None:
    generations = Generations(tmp_path, remote)
    ids = [_publish(generations) for _ in range(4)]
    name = {generation_id: f"{generation_id}_content" for generation_id in ids}
    built = [(what, name[each]) for each in ids[:3] for what in ("build", "publish")]
    assert Remote.told == [*built, ("build", name[ids[3]]), ("publish", name[ids[3]]), ("drop", name[ids[0]])]
    generations.serve(ids[1])
    assert Remote.told[-1] == ("publish", name[ids[1]])

    opened = generations.open(generations.current())
    assert Remote.told[-1] == ("open", name[ids[1]])
    Remote.down = True
    for question in (lambda: generations.serve(ids[2]), lambda: generations.open(generations.current())):
        with pytest.raises(EngineUnavailableError, match=r"http://remote\.test:1 does not answer"):
            question()
    assert generations.current().name == ids[1]
    with pytest.raises(EngineUnavailableError):
        opened.spaces[CONTENT].search(
            np.ones(opened.spaces[CONTENT].layout.dim), 5, Allowed(np.ones(2_000, np.bool_))
        )
    with pytest.raises(EngineMissingError, match="REELKIN_ENGINE is faiss: set it to remote"):
        Generation.open(generations.current())


def test_what_a_failed_build_put_on_a_server_is_dropped(
    remote: EngineSetting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generations = Generations(tmp_path, remote)
    with pytest.raises(KeyboardInterrupt), generations.building() as folder:
        builder = GenerationBuilder(folder, DEFAULT, "test", setting=remote)
        builder.build(make_films(SMALLEST_INDEX).to_batches())
        raise KeyboardInterrupt  # before it is published
    assert [what for what, _ in Remote.told] == ["build", "drop"]
    monkeypatch.setattr(Remote, "save", lambda self: Remote._asked("save", self.location) or (1 / 0))
    with pytest.raises(ZeroDivisionError), generations.building() as folder:
        GenerationBuilder(folder, DEFAULT, "test", setting=remote).build(make_films(SMALLEST_INDEX).to_batches())
    assert [what for what, _ in Remote.told[2:]] == ["build", "save", "drop"]
    assert generations.ids() == []
