"""Every example in a docstring of the source is run."""

from __future__ import annotations

import doctest
import re
from importlib import import_module

import pytest

from tests.support.modules import modules

EXAMPLES = {
    name: count
    for name, path in modules().items()
    if (count := len(re.findall(r"^\s*>>> ", path.read_text(), re.MULTILINE)))
}
"""Module -> its number of examples, counted in the source: doctest overlooks those outside of docstrings."""


def test_there_are_examples() -> None:
    assert EXAMPLES


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_examples_of_a_module(name: str) -> None:
    results = doctest.testmod(import_module(name))
    assert results.failed == 0
    assert results.attempted == EXAMPLES[name], "an example stands where doctest does not look for it"
