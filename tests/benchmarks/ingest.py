"""Ingest against the classic pipeline: `python -m tests.benchmarks.ingest DUMP --url URL [--json OUT]`.

The classic pipeline reads the whole dump with pandas, cleans titles with regular expressions, and writes
chunks of 10,000 rows with `to_sql` into TEXT columns without an index. Each contender has a process and an
empty database of its own, next to the one that the URL names, which is not touched.
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
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

import pandas as pd
from sqlalchemy import Text, create_engine, text
from sqlalchemy.engine import make_url

from etl.ingest import ingest
from sql.engine import connect

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Run:
    """One contender.

    Attributes:
        name: who.
        read: rows of the dump.
        loaded: rows in the database at the end.
        seconds: wall time of the work, without starting Python.
        cpu_seconds: of the process, the database server's aside.
        peak_mb: the most memory the process had, in 10**6 bytes.
    """

    name: str
    read: int
    loaded: int
    seconds: float
    cpu_seconds: float
    peak_mb: float


def classic(dump: Path, url: str) -> tuple[int, int]:
    """Load the dump as the classic pipeline does; rows read and loaded."""
    films = pd.read_csv(dump, low_memory=False)
    read = len(films)
    films = films.dropna(subset=["title", "release_date"])
    films = films[films["status"] == "Released"].copy()
    films["title"] = films["title"].astype(str).str.replace(r"<[^<>]*>", "", regex=True)
    films["title"] = films["title"].str.replace(r"[^\w\s]", "", regex=True).str.strip()
    films = films[films["title"] != ""]
    engine = create_engine(url)
    columns = dict.fromkeys(films.columns, Text())
    films.to_sql("movies", engine, if_exists="replace", index=False, chunksize=10_000, dtype=columns)
    engine.dispose()
    return read, len(films)


def ours(dump: Path, url: str) -> tuple[int, int]:
    """Load the dump as `python -m etl ingest` does; rows read and loaded."""
    engine = connect(url)
    report = ingest(engine, dump)
    engine.dispose()
    return report.read, report.loaded


CONTENDERS = {"classic": classic, "ours": ours}


@contextmanager
def empty_database(url: str) -> Iterator[str]:
    """The address of a new database on the same server, or in the same folder; it is dropped at the end."""
    given = make_url(url)
    name = f"reelkin_bench_{uuid4().hex[:8]}"
    if given.get_backend_name() == "sqlite":
        folder = Path(given.database or ".").resolve().parent
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            yield f"sqlite:///{scratch}/{name}.db"
        return
    server = create_engine(given.set(database=""), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} CHARACTER SET utf8mb4"))
        try:
            yield given.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(text(f"DROP DATABASE {name}"))
            server.dispose()


def measure(name: str, dump: Path, url: str) -> Run:
    """Let a contender load the dump into `url`, in a process of its own."""
    program = (
        "import sys, time, json; from pathlib import Path; from tests.benchmarks.ingest import CONTENDERS; "
        "started = time.perf_counter(); rows = CONTENDERS[sys.argv[1]](Path(sys.argv[2]), sys.argv[3]); "
        "print(json.dumps([*rows, time.perf_counter() - started]))"
    )
    command = [sys.executable, "-c", program, name, str(dump), url]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout:
        out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{name} failed")
    read, loaded, seconds = json.loads(out.splitlines()[-1])
    cpu = usage.ru_utime + usage.ru_stime
    return Run(name, read, loaded, round(seconds, 2), round(cpu, 2), round(usage.ru_maxrss * 1024 / 1e6))


def main() -> None:
    """Run the contenders one after the other and print a table, or write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dump", type=Path)
    parser.add_argument("--url", required=True, help="beside this database, new ones are made")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures here too")
    args = parser.parse_args()
    runs: list[Run] = []
    with empty_database(args.url) as url:
        runs.append(measure("classic", args.dump.resolve(), url))
    with empty_database(args.url) as url:
        runs.append(measure("ours", args.dump.resolve(), url))
        runs.append(measure("ours", args.dump.resolve(), url))
    for run, note in zip(runs, ("classic", "ours, into an empty database", "ours, the same again"), strict=True):
        print(
            f"{note:<30} {run.seconds:8.1f} s  {run.read / run.seconds:10,.0f} rows/s  "
            f"{runs[0].seconds / run.seconds:5.1f} x  {run.peak_mb:6,.0f} MB  {run.loaded:,} loaded"
        )
    if args.json:
        args.json.write_text(json.dumps(_figures(args.dump, args.url, runs), indent=1) + "\n")


def _figures(dump: Path, url: str, runs: list[Run]) -> dict[str, object]:
    with dump.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout
    return {
        "benchmark": "ingest",
        "commit": commit.strip(),
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "database": make_url(url).get_backend_name(),
        "dump_bytes": dump.stat().st_size,
        "dump_sha256": checksum,
        "classic": asdict(runs[0]),
        "ours": asdict(runs[1]),
        "again": asdict(runs[2]),
        "ratio": round(runs[0].seconds / runs[1].seconds, 2),
    }


if __name__ == "__main__":
    main()
