"""The same films in every form in which files of films are found, and what becomes of each form."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from etl.transform.film import COLUMNS

Row = dict[str, str]
LISTS = ("genres", "keywords", "production_companies", "production_countries", "spoken_languages")
FILMS: list[Row] = [
    {
        "id": str(number),
        "title": title,
        "original_title": title,
        "vote_average": average,
        "vote_count": votes,
        "status": "Released",
        "release_date": day,
        "revenue": revenue,
        "runtime": runtime,
        "adult": "False",
        "budget": "160000000" if number % 2 else "0",
        "imdb_id": f"tt{number:07}",
        "original_language": language,
        "overview": overview,
        "popularity": popularity,
        "genres": genres,
        "keywords": keywords,
        "production_companies": companies,
        "production_countries": countries,
        "spoken_languages": "English, French",
    }
    for number, (title, average, votes, day, revenue, runtime, language, overview, popularity) in enumerate(
        (
            ("Inception", "8.364", "34495", "2010-07-15", "825532764", "148", "en", 'A "thief", again', "83.952"),
            (
                "Amélie",
                "7.9",
                "11000",
                "2001-04-25",
                "174200000",
                "122",
                "fr",
                "Café à Montmartre, né là",
                "41.125",
            ),
            ("Nan", "6.25", "12", "1999-12-31", "0", "90", "en", "It happens.", "0.617"),
            ("Null", "5.5", "3", "1984-03-05", "0", "61", "en", "The end; or not", "1.004"),
            ("None", "7.125", "1200", "2020-02-13", "1000000", "101", "it", "Père Noël", "12.841"),
            ("The Crowd", "7.7", "310", "1928-02-18", "0", "98", "en", "The everyday life", "9.031"),
        ),
        101,
    )
    for genres, keywords, companies, countries in [
        (
            ("Action, Science Fiction", "dream, spy", "Legendary Pictures, Syncopy", "United Kingdom, Japan"),
            ("Comedy, Romance", "paris, café", "Metro-Goldwyn-Mayer, Claudie Ossard", "France, Germany"),
            ("Drama", "winter", "Lions Gate Films, Inc., Gaumont", "France"),
            ("Horror, Thriller", "night, house", "Gaumont, UGC", "Italy"),
            ("Drama, History", "war, father-son relationship", "Pathé, UGC", "Italy, France"),
            ("Drama, Romance", "new york, silent film", "Metro-Goldwyn-Mayer, UGC", "France, Italy"),
        )[number - 101]
    ]
]


def names_of(row: Row, column: str) -> list[str]:
    """The names of a list of `FILMS`."""
    text = row[column].replace(", Inc.", "# Inc.")
    return [name.replace("#", ",") for name in text.split(", ")] if text else []


def lists_as(write: Callable[[list[str]], str], columns: tuple[str, ...] = LISTS) -> list[Row]:
    """The films with their lists written in another way."""
    return [row | {name: write(names_of(row, name)) for name in columns} for row in FILMS]


def column_as(name: str, write: Callable[[str], str], rows: list[Row] | None = None) -> list[Row]:
    """The films with a column written in another way."""
    return [row | {name: write(row[name])} for row in (FILMS if rows is None else rows)]


def dates_as(pattern: str, rows: list[Row] | None = None) -> list[Row]:
    """The films with their dates in a pattern of strftime; %-d and %-m are without a zero."""
    return column_as("release_date", lambda text: date.fromisoformat(text).strftime(pattern), rows)


def text_of(rows: list[Row], names: dict[str, str] | None = None, **options: object) -> str:
    """A csv text of films; `names` renames columns."""
    columns = [name for name in COLUMNS if name in rows[0]] + [name for name in rows[0] if name not in COLUMNS]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", **options)  # type: ignore[arg-type]
    writer.writerow([(names or {}).get(name, name) for name in columns])
    writer.writerows([row[name] for name in columns] for row in rows)
    return out.getvalue()


@dataclass(frozen=True)
class FileForm:
    """One form of a file.

    Attributes:
        group: the heading of the table in docs.
        name: the form in a few words.
        becomes: what becomes of it, in words.
        write: writes the file into a folder and returns its path.
        differs: columns of single films that cannot be told from the form: (id, column) -> value.
        lacks: columns that the form does not have.
        counted: parts of the names under which the report counts what happened.
        refused: a part of the message of a file that is refused.
    """

    group: str
    name: str
    becomes: str
    write: Callable[[Path], Path]
    differs: dict[tuple[int, str], object] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    refused: str = ""


def _text(content: Callable[[], str | bytes], name: str = "films.csv") -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        found = content()
        path = folder / name
        path.write_bytes(found if isinstance(found, bytes) else found.encode())
        return path

    return write


def _nothing(word: str) -> list[Row]:
    empty = dict.fromkeys(("tagline", "homepage", "poster_path"), word)
    return [
        row
        | empty
        | ({"keywords": word, "overview": word, "genres": word, "imdb_id": word} if row["id"] == "103" else {})
        for row in FILMS
    ]


_NO_FILM_3 = {(103, "keywords"): "", (103, "overview"): "", (103, "genres"): "", (103, "imdb_id"): None}


def _objects(names: list[str]) -> list[dict[str, object]]:
    return [{"id": number, "name": name} for number, name in enumerate(names)]


def _postgres(names: list[str]) -> str:
    return "{" + ",".join(f'"{name}"' if " " in name or "," in name else name for name in names) + "}"


def _pack(folder: Path) -> Path:
    path = folder / "films.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("folder/films.csv", text_of(FILMS))
        archive.writestr("__MACOSX/folder/._films.csv", "x")
    return path


def _workbook(folder: Path) -> Path:
    path = folder / "films.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return path


def _parquet(folder: Path) -> Path:
    path = folder / "films.parquet"
    parquet.write_table(
        pa.table(
            {
                "id": pa.array([int(row["id"]) for row in FILMS], pa.int32()),
                "release_date": pa.array([date.fromisoformat(row["release_date"]) for row in FILMS]),
                "vote_average": [float(row["vote_average"]) for row in FILMS],
                "runtime": [float(row["runtime"]) for row in FILMS],
                **{name: [names_of(row, name) for row in FILMS] for name in LISTS},
                **{
                    name: [row[name] for row in FILMS]
                    for name in FILMS[0]
                    if name not in {"id", "release_date", "vote_average", "runtime", *LISTS}
                },
            }
        ),
        path,
    )
    return path


def _json_lines() -> str:
    return "".join(
        json.dumps(
            row
            | {name: _objects(names_of(row, name)) for name in LISTS}
            | {"vote_count": int(row["vote_count"]), "adult": False, "homepage": None}
        )
        + "\n"
        for row in FILMS
    )


def _excel_day(text: str) -> str:
    return str((date.fromisoformat(text) - date(1899, 12, 30)).days)


def _epoch(text: str) -> str:
    return str((date.fromisoformat(text) - date(1970, 1, 1)).days * 86_400)


def _spark() -> str:
    return text_of(FILMS, quoting=csv.QUOTE_ALL).replace('""', '\\"').replace(',\\",', ',"",')


_YEARS_ONLY = {(int(row["id"]), "release_date"): None for row in FILMS}
_IDS = {"Drama": 18, "Comedy": 35, "Action": 28, "Science Fiction": 878, "Romance": 10749, "Horror": 27}
_IDS |= {"Thriller": 53, "History": 36}
_COMMA = {"vote_average", "popularity"}

FORMS: list[FileForm] = [
    FileForm("Lists", "`a, b`, as in the v11 dump", "read", _text(lambda: text_of(FILMS))),
    FileForm("Lists", "`a,b`", "read", _text(lambda: text_of(lists_as(",".join)))),
    FileForm("Lists", "`a|b`", "read", _text(lambda: text_of(lists_as("|".join)))),
    FileForm("Lists", "`a;b`", "read", _text(lambda: text_of(lists_as(";".join)))),
    FileForm(
        "Lists",
        "`a-b`",
        "read where the names of genres prove it; names known to have a hyphen are kept whole",
        _text(lambda: text_of(lists_as("-".join))),
    ),
    FileForm("Lists", "JSON lists", "read", _text(lambda: text_of(lists_as(json.dumps)))),
    FileForm("Lists", "Python literals", "read", _text(lambda: text_of(lists_as(repr)))),
    FileForm(
        "Lists",
        "NumPy arrays",
        "read",
        _text(lambda: text_of(lists_as(lambda names: "[" + " ".join(map(repr, names)) + "]"))),
    ),
    FileForm(
        "Lists",
        "lists of objects, JSON (`tmdb_5000_movies.csv`)",
        "their names are read",
        _text(lambda: text_of(lists_as(lambda names: json.dumps(_objects(names))))),
    ),
    FileForm(
        "Lists",
        "lists of objects, Python (`movies_metadata.csv`)",
        "their names are read",
        _text(lambda: text_of(lists_as(lambda names: repr(_objects(names))))),
    ),
    FileForm("Lists", "Postgres arrays", "read", _text(lambda: text_of(lists_as(_postgres)))),
    FileForm(
        "Lists",
        "ids of TMDB's genres, `[28, 878]`",
        "their names are read",
        _text(lambda: text_of(lists_as(lambda names: str([_IDS[name] for name in names]), ("genres",)))),
    ),
    *(
        FileForm(
            "Nothing",
            f"`{word}`",
            "empty, and counted; a film called that keeps its title",
            _text(lambda word=word: text_of(_nothing(word))),  # type: ignore[misc]
            differs=_NO_FILM_3,
            counted=("overview: nothing", "keywords: nothing", "imdb_id: nothing"),
        )
        for word in ("nan", "NaN", "None", "NULL", "null", "\\N", "N/A", "<NA>", "undefined")
    ),
    FileForm(
        "Nothing",
        "`(no genres listed)`, `Unknown` in lists and for language",
        "empty",
        _text(
            lambda: text_of(
                [
                    row
                    | (
                        {"genres": "(no genres listed)", "original_language": "Unknown"}
                        if row["id"] == "103"
                        else {}
                    )
                    for row in FILMS
                ]
            )
        ),
        differs={(103, "genres"): "", (103, "original_language"): ""},
        counted=("original_language: nothing",),
    ),
    FileForm("Dates", "ISO with a time", "read", _text(lambda: text_of(dates_as("%Y-%m-%dT00:00:00.000Z")))),
    FileForm("Dates", "`2010/07/15`", "read", _text(lambda: text_of(dates_as("%Y/%m/%d")))),
    FileForm(
        "Dates",
        "`7/15/2010`",
        "read, if a day above 12 shows the order",
        _text(lambda: text_of(dates_as("%-m/%-d/%Y"))),
    ),
    FileForm(
        "Dates",
        "`15/7/2010`",
        "read, if a day above 12 shows the order",
        _text(lambda: text_of(dates_as("%-d/%-m/%Y"))),
    ),
    FileForm(
        "Dates",
        "`7/6/2010` and no day above 12 in the file",
        "the year is kept, and counted",
        _text(lambda: text_of(column_as("release_date", lambda text: f"7/6/{text[:4]}"))),
        differs=_YEARS_ONLY,
        counted=("day and month cannot be told",),
    ),
    FileForm(
        "Dates",
        "`7/15/10`",
        "read; a century that neither a column of years nor the future decides is taken as 20xx, and counted",
        _text(lambda: text_of(dates_as("%-m/%-d/%y"))),
        counted=("two-digit year",),
    ),
    FileForm(
        "Dates",
        "`7/15/10` with a column `release_year`",
        "read",
        _text(
            lambda: text_of(
                [
                    new | {"release_year": old["release_date"][:4]}
                    for old, new in zip(FILMS, dates_as("%-m/%-d/%y"), strict=True)
                ]
            )
        ),
    ),
    FileForm(
        "Dates",
        "`15-Jul-10`",
        "as `7/15/10`",
        _text(lambda: text_of(dates_as("%d-%b-%y"))),
        counted=("two-digit year",),
    ),
    FileForm("Dates", "`July 15, 2010`", "read", _text(lambda: text_of(dates_as("%B %d, %Y")))),
    FileForm(
        "Dates", "Excel's day numbers", "read", _text(lambda: text_of(column_as("release_date", _excel_day)))
    ),
    FileForm("Dates", "seconds since 1970", "read", _text(lambda: text_of(column_as("release_date", _epoch)))),
    FileForm(
        "Dates",
        "milliseconds since 1970",
        "read",
        _text(lambda: text_of(column_as("release_date", lambda text: f"{_epoch(text)}000"))),
    ),
    FileForm(
        "Dates",
        "`1995.0`",
        "the year is read",
        _text(lambda: text_of(column_as("release_date", lambda text: f"{text[:4]}.0"))),
        differs=_YEARS_ONLY,
    ),
    FileForm(
        "Numbers",
        "decimal commas, `8,364` and `83,952`",
        "read",
        _text(
            lambda: text_of(
                [row | {name: row[name].replace(".", ",") for name in _COMMA} for row in FILMS], delimiter=";"
            )
        ),
    ),
    FileForm(
        "Numbers",
        "thousands separators and `$`",
        "read",
        _text(
            lambda: text_of(
                [
                    row
                    | {name: f"${int(row[name]):,}" for name in ("budget", "revenue")}
                    | {"vote_count": f"{int(row['vote_count']):,}"}
                    for row in FILMS
                ]
            )
        ),
    ),
    FileForm(
        "Numbers", "`148 min`", "read", _text(lambda: text_of(column_as("runtime", lambda text: f"{text} min")))
    ),
    FileForm(
        "Numbers",
        "ratings from 0 to 100",
        "divided by ten, decided for the whole column",
        _text(lambda: text_of(column_as("vote_average", lambda text: f"{float(text) * 10:g}"))),
    ),
    FileForm("Files", "separator `;`", "read", _text(lambda: text_of(FILMS, delimiter=";"))),
    FileForm("Files", "separator tab", "read", _text(lambda: text_of(FILMS, delimiter="\t"), "films.tsv")),
    FileForm("Files", "a first line `sep=;`", "read", _text(lambda: "sep=;\n" + text_of(FILMS, delimiter=";"))),
    FileForm("Files", "UTF-16", "read", _text(lambda: text_of(FILMS).encode("utf-16"))),
    FileForm("Files", "UTF-16 without a mark", "read", _text(lambda: text_of(FILMS).encode("utf-16-le"))),
    FileForm("Files", "Windows-1252", "read, rows counted", _text(lambda: text_of(FILMS).encode("cp1252"))),
    FileForm(
        "Files",
        "UTF-8 read as Windows-1252 and saved (`AmÃ©lie`)",
        "undone, where the file proves it, and counted",
        _text(lambda: text_of(FILMS).encode().decode("cp1252")),
        counted=("characters of another encoding",),
    ),
    FileForm("Files", "quotes escaped by backslashes (Spark, MySQL)", "read", _text(_spark)),
    FileForm(
        "Files",
        "the header again among the rows",
        "rejected, as a repeated header",
        _text(lambda: text_of(FILMS[:3]) + text_of(FILMS[3:])),
    ),
    FileForm(
        "Files",
        "a column of row numbers without a name (pandas)",
        "not read",
        _text(lambda: text_of([{"": str(n)} | row for n, row in enumerate(FILMS)])),
    ),
    FileForm(
        "Files",
        "row numbers, and no name for them in the header (R)",
        "not read",
        _text(
            lambda: "\n".join(
                [
                    text_of(FILMS).split("\n")[0],
                    *(f"{n}," + line for n, line in enumerate(text_of(FILMS).split("\n")[1:-1])),
                ]
            )
        ),
    ),
    FileForm(
        "Files",
        "headers in title case, with spaces",
        "read",
        _text(lambda: text_of(FILMS, {name: name.replace("_", " ").title() for name in COLUMNS})),
    ),
    FileForm("Files", "zip with one csv", "read", _pack),
    FileForm(
        "Files", "gzip (zstd, xz)", "read", _text(lambda: gzip.compress(text_of(FILMS).encode()), "films.csv.gz")
    ),
    FileForm("Files", "parquet", "read", _parquet),
    FileForm("Files", "JSON lines", "read", _text(_json_lines, "films.jsonl")),
    FileForm(
        "Files",
        "one JSON array",
        "refused, with the way out",
        _text(lambda: "[" + _json_lines() + "]"),
        refused="jq -c",
    ),
    FileForm("Files", "Excel workbook (xlsx)", "refused, with the way out", _workbook, refused="Excel workbook"),
    FileForm(
        "Files",
        "Excel workbook (xls)",
        "refused, with the way out",
        _text(lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "films.xls"),
        refused="Excel workbook",
    ),
    FileForm(
        "Files",
        "Git LFS pointer",
        "refused, with the way out",
        _text(lambda: "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 500\n"),
        refused="Git LFS pointer",
    ),
    FileForm(
        "Files",
        "titles with the article behind a semicolon (`Crowd;The`)",
        "turned round, and counted",
        _text(lambda: text_of([row | {"title": row["title"].replace("The Crowd", "Crowd;The")} for row in FILMS])),
        counted=("article behind a semicolon",),
    ),
    FileForm(
        "Schemas",
        "only `id` and `title`",
        "read; films are loaded without a year and count as released",
        _text(lambda: text_of([{name: row[name] for name in ("id", "title")} for row in FILMS])),
        lacks=tuple(name for name in FILMS[0] if name not in ("id", "title", "original_title", "status", "adult")),
    ),
    FileForm(
        "Schemas",
        "no status, no adult flag",
        "read; every film counts as released",
        _text(lambda: text_of([{n: v for n, v in row.items() if n not in ("status", "adult")} for row in FILMS])),
    ),
    FileForm(
        "Schemas",
        "a csv that is not of films",
        "refused; its columns are named",
        _text(lambda: "a,b\n1,2\n"),
        refused="not a file of films",
    ),
]
