"""From a CSV on disk to JSON over HTTP, by the commands that people type, on SQLite and on MariaDB."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy.engine import URL

from tests.support import serving
from tests.support.databases import MISSING, mysql_server, throwaway_database
from tests.support.sample import DUMP, Sample, copied, load_sample, run
from tests.support.tastes import write_sample_ratings

INTERSTELLAR = 157336
ALIEN_AND_OTHER_HORROR = (348, 694, 1091, 419430, 346364)


@pytest.fixture(scope="module")
def server() -> Iterator[URL | None]:
    """A MySQL or MariaDB server, or None."""
    with mysql_server() as url:
        yield url


@pytest.fixture(scope="module", params=["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)])
def loaded(
    request: pytest.FixtureRequest, server: URL | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sample]:
    """The bundled sample with ratings by made-up people, loaded and built."""
    folder: Path = tmp_path_factory.mktemp("line")
    ratings = folder / "ratings.csv"
    write_sample_ratings(ratings)
    if request.param == "sqlite":
        yield load_sample(f"sqlite:///{folder / 'reelkin.db'}", folder, ratings=ratings)
        return
    if server is None:
        pytest.skip(MISSING)
    with throwaway_database(server) as url:
        yield load_sample(url, folder, ratings=ratings)


@pytest.fixture(scope="module")
def address(loaded: Sample) -> Iterator[str]:
    """The API as a process over it."""
    with serving.api(loaded) as address:
        yield address


def test_a_typo_brings_ten_kin_with_reasons(address: str) -> None:
    asked = {"title": "interstelar", "k": "10", "explain": "true"}
    answer = requests.get(f"{address}/movies/recommend", params=asked, timeout=10).json()
    assert answer["query"]["resolved"][0]["movie"]["id"] == INTERSTELLAR
    assert len(answer["results"]) == 10
    for result in answer["results"]:
        assert "Science Fiction" in result["movie"]["genres"]
        assert sum(result["why"]["blocks"].values()) == pytest.approx(result["score"], abs=1e-4)


def test_what_people_like_reaches_recommendations(address: str) -> None:
    liked = {"ratings": {str(movie_id): 9 for movie_id in ALIEN_AND_OTHER_HORROR}, "k": 20, "explain": True}
    found = {}
    for model in ("content", "collaborative", "hybrid"):
        asked = liked | {"model": model}
        answer = requests.post(f"{address}/movies/recommend", json=asked, timeout=10).json()
        assert answer["query"]["model"] == model
        found[model] = [result["movie"]["id"] for result in answer["results"]]
        horror = [result for result in answer["results"] if "Horror" in result["movie"]["genres"]]
        assert model == "content" or len(horror) >= 12
        for result in answer["results"]:
            why = result["why"]
            parts = [*why["blocks"].values(), *why.get("films", {}).values()]
            assert sum(parts) == pytest.approx(result["score"], abs=1e-4)
            assert ("films" in why) == (model != "content")
    assert len({tuple(ids) for ids in found.values()}) == 3
    assert (
        requests.post(f"{address}/movies/recommend", json=liked, timeout=10).json()["query"]["model"] == "hybrid"
    )


def test_the_whole_catalogue_is_paged_through_once(address: str) -> None:
    seen: list[int] = []
    parameters = {"limit": "100", "sort": "title"}
    while True:
        page = requests.get(f"{address}/movies", params=parameters, timeout=10).json()
        seen += [film["id"] for film in page["items"]]
        if page["next"] is None:
            break
        parameters["cursor"] = page["next"]
    assert len(set(seen)) == len(seen) == page["total"]
    assert page["total"] > 4_900


def test_ingesting_the_same_dump_again_changes_nothing(loaded: Sample) -> None:
    finished = run("etl", "ingest", str(DUMP), "--json", url=loaded.url, folder=loaded.folder)
    report = json.loads(finished.stdout)
    assert (report["inserted"], report["updated"], report["vanished"]) == (0, 0, 0)
    assert report["unchanged"] == report["loaded"]
    assert report["read"] == report["loaded"] + report["rejected"] + report["duplicate"]


def test_generations_are_listed_and_rolled_back_while_serving(sample: Sample, tmp_path: Path) -> None:
    own = copied(sample, tmp_path)

    def etl(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run("etl", *arguments, url=own.url, folder=own.folder)

    with serving.api(own) as address:

        def served() -> str:
            return str(requests.get(f"{address}/ready", timeout=10).json()["generation"])

        before = served()
        assert etl("build").returncode == 0
        listed = json.loads(etl("generations", "--json").stdout)
        assert [row["served"] for row in listed] == [False, True]
        after = listed[-1]["id"]
        assert after != before
        assert serving.eventually(lambda: served() == after)
        assert etl("rollback").returncode == 0
        assert serving.eventually(lambda: served() == before)
    refused = etl("rollback")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)


def test_builds_and_servers_that_cannot_start_say_what_to_do(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    built = run("etl", "build", url=url, folder=tmp_path)
    assert built.returncode == 1
    assert "python -m etl ingest" in built.stderr
    assert "Traceback" not in built.stderr
    wrong = run("api", "--port", "8999", url="postgresql://x", folder=tmp_path)
    assert wrong.returncode == 1
    assert "REELKIN_DATABASE_URL" in wrong.stderr
    with serving.api(Sample(url, tmp_path)) as address:
        ready = requests.get(f"{address}/ready", timeout=10)
        assert ready.status_code == 503
        assert "python -m etl build" in ready.json()["detail"]
        refused = requests.get(f"{address}/movies/recommend?title=alien", timeout=10)
        assert (refused.status_code, refused.json()["code"]) == (503, "no_generation")
        assert refused.headers["Retry-After"]
