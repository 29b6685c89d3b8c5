"""Every form of values that files of films have, and what becomes of each: rows of docs/files.md."""

from __future__ import annotations

import json
from datetime import date

from tests.etl.forms import (
    COMMA,
    FILMS,
    IDS,
    NO_FILM_3,
    YEARS_ONLY,
    FileForm,
    column_as,
    dates_as,
    epoch,
    excel_day,
    lists_as,
    nothing_as,
    objects,
    postgres,
    text_of,
    written,
)

MINUTES, CLOCK = "{} min".format, lambda minutes: f"{minutes // 60}:{minutes % 60:02}"
HOURS, ISO = lambda minutes: f"{minutes // 60}h {minutes % 60}min", "PT{}M".format
OLD = column_as("release_date", lambda text: text.replace("1928-02-18", "1925-02-06"))

VALUES: list[FileForm] = [
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
    FileForm(
        "Lists", "`a/b`", "read where the names of genres prove it", written(lambda: text_of(lists_as("/".join)))
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
    FileForm(
        "Lists",
        'objects of names by ids, `{"/m/07s9rl0": "Drama"}`',
        "the names are read",
        written(
            lambda: text_of(lists_as(lambda names: json.dumps({f"/m/0{n}": one for n, one in enumerate(names)})))
        ),
    ),
    FileForm("Lists", "Postgres arrays", "read", written(lambda: text_of(lists_as(postgres)))),
    FileForm(
        "Lists",
        "empty lists as `[]`, `{}`, `()`, `set()`",
        "empty",
        written(
            lambda: text_of(
                [
                    row
                    | ({"genres": "[]", "keywords": "{}", "spoken_languages": "()"} if n == 2 else {})
                    | ({"production_companies": "set()"} if n == 3 else {})
                    for n, row in enumerate(FILMS)
                ]
            )
        ),
        differs={
            (103, "genres"): "",
            (103, "keywords"): "",
            (103, "spoken_languages"): "",
            (104, "production_companies"): "",
        },
    ),
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
        for word in ("nan", "NaN", "None", "NULL", "null", "\\N", "N/A", "<NA>", "#N/A", "undefined")
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
    FileForm(
        "Nothing",
        "`NULL` behind a blank",
        "empty, and counted",
        written(lambda: text_of([row | {"tagline": " NULL"} for row in FILMS])),
        counted=("tagline: nothing",),
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
        "read; a century that no year column, future or IMDb id decides is taken as 20xx, and counted",
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
        "`2/6/25`, of a film with one of IMDb's first 100,000 ids",
        "taken as 19xx, and counted",
        written(
            lambda: text_of(
                dates_as(
                    "%-m/%-d/%y",
                    column_as("imdb_id", lambda text: text.replace("tt1000106", "tt0015624"), OLD),
                )
            )
        ),
        differs={(106, "year"): 1925, (106, "release_date"): date(1925, 2, 6), (106, "imdb_id"): "tt0015624"},
        counted=("IMDb id is of an old film", "two-digit year taken as 20xx"),
    ),
    FileForm(
        "Dates",
        "`10-07-15`, the year first",
        "read, if a year above 31 shows it",
        written(lambda: text_of(dates_as("%y-%m-%d"))),
        counted=("two-digit year",),
    ),
    FileForm(
        "Dates",
        "`15-Jul-10`",
        "as `7/15/10`",
        written(lambda: text_of(dates_as("%d-%b-%y"))),
        counted=("two-digit year",),
    ),
    FileForm("Dates", "`July 15, 2010`", "read", written(lambda: text_of(dates_as("%B %d, %Y")))),
    FileForm("Dates", "`Thu Jul 15 2010`", "read", written(lambda: text_of(dates_as("%a %b %d %Y")))),
    FileForm(
        "Dates",
        "`July 15, 2010 (United States)`",
        "read",
        written(lambda: text_of(dates_as("%B %d, %Y (United States)"))),
    ),
    FileForm(
        "Dates",
        "Excel's day numbers among dates such as `7/15/2010`",
        "the year is kept, and counted: Excel may have swapped day and month",
        written(
            lambda: text_of(
                [
                    dates_as("%-m/%-d/%Y")[0],
                    *column_as("release_date", excel_day)[1:3],
                    *dates_as("%-m/%-d/%Y")[3:],
                ]
            )
        ),
        differs={(102, "release_date"): None, (103, "release_date"): None},
        counted=("day number among other dates",),
    ),
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
        "Numbers",
        "points between thousands, `34.495` votes",
        "read",
        written(
            lambda: text_of(
                [
                    row | {name: f"{int(row[name]):,}".replace(",", ".") for name in ("vote_count", "revenue")}
                    for row in FILMS
                ],
                delimiter=";",
            )
        ),
    ),
    FileForm(
        "Numbers",
        "`$160 million`, `160M`",
        "read",
        written(lambda: text_of(column_as("budget", lambda text: f"${int(text) / 1e6:g} million"))),
    ),
    FileForm(
        "Numbers",
        "`148 min`, `2h 28min`, `2:28`, `PT148M`",
        "read",
        written(
            lambda: text_of(
                [
                    row | {"runtime": written_as(int(row["runtime"]))}
                    for row, written_as in zip(FILMS, (MINUTES, HOURS, CLOCK, ISO, MINUTES, HOURS), strict=True)
                ]
            )
        ),
    ),
    FileForm("Numbers", "`8.364/10`", "read", written(lambda: text_of(column_as("vote_average", "{}/10".format)))),
    FileForm(
        "Numbers",
        "ratings from 0 to 100",
        "divided by ten, decided for the whole column",
        written(lambda: text_of(column_as("vote_average", lambda text: f"{float(text) * 10:g}"))),
    ),
    FileForm(
        "Numbers",
        "ratings from 0 to 5",
        "doubled, decided for the whole column: 20 or more, none above 5, most above 2.5",
        written(lambda: text_of(column_as("vote_average", lambda text: f"{float(text) / 2:g}") * 4)),
    ),
    FileForm(
        "Numbers",
        "`4.18/5`",
        "doubled",
        written(lambda: text_of(column_as("vote_average", lambda text: f"{float(text) / 2:g}/5"))),
    ),
]
