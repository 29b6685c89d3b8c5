"""The gates between a built generation and its publication: a generation that fails one is not served.

They apply to every profile. The builder itself refuses an empty catalogue.

Also here: films with the films that any film lover would name beside them, and films described in a sentence, as
far as a catalogue holds them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.answer.recommend import Question, Recommender
from index.errors import GateError
from index.generation.manifest import Generation

GOLDEN = Path(__file__).with_name("golden_films.json")
WORLD = Path(__file__).with_name("world_films.json")
DESCRIBED = Path(__file__).with_name("described.json")


def golden_films(generation: Generation, file: Path = GOLDEN) -> dict[int, list[int]]:
    """Row of each golden film -> rows of the films that people name beside it; films not loaded are left out.

    `GOLDEN` has films that everybody knows; `WORLD` films of some forty languages. A film is recognised by its id
    and its title: in a synthetic dump the ids are those of other films.
    """
    golden = {}
    for film in json.loads(file.read_text(encoding="utf-8")):
        row = _row(generation, film)
        present = [other for other in (_row(generation, alike) for alike in film["alike"]) if other is not None]
        if row is not None and present:
            golden[row] = present
    return golden


def described(generation: Generation) -> dict[str, int]:
    """A sentence about each of some films -> its row; films that are not loaded are left out."""
    found = {film["text"]: _row(generation, film) for film in json.loads(DESCRIBED.read_text(encoding="utf-8"))}
    return {text: row for text, row in found.items() if row is not None}


def _row(generation: Generation, film: dict[str, Any]) -> int | None:
    row = generation.films.row_of(film["id"])
    if row is None or generation.films.titles(np.array([row]))[0].casefold() != film["title"].casefold():
        return None
    return row


LEAST_RECALL = 0.9
LEAST_GOLDEN = 0.5
"""Share of the golden films that must have an expected film among their ten nearest; the default profile reaches
0.95 on the whole dump, the classic one 0.7."""

FEWEST_GOLDEN = 10
"""With fewer golden films loaded, the result is mostly chance."""


@dataclass(frozen=True)
class Films:
    """How many films the database held before and after they were read: films may have been edited meanwhile."""

    before: int
    after: int


def check(generation: Generation, films: Films) -> None:
    """Check a generation before it is published.

    Args:
        generation: opened from where it was built.
        films: what the database held.

    Raises:
        GateError: which gate failed, with its figures.
    """
    for name, gate in GATES.items():
        if why := gate(generation, films):
            raise GateError(f"not published, the gate {name!r} failed: {why}")


def _row_count(generation: Generation, films: Films) -> str:
    rows, (least, most) = generation.manifest.rows, sorted((films.before, films.after))
    if least <= rows <= most:
        return ""
    return (
        f"the generation has {rows:,} films and the database {films.after:,}; "
        "films changed while it was built: run the build again"
    )


def _finite_vectors(generation: Generation, _: Films) -> str:
    for name, space in generation.spaces.items():
        blocks = (space.vectors.single(block) for block in space.vectors.blocks())
        if bad := sum(int((~np.isfinite(block).all(axis=1)).sum()) for block in blocks):
            return f"{bad:,} vectors of the space {name} hold NaN or infinity"
    return ""


def _recall(generation: Generation, _: Films) -> str:
    for name, space in generation.manifest.spaces.items():
        for kind, recall in space.recall.items():
            if not recall >= LEAST_RECALL:  # true for NaN, too
                return f"recall@10 of the space {name} is {recall:.3f} for {kind} films, below {LEAST_RECALL}"
    return ""


def _golden_films(generation: Generation, _: Films) -> str:
    golden = golden_films(generation)
    if len(golden) < FEWEST_GOLDEN:
        return ""
    recommender = Recommender(generation)
    hits = 0
    for row, alike in golden.items():
        found = recommender.recommend(Question(likes=(row,), k=10)).films
        hits += any(film.row in alike for film in found)
    if hits >= LEAST_GOLDEN * len(golden):
        return ""
    return f"of {len(golden)} golden films only {hits} have an expected film among their ten"


GATES: dict[str, Callable[[Generation, Films], str]] = {
    "row count": _row_count,
    "finite vectors": _finite_vectors,
    "recall": _recall,
    "golden films": _golden_films,
}
"""Each says in words what is wrong; "" if nothing is."""
