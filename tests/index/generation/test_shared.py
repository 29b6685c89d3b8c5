"""Generations in an object store: a real S3 protocol over the network, and a folder that hosts share."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from index.errors import NoGenerationError, StoreUnavailableError
from index.generation import shared
from index.generation.publish import Generations
from index.generation.shared import SharedGenerations, generations_at
from tests.support.films import make_films, publish
from tests.support.object_store import ObjectStore, object_store


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with object_store() as found:
        yield found


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "ASK_EVERY_S", 0.0)


@pytest.fixture(params=["s3", "folder"])
def url(
    request: pytest.FixtureRequest, store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """The address of an empty place in a store."""
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    return f"{store.bucket()}/films" if request.param == "s3" else f"file://{tmp_path}/store"


def builder(tmp_path: Path, url: str) -> SharedGenerations:
    return SharedGenerations(tmp_path / "builder", url)


def built(on: SharedGenerations, seed: int) -> str:
    return publish(on, make_films(40, seed=seed)).manifest.id


def flip(url: str, name: str) -> None:
    """Change one byte of a file in the store."""
    files, path = shared._opened(url)
    content = bytearray(files.cat_file(f"{path}/{name}"))
    content[len(content) // 2] ^= 1
    files.pipe_file(f"{path}/{name}", bytes(content))


def test_what_one_host_builds_another_serves(tmp_path: Path, url: str) -> None:
    here, other = builder(tmp_path, url), SharedGenerations(tmp_path / "other", url)
    with pytest.raises(NoGenerationError):
        other.in_turn()
    first = built(here, 1)
    assert other.in_turn()[0] == tmp_path / "other" / first
    assert other.open(other.current()).films.summaries([0]) == here.open(here.current()).films.summaries([0])
    second = built(here, 2)
    assert [folder.name for folder in other.in_turn()] == [second, first]


def test_a_rollback_reaches_every_host(tmp_path: Path, url: str) -> None:
    here, other = builder(tmp_path, url), SharedGenerations(tmp_path / "other", url)
    first, second = built(here, 1), built(here, 2)
    assert other.in_turn()[0].name == second
    here.serve(first)
    assert other.in_turn()[0].name == first


def test_a_generation_that_is_half_uploaded_is_not_served(
    tmp_path: Path, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    here, other = builder(tmp_path, url), SharedGenerations(tmp_path / "other", url)
    first, second = built(here, 1), built(here, 2)
    here.serve(first)
    assert other.in_turn()[0].name == first
    files, path = shared._opened(url)
    files.rm(f"{path}/{second}/manifest.json")
    files.pipe_file(f"{path}/current", second.encode())
    with caplog.at_level(logging.ERROR):
        assert [other.in_turn()[0].name for _ in range(3)] == [first] * 3
    assert [
        record.message for record in caplog.records if second in record.message and "manifest" in record.message
    ]
    assert len(caplog.records) == 1  # once, and not every second


def test_a_damaged_file_is_not_served_until_it_is_repaired(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "AGAIN_S", 0.0)
    here, other = builder(tmp_path, url), SharedGenerations(tmp_path / "other", url)
    first = built(here, 1)
    other.in_turn()
    second = built(here, 2)
    flip(url, f"{second}/content/vectors.faiss")
    assert other.in_turn()[0].name == first
    flip(url, f"{second}/content/vectors.faiss")
    assert other.in_turn()[0].name == second
    assert not list((tmp_path / "other").glob(".building-*"))


def test_old_generations_are_deleted_everywhere(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = 2
    for module in ("publish", "shared"):
        monkeypatch.setattr(f"index.generation.{module}.KEPT", kept)
    here, other = builder(tmp_path, url), SharedGenerations(tmp_path / "other", url)
    for seed in range(kept + 1):
        latest = built(here, seed)
        assert other.in_turn()[0].name == latest
    files, path = shared._opened(url)
    files.invalidate_cache()
    stored = [name.rpartition("/")[2] for name in files.ls(path, detail=False)]
    assert sorted(stored) == [*here.ids(), "current"]
    assert len(here.ids()) == len(other.ids()) == kept


def test_without_the_store_a_host_serves_what_it_has_and_nothing_is_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with object_store() as away:
        for name, value in away.environment.items():
            monkeypatch.setenv(name, value)
        url = f"{away.bucket()}/films"
        here, other = builder(tmp_path, url), SharedGenerations(tmp_path / "other", url)
        first = built(here, 1)
        other.in_turn()
    assert [folder.name for folder in other.in_turn()] == [first]
    with pytest.raises(StoreUnavailableError, match="REELKIN_GENERATIONS_URL"):
        built(here, 2)
    assert here.current().name == first


def test_a_bucket_that_is_not_there_is_named(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    here = builder(tmp_path, "s3://not-there/films")
    with pytest.raises((StoreUnavailableError, NoGenerationError), match="not-there"):
        built(here, 1)
    assert here.ids() == []


def test_a_bucket_without_rights_is_named_and_nothing_is_published(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    url = f"{store.bucket()}/films"
    first = built(builder(tmp_path, url), 1)
    other = SharedGenerations(tmp_path / "other", url)
    other.in_turn()
    with store.stranger() as keys:
        for name, value in keys.items():
            monkeypatch.setenv(name, value)
        here, there = builder(tmp_path, url), SharedGenerations(tmp_path / "other", url)
        with pytest.raises(StoreUnavailableError, match=rf"{url} .*the rights of this host"):
            built(here, 2)
        with pytest.raises(StoreUnavailableError, match=f"{url} "):
            here.serve(first)
        assert here.ids() == [first]
        with caplog.at_level(logging.ERROR):
            assert [folder.name for folder in there.in_turn()] == [first]
        assert "the rights of this host" in caplog.text
        with pytest.raises(NoGenerationError):
            SharedGenerations(tmp_path / "new", url).in_turn()


def test_an_upload_that_was_killed_is_not_served_and_the_next_one_is(tmp_path: Path) -> None:
    """Its process ends before the manifest, which is the last file."""
    url = f"file://{tmp_path}/store"
    here, other = builder(tmp_path, url), SharedGenerations(tmp_path / "other", url)
    first = built(here, 1)
    put, sent = here._files.put_file, list[str]()

    def killed(local: str, target: str) -> None:
        sent.append(target)
        if len(sent) == 4:
            raise KeyboardInterrupt
        put(local, target)

    here._files.put_file = killed
    with pytest.raises(KeyboardInterrupt):
        built(here, 2)
    assert here.ids() == [first]
    assert [folder.name for folder in other.in_turn()] == [first]
    third = built(builder(tmp_path, url), 3)
    assert [folder.name for folder in other.in_turn()] == [third, first]


def test_clocks_that_differ_by_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was built last is the latest, and a rollback leads to what was built before it."""
    url = f"file://{tmp_path}/store"
    here, other = builder(tmp_path, url), SharedGenerations(tmp_path / "other", url)
    first = built(here, 1)

    class Behind(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) - timedelta(minutes=1)

    monkeypatch.setattr("index.generation.publish.datetime", Behind)
    second = built(other, 2)
    assert first < second
    assert [folder.name for folder in here.in_turn()] == [second, first]
    assert here.before_current().name == first
    monkeypatch.undo()
    assert second < built(here, 3)


def test_an_unknown_kind_of_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="nowhere://x"):
        generations_at(tmp_path, url="nowhere://x")
    assert type(generations_at(tmp_path)) is Generations


def test_a_host_that_lost_its_folder_downloads_again(tmp_path: Path, url: str) -> None:
    here, other = builder(tmp_path, url), SharedGenerations(tmp_path / "other", url)
    first = built(here, 1)
    other.in_turn()
    shutil.rmtree(tmp_path / "other" / first)
    assert other.in_turn()[0].is_dir()
