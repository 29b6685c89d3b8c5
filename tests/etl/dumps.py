"""Small dumps for the tests of `etl`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from etl.transform.film import COLUMNS, RAW_COLUMNS

HEADER = ",".join(COLUMNS) + "\n"


def film(movie_id: object = 1, title: str = "Home", **values: object) -> dict[str, str]:
    """A raw row of a film that can be loaded."""
    row = dict.fromkeys(RAW_COLUMNS, "") | {"id": movie_id, "title": title, "release_date": "2010-07-15"}
    return {name: str(value) for name, value in (row | values).items()}


def as_csv(rows: Iterable[Mapping[str, str]], columns: Iterable[str] = COLUMNS, header: bool = True) -> str:
    """The text of a dump with some columns of the rows."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(columns), lineterminator="\n", extrasaction="ignore")
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write(path: Path, *rows: Mapping[str, str]) -> Path:
    """A dump of the rows at `path`."""
    path.write_text(as_csv(rows), encoding="utf-8", newline="")
    return path
