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
from numpy.typing import NDArray
from sqlalchemy import Engine

import settings
from etl.errors import EtlError
from etl.progress import Progress
from etl.quality.gates import WORLD, described, golden_films
from etl.quality.groups import by_group, groups_table
from etl.quality.learning import Learner
from etl.quality.pairs import Judged, Judges, cosines
from etl.ratings.comparison import compare_models, models_table
from etl.ratings.load import read_ratings
from index.answer.recommend import Question, Recommender
from index.encode.blocks import CLASSIC, PRESETS
from index.errors import BadQueryError
from index.generation.builder import GenerationBuilder
from index.generation.manifest import Generation
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
from index.ratings.measures import rows_of
from index.spaces.space import CONTENT
from sql import movies
from sql.engine import connect
from sql.migrations.upgrade import upgrade
from sql.ratings import Ratings

SAME_TITLE = 0.9
"""Least score of a title that is taken for the one in a file."""

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
            `etl.quality.pairs`; both films of a pair are of the reporting half, except for the golden list.
        golden_hit_10: golden films with at least one expected film among ten.
        golden_share_10: expected films among ten, as a share of those possible.
        likeness_golden: as `pairs_golden`, by the preset `likeness`.
        world_hit_10, world_share_10: as the golden measures, for the films of `etl.quality.gates.WORLD`.
        named_hit_10, named_share_10: as the golden measures, for the films of a file (`--named`).
        same_language_10: recommended films in the language of the query, for queries that are not in English.
        described_hit_10: films among the ten for a sentence about them, see `etl.quality.gates.described`.
        described_mrr: mean of 1 / the place among those ten, 0 beyond them.
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
    likeness_golden: float | None
    world_hit_10: float | None
    world_share_10: float | None
    named_hit_10: float | None
    named_share_10: float | None
    same_language_10: float | None
    described_hit_10: float | None
    described_mrr: float | None
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
        help="MovieLens folder or file of ratings; adds agreement with them, and models learned from them",
    )
    parser.add_argument(
        "--links", type=Path, metavar="FILE", help="MovieLens's links.csv, if it is not beside the ratings"
    )
    parser.add_argument(
        "--named",
        type=Path,
        metavar="FILE",
        help="lines of a film and those named beside it: `Title 1999 | Title 2001; Title 2003`",
    )
    parser.add_argument(
        "--learn",
        action="store_true",
        help="learn weights of the blocks from either half of the films, judge them on the other, print both",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Measure both profiles on the films of the published generation and print both."""
    configured = settings.load()
    published = Generation.open(Generations(configured.data_dir / "generations").current())
    database = connect(configured.database_url)
    upgrade(database)
    given = None if args.ratings is None else read_ratings(database, [args.ratings], links=args.links)
    rated = None if given is None else co_rating(given, published)
    if args.learn:
        with Progress() as progress:
            named = None if args.named is None else named_films(published, args.named)
            learner = Learner.of(published, rated, args.ratings, named, progress)
        print(json.dumps(learner.learn()))
        return 0
    with Progress() as progress, tempfile.TemporaryDirectory(dir=configured.data_dir) as scratch:
        progress.update("build classic", 0, None)
        classic = build_classic(database, Path(scratch) / "classic")
        measured = {}
        for generation in (published, classic):
            name = generation.manifest.profile
            progress.update(f"measure {name}", 0, None)
            measured[name] = quality(generation, rated, args.ratings, args.named)
        models = None if given is None else compare_models(given, published, progress)
    report = {
        "generation": published.manifest.id,
        "films": published.manifest.rows,
        "recall_at_10": published.manifest.spaces[CONTENT].recall,
        "rated_films": None if rated is None else len(rated.rows),
        "reported_films": None if rated is None else len(reporting(published, rated).rows),
        "quality": {name: asdict(values) for name, values in measured.items()},
        "groups": by_group(published, rated),
        "models": models,
    }
    print(json.dumps(report) if args.json else as_table(report))
    if models is not None and not args.json:
        print("\n".join(models_table(models)))
    return 0


def build_classic(database: Engine, folder: Path) -> Generation:
    """The classic profile's generation of the same films, not published."""
    GenerationBuilder(folder, CLASSIC, movies.loaded_version(database)).build(movies.stream(database))
    return Generation.open(folder)


def co_rating(ratings: Ratings, generation: Generation) -> CoRating:
    """Which films are rated by the same people.

    Raises:
        EvaluationError: no rated film is in the generation.
    """
    rows = rows_of(ratings.movie_ids, generation.films)
    known = rows >= 0
    if not known.any():
        raise EvaluationError("no rated film is in the published generation: build again")
    return CoRating.of(ratings.users[known].astype(np.int64), rows[known])


def reporting(generation: Generation, rated: CoRating) -> CoRating:
    """The rated films of the half that `--learn` leaves out; the shipped weights have seen both halves."""
    return rated.part(~for_learning(generation.films.movie_ids[rated.rows].astype(np.int64)))


def quality(
    generation: Generation, rated: CoRating | None, ratings: Path | None = None, named: Path | None = None
) -> Quality:
    """All measures of one generation; those that need ratings or a list of films are None without them."""
    golden = golden_films(generation)
    votes = generation.filters.column("votes")
    known = np.flatnonzero((votes >= 10) & generation.filters.column("listed"))
    sampled = np.random.default_rng(5).permutation(known)[:SAMPLED].tolist()
    lists = recommended(generation, sampled, 10)
    world = golden_films(generation, WORLD)
    hits, world_hits = (
        expected_found(recommended(generation, films, 10), films) if films else (None, None)
        for films in (golden, world)
    )
    terms = generation.filters.terms
    return Quality(
        **agreement(generation, rated),
        **pair_scores(generation, rated, ratings),
        golden_hit_10=hits[0],
        golden_share_10=hits[1],
        world_hit_10=world_hits[0],
        world_share_10=world_hits[1],
        **_named(generation, named),
        same_language_10=_same_language(generation),
        **described_places(generation),
        variety_10=variety(lists, lambda row: {*terms["genres"].of_film(row), *terms["keywords"].of_film(row)}),
        coverage_10=coverage(lists),
        popularity_lift=popularity_lift(lists, votes),
        hubness=hubness(generation.spaces[CONTENT].vectors),
    )


def described_places(generation: Generation) -> dict[str, float | None]:
    """How often and how high described films are among the ten for their sentence; None if none is loaded."""
    recommender = Recommender(generation)
    gains = []
    for text, row in described(generation).items():
        try:
            found = [film.row for film in recommender.recommend(Question(text=text, k=10)).films]
        except BadQueryError:  # no word of the sentence is known
            found = []
        gains.append(1 / (found.index(row) + 1) if row in found else 0.0)
    if not gains:
        return {"described_hit_10": None, "described_mrr": None}
    return {"described_hit_10": float(np.mean(np.array(gains) > 0)), "described_mrr": float(np.mean(gains))}


def named_films(generation: Generation, file: Path) -> dict[int, list[int]]:
    """Row of a film -> rows of those named beside it, from a file as `--named` takes it; by title and year.

    Raises:
        EvaluationError: the file cannot be read, or names no film that is loaded.
    """
    try:
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if "|" in line and line[0] != "#"]
    except OSError as error:
        raise EvaluationError(f"{file} cannot be read: {error}") from error
    found = {}
    for line in lines:
        film, _, others = line.partition("|")
        row = _by_title(generation, film)
        alike = [
            other for other in (_by_title(generation, each) for each in others.split(";")) if other is not None
        ]
        if row is not None and alike:
            found[row] = alike
    if not found:
        raise EvaluationError(f"no line of {file} names films that are loaded")
    return found


def _by_title(generation: Generation, film: str) -> int | None:
    title, _, year = film.strip().rpartition(" ")
    if not year.isdigit():
        return None
    matches = generation.titles.search(title, limit=1, year=int(year)).matches
    return matches[0].row if matches and matches[0].score >= SAME_TITLE else None


def _named(generation: Generation, file: Path | None) -> dict[str, float | None]:
    if file is None:
        return {"named_hit_10": None, "named_share_10": None}
    named = named_films(generation, file)
    hit, share = expected_found(recommended(generation, named, 10), named)
    return {"named_hit_10": hit, "named_share_10": share}


def _same_language(generation: Generation) -> float | None:
    language = generation.filters.terms["original_language"].of_film
    known = np.flatnonzero((generation.filters.column("votes") >= 50) & generation.filters.column("listed"))
    drawn = np.random.default_rng(6).permutation(known).tolist()
    foreign = [row for row in drawn if language(row) not in ([], ["en"])][: SAMPLED // 2]
    lists = recommended(generation, foreign, 10)
    shares = [
        np.mean([language(row) == language(query) for row in found]) for query, found in lists.items() if found
    ]
    return float(np.mean(shares)) if shares else None


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
    layout = generation.spaces[CONTENT].layout
    weights = np.array(layout.weights)
    likeness = weights * [PRESETS["likeness"].get(name, 1.0) for name in layout.names]

    def told_apart(pairs: Judged | None, weights: NDArray[np.float64]) -> float | None:
        if not pairs:
            return None
        return auc(cosines(generation, pairs.alike) @ weights, cosines(generation, pairs.unlike) @ weights)

    scores = {f"pairs_{name}": told_apart(pairs, weights) for name, pairs in halves.items()}
    return scores | {"likeness_golden": told_apart(halves["golden"], likeness)}


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
            "with 20 raters or more: the half that --learn leaves out (the shipped weights have seen both)"
        )
    lines.append(f"{'':18}" + "".join(f"{name:>10}" for name in profiles))
    for measure in Quality.__dataclass_fields__:
        values = [report["quality"][name][measure] for name in profiles]
        cells = "".join(f"{'-' if value is None else format(value, '.3f'):>10}" for value in values)
        lines.append(f"{measure:18}{cells}")
    recall = ", ".join(f"{kind} {value:.3f}" for kind, value in report["recall_at_10"].items())
    lines += ["", *groups_table(report["groups"]), ""]
    return "\n".join([*lines, f"recall@10 of the index: {recall}"])
