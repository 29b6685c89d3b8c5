"""The names of a file's columns: spellings of other programs and schemas, and where each column stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from etl.errors import DumpError
from etl.transform.film import COLUMNS, RAW_COLUMNS

READ_COLUMNS = (*RAW_COLUMNS, "year")
"""The columns of a file that are read; a year completes or replaces a date."""

NEEDED = ("id", "title")
_TMDB_IDS = ("tmdb_id", "tmdbid")  # beside one of these, a column `id` numbers the rows or is of another service
_ALIASES = {
    "id": _TMDB_IDS,
    "title": ("movie_title", "name", "film", "title_en", "movie_name"),
    "original_title": ("originaltitle", "original_name"),
    "release_date": ("released", "date", "releasedate", "premiere", "date_released"),
    "year": ("release_year", "releaseyear", "startyear", "start_year"),
    "vote_average": ("tmdb_rating", "voteaverage", "average_rating", "averagerating", "score", "rating"),
    "vote_count": ("votes", "numvotes", "num_votes", "votecount", "number_of_votes", "tmdb_votes"),
    "runtime": ("duration", "runtimeminutes", "runtime_minutes", "runtime_min", "length"),
    "adult": ("isadult", "is_adult"),
    "imdb_id": ("imdbid", "tconst", "imdb", "const"),
    "original_language": ("language", "originallanguage", "lang"),
    "overview": ("description", "plot", "synopsis", "summary", "storyline"),
    "poster_path": ("poster", "posterpath"),
    "backdrop_path": ("backdrop", "backdroppath"),
    "genres": ("genre", "genre_ids", "genre_names", "genreids", "listed_in"),
    "keywords": ("keyword", "tags", "plot_keywords"),
    "production_companies": ("companies", "company", "production_company", "studios", "productioncompanies"),
    "production_countries": ("countries", "country", "production_country", "productioncountries"),
    "spoken_languages": ("languages", "spoken_language", "spokenlanguages"),
    "director": ("directors", "crew"),
    "cast": ("actors", "stars", "credits"),
}
_OF_FILMS = frozenset(
    ("release_date", "year", "genres", "runtime", "overview", "vote_count", "vote_average", "original_title")
)
"""Columns of films, one of which a file must have whose titles are called `name`."""

FOREIGN_IDS = ("movie_id", "movieid", "film_id", "show_id")
"""Columns that are not taken for TMDB's id: MovieLens calls its own `movieId`, and film 1 there is another one."""

_UNIT = re.compile(r"\s*\((?:min(?:ute)?s?\.?|(?:in )?(?:US ?\$|USD|\$))\)\s*\"?$", re.IGNORECASE)
_NAMES = {alias: name for name, aliases in _ALIASES.items() for alias in aliases}


@dataclass(frozen=True)
class Header:
    """Where the columns are.

    Attributes:
        names: the columns of the file, as they are written.
        places: for each of `READ_COLUMNS` its index in a record, None for a column that is missing.
        missing: columns of v11 that the file does not have; they are read as empty.
        extra: columns of the file that are not read.
        renamed: columns read under another name than they are written: ours by theirs.
    """

    names: tuple[str, ...]
    places: list[int | None]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    renamed: dict[str, str]

    @property
    def width(self) -> int:
        """The number of fields of a record."""
        return len(self.names)

    @property
    def present(self) -> frozenset[str]:
        """The columns of `READ_COLUMNS` that the file has."""
        return frozenset(name for name, place in zip(READ_COLUMNS, self.places, strict=True) if place is not None)


def normal(name: str) -> str:
    """A name as the v11 dump writes it: "Release Date" as release_date.

    >>> normal(" Release Date"), normal("voteAverage"), normal("imdb-ID"), normal("Runtime (mins)")
    ('release_date', 'vote_average', 'imdb_id', 'runtime')
    """
    name = _UNIT.sub("", name)
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip().strip('"'))
    return re.sub(r"[\s\-.]+", "_", spaced.strip()).lower()


def known(names: Sequence[str]) -> int:
    """How many of the names are columns that are read."""
    columns = {normal(name) for name in names}
    return sum(name in READ_COLUMNS or name in _NAMES for name in columns)


def read_header(path: Path, names: Sequence[str]) -> Header:
    """Find the columns.

    Raises:
        DumpError: an id or a title is missing, or a column stands twice.
    """
    normals, found, renamed = _find(path, names)
    if not found.keys() & set(COLUMNS):
        raise DumpError(
            f"{path} is not a file of films: its first line names none of the columns {', '.join(COLUMNS[:4])}, "
            f"...; it begins with {', '.join(names)[:80]!r}"
        )
    lacking = [name for name in NEEDED if name not in found]
    foreign = [name.strip() for name, as_normal in zip(names, normals, strict=True) if as_normal in FOREIGN_IDS]
    if "id" in lacking and foreign:
        raise DumpError(
            f"{path} has no column id or tmdb_id, and its column `{foreign[0]}` may hold the ids of another "
            "service, as in MovieLens: if they are TMDB's, rename it to id; MovieLens' links.csv maps its ids to "
            "TMDB's"
        )
    if lacking:
        raise DumpError(
            f"{path} lacks {_named(lacking)}; a file needs at least id (TMDB's) and title. Its columns are: "
            f"{', '.join(names)[:300]}"
        )
    if normal(renamed.get("title", "")) == "name" and not found.keys() & _OF_FILMS:
        raise DumpError(
            f"{path} may be a file of people or of other things: its titles would be those of the column `name`, "
            "and it lacks all columns that only films have, such as year; rename `name` to title if they are films"
        )
    return _header(names, normals, found, renamed)


def read_credits_header(path: Path, names: Sequence[str]) -> Header:
    """Find the columns of a file of credits: an id and people, and nothing else is needed.

    A column such as `movie_id` is taken for TMDB's id where there is no other and the file has titles: the
    caller then compares the titles to tell whether it is.

    Raises:
        DumpError: an id or the people are missing, or a column stands twice.
    """
    normals, found, renamed = _find(path, names)
    foreign = next((place for place, name in enumerate(normals) if name in FOREIGN_IDS), None)
    if foreign is not None and "title" in found and not {"id", "imdb_id"} & found.keys():
        found["id"] = foreign
        renamed["id"] = names[foreign].strip()
    if not {"director", "cast"} & found.keys():
        raise DumpError(
            f"{path} has neither a column director nor cast; a file of credits has one of them, or both. Its "
            f"columns are: {', '.join(names)[:300]}"
        )
    if not {"id", "imdb_id"} & found.keys():
        raise DumpError(
            f"{path} lacks id (TMDB's) and imdb_id; one of them says which film the credits are of. Its columns "
            f"are: {', '.join(names)[:300]}"
        )
    return _header(names, normals, found, renamed)


HeaderReader = Callable[[Path, Sequence[str]], Header]
"""`read_header` or `read_credits_header`."""


def _find(path: Path, names: Sequence[str]) -> tuple[list[str], dict[str, int], dict[str, str]]:
    """The names as v11 writes them, the places of the columns that are read, and those with another name."""
    normals = [normal(name) for name in names]
    found: dict[str, int] = {}
    renamed: dict[str, str] = {}
    twice = [name for name in READ_COLUMNS if normals.count(name) > 1]
    if twice:
        raise DumpError(f"{path} has {_named(twice)} more than once; each column may occur once")
    found |= {name: place for place, name in enumerate(normals) if name in READ_COLUMNS}
    for ours, aliases in _ALIASES.items():
        present = [alias for alias in aliases if alias in normals]
        if present and (ours not in found or ours == "id"):
            found[ours] = normals.index(present[0])
            renamed[ours] = names[found[ours]].strip()
    return normals, found, renamed


def _header(names: Sequence[str], normals: list[str], found: dict[str, int], renamed: dict[str, str]) -> Header:
    return Header(
        names=tuple(name.strip() for name in names),
        places=[found.get(name) for name in READ_COLUMNS],
        missing=tuple(name for name in COLUMNS if name not in found),
        extra=tuple(n or "(without a name)" for place, n in enumerate(normals) if place not in found.values()),
        renamed=renamed,
    )


def _named(names: list[str]) -> str:
    return f"the column{'s' if len(names) > 1 else ''} {', '.join(names)}"
