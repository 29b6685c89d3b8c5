"""`python -m etl enrich`: fills what thin films lack from TMDB's API, the best known films first.

Each film that was asked for is noted in the database, fifty at a time, so that a run that was stopped goes on
where it was. What a film has already stays; what is filled in comes into the index with the next build.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from sqlalchemy import Engine

import settings
from etl.errors import EtlError
from etl.progress import Progress
from etl.tmdb import Tmdb, TmdbError
from etl.transform import clean_film
from sql.engine import connect
from sql.migrate import upgrade
from sql.thin import thin_films
from sql.writing import writing

AT_ONCE = 50
THREADS = 4
FILLED = ("overview", "tagline", "poster_path", "backdrop_path", "keywords", "directors", "actors")


@dataclass
class EnrichReport:
    """What became of the films that were asked for.

    Attributes:
        asked: films that TMDB answered for.
        filled: those that got something.
        unknown: those that TMDB has not.
    """

    asked: int = 0
    filled: int = 0
    unknown: int = 0


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--limit", type=_positive, metavar="N", help="ask for N films (default: all thin ones)")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(args: argparse.Namespace) -> int:
    """Ask for the thin films and print what came of it; 0 when done."""
    configured = settings.load()
    if not configured.tmdb_api_key:
        raise EtlError("enrich asks TMDB's API, and REELKIN_TMDB_API_KEY is not set: write your key there")
    database = connect(configured.database_url)
    upgrade(database)
    with Progress() as progress:
        report = enrich(database, Tmdb(configured.tmdb_url, configured.tmdb_api_key), progress, args.limit)
    if args.json:
        print(json.dumps(asdict(report)))
    else:
        print(f"asked {report.asked:,}, filled {report.filled:,}, unknown to TMDB {report.unknown:,}")
    return 0


def enrich(database: Engine, tmdb: Tmdb, progress: Progress, limit: int | None = None) -> EnrichReport:
    """Fill thin films.

    Raises:
        TmdbError: TMDB refuses the key or does not answer; what came before is kept.
    """
    report = EnrichReport()
    ids = thin_films(database, limit)
    for start in range(0, len(ids), AT_ONCE):
        answers, problem = _ask(tmdb, ids[start : start + AT_ONCE])
        with writing(database) as catalogue:
            for movie_id, found in answers.items():
                report.asked += 1
                report.unknown += found is None
                report.filled += catalogue.fill(movie_id, {} if found is None else _clean(movie_id, found))
        progress.update("enrich", report.asked, len(ids))
        if problem is not None:
            raise problem
    return report


def _ask(tmdb: Tmdb, movie_ids: list[int]) -> tuple[dict[int, dict[str, object] | None], TmdbError | None]:
    """The answers that came, and the first problem."""
    answers: dict[int, dict[str, object] | None] = {}
    problem = None
    with ThreadPoolExecutor(THREADS) as threads:
        for movie_id, asked in [(i, threads.submit(tmdb.film, i)) for i in movie_ids]:
            try:
                answers[movie_id] = asked.result()
            except TmdbError as error:
                problem = problem or error
    return answers, problem


def _clean(movie_id: int, found: dict[str, object]) -> dict[str, object]:
    """The columns that may be filled, by the rules of a dump."""
    film = vars(clean_film(found | {"id": movie_id, "title": "-", "release_date": "2000"}))
    return {name: film[name] for name in FILLED}


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number
