"""The command line of benchmarks that read a loaded catalogue."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.sample import Sample, load_sample


def measuring(name: str, about: str | None, measured: Callable[[Sample, Path], dict[str, Any]]) -> int:
    """Load and build a dump or take a folder that is ready, measure, print the figures and keep them; 0.

    Args:
        name: of the benchmark.
        about: its docstring.
        measured: gives the figures of a catalogue, which it does not change. Beside it, on the same file system,
            is a folder for whatever it makes.
    """
    parser = argparse.ArgumentParser(prog=f"python -m tests.benchmarks.{name}", description=about)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--dump", type=Path, help="films to load and build first")
    source.add_argument("--data", type=Path, help="a folder with reelkin.db and generations/ of it; not changed")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.data.resolve().parent if args.data else None) as scratch:
        folder = args.data.resolve() if args.data else Path(scratch)
        url = f"sqlite:///{folder}/reelkin.db"
        loaded = Sample(url, folder) if args.data else load_sample(url, folder, args.dump.resolve())
        figures = measured(loaded, Path(scratch))
    print(json.dumps(figures, indent=1))
    if args.json:
        args.json.write_text(json.dumps(figures))
    return 0
