"""Models of ratings side by side: `python -m tests.benchmarks.models --dump D --ratings DIR`.

What `python -m etl evaluate --ratings DIR` says of models of ratings, on the films of D; with `--data` on a
generation that is built already.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from etl.progress import Progress
from etl.ratings.comparison import compare_models, models_table
from etl.ratings.load import read_ratings
from index.generation.manifest import Generation
from index.generation.publish import Generations
from sql.engine import connect
from tests.support.sample import Sample, load_sample


def main() -> int:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.models", description=__doc__)
    parser.add_argument("--dump", type=Path, help="the films")
    parser.add_argument("--data", type=Path, help="a folder with reelkin.db and generations of the films")
    parser.add_argument("--ratings", type=Path, help="MovieLens folder")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    args = parser.parse_args()
    figures: dict[str, Any] | None = {}
    if args.ratings is None:
        print("not measured: name a MovieLens folder with --ratings")
    else:
        with tempfile.TemporaryDirectory() as scratch:
            figures = _compared(args, Path(scratch))
        print("\n".join(models_table(figures)) if figures else "not measured: too few ratings")
    if args.json:
        args.json.write_text(json.dumps(figures or {}))
    return 0


def _compared(args: argparse.Namespace, scratch: Path) -> dict[str, Any] | None:
    if args.data is None:
        loaded = load_sample(f"sqlite:///{scratch}/reelkin.db", scratch, args.dump.resolve())
    else:
        loaded = Sample(f"sqlite:///{args.data}/reelkin.db", args.data)
    generation = Generation.open(Generations(loaded.folder / "generations").current())
    with Progress() as progress:
        return compare_models(read_ratings(connect(loaded.url), [args.ratings]), generation, progress)


if __name__ == "__main__":
    sys.exit(main())
