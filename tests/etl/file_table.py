"""Every form and schema of files of films, and what becomes of each: rows of docs/files.md."""

from __future__ import annotations

import gzip

from etl.transform.film import COLUMNS
from tests.etl.forms import (
    FILMS,
    FileForm,
    all_movies,
    as_parquet,
    column_as,
    json_lines,
    movies_metadata,
    packed,
    packed_beside,
    spark,
    text_of,
    tmdb_5000,
    workbook,
    written,
)

FILES: list[FileForm] = [
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
    FileForm("Files", "zip with one csv and a README.txt", "read", packed_beside),
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
        "IMDb's ids as addresses, or as numbers",
        "read",
        written(
            lambda: text_of(
                [
                    row
                    | {"imdb_id": f"https://www.imdb.com/title/{row['imdb_id']}/" if n % 2 else row["imdb_id"][2:]}
                    for n, row in enumerate(FILMS)
                ]
            )
        ),
    ),
    FileForm(
        "Schemas",
        "a column `rating` of numbers",
        "read as `vote_average`",
        written(lambda: text_of(FILMS, {"vote_average": "rating"})),
    ),
    FileForm(
        "Schemas",
        "a column `rating` of `PG-13` and `R`, beside `score`",
        "`score` is read as `vote_average`",
        written(lambda: text_of([row | {"rating": "PG-13"} for row in FILMS], {"vote_average": "score"})),
    ),
    FileForm(
        "Schemas",
        "a column `rating` of `PG-13` and `R` alone",
        "not read, and said",
        written(lambda: text_of(column_as("vote_average", lambda _: "PG-13"), {"vote_average": "rating"})),
        lacks=("vote_average",),
    ),
    FileForm(
        "Schemas",
        "`tmdb_id` beside an `id` that numbers the rows",
        "`tmdb_id` is read as the id",
        written(
            lambda: text_of([row | {"row": str(n)} for n, row in enumerate(FILMS)], {"id": "tmdb_id", "row": "id"})
        ),
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
