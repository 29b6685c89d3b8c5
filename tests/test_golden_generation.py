"""A generation that was built before, and is in the repository, still opens and answers as it did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.golden_generation import ANSWERS, answers

TOLERANCE = 1e-6
"""Of scores: sums of products in another order differ by less."""


def test_the_golden_generation_answers_as_recorded(tmp_path: Path) -> None:
    assert ANSWERS.exists(), "run `python -m tests.support.golden_generation`"
    recorded = json.loads(ANSWERS.read_text(encoding="utf-8"))
    assert list(differences(recorded, answers(tmp_path))) == []


def differences(one: Any, other: Any, where: str = "") -> list[str]:
    """Places in which two JSON values differ, with numbers compared up to `TOLERANCE`."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [found for key in one for found in differences(one[key], other[key], f"{where}.{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            found
            for i, pair in enumerate(zip(one, other, strict=True))
            for found in differences(*pair, f"{where}[{i}]")
        ]
    if isinstance(one, float) and isinstance(other, float):
        equal = one == pytest.approx(other, abs=TOLERANCE)
    else:
        equal = one == other
    return [] if equal else [f"{where}: {one!r} was recorded, now {other!r}"]


def test_the_comparison_sees_a_difference() -> None:
    one = {"a": [1.0, {"b": "x"}]}
    assert differences(one, {"a": [1.0 + 1e-9, {"b": "x"}]}) == []
    assert len(differences(one, {"a": [1.1, {"b": "y"}]})) == 2
    assert len(differences(one, {"a": [1.0]})) == 1
