"""The checks between a built generation and its publication: a generation that fails one is not served."""

from __future__ import annotations

from etl.golden import golden_kin
from index.errors import GateError
from index.generation import Generation
from index.recommend import Question, Recommender

LEAST_RECALL = 0.9
LEAST_GOLDEN = 0.5
"""Part of the golden films that must have a known kin among their ten; the default profile reaches 0.95."""

FEWEST_GOLDEN = 10
"""With fewer golden films loaded, chance decides too much."""


def check(generation: Generation, films: int) -> None:
    """Check a generation before it is published.

    Args:
        generation: opened from where it was built.
        films: how many the database holds.

    Raises:
        GateError: which check failed, with its figures.
    """
    manifest = generation.manifest
    if manifest.rows != films:
        raise GateError(
            f"not published: the generation has {manifest.rows:,} films and the database {films:,}; "
            "films changed while it was built: run the build again"
        )
    for space in manifest.spaces.values():
        for kind, recall in space.recall.items():
            if recall < LEAST_RECALL:
                raise GateError(f"not published: recall@10 is {recall:.3f} for {kind} films, below {LEAST_RECALL}")
    _check_golden(generation)


def _check_golden(generation: Generation) -> None:
    golden = golden_kin(generation)
    if len(golden) < FEWEST_GOLDEN:
        return
    recommender = Recommender(generation)
    hits = 0
    for row, kin in golden.items():
        found = recommender.recommend(Question(likes=(row,), k=10)).films
        hits += any(film.row in kin for film in found)
    if hits < LEAST_GOLDEN * len(golden):
        raise GateError(
            f"not published: of {len(golden)} golden films only {hits} have a known kin among their ten"
        )
