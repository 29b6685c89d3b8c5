"""Generations are swapped under load, with real processes: no request fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import requests

from index.answer.recommend import Question, Recommender
from index.encode.blocks import DEFAULT
from index.films.summaries import FILM_SCHEMA
from index.generation.builder import GenerationBuilder
from index.generation.manifest import Generation
from index.generation.publish import Generations
from sql.engine import connect
from sql.migrations.upgrade import upgrade
from tests.support import serving
from tests.support.films import make_films
from tests.support.load import Ask, Load
from tests.support.sample import Sample

FILMS = 400
ASKED = range(1, 41)
WORKERS = 2
CLIENTS = 4
SWAPS = 4
SPARE_MB = 24
"""How much a process may grow, for what it caches besides a generation."""

Answers = dict[int, list[tuple[str, float]]]


def neighbours(generation: Generation, movie_id: int) -> list[tuple[str, float]]:
    """Titles and scores of the neighbours of a film, from a generation."""
    row = generation.films.row_of(movie_id)
    assert row is not None
    found = Recommender(generation).recommend(Question(likes=(row,), k=10)).films
    titles = [film["title"] for film in generation.films.summaries([film.row for film in found])]
    return list(zip(titles, (film.score for film in found), strict=True))


class Check:
    """Compares answers with the generation that they name."""

    def __init__(self) -> None:
        self.marks: dict[str, str] = {}
        self.expected: dict[str, Answers] = {}

    def publish(self, generations: Generations, mark: str, seed: int) -> str:
        """Publish a generation whose titles all end in a mark, knowing before what it will answer; its id."""
        films = [film | {"title": film["title"] + mark} for film in make_films(FILMS, seed=seed).to_pylist()]
        batches = pa.Table.from_pylist(films, schema=FILM_SCHEMA).to_batches()
        with generations.building() as folder:
            GenerationBuilder(folder, DEFAULT, "test").build(batches)
            generation = Generation.open(folder)
            self.marks[folder.name] = mark
            self.expected[folder.name] = {movie_id: neighbours(generation, movie_id) for movie_id in ASKED}
            generations.publish(folder)
        return folder.name

    def __call__(self, ask: Ask, answer: Any) -> str:
        """What in an answer is not of the generation that it names."""
        generation = answer["generation"]
        if "matches" in answer:
            titles = [match["movie"]["title"] for match in answer["matches"]]
            return (
                "" if titles and all(title.endswith(self.marks[generation]) for title in titles) else f"{titles}"
            )
        (film,) = answer["query"]["resolved"]
        found = [(result["movie"]["title"], result["score"]) for result in answer["results"]]
        expected = self.expected[generation][film["movie"]["id"]]
        whole = found == expected and film["movie"]["title"].endswith(self.marks[generation])
        return "" if whole else f"{generation} would have answered {expected}, not {found}"


def processes(address: str) -> list[psutil.Process]:
    """The processes of an API that are its workers."""
    port = address.rpartition(":")[2]
    (parent,) = [child for child in psutil.Process().children() if port in child.cmdline()]
    return [child for child in parent.children() if "spawn_main" in " ".join(child.cmdline())]


def mapped(process: psutil.Process) -> set[str]:
    """Ids of the generations of which a process has any file open."""
    paths = [Path(entry.path) for entry in process.memory_maps()]
    return {part for path in paths if "generations" in path.parts for part in path.parts if part[:2] == "20"}


def own_mb(process: psutil.Process) -> float:
    """Memory of a process without mapped files."""
    memory = process.memory_info()
    return float(memory.rss - memory.shared) / 1e6


def test_publishing_and_rolling_back_under_load_fails_no_request(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path / 'films.db'}")
    upgrade(database)
    database.dispose()
    generations, check = Generations(tmp_path / "generations"), Check()
    first = check.publish(generations, " (one)", seed=1)
    second = check.publish(generations, " (two)", seed=2)
    asks = [
        *(Ask(f"/movies/recommend/{movie_id}", {"k": 10}) for movie_id in ASKED),
        *(Ask("/movies/recommend", body={"like": [movie_id]}) for movie_id in ASKED),
        *(Ask("/movies/search", {"q": f"film {movie_id}"}) for movie_id in ASKED),
    ]
    with serving.api(Sample(str(database.url), tmp_path), workers=WORKERS) as address:
        workers = processes(address)
        assert len(workers) == WORKERS

        def settled(generation_id: str) -> bool:
            return all(mapped(worker) == {generation_id} for worker in workers)

        assert serving.eventually(lambda: settled(second))
        with Load(address, asks, CLIENTS, check) as load:
            for turn in range(SWAPS):
                target = (first, second)[turn % 2]
                generations.serve(target)
                assert serving.eventually(lambda target=target: settled(target)), target
                if turn == 1:  # both were open once
                    before = [own_mb(worker) for worker in workers]
            third = check.publish(generations, " (three)", seed=3)
            assert serving.eventually(lambda: settled(third))
        assert load.wrong == []
        assert {reply.generation for reply in load.replies} == {first, second, third}
        assert processes(address) == workers
        for worker, mb in zip(workers, before, strict=True):
            assert own_mb(worker) < mb + SPARE_MB
        answer = requests.get(f"{address}/movies/recommend/1", timeout=10).json()
        assert answer["generation"] == third
