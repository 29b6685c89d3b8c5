"""Schemathesis at length: `python -m tests.benchmarks.schema [--json OUT]`; fails at the first wrong answer."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from fastapi.testclient import TestClient

from api.app import create_app
from api.serving import Serving
from index.publish import Generations
from sql.engine import connect
from tests.conformance import conforms
from tests.sample import POSTERS, load_sample

CASES = 150
"""Of each operation: more than 2,000 in all."""


def main() -> int:
    """Load the sample, ask, print and keep."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.schema", description=__doc__)
    parser.add_argument("--json", type=Path, help="where to write the figures")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        loaded = load_sample(f"sqlite:///{scratch}/films.db", Path(scratch))
        database = connect(loaded.url)
        serving = Serving(Generations(loaded.folder / "generations"), database)
        app = create_app(database=database, serving=serving, poster_base=POSTERS, secret="for the benchmark")
        with TestClient(app) as client:
            asked = conforms(app, client, CASES)
    figures = {"operations": sum(map(len, app.openapi()["paths"].values())), "cases": asked, "failed": 0}
    print(json.dumps(figures))
    if args.json:
        args.json.write_text(json.dumps(figures))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
