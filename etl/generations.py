"""`python -m etl generations` and `rollback`: list the generations, and serve an earlier one.

`python -m etl diff`: what changes from one generation to another, in films and in recommendations.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import settings
from etl.progress import Progress
from index.errors import NoGenerationError
from index.generation.manifest import Generation, Manifest
from index.generation.publish import Generations, Listed
from index.generation.shared import generations_at
from index.generation.tuning import KNOWN_VOTES
from index.quality.difference import Change, Difference, difference
from index.spaces.space import CONTENT


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `generations`."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """List the generations, oldest first; the served one is marked."""
    generations = _generations()
    served = _served(generations)
    listed = [_describe(found) | {"served": found.id == served} for found in generations.listed()]
    if args.json:
        json.dump(listed, sys.stdout)
        print()
        return 0
    if not listed:
        print("there is no generation yet: `python -m etl build` makes one")
    for row in listed:
        mark = "*" if row["served"] else " "
        if "damaged" in row:
            print(f"{mark} {row['id']}  damaged: {row['damaged']}")
        else:
            recall = ", ".join(f"{kind} {value:.3f}" for kind, value in row["recall"].items())
            print(
                f"{mark} {row['id']}  {row['rows']:>9,} films  {row['size_bytes'] / 1e6:>8,.1f} MB  "
                f"{row['profile']}  {row['engine']}  recall@10 {recall}"
            )
    return 0


def configure_rollback(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `rollback`."""
    parser.add_argument("id", nargs="?", help="generation to serve (default: the one before the served one)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run_rollback(args: argparse.Namespace) -> int:
    """Serve an earlier generation; running processes follow within a second.

    Raises:
        NoGenerationError: there is no generation with that id, or none before the served one.
        DamagedGenerationError: one of its files has changed since it was written; the served one stays.
    """
    generations = _generations()
    folder = generations.folder(args.id) if args.id else generations.before_current()
    Manifest.read(folder).verify(folder)
    generations.serve(folder.name)
    print(json.dumps({"serving": folder.name}) if args.json else f"serving {folder.name}")
    return 0


def _generations() -> Generations:
    configured = settings.load()
    return generations_at(configured.data_dir / "generations", url=configured.generations_url)


def _served(generations: Generations) -> str | None:
    try:
        return generations.current().name
    except NoGenerationError:
        return None


def _describe(listed: Listed) -> dict[str, Any]:
    manifest = listed.manifest
    if manifest is None:
        return {"id": listed.id, "damaged": listed.problem}
    space = manifest.spaces["content"]
    return {
        "id": listed.id,
        "created_at": manifest.created_at,
        "rows": manifest.rows,
        "profile": manifest.profile,
        "engine": space.engine,
        "recall": space.recall,
        "size_bytes": manifest.size_bytes,
        "build_s": round(manifest.build_s, 1),
    }


COMPARED = 1_000
"""Films whose ten are compared: of a million, in ten seconds."""

SHOWN = 10


def configure_diff(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("a", nargs="?", metavar="A", help="a generation (default: the one before the served one)")
    parser.add_argument("b", nargs="?", metavar="B", help="another (default: the served one)")
    parser.add_argument("--json", action="store_true", help="print JSON, with all ids and all changes")


def run_diff(args: argparse.Namespace) -> int:
    """Compare two generations and print what differs.

    Raises:
        NoGenerationError: one of them does not exist.
        DamagedGenerationError: one of them cannot be read.
    """
    generations = _generations()
    before = Generation.open(generations.folder(args.a) if args.a else generations.before_current())
    after = Generation.open(generations.folder(args.b) if args.b else generations.current())
    with Progress() as progress:
        found = difference(before, after, COMPARED, os.cpu_count() or 1, progress.update)
    print(json.dumps(_document(found, before, after)) if args.json else "\n".join(_lines(found, before, after)))
    return 0


def _document(found: Difference, before: Generation, after: Generation) -> dict[str, Any]:
    """The difference for programs: films that went and came by id, and changes by title."""
    return {
        "before": before.manifest.id,
        "after": after.manifest.id,
        "films_before": len(before.films),
        "films_after": len(after.films),
        **vars(found),
        "changes": [
            {"id": change.movie_id, "kept": change.kept, **_named(change, before, after)}
            for change in found.changes
        ],
    }


def _named(change: Change, before: Generation, after: Generation) -> dict[str, Any]:
    return {
        "title": _titles(after, [change.movie_id])[0],
        "went": _titles(before, change.went),
        "came": _titles(after, change.came),
    }


def _titles(generation: Generation, movie_ids: Sequence[int]) -> list[str]:
    rows = [row for row in map(generation.films.row_of, movie_ids) if row is not None]
    return [_name(film["title"], film["year"]) for film in generation.films.summaries(rows)]


def _name(title: str, year: int) -> str:
    return f"{title} ({year})" if year else title


def _lines(found: Difference, before: Generation, after: Generation) -> Iterator[str]:
    for generation in (before, after):
        manifest = generation.manifest
        engine = manifest.spaces[CONTENT].engine
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
        named = _named(change, before, after)
        yield f"    {named['title']}: {change.kept} kept"
        yield f"      went  {', '.join(named['went'])}"
        yield f"      came  {', '.join(named['came'])}"


def _some(names: list[str], count: int) -> str:
    more = ", ..." if count > len(names) else ""
    return f": {', '.join(names)}{more}" if names else ""
