"""Schemathesis at length: `python -m tests.benchmarks.contract [--json OUT]`; 1 if the contract is broken."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from fastapi.testclient import TestClient

from api.app import create_app
from api.serving.serving import Serving
from index.generation.publish import Generations
from sql.accounts import Role
from sql.engine import connect
from tests.api.users import add_user, headers, token
from tests.support.conformance import conformance
from tests.support.sample import POSTERS, load_sample

CASES = 60
"""Of each operation and kind: about 3,000 in all."""


def main() -> int:
    """Load the sample, ask, print and keep."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.contract", description=__doc__)
    parser.add_argument("--json", type=Path, help="where to write the figures")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        loaded = load_sample(f"sqlite:///{scratch}/films.db", Path(scratch))
        database = connect(loaded.url)
        serving = Serving(Generations(loaded.folder / "generations"), database)
        app = create_app(database=database, serving=serving, poster_base=POSTERS, secret="for the benchmark")
        with TestClient(app) as client:
            editor = headers(token(client, add_user(database, Role.EDITOR)))
            started = time.perf_counter()
            found = conformance(app, client, CASES, editor)
            seconds = time.perf_counter() - started
    for failure in found.failures:
        print(failure)
    figures = {
        "operations": found.operations,
        "cases": found.cases,
        "failures": len(found.failures),
        "statuses": {str(status): count for status, count in sorted(found.statuses.items())},
        "seconds": round(seconds, 1),
    }
    print(json.dumps(figures))
    if args.json:
        args.json.write_text(json.dumps(figures))
    return int(bool(found.failures))


if __name__ == "__main__":
    raise SystemExit(main())
