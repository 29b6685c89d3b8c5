"""How good recommendations are by language and by period, since a mean over all films is mostly American.

Of each group of films: what people name beside them, what is rated together, how many recommended films are in
the language asked about beside the catalogue's own share, how much better known they are, and how crowded the
lists are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl.quality.gates import GOLDEN, WORLD, golden_films
from index.answer.recommend import Question, Recommender
from index.generation.manifest import Generation
from index.quality.evaluation import CoRating, Lists, expected_found, for_learning, popularity_lift

LANGUAGES = ("en", "fr", "ja", "it", "es", "de", "hi", "ko", "zh", "cn", "ru", "sv", "pt", "ta", "fa", "tr")
PERIODS = ((1870, 1929), (1930, 1959), (1960, 1979), (1980, 1999), (2000, 2100))
SAMPLED = 150
"""Films of each group with `LEAST_VOTES` or more whose lists are looked at."""

LEAST_VOTES = 20

Row = dict[str, Any]


def by_group(generation: Generation, rated: CoRating | None) -> list[Row]:
    """One row for each language and period that has films; None where there is nothing to measure with."""
    columns = generation.filters.column
    known = (columns("votes") >= LEAST_VOTES) & columns("listed")
    named = golden_films(generation, GOLDEN) | golden_films(generation, WORLD)
    return [
        _row(generation, name, mask & known, named, rated)
        for name, mask in group_masks(generation).items()
        if (mask & known).any()
    ]


def group_masks(generation: Generation) -> dict[str, NDArray[np.bool_]]:
    """Which films are of each language and each period, shape (n,)."""
    years, terms = generation.filters.column("year"), generation.filters.terms["original_language"]
    groups: dict[str, NDArray[np.bool_]] = {}
    for code in LANGUAGES:
        mask = np.zeros(len(years), np.bool_)
        mask[terms.films_with(code)] = True
        groups[code] = mask
    for first, last in PERIODS:
        groups[f"{first}-{last}"] = (years >= first) & (years <= last)
    return groups


def _row(
    generation: Generation,
    name: str,
    mask: NDArray[np.bool_],
    named: Mapping[int, Sequence[int]],
    rated: CoRating | None,
) -> Row:
    films = np.flatnonzero(mask)
    drawn = np.random.default_rng(7).permutation(films)[:SAMPLED].tolist()
    lists = _tens(generation, drawn)
    ours = {row: others for row, others in named.items() if mask[row]}
    judged = None if rated is None else _reported(generation, rated, mask)
    return {
        "group": name,
        "films": len(films),
        "named_films": len(ours),
        "named_share_10": expected_found(_tens(generation, list(ours)), ours)[1] if ours else None,
        "rated_films": 0 if judged is None else len(judged.rows),
        "ndcg_10": judged.ndcg(_tens(generation, judged.rows.tolist())) if judged and len(judged.rows) else None,
        **_languages(generation, lists),
        "fame": popularity_lift(lists, generation.filters.column("votes")),
        "hubness": _crowding(lists),
    }


def _tens(generation: Generation, rows: Sequence[int]) -> Lists:
    recommender = Recommender(generation)
    questions = {row: Question(likes=(row,), k=10, explain=False) for row in rows}
    return {row: [film.row for film in recommender.recommend(q).films] for row, q in questions.items()}


def _reported(generation: Generation, rated: CoRating, mask: NDArray[np.bool_]) -> CoRating:
    ids = generation.films.movie_ids[rated.rows].astype(np.int64)
    return rated.part(mask[rated.rows] & ~for_learning(ids))


def _languages(generation: Generation, lists: Lists) -> dict[str, float | None]:
    """How many of the recommended films are in the language asked about, and how many of all known films are."""
    terms = generation.filters.terms["original_language"]
    known = generation.filters.column("votes") >= LEAST_VOTES
    shares, own = [], []
    for row, found in lists.items():
        language = terms.of_film(row)
        if language and found:
            shares.append(np.mean([terms.of_film(other) == language for other in found]))
            own.append(known[terms.films_with(language[0])].sum() / max(known.sum(), 1))
    if not shares:
        return {"same_language": None, "catalogue_share": None}
    return {"same_language": float(np.mean(shares)), "catalogue_share": float(np.mean(own))}


def _crowding(lists: Lists) -> float:
    """Skewness of how often each film stands in the lists, as for the whole catalogue."""
    _, often = np.unique([row for found in lists.values() for row in found], return_counts=True)
    deviation = often - often.mean() if len(often) else np.zeros(1)
    return float((deviation**3).mean() / max(float((deviation**2).mean()), 1e-12) ** 1.5)


def groups_table(rows: Sequence[Row]) -> list[str]:
    """The rows as lines of text."""
    names = (
        "films",
        "named_films",
        "named_share_10",
        "ndcg_10",
        "same_language",
        "catalogue_share",
        "fame",
        "hubness",
    )
    lines = [f"{'group':12}" + "".join(f"{name:>16}" for name in names)]
    for row in rows:
        cells = (row[name] for name in names)
        shown = (
            "-" if cell is None else f"{cell:,}" if isinstance(cell, int) else f"{cell:.3f}" for cell in cells
        )
        lines.append(f"{row['group']:12}" + "".join(f"{cell:>16}" for cell in shown))
    return lines
