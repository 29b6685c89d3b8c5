"""Making up a dump: `python -m tests.benchmarks.synthesize --rows N [--json OUT]` tells time and memory."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


def measure(rows: int) -> dict[str, float]:
    """Run `python -m etl synthesize` in a process of its own; its start counts."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "dump.csv"
        begin = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-m", "etl", "synthesize", str(rows), str(out)], cwd=ROOT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit("synthesize failed")
        size_mb = out.stat().st_size / 1e6
    return {
        "rows": rows,
        "seconds": round(seconds, 1),
        "peak_mb": round(usage.ru_maxrss * 1024 / 1e6),
        "size_mb": round(size_mb),
    }


def main() -> None:
    """Measure, print a line, and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="how many films (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures here too")
    args = parser.parse_args()
    found = measure(args.rows)
    print(
        f"{found['rows']:,} rows, {found['size_mb']:,} MB, in {found['seconds']:.1f} s; "
        f"{found['peak_mb']:,} MB of memory at most"
    )
    if args.json:
        args.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
