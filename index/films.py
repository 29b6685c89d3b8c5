"""The columns that the build streams into `index`, one Arrow batch after the other."""

from __future__ import annotations

import pyarrow as pa

_NAMES = pa.list_(pa.string())

TERM_COLUMNS = {
    "genres": "genres",
    "keywords": "keywords",
    "companies": "production_companies",
    "countries": "production_countries",
    "languages": "spoken_languages",
    "directors": "directors",
    "actors": "actors",
}
"""Kind of term -> its column in `FILM_SCHEMA`."""

FILM_SCHEMA = pa.schema(
    [
        pa.field("id", pa.int32()),
        pa.field("title", pa.string()),
        pa.field("original_title", pa.string()),
        pa.field("year", pa.int16()),  # 0 = unknown
        pa.field("release_date", pa.date32()),  # null = unknown, or a year only
        pa.field("runtime", pa.int32()),  # minutes; null = unknown
        pa.field("rating", pa.float64()),  # Bayesian average, 0 to 10
        pa.field("vote_average", pa.float64()),
        pa.field("vote_count", pa.int32()),
        pa.field("popularity", pa.float64()),
        pa.field("budget", pa.int64()),  # US dollars; null = unknown
        pa.field("revenue", pa.int64()),  # US dollars; null = unknown
        pa.field("adult", pa.bool_()),
        pa.field("original_language", pa.string()),
        pa.field("overview", pa.string()),
        pa.field("tagline", pa.string()),
        pa.field("poster_path", pa.string()),
        pa.field("duplicate_of", pa.int32()),  # movie_id of the group's best record; null = this is it
        *(pa.field(column, _NAMES) for column in TERM_COLUMNS.values()),
    ]
)
