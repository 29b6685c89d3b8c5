"""What is wrong with the text of a real dump: line breaks, markup, control characters, doubled separators."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.synthetic.text import Strings

# (column, share of its rows, what is replaced where it first occurs, by what). Line breaks, double spaces and
# zero-width spaces are as frequent in overviews as in the real file; the others were seen, and are made
# frequent enough here for a dump of 100,000 rows to show them.
_DIRT = (
    ("overview", 0.04, ". ", ".  "),
    ("overview", 0.002, ". ", ".\n"),
    ("overview", 0.002, ". ", ".\r\n\r\n"),
    ("overview", 0.001, " ", " \u200b"),
    ("overview", 0.001, " the ", " <i>the</i> "),
    ("overview", 0.0005, ", ", "<br />"),
    ("overview", 0.001, " and ", " &amp; "),
    ("overview", 0.0005, " ", " \x1f"),
    ("overview", 0.0005, " ", "_"),
    ("tagline", 0.0005, " ", " <b>"),
    ("tagline", 0.0005, " ", "\x92 "),
    ("title", 0.0003, " ", "_"),
    ("title", 0.0003, " ", "  "),
    ("title", 0.0002, " ", "\t"),
    ("title", 0.0002, " ", " \u200b"),
    ("original_title", 0.0003, " ", " \x0b"),
    ("genres", 0.0005, ", ", ", , "),
    ("keywords", 0.001, ", ", ",, "),
    ("keywords", 0.0005, " ", "_"),
    ("production_companies", 0.001, ", ", ",, "),
)


def soil(rng: np.random.Generator, columns: dict[str, Strings]) -> None:
    """Spoil a small, fixed share of the values of some columns, in place in the mapping."""
    for name, share, found, put in _DIRT:
        hit = np.flatnonzero(rng.random(len(columns[name])) < share)
        mask = np.zeros(len(columns[name]), dtype=bool)
        mask[hit] = True
        spoilt = pc.replace_substring(columns[name].take(pa.array(hit)), found, put, max_replacements=1)
        columns[name] = pc.replace_with_mask(columns[name], pa.array(mask), spoilt)
