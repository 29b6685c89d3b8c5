"""The columns of a clean film, as Arrow types: what `etl` hands to `sql` and `sql` hands back.

List columns travel in stored form: `|Drama|Comedy|`, or the empty string for none. Names never hold a `|`
(`etl.transform.film` sees to it), so a filter can look for `|Drama|` and a reader can split without escaping.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

LIST_SEPARATOR = "|"
LIST_COLUMNS = (
    "genres",
    "keywords",
    "production_companies",
    "production_countries",
    "spoken_languages",
    "directors",
    "actors",
)

# The longest values a column takes, in characters; `etl.transform.film` cuts or rejects what is longer, and a load
# refuses it. The TEXT columns hold 65,535 bytes, and a character takes up to 4.
TITLE_MAX = 500  # title, original_title
NAME_MAX = 200  # one genre, keyword, company, country, language or person
LIST_MAX = 16_000  # one list column in stored form
GENRES_MAX = 1_000  # genres in stored form
OVERVIEW_MAX = 16_000
TAGLINE_MAX = 2_000
URL_MAX = 1_000  # homepage
PATH_MAX = 250  # poster_path, backdrop_path
CODE_MAX = 32  # status, original_language, imdb_id
MAX_LENGTHS = {
    "title": TITLE_MAX,
    "original_title": TITLE_MAX,
    "status": CODE_MAX,
    "original_language": CODE_MAX,
    "imdb_id": CODE_MAX,
    "poster_path": PATH_MAX,
    "backdrop_path": PATH_MAX,
    "homepage": URL_MAX,
    "overview": OVERVIEW_MAX,
    "tagline": TAGLINE_MAX,
    **dict.fromkeys(LIST_COLUMNS, LIST_MAX),
    "genres": GENRES_MAX,
}

MOVIE_SCHEMA = pa.schema(
    [
        pa.field("id", pa.int32(), nullable=False),  # TMDB's id, 1 to 2**31 - 1
        pa.field("title", pa.string(), nullable=False),
        pa.field("original_title", pa.string(), nullable=False),  # the title where the dump has none
        pa.field("year", pa.int16(), nullable=False),
        pa.field("release_date", pa.date32()),  # null where the dump has a year only
        pa.field("status", pa.string(), nullable=False),
        pa.field("vote_average", pa.float64(), nullable=False),  # 0 to 10; 0 where there are no votes
        pa.field("vote_count", pa.int32(), nullable=False),
        pa.field("popularity", pa.float64(), nullable=False),
        pa.field("runtime", pa.int32()),  # minutes; null, never 0, when unknown
        pa.field("budget", pa.int64()),  # US dollars; null, never 0, when unknown
        pa.field("revenue", pa.int64()),  # US dollars; null, never 0, when unknown
        pa.field("adult", pa.bool_(), nullable=False),
        pa.field("original_language", pa.string(), nullable=False),  # code in lower case, or ""
        pa.field("imdb_id", pa.string()),
        pa.field("poster_path", pa.string()),
        pa.field("backdrop_path", pa.string()),
        pa.field("homepage", pa.string()),
        pa.field("overview", pa.string(), nullable=False),  # "" for none, as for tagline and the lists
        pa.field("tagline", pa.string(), nullable=False),
        *(pa.field(name, pa.string(), nullable=False) for name in LIST_COLUMNS),
    ]
)


def join_names(names: Iterable[str]) -> str:
    """The stored form of a list of clean names.

    >>> join_names(["Drama", "Comedy"]), join_names([])
    ('|Drama|Comedy|', '')
    """
    joined = LIST_SEPARATOR.join(names)
    return f"{LIST_SEPARATOR}{joined}{LIST_SEPARATOR}" if joined else ""


def split_names(stored: str) -> list[str]:
    """The names of a stored list.

    >>> split_names("|Drama|Comedy|"), split_names("")
    (['Drama', 'Comedy'], [])
    """
    return stored.strip(LIST_SEPARATOR).split(LIST_SEPARATOR) if stored else []
