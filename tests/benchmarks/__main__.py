"""`python -m tests.benchmarks [NAME ...]`: run the benchmarks, and keep their figures with what they depend on.

Each goes to `bench-results/NAME.json`: the figures as the benchmark writes them, the commit, the machine, and the
checksum of the dump. Each also runs alone, with more options: `python -m tests.benchmarks.NAME --help`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from etl.synthetic.synthesize import synthesize
from tests.support.sample import load_sample

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "bench-results"
SAMPLE = ROOT / "data" / "sample.csv.gz"
ARGUMENTS = {
    "attack": ("--data", "{data}"),
    "app": ("--data", "{data}"),
    "catalogue": ("--url", "{url}", "--films", "{films}"),
    "contract": (),
    "dask": ("--data", "{data}"),
    "filters": ("--data", "{data}"),
    "growth": ("--rows", "{rows}"),
    "history": ("--dump", "{dump}"),
    "hosts": ("--data", "{data}"),
    "imdb": ("--dump", "{large}"),
    "index": ("--dump", "{large}"),
    "ingest": ("{large}", "--url", "{url}"),
    "kin": ("--data", "{data}"),
    "members": ("--data", "{data}"),
    "overlay": ("--data", "{data}"),
    "milvus": ("--data", "{data}"),
    "models": ("--dump", "{dump}"),
    "quality": ("--dump", "{dump}"),
    "ratings": ("--data", "{data}", "--dump", "{large}"),
    "rebuild": ("--data", "{data}"),
    "recency": ("--dump", "{dump}"),
    "scale": (),
    "swap": ("--data", "{data}"),
    "service": ("--data", "{data}"),
    "structure": (),
    "synthesize": ("--rows", "{rows}"),
    "taste": ("--dump", "{dump}"),
    "titles": ("--dump", "{dump}", "--films", "{films}"),
}
"""What each benchmark is called with, besides `--json`: `large` is a synthetic dump of `--rows` films, `data` a
folder with a database and a generation of it, made once for all that read it."""

RATED = {
    "history": "--movielens",
    "models": "--ratings",
    "quality": "--ratings",
    "recency": "--ratings",
    "taste": "--ratings",
    "titles": "--movielens",
}
"""Benchmarks that read MovieLens, and how they are told where it is."""

RELEASED = 0.79
"""Part of a dump's rows that are films of the catalogue."""


def names() -> list[str]:
    """The benchmarks that there are."""
    return [module.name for module in iter_modules([str(Path(__file__).parent)]) if module.name != "__main__"]


def main(arguments: list[str] | None = None) -> int:
    """Run some or all; 1 if one failed, after the others have run."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which (default: all): {', '.join(names())}")
    parser.add_argument("--dump", type=Path, default=SAMPLE, help="films to measure with (default: the sample)")
    parser.add_argument(
        "--data",
        type=Path,
        help="a folder with reelkin.db and generations/ of the dump, in place of a synthetic one",
    )
    parser.add_argument("--ratings", type=Path, help="MovieLens folder, for the quality of recommendations")
    parser.add_argument("--mysql", metavar="URL", help="a MySQL database to measure beside SQLite")
    parser.add_argument("--rows", type=int, default=20_000, help="rows of the large, synthetic dump (%(default)s)")
    args = parser.parse_args(arguments)
    if unknown := set(args.names) - set(names()):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}; there are: {', '.join(names())}")
    if not args.dump.is_file():
        parser.error(f"there is no dump {args.dump}")
    RESULTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        large = Path(scratch) / "large.csv"
        wanted = args.names or names()
        made = any(_reads_made(name) for name in wanted) and args.data is None
        if made or any("{large}" in ARGUMENTS[name] for name in wanted):
            synthesize(args.rows, large)
        if made:
            print("== load and build the large dump", flush=True)
            data = large.parent / "data"
            data.mkdir()
            load_sample(f"sqlite:///{data}/reelkin.db", data, large)
        codes = [
            run(name, args, large, args.mysql) for name in wanted if "{url}" in ARGUMENTS[name] and args.mysql
        ]
        codes += [run(name, args, large, None) for name in wanted]
    return int(any(codes))


def run(name: str, args: argparse.Namespace, large: Path, mysql: str | None) -> int:
    """Run one in a process of its own and write its result; its exit code."""
    with tempfile.TemporaryDirectory() as scratch:
        figures = Path(scratch) / "figures.json"
        values = {"dump": str(args.dump), "large": str(large), "rows": str(args.rows)}
        values["films"] = str(round(args.rows * RELEASED))
        values["url"] = mysql or f"sqlite:///{scratch}/bench.db"
        if _reads_made(name):
            values["data"] = str(args.data or large.parent / "data")
        given = [part.format(**values) for part in ARGUMENTS[name]]
        if name in RATED and args.ratings is not None:
            given += [RATED[name], str(args.ratings)]
        print(f"== {name}" + (" on MySQL" if mysql else ""), flush=True)
        command = [sys.executable, "-m", f"tests.benchmarks.{name}", *given, "--json", str(figures)]
        if code := subprocess.run(command, cwd=ROOT, check=False).returncode:
            return code
        synthetic = "{large}" in ARGUMENTS[name] or (_reads_made(name) and args.data is None)
        result = about(name, large if synthetic else args.dump) | {"figures": json.loads(figures.read_text())}
    path = RESULTS / f"{name}{'-mysql' if mysql else ''}.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"written: {path.relative_to(ROOT)}", flush=True)
    return 0


def _reads_made(name: str) -> bool:
    return "{data}" in ARGUMENTS[name]


def about(name: str, dump: Path) -> dict[str, Any]:
    """What a result depends on."""
    with dump.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "benchmark": name,
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _git("rev-parse", "HEAD") + ("+changes" if _git("status", "--porcelain") else ""),
        "machine": {"cpu": _cpu(), "cores": os.cpu_count(), "system": platform.platform()},
        "python": platform.python_version(),
        "dump": {"name": dump.name, "sha256": checksum},
    }


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or "unknown")


if __name__ == "__main__":
    sys.exit(main())
