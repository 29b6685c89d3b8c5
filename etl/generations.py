"""`python -m etl generations` and `rollback`: list the generations, and serve an earlier one."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

import settings
from index.errors import NoGenerationError
from index.generation.manifest import Manifest
from index.generation.publish import Generations, Listed


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
    return Generations(settings.load().data_dir / "generations")


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
