"""`python -m etl sample DUMP OUT`: a few thousand well-known films, facts only, cut from a TMDB dump.

The bundled `data/sample.csv.gz` is made by this module. It must be useful for search and recommendations, so it
does not simply hold the films with the most votes: quotas ensure that every genre, decade and larger language is
represented, and the other parts of a chosen film's franchise are included.
"""

from __future__ import annotations

import argparse
import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from etl.errors import EtlError
from etl.transform.film import COLUMNS

BLANK_COLUMNS = ("overview", "tagline", "homepage", "backdrop_path")
"""Left empty in a sample: sentences written by people, and addresses that are not needed here."""

GENRES = (
    "Action",
    "Adventure",
    "Animation",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Family",
    "Fantasy",
    "History",
    "Horror",
    "Music",
    "Mystery",
    "Romance",
    "Science Fiction",
    "TV Movie",
    "Thriller",
    "War",
    "Western",
)
"""TMDB's film genres; a dump gathered from several crawls has other strings in that column too."""

DEFAULT_FILMS = 5000
_MIN_VOTES = 50  # films with fewer votes are hardly searched for
_CHUNK_ROWS = 100_000

# Factors on a film's rank for missing facts: recommendations need keywords, filters and cards the others.
_MISSING_COST = {
    "keywords": 0.5,
    "original_language": 0.8,
    "production_countries": 0.8,
    "status": 0.9,
    "runtime": 0.9,
    "production_companies": 0.9,
    "poster_path": 0.9,
}

# Quotas, as films per 5,000.
_GENRE_QUOTA = {"Animation": 300, "Documentary": 100}
_OTHER_GENRE_QUOTA = 60
_DECADE_QUOTA = {"189": 5, "190": 5, "191": 10, "192": 40, "193": 60, "194": 75, "195": 110, "196": 150}
_LATER_DECADE_QUOTA = 200
_LANGUAGE_QUOTA = {"ja": 170, "fr": 170, "it": 90, "es": 90, "de": 70, "ko": 70, "hi": 50, "zh": 50, "ru": 30}
_OTHER_LANGUAGE_QUOTA = 10
_FRANCHISE_SEEDS = 1200  # for films ranked better than this, the other parts of the series are included
_FRANCHISE_MIN_VOTES = 300

_PART = re.compile(
    r"""\s*(?: :\s.* | \s-\s.* | \s(?:and|&)\sthe\s.* | ,?\s(?:part|vol\.?|volume|chapter|episode)\s.*
        | \s(?:[ivx]+|\d{1,2}) )$""",
    re.VERBOSE,
)


class SampleError(EtlError):
    """The dump has too few films or lacks columns; the message says what was found and expected."""


def sample(dump: Path, out: Path, films: int = DEFAULT_FILMS) -> int:
    """Write the best-known films of a dump to a gzipped CSV of the same columns.

    The choice depends on the dump's content alone, ties go to the smaller id, and the gzip header carries
    neither name nor time: the same dump gives the same bytes (with the same zlib).

    Args:
        dump: a CSV in the v11 schema, plain or compressed (gz, zst, xz).
        out: the file to write, gzipped whatever its name.
        films: how many to choose.

    Returns:
        The number of films written, which is `films`.

    Raises:
        SampleError: a column is missing, or the dump holds fewer eligible films.
        OSError: a file cannot be read or written.
    """
    known = pd.concat(_eligible(dump), ignore_index=True)
    known["votes"] = pd.to_numeric(known["vote_count"])
    known["movie_id"] = pd.to_numeric(known["id"])
    known = known.sort_values(["votes", "movie_id"], ascending=[False, True]).drop_duplicates("movie_id")
    if films < 1 or len(known) < films:
        raise SampleError(f"asked for {films} films, but {dump} holds {len(known)} to choose from")
    chosen = choose(known.reset_index(drop=True), films)
    chosen[list(BLANK_COLUMNS)] = ""
    text = chosen[list(COLUMNS)].to_csv(index=False, lineterminator="\n")
    with out.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=9, fileobj=raw, mtime=0) as packed:
        packed.write(text.encode())
    return len(chosen)


def choose(known: pd.DataFrame, films: int) -> pd.DataFrame:
    """The rows to keep: those for the quotas, whole franchises, then the highest ranked.

    Args:
        known: eligible films, v11 columns as strings plus `votes` as a number, most votes first.
        films: how many to keep, at most `len(known)`.

    Returns:
        `films` rows of `known`, in its order.
    """
    score = known["votes"].astype(float)
    for column, cost in _MISSING_COST.items():
        score = score.where(known[column] != "", score * cost)
    ranked = score.sort_values(ascending=False, kind="stable").index
    wanted = dict.fromkeys(ranked[: films // 10])  # a tiny sample is not all quota
    for mask, quota in _quotas(known):
        members = ranked[mask.loc[ranked].to_numpy()]
        wanted.update(dict.fromkeys(members[: quota * films // DEFAULT_FILMS]))
    wanted.update(dict.fromkeys(_franchises(known, ranked[: _FRANCHISE_SEEDS * films // DEFAULT_FILMS])))
    rest = (row for row in ranked if row not in wanted)
    picked = [*wanted, *rest][:films]
    return known.loc[sorted(picked)].reset_index(drop=True)


def franchise_key(title: str) -> str:
    """What the titles of one series have in common.

    >>> franchise_key("The Godfather Part II"), franchise_key("Alien: Resurrection"), franchise_key("Up")
    ('the godfather', 'alien', 'up')
    """
    folded = title.casefold().strip()
    return _PART.sub("", folded) or folded


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `sample`."""
    parser.add_argument("dump", type=Path, metavar="DUMP", help="a dump: csv, csv.gz, csv.zst or csv.xz")
    parser.add_argument("out", type=Path, metavar="OUT", help="the gzipped CSV to write")
    parser.add_argument("--films", type=int, default=DEFAULT_FILMS, help="how many (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Write the sample and say so on standard output; 0 when done."""
    written = sample(args.dump, args.out, args.films)
    print(f"{written} films, {args.out.stat().st_size / 1e6:.2f} MB, in {args.out}")
    return 0


def _eligible(dump: Path) -> Iterator[pd.DataFrame]:
    """The films with a title, a full date, votes and known genres that are not adult, chunk by chunk."""
    facts = [name for name in COLUMNS if name not in BLANK_COLUMNS]
    try:
        with pd.read_csv(
            dump, dtype=str, keep_default_na=False, usecols=facts, chunksize=_CHUNK_ROWS, on_bad_lines="skip"
        ) as chunks:
            for chunk in chunks:
                yield chunk[_is_eligible(chunk)]
    except ValueError as error:
        raise SampleError(f"{dump} is not a dump in the v11 schema: {error}") from error


def _is_eligible(films: pd.DataFrame) -> pd.Series[bool]:
    """Which rows may enter a sample."""
    one = f"(?:{'|'.join(GENRES)})"
    return (
        (pd.to_numeric(films["vote_count"], errors="coerce") >= _MIN_VOTES)
        & (films["title"].str.strip() != "")
        & films["release_date"].str.fullmatch(r"\d{4}-\d\d-\d\d")
        & films["status"].isin(["Released", ""])
        & (films["adult"].str.casefold() != "true")
        & films["genres"].str.fullmatch(f"{one}(?:, {one})*")
        & films["id"].str.fullmatch(r"\d+")
    )


def _quotas(known: pd.DataFrame) -> Iterator[tuple[pd.Series[bool], int]]:
    """For each quota a mask of its films, and its number in a sample of `DEFAULT_FILMS`."""
    for genre in GENRES:
        yield known["genres"].str.contains(genre, regex=False), _GENRE_QUOTA.get(genre, _OTHER_GENRE_QUOTA)
    decades = known["release_date"].str[:3]
    for decade in sorted(decades.unique()):
        yield decades == decade, _DECADE_QUOTA.get(decade, _LATER_DECADE_QUOTA)
    languages = known["original_language"]
    for language in sorted(set(languages) - {""}):
        yield languages == language, _LANGUAGE_QUOTA.get(language, _OTHER_LANGUAGE_QUOTA)


def _franchises(known: pd.DataFrame, seeds: pd.Index) -> list[int]:
    """Rows that share a franchise and a genre with a seed and have at least `_FRANCHISE_MIN_VOTES`."""
    keys = known["title"].map(franchise_key)
    seed_genres: dict[str, set[str]] = {}
    for key, genres in zip(keys.loc[seeds], known["genres"].loc[seeds], strict=True):
        seed_genres.setdefault(key, set()).update(genres.split(", "))
    candidates = known["votes"] >= _FRANCHISE_MIN_VOTES
    return [
        row
        for row, key, genres in zip(known.index, keys, known["genres"], strict=True)
        if candidates[row] and not seed_genres.get(key, set()).isdisjoint(genres.split(", "))
    ]
