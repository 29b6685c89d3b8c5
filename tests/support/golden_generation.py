"""The golden generation: a recorded build of a few made-up films, with what the API answers from it.

`python -m tests.support.golden_generation` records both in `tests/golden/`, from `films.csv` there. Run it when
the format of a generation changes. A test opens the recorded files: it notices a change that breaks generations
of users. `python -m etl synthesize 60 tests/golden/films.csv --seed 7` made the films.
"""

from __future__ import annotations

import json
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import requests

from tests.support import serving
from tests.support.sample import ROOT, Sample, load_sample

FOLDER = ROOT / "tests" / "golden"
FILMS = FOLDER / "films.csv"
GENERATION = FOLDER / "generation.tar.gz"
ANSWERS = FOLDER / "answers.json"

GETS = (
    "/movies/search?q=gold+of+mumbay",
    "/movies/search?q=a+naive+refugee+in+lisbon&year=2010",
    "/movies/recommend?id=1&k=5&explain=true",
    "/movies/recommend?id=1,50&k=5&genres=Drama&explain=true",
    "/movies/recommend?title=gold+of+mumbai&k=3&diversity=0.5",
    "/stats/overview",
    "/generations",
)
POSTS: dict[str, dict[str, Any]] = {
    "likes and dislikes": {"like": [1], "dislike": [50], "weights": {"genres": 2}, "k": 3, "explain": True},
    "text": {"text": "two strangers share the road", "k": 3, "explain": True},
}
VARIES = {"took_ms"}


def record() -> None:
    """Build a generation of the films and store it with its answers."""
    with tempfile.TemporaryDirectory() as name:
        sample = load_sample(f"sqlite:///{name}/reelkin.db", Path(name), FILMS)
        current = (sample.folder / "generations" / "current").resolve()
        with tarfile.open(GENERATION, "w:gz") as archive:
            archive.add(current, current.name)
    with tempfile.TemporaryDirectory() as name:
        recorded = json.dumps(answers(Path(name)), indent=1, ensure_ascii=False)
    ANSWERS.write_text(recorded + "\n", encoding="utf-8")


def answers(folder: Path) -> dict[str, Any]:
    """What the API answers from the golden generation, with an empty database.

    Args:
        folder: an empty folder to unpack it into.
    """
    generations = folder / "generations"
    with tarfile.open(GENERATION) as archive:
        archive.extractall(generations, filter="data")
    (unpacked,) = generations.iterdir()
    (generations / "current").symlink_to(unpacked.name)
    with serving.api(Sample(f"sqlite:///{folder}/reelkin.db", folder)) as address:
        found = {path: _json(requests.get(address + path, timeout=30)) for path in GETS}
        for name, body in POSTS.items():
            found[name] = _json(requests.post(f"{address}/movies/recommend", json=body, timeout=30))
    return found


def _json(response: requests.Response) -> Any:
    response.raise_for_status()
    return {name: value for name, value in response.json().items() if name not in VARIES}


if __name__ == "__main__":
    record()
