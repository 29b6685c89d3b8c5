"""Loading IMDb's files: `python -m tests.benchmarks.imdb --dump DUMP [--json OUT]` tells speed and memory.

The dump is loaded into SQLite, files in the form of IMDb's are made up for its films in the proportions of the
real ones, and `python -m etl imdb` loads them twice, each time in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from etl.ingest import ingest
from etl.synthetic.imdb import write_imdb
from sql.engine import connect

ROOT = Path(__file__).parents[2]


def measure(dump: Path, scratch: Path) -> dict[str, Any]:
    """Time, memory and what was loaded, of a first and of a second load."""
    url = f"sqlite:///{scratch}/reelkin.db"
    database = connect(url)
    films = ingest(database, dump, scratch=scratch).loaded
    database.dispose()
    begin = time.perf_counter()
    rows = write_imdb(dump, scratch / "imdb")
    made_s = time.perf_counter() - begin
    packed = sum(path.stat().st_size for path in (scratch / "imdb").iterdir())
    first, again = (_load(scratch / "imdb", url, scratch) for _ in range(2))
    return {
        "films": films,
        "rows": rows,
        "packed_mb": round(packed / 1e6),
        "made_s": round(made_s, 1),
        "first": first | {"rows_per_s": round(rows / first["seconds"])},
        "again": again | {"rows_per_s": round(rows / again["seconds"])},
    }


def _load(folder: Path, url: str, scratch: Path) -> dict[str, Any]:
    environment = os.environ | {"REELKIN_DATABASE_URL": url, "REELKIN_DATA_DIR": str(scratch / "data")}
    command = [sys.executable, "-m", "etl", "imdb", str(folder), "--json"]
    begin = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout:
        out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit("etl imdb failed")
    report = json.loads(out)
    return {
        "seconds": round(time.perf_counter() - begin, 1),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_mb": round(usage.ru_maxrss * 1024 / 1e6),
        "changed": {name: report[name]["changed"] for name in ("people", "ratings", "titles")},
        "stored_titles": report["stored_titles"],
        "files": {name: counts["read"] for name, counts in report["files"].items()},
    }


def main() -> None:
    """Measure, print two lines, and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dump", type=Path, required=True, help="the films; IMDb's files are made for them")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures here too")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = measure(args.dump.resolve(), Path(scratch))
    print(f"{found['films']:,} films; {found['rows']:,} rows, {found['packed_mb']:,} MB packed")
    for name in ("first", "again"):
        load = found[name]
        print(
            f"{name:<6} {load['seconds']:,.1f} s, {load['rows_per_s']:,} rows/s, {load['peak_mb']:,} MB at most; "
            f"changed {load['changed']}, {load['stored_titles']:,} alternative titles"
        )
    if args.json:
        args.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
