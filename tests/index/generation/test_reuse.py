"""A build that keeps what has not changed gives what a full build gives, as far as anybody can notice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from numpy.typing import NDArray

from index.encode.blocks import COMPACT, DEFAULT, Profile
from index.engines.base import Location
from index.engines.ivfpq import IvfPqIndex
from index.engines.vectors import StoredVectors, Vectors
from index.films.summaries import FILM_SCHEMA
from index.generation.builder import GenerationBuilder
from index.generation.manifest import FILTERS, TITLES, Generation, made_with
from index.generation.reuse import Before, fingerprints
from index.generation.table_builder import build_table
from index.generation.table_update import updated_table
from index.generation.tuning import recall_at_k
from index.spaces.neighbours import MISSING, WIDTH
from index.spaces.space import CONTENT, VectorSpace
from tests.support.films import make_films
from tests.support.spaces import clustered

COUNT, DIM = 6_000, 24


def built(
    folder: Path, films: pa.Table, before: Generation | None = None, profile: Profile = DEFAULT
) -> Generation:
    GenerationBuilder(folder, profile, "test", before=before).build(films.to_batches())
    return Generation.open(folder)


CHANGED = {*range(101, 121), 2_001, *range(90_051, 90_054)}
"""Ids of the films that `changed` changes or adds."""


def changed(films: pa.Table) -> pa.Table:
    """The films: two are gone, three are new, twenty have another story, and one has many more votes."""
    rows = films.to_pylist()
    for number in range(100, 120):
        rows[number] |= {"overview": "a heist of the mafia in orbit", "keywords": ["heist", "orbit"]}
    rows[2_000]["vote_count"] += 50_000
    more = [film | {"id": 90_000 + film["id"], "title": f"Again {film['id']}"} for film in rows[50:53]]
    return pa.Table.from_pylist([*rows[:300], *rows[302:], *more], schema=FILM_SCHEMA)


FILMS = make_films(2_400)


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    """A generation of `FILMS`."""
    return built(tmp_path_factory.mktemp("earlier") / "built", FILMS)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, earlier: Generation) -> Generation:
    """One of the changed films that keeps what it can of `earlier`."""
    return built(tmp_path_factory.mktemp("kept") / "kept", changed(FILMS), earlier)


def test_what_has_changed_is_made_anew_and_the_rest_kept(
    earlier: Generation, kept: Generation, tmp_path: Path
) -> None:
    full = built(tmp_path / "full", changed(FILMS))
    assert full.manifest.reused is None and kept.manifest.reused is not None
    assert kept.manifest.reused.encoded == kept.manifest.reused.since_fit == len(CHANGED)
    ours, theirs = (g.spaces[CONTENT].engine.location.folder.parent for g in (kept, full))
    for name in ("ids.npy", "best_rows.npy", "fingerprints.npy"):
        assert (ours / name).read_bytes() == (theirs / name).read_bytes()
    for folder in (TITLES, FILTERS):
        for file in (path for path in (theirs / folder).rglob("*") if path.is_file()):
            assert (ours / file.relative_to(theirs)).read_bytes() == file.read_bytes()
    space, before = kept.spaces[CONTENT], earlier.spaces[CONTENT]
    same = [i for i in kept.films.movie_ids.tolist() if i not in CHANGED]
    rows, old = (np.array([g.films.row_of(i) for i in same]) for g in (kept, earlier))
    np.testing.assert_array_equal(space.single(rows), before.single(old))
    np.testing.assert_array_equal(kept.words.of_rows(rows), earlier.words.of_rows(old))  # type: ignore[union-attr]
    assert encoded_anew(kept, changed(FILMS)) == CHANGED
    assert min(kept.manifest.spaces[CONTENT].recall.values()) >= 0.97
    assert agreement(kept) >= 0.99


def encoded_anew(generation: Generation, films: pa.Table) -> set[int]:
    """The changed films whose stored vectors are what the encoders make of them now."""
    space, found = generation.spaces[CONTENT], set()
    assert space.encoder is not None
    for batch in films.filter(pc.is_in(films["id"], pa.array(sorted(CHANGED), pa.int32()))).to_batches():
        rows = np.array([generation.films.row_of(i) for i in batch["id"].to_pylist()])
        close = np.abs(space.single(rows) - space.encoder.encode(batch)).max(axis=1) < 1e-3
        found |= set(batch["id"].filter(pa.array(close)).to_pylist())
    return found


def agreement(generation: Generation) -> float:
    """The part of the ten nearest by the table that are those of a table made anew over the same vectors."""
    space = generation.spaces[CONTENT]
    anew = build_table(space)
    assert anew is not None and space.table is not None
    lists = zip(space.table.entries[:, 0, :10].tolist(), anew.entries[:, 0, :10].tolist(), strict=True)
    return sum(len({*one} & {*other}) for one, other in lists) / (10 * len(generation.films))


def compared(generation: Generation, rows: list[dict[str, Any]], profile: Profile = DEFAULT) -> Before | str:
    """What a build of these films would keep, or why nothing."""
    films = pa.Table.from_pylist(rows, schema=FILM_SCHEMA)
    return Before.of(generation, films, np.arange(len(films)), fingerprints(films, profile), profile)


def test_what_changed_since_the_encoders_were_fitted_adds_up(kept: Generation) -> None:
    rows = changed(FILMS).to_pylist()
    for film in rows[:10]:
        film["title"] += " again"
    found = compared(kept, rows)
    assert isinstance(found, Before)
    assert (found.record.before, found.record.encoded, found.record.since_fit) == ("kept", 10, 34)


def test_small_moves_of_numbers_change_no_film(earlier: Generation) -> None:
    rows = FILMS.to_pylist()
    for film in rows:
        film["popularity"] *= 1.0001
    found = compared(earlier, rows)
    assert isinstance(found, Before) and found.record.encoded < 60


def test_a_catalogue_that_is_another_one_is_made_anew(earlier: Generation) -> None:
    many, strange, cast = (FILMS.to_pylist() for _ in range(3))
    for film in many[:250]:
        film["title"] += " again"
    for film in strange[:200]:
        film["overview"] = " ".join(f"w{number}" for number in range(60))
    for film in cast[:20]:
        film["actors"] = ["Somebody"]
    assert "250 of 2,400 films" in str(compared(earlier, many))
    assert "of the words of all films" in str(compared(earlier, strange))
    assert "films have the block cast" in str(compared(earlier, cast))
    assert "profile" in str(compared(earlier, FILMS.to_pylist(), COMPACT))
    other = replace(earlier, manifest=replace(earlier.manifest, libraries=made_with() | {"encoders": "0"}))
    assert "encoders" in str(compared(other, FILMS.to_pylist()))


def index_of(vectors: Vectors, folder: Path) -> VectorSpace:
    folder.mkdir()
    engine = IvfPqIndex.build(vectors, Location(folder), {"nlist": 32, "code_size": 4})
    engine.parameters = {"nprobe": 16, "depth": 400}
    engine.save()
    return VectorSpace("test", vectors, engine)


def test_index_and_table_follow_changes(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    points = clustered(COUNT, DIM)
    before = index_of(StoredVectors.from_array(points), tmp_path / "before")
    table = build_table(before)
    assert table is not None
    now, same, unchanged = _moved(points, random)
    vectors = StoredVectors.from_array(now)
    engine = before.engine.updated(vectors, Location(tmp_path / "now"), unchanged)
    assert engine is not None and len(engine) == len(now)
    space = VectorSpace("test", vectors, engine)
    kept = updated_table(space, table, same, unchanged).entries
    anew = build_table(space)
    assert anew is not None
    for row in range(0, len(now), 7):
        near = kept[row, 0][kept[row, 0] != MISSING]
        assert len(near) >= 10 and len(set(near.tolist())) == len(near)
        scores = vectors.scores(vectors.double(np.array([row]))[0], near.astype(np.int64))
        assert scores.tolist() == sorted(scores.tolist(), reverse=True)
    found = [set(kept[row, 0, :10].tolist()) & set(anew.entries[row, 0, :10].tolist()) for row in range(len(now))]
    assert sum(map(len, found)) >= 0.99 * 10 * len(now)
    sample = range(0, len(now), 60)
    queries = [vectors.double(np.array([row]))[0] for row in sample]
    truth = np.array([space.search(query, 10, exact=True).scores for query in queries])
    assert recall_at_k(np.array([space.search(query, 10).scores for query in queries]), truth) >= 0.95


def _moved(
    points: NDArray[np.float32], random: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Some vectors gone, some new, some changed, all in another order; and the earlier row of each."""
    same = random.permutation(np.concatenate([np.full(40, -1), np.setdiff1d(np.arange(COUNT), np.arange(50))]))
    now = np.where(same[:, None] >= 0, points[same], clustered(len(same), DIM, seed=11))
    differ = np.flatnonzero(same >= 0)[random.permutation(len(same) - 40)[:60]]
    now[differ[:30]] = clustered(30, DIM, seed=12)
    now[differ[30:]] *= 1.01
    unchanged = same.copy()
    unchanged[differ] = -1
    return now.astype(np.float32), same, unchanged


def test_a_table_of_unchanged_rows_is_the_same(tmp_path: Path) -> None:
    space = index_of(StoredVectors.from_array(clustered(2_500, DIM)), tmp_path / "before")
    table = build_table(space)
    assert table is not None and table.entries.shape[2] == WIDTH
    rows = np.arange(2_500)
    np.testing.assert_array_equal(updated_table(space, table, rows, rows).entries, table.entries)
