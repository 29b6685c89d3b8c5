"""Quality of recommendations: `python -m tests.benchmarks.quality --dump PATH [--ratings DIR] [--json OUT]`.

Loads and builds the dump in a scratch folder, measures the default and the classic profile as
`python -m etl evaluate` does, and keeps the ten nearest films of twelve well-known films and the ten for twelve
questions in words, with how they were read. With `--data` on a generation that is built already.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from index.answer.recommend import Question, Recommender
from index.generation.manifest import Generation
from index.generation.publish import Generations
from tests.support.sample import Sample, load_sample, run

SHOWN = (157336, 238, 129, 194, 346, 948, 19404, 579974, 496243, 19, 598, 77338)
"""Interstellar, The Godfather, Spirited Away, Amélie, Seven Samurai, Halloween, Dilwale Dulhania Le Jayenge, RRR,
Parasite, Metropolis, City of God, The Intouchables."""

ASKED = (
    "korean revenge thriller",
    "time loop comedy",
    "hidden gem japanese horror 90s",
    "acclaimed french drama from the 60s",
    "silent comedy from the 20s",
    "bollywood romance",
    "nordic noir",
    "science fiction without aliens",
    "something like Oldboy, but french",
    "only italian westerns",
    "documentary about penguins under 90 minutes",
    "a thief steals secrets through dreams",
)
"""Questions in words."""


def main() -> int:
    """Measure, print and keep; 1 if a step failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.quality", description=__doc__)
    parser.add_argument("--dump", type=Path, help="the films")
    parser.add_argument("--data", type=Path, help="a folder with reelkin.db and generations of the films")
    parser.add_argument("--ratings", type=Path, help="MovieLens folder, for the agreement with ratings")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        if args.data is None:
            loaded = load_sample(f"sqlite:///{scratch}/reelkin.db", Path(scratch), args.dump.resolve())
        else:
            loaded = Sample(f"sqlite:///{args.data.resolve()}/reelkin.db", args.data.resolve())
        ratings = ("--ratings", str(args.ratings.resolve())) if args.ratings else ()
        measured = run("etl", "evaluate", "--json", *ratings, url=loaded.url, folder=loaded.folder)
        if measured.returncode:
            print(measured.stderr, file=sys.stderr)
            return 1
        figures = json.loads(measured.stdout)
        generation = Generation.open(Generations(loaded.folder / "generations").current())
        figures |= {"lists": shown(generation), "questions": answered(generation)}
    print(json.dumps(figures, indent=1, ensure_ascii=False))
    if args.json:
        args.json.write_text(json.dumps(figures, ensure_ascii=False))
    return 0


def shown(generation: Generation) -> dict[str, list[str]]:
    """The ten nearest of each film of `SHOWN` that the catalogue holds, as titles with years."""
    recommender = Recommender(generation)
    lists = {}
    for movie_id in SHOWN:
        row = generation.films.row_of(movie_id)
        if row is not None:
            found = recommender.recommend(Question(likes=(row,), k=10)).films
            name, *nearest = (_name(film) for film in generation.films.summaries([row, *(f.row for f in found)]))
            lists[name] = nearest
    return lists


def answered(generation: Generation) -> dict[str, dict[str, list[str]]]:
    """How each question of `ASKED` is read, and the ten films for it, as titles with years."""
    recommender, answers = Recommender(generation), {}
    for text in ASKED:
        answer = recommender.recommend(Question(text=text, k=10))
        films = generation.films.summaries([film.row for film in answer.films])
        read = [f"{piece.kind} {piece.value} ({piece.how})" for piece in answer.read]
        answers[text] = {"read": read, "films": [_name(film) for film in films]}
    return answers


def _name(film: dict[str, Any]) -> str:
    return f"{film['title']} ({film['year']})"


if __name__ == "__main__":
    sys.exit(main())
