"""The search engine is on a server, which goes away and comes back: what needs it says so, the rest goes on."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import requests

from index.encode.blocks import DEFAULT
from index.engines.milvus_index import MilvusIndex
from index.engines.registry import EngineSetting
from index.generation.builder import GenerationBuilder
from index.generation.publish import Generations
from index.generation.tuning import Sample as Measured
from sql.engine import connect
from sql.migrations.upgrade import upgrade
from tests.support import serving
from tests.support.films import make_films
from tests.support.milvus_servers import LiteServer, lite_server
from tests.support.sample import Sample
from tests.support.serving import eventually

FILMS = 2_500
"""Of fewer, all are compared, without an engine."""

LIKES = {"like": [1, 2], "k": 10}
"""A question that no table of neighbours answers."""

FEW = {"like": [1], "k": 5, "filters": {"year_max": 1964}}
WITHOUT = ("/movies/recommend/1", "/movies/search?q=ship", "/shelves/popular")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiteServer]:
    folder: Path = tmp_path_factory.mktemp("engine")
    with lite_server(folder / "films.db") as server:
        yield server


@pytest.fixture(scope="module")
def catalogues(engine: LiteServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sample]:
    """The same films for each engine; what is tuned and measured elsewhere is not measured here."""
    films, made = make_films(FILMS).to_batches(), dict[str, Sample]()
    with pytest.MonkeyPatch.context() as quick:
        quick.setattr(MilvusIndex, "choices", lambda self: ())
        quick.setattr("index.generation.space_builder.Sample.draw", partial(Measured.draw, size=10))
        for name, address in (("faiss", ""), ("milvus", engine.address)):
            folder: Path = tmp_path_factory.mktemp(name)
            made[name] = Sample(f"sqlite:///{folder}/films.db", folder)
            upgrade(connect(made[name].url))
            generations = Generations(folder / "generations", EngineSetting(name, address))
            with generations.building() as built:
                GenerationBuilder(built, DEFAULT, "test", setting=generations.setting).build(films)
                generations.publish(built)
    return made


@pytest.fixture
def own(catalogues: dict[str, Sample]) -> Sample:
    return catalogues["milvus"]


def ask(address: str, body: dict[str, object]) -> requests.Response:
    return requests.post(f"{address}/movies/recommend", json=body, timeout=30)


def test_answers_are_those_of_faiss(catalogues: dict[str, Sample], own: Sample, engine: LiteServer) -> None:
    with (
        serving.api(catalogues["faiss"]) as faiss,
        serving.api(own, REELKIN_ENGINE="milvus", REELKIN_MILVUS_URI=engine.address) as milvus,
    ):
        for body in (LIKES, FEW, LIKES | {"weights": {"genres": 3}, "explain": True}, LIKES | {"exact": True}):
            one, other = ask(faiss, body).json(), ask(milvus, body).json()
            assert len(one["results"]) == len(other["results"]) == body["k"]
            found = {result["movie"]["id"]: (result["score"], result.get("why")) for result in one["results"]}
            for result in other["results"]:
                if result["movie"]["id"] in found:
                    assert found[result["movie"]["id"]] == (result["score"], result.get("why"))
            assert len(found.keys() & {result["movie"]["id"] for result in other["results"]}) >= body["k"] - 1
            assert not body.get("exact") or one["results"] == other["results"]


def test_it_goes_away_and_comes_back(own: Sample, engine: LiteServer) -> None:
    with serving.api(own, REELKIN_ENGINE="milvus", REELKIN_MILVUS_URI=engine.address) as address:
        assert requests.get(f"{address}/ready", timeout=10).status_code == 200
        before = ask(address, LIKES).json()["results"]
        engine.kill()
        away = ask(address, LIKES)
        assert (away.status_code, away.json()["code"]) == (503, "engine_unavailable")
        assert "Milvus" in away.json()["detail"] and away.headers["Retry-After"]
        assert eventually(lambda: requests.get(f"{address}/ready", timeout=10).status_code == 503)
        ready = requests.get(f"{address}/ready", timeout=10).json()
        assert "engine: the search engine, Milvus, does not answer" in ready["detail"]
        assert len(ask(address, FEW).json()["results"]) == 5
        for path in WITHOUT:
            assert requests.get(address + path, timeout=10).status_code == 200, path
        engine.start()
        assert eventually(lambda: ask(address, LIKES).status_code == 200)
        assert ask(address, LIKES).json()["results"] == before
        assert eventually(lambda: requests.get(f"{address}/ready", timeout=10).status_code == 200)


def test_an_api_that_starts_while_it_is_away_answers_the_rest(own: Sample, engine: LiteServer) -> None:
    engine.kill()
    with serving.api(own, REELKIN_ENGINE="milvus", REELKIN_MILVUS_URI=engine.address) as address:
        for path in WITHOUT:
            assert requests.get(address + path, timeout=10).status_code == 200, path
        assert ask(address, LIKES).status_code == 503
        engine.start()
        assert eventually(lambda: ask(address, LIKES).status_code == 200)
