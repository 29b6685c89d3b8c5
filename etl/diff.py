"""`python -m etl diff`: what another generation changes, in films and in what is recommended for them."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

import settings
from etl.progress import Progress
from index.generation import Generation
from index.publish import Generations
from index.recommend import Question, Recommender
from index.threads import one_thread
from index.tuning import KNOWN_VOTES

TEN = 10
COMPARED = 1_000
"""Films whose ten are compared: of a million, in ten seconds."""

SHOWN = 10


@dataclass(frozen=True)
class Change:
    """A film whose ten are others now.

    Attributes:
        kept: how many of its ten are among its ten still.
        went, came: titles, those nearest to the film first.
    """

    id: int
    title: str
    kept: int
    went: list[str]
    came: list[str]


@dataclass(frozen=True)
class Difference:
    """What differs between two generations.

    Attributes:
        before, after: ids of the generations.
        films_before, films_after: how many films each has.
        went, came: ids of films that only the first or only the second has, those with most votes first.
        known: films with `KNOWN_VOTES` votes or more that both have.
        compared: how many of them, drawn at random, have had their ten compared.
        kept: of their ten, how many are still among them, in the mean; null where nothing was compared.
        unchanged: how many have the same ten, in whatever order.
        changes: the others, those that changed most first, and among equals those with most votes.
    """

    before: str
    after: str
    films_before: int
    films_after: int
    went: list[int]
    came: list[int]
    known: int
    compared: int
    kept: float | None
    unchanged: int
    changes: list[Change]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("a", nargs="?", metavar="A", help="a generation (default: the one before the served one)")
    parser.add_argument("b", nargs="?", metavar="B", help="another (default: the served one)")
    parser.add_argument("--json", action="store_true", help="print JSON, with all ids and all changes")


def run(args: argparse.Namespace) -> int:
    """Compare two generations and print what differs.

    Raises:
        NoGenerationError: one of them does not exist.
        DamagedGenerationError: one of them cannot be read.
    """
    generations = Generations(settings.load().data_dir / "generations")
    before = Generation.open(generations.folder(args.a) if args.a else generations.before_current())
    after = Generation.open(generations.folder(args.b) if args.b else generations.current())
    with Progress() as progress:
        found = difference(before, after, progress)
    print(json.dumps(asdict(found)) if args.json else "\n".join(_lines(found, before, after)))
    return 0


def difference(before: Generation, after: Generation, progress: Progress) -> Difference:
    """Compare the films of two generations, and the ten nearest of a sample of films that both have."""
    known = _known(before, after)
    drawn = np.random.default_rng(0).permutation(len(known))[:COMPARED]
    sample = known[np.sort(drawn)]
    changes = list(_changes(before, after, sample, progress))
    kept = [change.kept for change in changes]
    changed = [change for change in changes if change.went or change.came]
    return Difference(
        before=before.manifest.id,
        after=after.manifest.id,
        films_before=len(before.films),
        films_after=len(after.films),
        went=_only_in(before, after).tolist(),
        came=_only_in(after, before).tolist(),
        known=len(known),
        compared=len(sample),
        kept=round(float(np.mean(kept)), 3) if kept else None,
        unchanged=len(changes) - len(changed),
        changes=sorted(changed, key=lambda change: change.kept),
    )


def _only_in(one: Generation, other: Generation) -> NDArray[np.int64]:
    """Ids of films that the other lacks, in row order: those with most votes first."""
    ids = one.films.movie_ids
    return ids[~np.isin(ids, other.films.movie_ids)]


def _known(before: Generation, after: Generation) -> NDArray[np.int64]:
    """Ids of the films that both list and that somebody knows, those with most votes first."""
    listed = after.films.listed & (after.filters.column("votes") >= KNOWN_VOTES)
    ids = after.films.movie_ids[listed]
    return ids[np.isin(ids, before.films.movie_ids[before.films.listed])]


def _changes(
    before: Generation, after: Generation, movie_ids: NDArray[np.int64], progress: Progress
) -> Iterator[Change]:
    """How the ten of some films changed."""
    old, new = Recommender(before), Recommender(after)

    def change(movie_id: int) -> Change:
        ten_before, ten_after = _ten(before, old, movie_id), _ten(after, new, movie_id)
        return Change(
            id=movie_id,
            title=_titles(after, [movie_id])[0],
            kept=len(set(ten_before) & set(ten_after)),
            went=_titles(before, [i for i in ten_before if i not in ten_after]),
            came=_titles(after, [i for i in ten_after if i not in ten_before]),
        )

    with one_thread(), ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, found in enumerate(pool.map(change, movie_ids.tolist()), 1):
            progress.update("compare", done, len(movie_ids))
            yield found


def _ten(generation: Generation, recommender: Recommender, movie_id: int) -> list[int]:
    row = generation.films.row_of(movie_id)
    if row is None:
        return []
    rows = [film.row for film in recommender.recommend(Question(likes=(row,), k=TEN)).films]
    return [int(generation.films.movie_ids[row]) for row in rows]


def _titles(generation: Generation, movie_ids: list[int]) -> list[str]:
    rows = [row for row in map(generation.films.row_of, movie_ids) if row is not None]
    return [_name(film["title"], film["year"]) for film in generation.films.summaries(rows)]


def _name(title: str, year: int) -> str:
    return f"{title} ({year})" if year else title


def _lines(found: Difference, before: Generation, after: Generation) -> Iterator[str]:
    for generation in (before, after):
        manifest = generation.manifest
        engine = manifest.spaces["content"].engine
        yield f"{manifest.id}  {manifest.rows:>9,} films  {manifest.profile}  {engine}"
    for verb, ids, owner in (("went", found.went, before), ("came", found.came, after)):
        yield f"films that {verb}  {len(ids):,}{_some(_titles(owner, ids[:SHOWN]), len(ids))}"
    yield (
        f"ten nearest compared of {found.compared:,} films, drawn from the {found.known:,} "
        f"with {KNOWN_VOTES} votes or more that both have"
    )
    if found.kept is None:
        return
    yield f"  kept of ten    {found.kept:.2f} in the mean"
    yield f"  the same ten   {found.unchanged:,} films"
    yield f"  changed        {len(found.changes):,} films" + (", most of all" if found.changes else "")
    for change in found.changes[:SHOWN]:
        yield f"    {change.title}: {change.kept} kept"
        yield f"      went  {', '.join(change.went)}"
        yield f"      came  {', '.join(change.came)}"


def _some(names: list[str], count: int) -> str:
    more = ", ..." if count > len(names) else ""
    return f": {', '.join(names)}{more}" if names else ""
