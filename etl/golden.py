"""Films with kin that any film lover would name, and films in a sentence, as far as a catalogue holds them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from index.generation import Generation

FILE = Path(__file__).with_name("golden_kin.json")
DESCRIBED = Path(__file__).with_name("described.json")


def golden_kin(generation: Generation) -> dict[int, list[int]]:
    """Row of each golden film -> rows of its kin; films that are not loaded are left out.

    A film is known by its id and its title: in a synthetic dump the ids are those of other films.
    """
    golden = {}
    for film in json.loads(FILE.read_text(encoding="utf-8")):
        row = _row(generation, film)
        present = [other for other in (_row(generation, kin) for kin in film["kin"]) if other is not None]
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
