"""The same films in every form in which files of films are found, and what becomes of each form."""

from __future__ import annotations

import csv
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
        "imdb_id": f"tt{1_000_000 + number}",
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


def written(content: Callable[[], str | bytes], name: str = "films.csv") -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        found = content()
        path = folder / name
        path.write_bytes(found if isinstance(found, bytes) else found.encode())
        return path

    return write


def nothing_as(word: str) -> list[Row]:
    empty = dict.fromkeys(("tagline", "homepage", "poster_path"), word)
    return [
        row
        | empty
        | ({"keywords": word, "overview": word, "genres": word, "imdb_id": word} if row["id"] == "103" else {})
        for row in FILMS
    ]


NO_FILM_3 = {(103, "keywords"): "", (103, "overview"): "", (103, "genres"): "", (103, "imdb_id"): None}


def objects(names: list[str]) -> list[dict[str, object]]:
    return [{"id": number, "name": name} for number, name in enumerate(names)]


def postgres(names: list[str]) -> str:
    return "{" + ",".join(f'"{name}"' if " " in name or "," in name else name for name in names) + "}"


def packed(folder: Path) -> Path:
    path = folder / "films.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("folder/films.csv", text_of(FILMS))
        archive.writestr("__MACOSX/folder/._films.csv", "x")
    return path


def packed_beside(folder: Path) -> Path:
    path = packed(folder)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("README.txt", "Films.")
    return path


def crawled(films: int, year: int) -> list[Row]:
    """The first film as one of 1925, among others of the years up to one, as in 7/15/10."""
    others = [
        {
            "id": str(1000 + n),
            "title": "Another",
            "release_date": f"{year - n // 336}-{n // 28 % 12 + 1}-{n % 28 + 1}",
        }
        for n in range(films)
    ]
    first = {"id": "1", "title": "The Big Parade", "release_date": "1925-11-5"}
    return [row | {"release_date": short(row["release_date"])} for row in (first, *others)]


def short(text: str) -> str:
    """A date as in 7/15/10."""
    year, month, day = text.split("-")
    return f"{month}/{day}/{year[2:]}"


def workbook(folder: Path) -> Path:
    path = folder / "films.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return path


def as_parquet(folder: Path) -> Path:
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


def json_lines() -> str:
    return "".join(
        json.dumps(
            row
            | {name: objects(names_of(row, name)) for name in LISTS}
            | {"vote_count": int(row["vote_count"]), "adult": False, "homepage": None}
        )
        + "\n"
        for row in FILMS
    )


def excel_day(text: str) -> str:
    return str((date.fromisoformat(text) - date(1899, 12, 30)).days)


def epoch(text: str) -> str:
    return str((date.fromisoformat(text) - date(1970, 1, 1)).days * 86_400)


def spark() -> str:
    return text_of(FILMS, quoting=csv.QUOTE_ALL).replace('""', '\\"').replace(',\\",', ',"",')


def all_movies() -> list[Row]:
    """The 28 columns of the public file "TMDB all movies", in its order."""
    more = {"cast": "Cy Young, Dee Dee", "director": "Ann Lee, Bo Li", "director_of_photography": "Eve Eye"}
    more |= {"writers": "Flo Pen", "producers": "Gus Coin", "music_composer": "Hal Tune"}
    more |= {"imdb_rating": "8.1", "imdb_votes": "123456.0", "poster_path": ""}
    order = "id title vote_average vote_count status release_date revenue runtime budget imdb_id original_language"
    order += " original_title overview popularity tagline genres production_companies production_countries"
    names = [*order.split(), "spoken_languages", *more]
    return [{name: (row | more).get(name, "") for name in names} for row in FILMS]


def tmdb_5000() -> list[Row]:
    """The 20 columns of tmdb_5000_movies.csv, lists of objects in JSON."""
    order = "budget genres homepage id keywords original_language original_title overview popularity"
    order += " production_companies production_countries release_date revenue runtime spoken_languages status"
    order += " tagline title vote_average vote_count"
    rows = lists_as(lambda names: json.dumps(objects(names)))
    return [{name: row.get(name, "") for name in order.split()} for row in rows]


def movies_metadata() -> list[Row]:
    """The 24 columns of movies_metadata.csv, lists of objects in Python, and the rows that a line break cut."""
    order = (
        "adult belongs_to_collection budget genres homepage id imdb_id original_language original_title overview"
    )
    order += " popularity poster_path production_companies production_countries release_date revenue runtime"
    order += " spoken_languages status tagline title video vote_average vote_count"
    rows = lists_as(lambda names: repr(objects(names)))
    films = [{name: row.get(name, "") for name in order.split()} for row in rows]
    broken = [
        dict.fromkeys(order.split(), "")
        | {
            "adult": " - Written by nobody",
            "budget": "/ff9qCepilowshEtG2GYWwzt2bs4.jpg",
            "id": day,
            "overview": "0.065",
        }
        | {"genres": "[{'name': 'Carousel Productions', 'id': 11176}]", "title": ""}
        for day in ("1997-08-20", "2012-09-29", "2014-01-01")
    ]
    return [*films[:2], broken[0], *films[2:4], *broken[1:], *films[4:]]


YEARS_ONLY = {(int(row["id"]), "release_date"): None for row in FILMS}
IDS = {"Drama": 18, "Comedy": 35, "Action": 28, "Science Fiction": 878, "Romance": 10749, "Horror": 27}
IDS |= {"Thriller": 53, "History": 36}
COMMA = {"vote_average", "popularity"}
