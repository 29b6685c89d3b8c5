"""Every form in which files of films are found, and what becomes of each: the rows of docs/files.md."""

from __future__ import annotations

import gzip
import json

from etl.transform.film import COLUMNS
from tests.etl.forms import (
    COMMA,
    FILMS,
    IDS,
    NO_FILM_3,
    YEARS_ONLY,
    FileForm,
    all_movies,
    as_parquet,
    column_as,
    dates_as,
    epoch,
    excel_day,
    json_lines,
    lists_as,
    movies_metadata,
    nothing_as,
    objects,
    packed,
    postgres,
    spark,
    text_of,
    tmdb_5000,
    workbook,
    written,
)

FORMS: list[FileForm] = [
    FileForm("Lists", "`a, b`, as in the v11 dump", "read", written(lambda: text_of(FILMS))),
    FileForm("Lists", "`a,b`", "read", written(lambda: text_of(lists_as(",".join)))),
    FileForm("Lists", "`a|b`", "read", written(lambda: text_of(lists_as("|".join)))),
    FileForm("Lists", "`a;b`", "read", written(lambda: text_of(lists_as(";".join)))),
    FileForm(
        "Lists",
        "`a-b`",
        "read where the names of genres prove it; names known to have a hyphen are kept whole",
        written(lambda: text_of(lists_as("-".join))),
    ),
    FileForm("Lists", "JSON lists", "read", written(lambda: text_of(lists_as(json.dumps)))),
    FileForm("Lists", "Python literals", "read", written(lambda: text_of(lists_as(repr)))),
    FileForm(
        "Lists",
        "NumPy arrays",
        "read",
        written(lambda: text_of(lists_as(lambda names: "[" + " ".join(map(repr, names)) + "]"))),
    ),
    FileForm(
        "Lists",
        "lists of objects, JSON (`tmdb_5000_movies.csv`)",
        "their names are read",
        written(lambda: text_of(lists_as(lambda names: json.dumps(objects(names))))),
    ),
    FileForm(
        "Lists",
        "lists of objects, Python (`movies_metadata.csv`)",
        "their names are read",
        written(lambda: text_of(lists_as(lambda names: repr(objects(names))))),
    ),
    FileForm("Lists", "Postgres arrays", "read", written(lambda: text_of(lists_as(postgres)))),
    FileForm(
        "Lists",
        "ids of TMDB's genres, `[28, 878]`",
        "their names are read",
        written(lambda: text_of(lists_as(lambda names: str([IDS[name] for name in names]), ("genres",)))),
    ),
    *(
        FileForm(
            "Nothing",
            f"`{word}`",
            "empty, and counted; a film called that keeps its title",
            written(lambda word=word: text_of(nothing_as(word))),  # type: ignore[misc]
            differs=NO_FILM_3,
            counted=("overview: nothing", "keywords: nothing", "imdb_id: nothing"),
        )
        for word in ("nan", "NaN", "None", "NULL", "null", "\\N", "N/A", "<NA>", "undefined")
    ),
    FileForm(
        "Nothing",
        "`(no genres listed)`, `Unknown` in lists and for language",
        "empty",
        written(
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
    FileForm("Dates", "ISO with a time", "read", written(lambda: text_of(dates_as("%Y-%m-%dT00:00:00.000Z")))),
    FileForm("Dates", "`2010/07/15`", "read", written(lambda: text_of(dates_as("%Y/%m/%d")))),
    FileForm(
        "Dates",
        "`7/15/2010`",
        "read, if a day above 12 shows the order",
        written(lambda: text_of(dates_as("%-m/%-d/%Y"))),
    ),
    FileForm(
        "Dates",
        "`15/7/2010`",
        "read, if a day above 12 shows the order",
        written(lambda: text_of(dates_as("%-d/%-m/%Y"))),
    ),
    FileForm(
        "Dates",
        "`7/6/2010` and no day above 12 in the file",
        "the year is kept, and counted",
        written(lambda: text_of(column_as("release_date", lambda text: f"7/6/{text[:4]}"))),
        differs=YEARS_ONLY,
        counted=("day and month cannot be told",),
    ),
    FileForm(
        "Dates",
        "`7/15/10`",
        "read; a century that neither a column of years nor the future decides is taken as 20xx, and counted",
        written(lambda: text_of(dates_as("%-m/%-d/%y"))),
        counted=("two-digit year",),
    ),
    FileForm(
        "Dates",
        "`7/15/10` with a column `release_year`",
        "read",
        written(
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
        written(lambda: text_of(dates_as("%d-%b-%y"))),
        counted=("two-digit year",),
    ),
    FileForm("Dates", "`July 15, 2010`", "read", written(lambda: text_of(dates_as("%B %d, %Y")))),
    FileForm(
        "Dates", "Excel's day numbers", "read", written(lambda: text_of(column_as("release_date", excel_day)))
    ),
    FileForm("Dates", "seconds since 1970", "read", written(lambda: text_of(column_as("release_date", epoch)))),
    FileForm(
        "Dates",
        "milliseconds since 1970",
        "read",
        written(lambda: text_of(column_as("release_date", lambda text: f"{epoch(text)}000"))),
    ),
    FileForm(
        "Dates",
        "`1995.0`",
        "the year is read",
        written(lambda: text_of(column_as("release_date", lambda text: f"{text[:4]}.0"))),
        differs=YEARS_ONLY,
    ),
    FileForm(
        "Numbers",
        "decimal commas, `8,364` and `83,952`",
        "read",
        written(
            lambda: text_of(
                [row | {name: row[name].replace(".", ",") for name in COMMA} for row in FILMS], delimiter=";"
            )
        ),
    ),
    FileForm(
        "Numbers",
        "thousands separators and `$`",
        "read",
        written(
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
        "Numbers", "`148 min`", "read", written(lambda: text_of(column_as("runtime", lambda text: f"{text} min")))
    ),
    FileForm(
        "Numbers",
        "ratings from 0 to 100",
        "divided by ten, decided for the whole column",
        written(lambda: text_of(column_as("vote_average", lambda text: f"{float(text) * 10:g}"))),
    ),
    FileForm("Files", "separator `;`", "read", written(lambda: text_of(FILMS, delimiter=";"))),
    FileForm("Files", "separator tab", "read", written(lambda: text_of(FILMS, delimiter="\t"), "films.tsv")),
    FileForm("Files", "a first line `sep=;`", "read", written(lambda: "sep=;\n" + text_of(FILMS, delimiter=";"))),
    FileForm("Files", "UTF-16", "read", written(lambda: text_of(FILMS).encode("utf-16"))),
    FileForm("Files", "UTF-16 without a mark", "read", written(lambda: text_of(FILMS).encode("utf-16-le"))),
    FileForm("Files", "Windows-1252", "read, rows counted", written(lambda: text_of(FILMS).encode("cp1252"))),
    FileForm(
        "Files",
        "UTF-8 read as Windows-1252 and saved (`AmÃ©lie`)",
        "undone, where the file proves it, and counted",
        written(lambda: text_of(FILMS).encode().decode("cp1252")),
        counted=("characters of another encoding",),
    ),
    FileForm("Files", "quotes escaped by backslashes (Spark, MySQL)", "read", written(spark)),
    FileForm(
        "Files",
        "the header again among the rows",
        "rejected, as a repeated header",
        written(lambda: text_of(FILMS[:3]) + text_of(FILMS[3:])),
    ),
    FileForm(
        "Files",
        "a column of row numbers without a name (pandas)",
        "not read",
        written(lambda: text_of([{"": str(n)} | row for n, row in enumerate(FILMS)])),
    ),
    FileForm(
        "Files",
        "row numbers, and no name for them in the header (R)",
        "not read",
        written(
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
        written(lambda: text_of(FILMS, {name: name.replace("_", " ").title() for name in COLUMNS})),
    ),
    FileForm("Files", "zip with one csv", "read", packed),
    FileForm(
        "Files", "gzip (zstd, xz)", "read", written(lambda: gzip.compress(text_of(FILMS).encode()), "films.csv.gz")
    ),
    FileForm("Files", "parquet", "read", as_parquet),
    FileForm("Files", "JSON lines", "read", written(json_lines, "films.jsonl")),
    FileForm(
        "Files",
        "one JSON array",
        "refused, with the way out",
        written(lambda: "[" + json_lines() + "]"),
        refused="jq -c",
    ),
    FileForm("Files", "Excel workbook (xlsx)", "refused, with the way out", workbook, refused="Excel workbook"),
    FileForm(
        "Files",
        "Excel workbook (xls)",
        "refused, with the way out",
        written(lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "films.xls"),
        refused="Excel workbook",
    ),
    FileForm(
        "Files",
        "Git LFS pointer",
        "refused, with the way out",
        written(lambda: "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 500\n"),
        refused="Git LFS pointer",
    ),
    FileForm(
        "Files",
        "titles with the article behind a semicolon (`Crowd;The`)",
        "turned round, and counted",
        written(
            lambda: text_of([row | {"title": row["title"].replace("The Crowd", "Crowd;The")} for row in FILMS])
        ),
        counted=("article behind a semicolon",),
    ),
    FileForm(
        "Schemas",
        "TMDB all movies, 28 columns, with people and IMDb's ratings",
        "read, directors, cast and IMDb's ratings too; writers, producers, camera and music are not",
        written(lambda: text_of(all_movies())),
        differs={
            (int(row["id"]), column): value
            for row in FILMS
            for column, value in (
                ("directors", "|Ann Lee|Bo Li|"),
                ("actors", "|Cy Young|Dee Dee|"),
                ("imdb_rating", 8.1),
                ("imdb_votes", 123_456),
            )
        },
        lacks=("adult", "backdrop_path", "homepage", "keywords"),
    ),
    FileForm(
        "Schemas",
        "`tmdb_5000_movies.csv`",
        "read; its people are in tmdb_5000_credits.csv, for `etl credits`",
        written(lambda: text_of(tmdb_5000())),
        lacks=("adult", "backdrop_path", "imdb_id", "poster_path"),
    ),
    FileForm(
        "Schemas",
        "`movies_metadata.csv`, with its three broken rows",
        "read; the broken rows are rejected whole, as rows with a bad id",
        written(lambda: text_of(movies_metadata())),
        lacks=("keywords",),
    ),
    FileForm(
        "Schemas",
        "a column `crew` of bare names",
        "not read as directors, and said; a crew with jobs is read",
        written(lambda: text_of([row | {"crew": "Some Editor, Some Director"} for row in FILMS])),
    ),
    FileForm(
        "Schemas",
        "people with `id` and `name`",
        "refused: nothing says that they are films",
        written(lambda: "id,name,popularity\n1,George Lucas,9.5\n"),
        refused="may be a file of people",
    ),
    FileForm(
        "Schemas",
        "only `id` and `title`",
        "read; films are loaded without a year and count as released",
        written(lambda: text_of([{name: row[name] for name in ("id", "title")} for row in FILMS])),
        lacks=tuple(name for name in FILMS[0] if name not in ("id", "title", "original_title", "status", "adult")),
    ),
    FileForm(
        "Schemas",
        "no status, no adult flag",
        "read; every film counts as released",
        written(
            lambda: text_of([{n: v for n, v in row.items() if n not in ("status", "adult")} for row in FILMS])
        ),
    ),
    FileForm(
        "Schemas",
        "a csv that is not of films",
        "refused; its columns are named",
        written(lambda: "a,b\n1,2\n"),
        refused="not a file of films",
    ),
]
