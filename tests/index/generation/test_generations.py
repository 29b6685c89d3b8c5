"""Generations on disk: published atomically, complete or refused, and none served by accident."""

from __future__ import annotations

import gc
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from contract import Filters
from index.answer.recommend import Question, Recommender
from index.encode.blocks import DEFAULT
from index.errors import DamagedGenerationError, GateError, NoGenerationError
from index.films.summaries import FILM_SCHEMA
from index.generation.builder import GenerationBuilder
from index.generation.manifest import Generation, Manifest
from index.generation.publish import KEPT, UNFINISHED, Generations
from tests.support.films import build_generation, make_films


def test_rows_are_in_the_order_of_votes_and_ids(generation: Generation) -> None:
    votes = generation.filters.column("votes")
    ids = generation.films.movie_ids
    assert [(-v, i) for v, i in zip(votes, ids, strict=True)] == sorted(
        (-v, i) for v, i in zip(votes, ids, strict=True)
    )
    assert all(generation.films.row_of(int(ids[row])) == row for row in (0, 77, 2_999))
    assert generation.films.row_of(3_001) is None
    assert generation.films.row_of(-1) is None


def test_the_manifest_tells_what_was_built(generation: Generation) -> None:
    space = generation.manifest.spaces["content"]
    assert generation.manifest.rows == 3_000
    assert space.engine == "ivfpq"
    assert min(space.recall.values()) >= 0.95
    assert space.curve[-1]["nprobe"] >= space.parameters["nprobe"]
    assert len({(point["nlist"], point["code_size"]) for point in space.curve}) == 1  # which reaches it
    reached = [point for point in space.curve if min(point["known"], point["random"]) >= space.target]
    best = min(reached, key=lambda point: point["ms"] * point["bytes_per_film"])
    assert space.parameters == {name: best[name] for name in space.parameters}
    assert sum(space.blocks.values()) == pytest.approx(1)
    assert "spool.arrow" not in generation.manifest.files


def test_a_tiny_catalogue_is_searched_exactly(tmp_path: Path) -> None:
    small = build_generation(tmp_path, make_films(40))
    assert small.manifest.spaces["content"].engine == "exact"
    assert len(Recommender(small).recommend(Question(likes=(0,), k=100)).films) == 38  # not itself, not the adult


def test_one_film_builds_and_has_no_kin(tmp_path: Path) -> None:
    single = build_generation(tmp_path, make_films(1))
    assert Recommender(single).recommend(Question(likes=(0,))).films == ()


def test_an_empty_catalogue_is_not_published(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    with pytest.raises(GateError, match="python -m etl ingest"), generations.building() as folder:
        GenerationBuilder(folder, DEFAULT, "v").build([])
    assert not list(tmp_path.glob(f"{UNFINISHED}*"))
    with pytest.raises(NoGenerationError, match="python -m etl build"):
        generations.current()
    assert generations.ids() == []
    assert FILM_SCHEMA.names[0] == "id"


def test_alternative_titles_find_their_films_and_those_of_other_films_are_left_out(tmp_path: Path) -> None:
    films = make_films(40)
    movie_id = films["id"][7].as_py()
    named = pa.RecordBatch.from_pydict(
        {"movie_id": pa.array([movie_id, 2_000_000], pa.int32()), "title": ["Zwölf Uhr Mittags", "Nobody's"]}
    )
    builder = GenerationBuilder(tmp_path / "built", DEFAULT, "test")
    builder.build(films.to_batches(), [named])
    best = Generation.open(tmp_path / "built").titles.search("zwolf uhr mittags").matches[0]
    assert (best.movie_id, best.matched) == (movie_id, "alternative_title")


def test_duplicates_take_one_place_and_lead_to_the_same_kin(tmp_path: Path) -> None:
    films = make_films(60, thin=0)
    twins = films.to_pylist()
    twins[5]["duplicate_of"] = 2
    doubled = build_generation(tmp_path, type(films).from_pylist(twins, schema=FILM_SCHEMA))
    recommender = Recommender(doubled)
    best, twin = doubled.films.row_of(2), doubled.films.row_of(6)
    assert best is not None
    assert twin is not None
    for row in range(60):
        assert twin not in {film.row for film in recommender.recommend(Question(likes=(row,), k=100)).films}
    assert best not in {film.row for film in recommender.recommend(Question(likes=(twin,), k=100)).films}


def test_old_generations_go_and_the_served_one_stays(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    built = [build_generation(tmp_path, make_films(30, seed=i)).manifest.id for i in range(KEPT + 2)]
    assert generations.current().name == built[-1]
    assert len(generations.ids()) == KEPT
    generations.serve(generations.ids()[0])
    assert generations.current().name == generations.ids()[0]
    with pytest.raises(NoGenerationError, match="nope"):
        generations.serve("nope")


def test_what_was_rolled_back_to_stays_when_a_newer_one_is_published(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    built = [build_generation(tmp_path, make_films(30, seed=i)).manifest.id for i in range(KEPT)]
    oldest = generations.ids()[0]
    generations.serve(oldest)
    newest = build_generation(tmp_path, make_films(30, seed=KEPT)).manifest.id
    assert generations.current().name == newest
    assert len(generations.ids()) == KEPT
    assert {oldest, newest} < set(generations.ids()) < {*built, newest}


def test_builds_at_once_do_not_clear_one_another(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    with generations.building() as first, generations.building() as second:
        first.mkdir()
        second.mkdir()
        other = "import sys; from pathlib import Path; from index.generation.publish import Generations\n"
        other += "with Generations(Path(sys.argv[1])).building() as third: third.mkdir()"
        subprocess.run([sys.executable, "-c", other, str(tmp_path)], check=True)
        assert first.is_dir()
        assert second.is_dir()
        assert len(list(tmp_path.glob(f"{UNFINISHED}*"))) == 2
    assert not list(tmp_path.glob(f"{UNFINISHED}*"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    build_generation(tmp_path, make_films(50))
    return Generations(tmp_path).current()


def test_every_file_that_is_damaged_is_named(generations: Generations, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(generations.current(), folder)
    manifest = Manifest.read(folder)
    assert {"content/vectors.faiss", "content/ivfpq.faiss", "ids.npy", "summaries.npy"} < set(manifest.files)
    for name in (name for name, record in manifest.files.items() if record.size_bytes):
        path = folder / name
        whole = path.read_bytes()
        middle = len(whole) // 2
        for damage, words in (
            (whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :], "is damaged: its CRC-32"),
            (whole[:-1], f"has {len(whole) - 1} bytes"),
            (b"", "has 0 bytes"),
        ):
            path.write_bytes(damage)
            with pytest.raises(DamagedGenerationError, match=f"{name} {words}"):
                Generation.open(folder)
        path.unlink()
        with pytest.raises(DamagedGenerationError, match=f"{name} is missing"):
            Generation.open(folder)
        path.write_bytes(whole)
    assert Generation.open(folder).manifest == manifest


def test_a_manifest_of_another_format_says_what_to_do(folder: Path) -> None:
    path = folder / "manifest.json"
    written = json.loads(path.read_text())
    path.write_text(json.dumps(written | {"format_version": 99}))
    with pytest.raises(DamagedGenerationError, match="build a new generation"):
        Generation.open(folder)
    path.write_text("{")
    with pytest.raises(DamagedGenerationError, match=r"manifest\.json cannot be read"):
        Generation.open(folder)


def test_a_manifest_is_as_it_was_written(folder: Path) -> None:
    path = folder / "manifest.json"
    whole = Manifest.read(folder)
    written = json.loads(path.read_text())
    path.write_text(json.dumps(written))  # laid out in another way
    assert Manifest.read(folder) == whole
    path.write_text(json.dumps(written | {"edit_sequence": 7}))
    with pytest.raises(DamagedGenerationError, match="checksum does not match"):
        Manifest.read(folder)


def test_a_generation_of_another_layout_is_damaged_and_no_surprise(folder: Path) -> None:
    manifest = Manifest.read(folder)
    del manifest.files["content/encoders/profile.json"]
    manifest.write(folder)
    (folder / "content/encoders/profile.json").unlink()
    with pytest.raises(DamagedGenerationError, match="cannot be opened"):
        Generation.open(folder)


def test_a_generation_that_nobody_uses_is_unmapped_at_once(generations: Generations) -> None:
    mapped = Path("/proc/self/maps")
    folder = str(generations.current())
    before = mapped.read_text().count(folder)
    gc.collect()
    gc.disable()
    try:
        opened = Generation.open(generations.current())
        Recommender(opened).recommend(Question(likes=(0,), filters=Filters(votes_min=3)))
        assert opened.titles.search("the ghost of house 3").matches
        assert mapped.read_text().count(folder) > before
        del opened
        assert mapped.read_text().count(folder) == before
    finally:
        gc.enable()
