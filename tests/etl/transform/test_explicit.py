"""The second opinion on explicit films: what it flags, and what it leaves alone."""

from __future__ import annotations

import pyarrow as pa
import pytest

from etl.transform.batch import clean_batch
from etl.transform.explicit import WELL_KNOWN, flagged
from etl.transform.film import RAW_COLUMNS

EXPLICIT = "A young wife lets me cum inside her"


def films(**values: str) -> pa.RecordBatch:
    """One film, cleaned."""
    row = dict.fromkeys(RAW_COLUMNS, "") | {"id": "1", "title": "A film", "release_date": "2020-01-01"} | values
    return clean_batch(pa.table({name: pa.array([value], pa.string()) for name, value in row.items()})).films


@pytest.mark.parametrize(
    "values",
    [
        {"title": EXPLICIT},
        {"original_title": "若妻 中出し"},
        {"overview": "It ends with a creampie and a gang bang."},
        {"overview": "A creampie.", "keywords": "office, blowjob"},
    ],
)
def test_explicit_films_are_flagged(values: dict[str, str]) -> None:
    (film,) = flagged(films(**values))[0].to_pylist()
    assert film["adult"] is True
    assert flagged(films(**values))[1] == 1


@pytest.mark.parametrize(
    "values",
    [
        {"title": EXPLICIT, "vote_count": str(WELL_KNOWN), "vote_average": "7"},
        {"title": "xXx", "overview": "A porn star is murdered; her sister, a hooker, finds the killer."},
        {"overview": "She bakes a creampie for the whole village."},
        {"title": "Deep Throat", "overview": "The source of the Watergate papers."},
        {"title": "Cumberland", "keywords": "scunthorpe, cocktail, document"},
    ],
)
def test_others_are_left_alone(values: dict[str, str]) -> None:
    (film,) = flagged(films(**values))[0].to_pylist()
    assert film["adult"] is False


def test_films_that_are_flagged_already_are_not_counted() -> None:
    assert flagged(films(title=EXPLICIT, adult="True"))[1] == 0
