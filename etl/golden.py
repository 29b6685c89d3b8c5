"""Films with kin that any film lover would name, as far as a catalogue holds them."""

from __future__ import annotations

import json
from pathlib import Path

from index.generation import Generation

FILE = Path(__file__).with_name("golden_kin.json")


def golden_kin(generation: Generation) -> dict[int, list[int]]:
    """Row of each golden film -> rows of its kin; films that are not loaded are left out."""
    golden = {}
    for film in json.loads(FILE.read_text(encoding="utf-8")):
        row = generation.films.row_of(film["id"])
        kin = [generation.films.row_of(other["id"]) for other in film["kin"]]
        present = [other for other in kin if other is not None]
        if row is not None and present:
            golden[row] = present
    return golden
