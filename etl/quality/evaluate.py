"""`python -m etl evaluate`: the quality of the published generation, compared with the classic profile."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine

import settings
from etl.build import films
from etl.errors import EtlError
from etl.progress import Progress
from etl.quality.gates import described, golden_films
from etl.quality.learning import Judged, Judges, cosines, learned
from index.answer.recommend import Question, Recommender
from index.encode.blocks import CLASSIC
from index.errors import BadQueryError
from index.generation.builder import GenerationBuilder
from index.generation.opened import Generation
from index.generation.publish import Generations
from index.quality.evaluation import (
    NEIGHBOURS,
    CoRating,
    Lists,
    auc,
    coverage,
    expected_found,
    for_learning,
    hubness,
    popularity_lift,
    variety,
)
from index.spaces.space import CONTENT
from sql import movies
from sql.engine import connect
from sql.migrations.upgrade import upgrade

SAMPLED = 500
"""Films with 10 votes or more whose lists variety, coverage and popularity are measured on."""


class EvaluationError(EtlError):
    """Ratings that cannot be read, or share no film with the catalogue."""


@dataclass(frozen=True)
class Quality:
    """The measures of one profile; None if there was nothing to measure with.

    Attributes:
        ndcg_10: agreement with co-rating (`index.quality.evaluation.CoRating`) for films of the reporting half.
        recall_50: the same, of the 50 most co-rated films.
        rated_ndcg_10, rated_recall_50: the same with rated films as the only candidates.
        pairs_co_rating, pairs_tags, pairs_franchises, pairs_golden: AUC of the scores of film pairs, see
            `etl.quality.learning`; both films of a pair are of the reporting half, except for the golden list.
        golden_hit_10: golden films with at least one expected film among ten.
        golden_share_10: expected films among ten, as a share of those possible.
        described_hit_10: films among the ten for a sentence about them, see `etl.quality.gates.described`.
        variety_10: mean dissimilarity of two films of one list.
        coverage_10: different films, as a share of all places.
        popularity_lift: log10 of how much better known the recommended films are.
        hubness: skewness of the k-occurrences.
    """

    ndcg_10: float | None
    recall_50: float | None
    rated_ndcg_10: float | None
    rated_recall_50: float | None
    pairs_co_rating: float | None
    pairs_tags: float | None
    pairs_franchises: float | None
    pairs_golden: float | None
    golden_hit_10: float | None
    golden_share_10: float | None
    described_hit_10: float | None
    variety_10: float
    coverage_10: float
    popularity_lift: float
    hubness: float


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--ratings",
        type=Path,
        metavar="DIR",
        help="MovieLens folder with ratings.csv and links.csv; without it, agreement with ratings is not measured",
    )
    parser.add_argument(
        "--learn",
        action="store_true",
        help="learn weights of the blocks from the other half of the films and print them, without measuring",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Measure both profiles on the films of the published generation and print both."""
    configured = settings.load()
    published = Generation.open(Generations(configured.data_dir / "generations").current())
    rated = None if args.ratings is None else co_rating(args.ratings, published)
    if args.learn:
        if rated is None:
            raise EvaluationError("weights are learned from ratings: give a MovieLens folder with --ratings")
        print(json.dumps(learned(published, args.ratings, rated)))
        return 0
    database = connect(configured.database_url)
    upgrade(database)
    with Progress() as progress, tempfile.TemporaryDirectory(dir=configured.data_dir) as scratch:
        progress.update("build classic", 0, None)
        classic = build_classic(database, Path(scratch) / "classic")
        measured = {}
        for generation in (published, classic):
            name = generation.manifest.profile
            progress.update(f"measure {name}", 0, None)
            measured[name] = quality(generation, rated, args.ratings)
    report = {
        "generation": published.manifest.id,
        "films": published.manifest.rows,
        "recall_at_10": published.manifest.spaces[CONTENT].recall,
        "rated_films": None if rated is None else len(rated.rows),
        "reported_films": None if rated is None else len(reporting(published, rated).rows),
        "quality": {name: asdict(values) for name, values in measured.items()},
    }
    print(json.dumps(report) if args.json else as_table(report))
    return 0


def build_classic(database: Engine, folder: Path) -> Generation:
    """The classic profile's generation of the same films, not published."""
    GenerationBuilder(folder, CLASSIC, movies.loaded_version(database)).build(films(database))
    return Generation.open(folder)


def co_rating(folder: Path, generation: Generation) -> CoRating:
    """Which films are rated by the same people, from MovieLens files.

    Raises:
        EvaluationError: a file is missing or malformed, or no rated film is in the catalogue.
    """
    try:
        ratings = pd.read_csv(folder / "ratings.csv", usecols=["userId", "movieId"])
        links = pd.read_csv(folder / "links.csv", usecols=["movieId", "tmdbId"]).dropna()
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{folder} holds no MovieLens ratings.csv and links.csv: {error}") from error
    joined = ratings.merge(links, on="movieId")
    rows = joined["tmdbId"].astype(int).map(_rows(generation, joined["tmdbId"].astype(int).unique()))
    known = rows.notna()
    if not known.any():
        raise EvaluationError(f"no film rated in {folder} is in the catalogue")
    users = joined["userId"][known].to_numpy().astype(np.int64)
    return CoRating.of(users, rows[known].to_numpy().astype(np.int64))


def reporting(generation: Generation, rated: CoRating) -> CoRating:
    """The rated films of the reporting half: no weight was learned from them."""
    return rated.part(~for_learning(generation.films.movie_ids[rated.rows].astype(np.int64)))


def quality(generation: Generation, rated: CoRating | None, ratings: Path | None = None) -> Quality:
    """All measures of one generation; those that need ratings are None without them."""
    golden = golden_films(generation)
    votes = generation.filters.column("votes")
    known = np.flatnonzero((votes >= 10) & generation.filters.column("listed"))
    sampled = np.random.default_rng(5).permutation(known)[:SAMPLED].tolist()
    lists = recommended(generation, sampled, 10)
    hits = expected_found(recommended(generation, golden, 10), golden) if golden else (None, None)
    terms = generation.filters.terms
    return Quality(
        **agreement(generation, rated),
        **pair_scores(generation, rated, ratings),
        golden_hit_10=hits[0],
        golden_share_10=hits[1],
        described_hit_10=described_hit(generation),
        variety_10=variety(lists, lambda row: {*terms["genres"].of_film(row), *terms["keywords"].of_film(row)}),
        coverage_10=coverage(lists),
        popularity_lift=popularity_lift(lists, votes),
        hubness=hubness(generation.spaces[CONTENT].vectors),
    )


def described_hit(generation: Generation, k: int = 10) -> float | None:
    """The share of described films that are among the k for their sentence; None if none of them is loaded."""
    recommender = Recommender(generation)
    hits = []
    for text, row in described(generation).items():
        try:
            found = recommender.recommend(Question(text=text, k=k)).films
        except BadQueryError:  # no word of the sentence is known
            found = ()
        hits.append(row in {film.row for film in found})
    return float(np.mean(hits)) if hits else None


def agreement(generation: Generation, rated: CoRating | None) -> dict[str, float | None]:
    """nDCG@10 and recall@50 of the reporting half, in the whole catalogue and among rated films."""
    if rated is None:
        return dict.fromkeys(("ndcg_10", "recall_50", "rated_ndcg_10", "rated_recall_50"))
    films = reporting(generation, rated)
    rows = films.rows.tolist()
    anywhere = recommended(generation, rows, NEIGHBOURS)
    among = recommended(generation, rows, NEIGHBOURS, tuple(rated.rows.tolist()))
    return {
        "ndcg_10": films.ndcg(anywhere),
        "recall_50": films.recall(anywhere),
        "rated_ndcg_10": films.ndcg(among),
        "rated_recall_50": films.recall(among),
    }


def pair_scores(generation: Generation, rated: CoRating | None, ratings: Path | None) -> dict[str, float | None]:
    """AUC of pair scores by each judge."""
    judges = Judges(generation)
    by_people: dict[str, Judged | None] = {"co_rating": None, "tags": None}
    if rated is not None and ratings is not None:
        by_people = {"co_rating": judges.co_rating(reporting(generation, rated)), "tags": judges.tags(ratings)}
    judged = {**by_people, "franchises": judges.franchises()}
    halves = {
        name: None if pairs is None else pairs.half(generation, learning=False) for name, pairs in judged.items()
    }
    halves["golden"] = judges.golden(golden_films(generation))
    weights = np.array(generation.spaces[CONTENT].layout.weights)
    return {
        f"pairs_{name}": auc(
            cosines(generation, pairs.alike) @ weights, cosines(generation, pairs.unlike) @ weights
        )
        if pairs
        else None
        for name, pairs in halves.items()
    }


def recommended(
    generation: Generation, rows: Iterable[int], k: int, candidates: tuple[int, ...] | None = None
) -> Lists:
    """What is recommended for each film, of all films or of some candidates."""
    recommender = Recommender(generation)
    return {
        row: [film.row for film in recommender.recommend(Question(likes=(row,), k=k, candidates=candidates)).films]
        for row in rows
    }


def as_table(report: dict[str, Any]) -> str:
    """The report as text, one measure a line, one profile a column."""
    profiles = list(report["quality"])
    lines = [f"{report['films']:,} films, generation {report['generation']}"]
    if report["rated_films"]:
        lines.append(
            f"agreement with ratings on {report['reported_films']:,} of {report['rated_films']:,} films "
            "with 20 raters or more: those not used to learn weights"
        )
    lines.append(f"{'':18}" + "".join(f"{name:>10}" for name in profiles))
    for measure in Quality.__dataclass_fields__:
        values = [report["quality"][name][measure] for name in profiles]
        cells = "".join(f"{'-' if value is None else format(value, '.3f'):>10}" for value in values)
        lines.append(f"{measure:18}{cells}")
    recall = ", ".join(f"{kind} {value:.3f}" for kind, value in report["recall_at_10"].items())
    return "\n".join([*lines, f"recall@10 of the index: {recall}"])


def _rows(generation: Generation, movie_ids: Iterable[int]) -> dict[int, int]:
    found = {int(movie_id): generation.films.row_of(int(movie_id)) for movie_id in movie_ids}
    return {movie_id: row for movie_id, row in found.items() if row is not None}
