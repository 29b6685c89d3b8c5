"""Fifty films in random combinations of the forms of files: what loads equals the source, all else says why."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.errors import DumpError
from etl.reading.readings import OpenedFile
from etl.reading.separators import SAMPLE_FILE
from etl.transform.batch import KEPT, clean_batch
from etl.transform.film import COLUMNS, DEFAULT, RAW_COLUMNS
from tests.etl.forms import LISTS, Row, epoch, excel_day, objects, postgres

DECIMALS = ("vote_average", "popularity")
AMOUNTS = ("budget", "revenue")


def _films() -> list[Row]:
    """Films of the sample whose names hold no separator, so that every form can express them."""
    with gzip.open(SAMPLE_FILE, "rt", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if len(row["release_date"]) == 10 and all(map(row.get, LISTS))]
    plain = [row for row in rows if not any(set(";|[]{}\"'") & set(row[name]) for name in LISTS)]
    tidy = [row for row in plain if not any(", Inc" in row[n] or ", L" in row[n] or "-" in row[n] for n in LISTS)]
    return [
        {name: row.get(name, "") for name in COLUMNS} | {"overview": f'It begins; "{row["title"]}", then ends.'}
        for row in tidy[:50]
    ]


FILMS = _films()


def numpy_array(names: list[str]) -> str:
    return json.dumps(names) if len(names) == 1 else "[" + " ".join(map(repr, names)) + "]"


LIST_FORMS: dict[str, Callable[[list[str]], str]] = {
    "comma and blank": ", ".join,
    "comma": ",".join,
    "bar": "|".join,
    "semicolon": ";".join,
    "json": json.dumps,
    "python": repr,
    "numpy": numpy_array,
    "json objects": lambda names: json.dumps(objects(names)),
    "python objects": lambda names: repr(objects(names)),
    "postgres": postgres,
}
DATE_FORMS: dict[str, Callable[[str], str]] = {
    "iso": str,
    "with a time": lambda text: f"{text} 00:00:00",
    "slashes": lambda text: text.replace("-", "/"),
    "month first": lambda text: date.fromisoformat(text).strftime("%-m/%-d/%Y"),
    "day first": lambda text: date.fromisoformat(text).strftime("%d.%m.%Y"),
    "two digits": lambda text: date.fromisoformat(text).strftime("%d-%b-%y"),
    "words": lambda text: date.fromisoformat(text).strftime("%B %-d, %Y"),
    "short words": lambda text: date.fromisoformat(text).strftime("%d %b %Y"),
    "excel": excel_day,
    "epoch": epoch,
}
HEADERS: dict[str, Callable[[str], str]] = {
    "as they are": str,
    "in title case": lambda name: name.replace("_", " ").title(),
    "in camel case": lambda name: name.split("_")[0] + "".join(part.title() for part in name.split("_")[1:]),
    "with hyphens": lambda name: name.replace("_", "-"),
}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le")


@dataclass(frozen=True)
class Mixture:
    """One combination of forms."""

    lists: str
    dates: str
    headers: str
    nothing: str
    separator: str
    encoding: str
    decimal: str
    best_rating: int
    thousands: str
    packing: str
    quote_all: bool
    backslashes: bool
    numbered: bool
    sep_line: bool
    again: bool


MIXTURES = st.builds(
    Mixture,
    lists=st.sampled_from(sorted(LIST_FORMS)),
    dates=st.sampled_from(sorted(DATE_FORMS)),
    headers=st.sampled_from(sorted(HEADERS)),
    nothing=st.sampled_from(["", "nan", "NULL", "None", "N/A", r"\N", "<NA>"]),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(ENCODINGS),
    decimal=st.sampled_from([".", ","]),
    best_rating=st.sampled_from([5, 10, 100]),
    thousands=st.sampled_from(["", ",", "."]),
    packing=st.sampled_from(["csv", "gzip", "zip", "json lines"]),
    quote_all=st.booleans(),
    backslashes=st.booleans(),
    numbered=st.booleans(),
    sep_line=st.booleans(),
    again=st.booleans(),
)


def mixed(mixture: Mixture) -> list[Row]:
    """The films in the spelling of a mixture."""
    write, day = LIST_FORMS[mixture.lists], DATE_FORMS[mixture.dates]
    rows = []
    for film in FILMS:
        row = film | {name: write(film[name].split(", ")) for name in LISTS}
        row["release_date"] = day(film["release_date"])
        row["vote_average"] = f"{float(film['vote_average']) * mixture.best_rating / 10:g}"
        for name in DECIMALS:
            row[name] = row[name].replace(".", mixture.decimal)
        if mixture.thousands and mixture.thousands != mixture.decimal:
            for name in AMOUNTS:
                row[name] = f"{int(film[name] or 0):,}".replace(",", mixture.thousands)
        rows.append({name: value or mixture.nothing for name, value in row.items()})
    return rows


def text_of(mixture: Mixture) -> str:
    """The csv text, or JSON lines."""
    rows, rename = mixed(mixture), HEADERS[mixture.headers]
    if mixture.packing == "json lines":
        return "".join(json.dumps({rename(name): value for name, value in row.items()}) + "\n" for row in rows)
    out = io.StringIO()
    if mixture.sep_line:
        out.write(f"sep={mixture.separator}\n")
    quoting = csv.QUOTE_ALL if mixture.quote_all else csv.QUOTE_MINIMAL
    escapes = {"doublequote": False, "escapechar": "\\"} if mixture.backslashes else {}
    writer = csv.writer(out, delimiter=mixture.separator, quoting=quoting, lineterminator="\n", **escapes)  # type: ignore[arg-type]
    names = [*([""] if mixture.numbered else []), *map(rename, COLUMNS)]
    writer.writerow(names)
    for number, row in enumerate(rows):
        writer.writerow([*([str(number)] if mixture.numbered else []), *row.values()])
        if mixture.again and number == 20:
            writer.writerow(names)
    return out.getvalue()


def written(mixture: Mixture, folder: Path) -> Path:
    """The file of a mixture."""
    data = text_of(mixture).encode(mixture.encoding)
    path = folder / ("films.jsonl" if mixture.packing == "json lines" else "films.csv")
    if mixture.packing == "zip":
        path = folder / "films.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("films.csv", data)
        return path
    path.write_bytes(gzip.compress(data) if mixture.packing == "gzip" else data)
    return path


def clean(rows: list[Row]) -> dict[int, dict[str, object]]:
    table = pa.table({name: pa.array([row.get(name, "") for row in rows], pa.string()) for name in RAW_COLUMNS})
    return {film["id"]: film for film in clean_batch(table).films.to_pylist()}


SOURCE = clean(FILMS)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mixture=MIXTURES)
def test_what_loads_equals_the_source_and_what_is_refused_says_why(mixture: Mixture) -> None:
    assert len(SOURCE) == 50
    with TemporaryDirectory() as folder:
        path = written(mixture, Path(folder))
        try:
            with OpenedFile(path, DEFAULT) as opened:
                loaded, rejected = {}, 0
                for block in opened.blocks():
                    batch = opened.clean(block)
                    loaded |= {film["id"]: film for film in batch.films.to_pylist()}
                    rejected += int((batch.verdicts != KEPT).sum()) + len(block.faults)
        except DumpError as refused:
            assert len(str(refused)) > 40
            return
    headers = int(mixture.again and mixture.packing != "json lines")
    assert rejected == headers
    for movie_id, film in SOURCE.items():
        assert loaded[movie_id] == film
