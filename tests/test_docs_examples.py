"""Every example of the API in docs/ is run, and its answer compared with the one that is shown."""

from __future__ import annotations

import doctest
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest
import requests

from api.people.passwords import hash_password
from index.generation.publish import Generations
from sql.accounts import Role, create_user
from sql.engine import connect
from tests.support import serving
from tests.support.sample import ROOT, Sample, copied

PAGES = ("api", "api-recommend", "api-statistics", "api-editing", "api-people", "operations")
"""In the order in which their examples run; later ones use what earlier ones define."""

TEXT = "\n".join((ROOT / "docs" / f"{name}.md").read_text() for name in PAGES)
ADDRESS, GENERATION, TOKEN = "http://127.0.0.1:8000", "20261121T223936Z-775b", "kq3Vx..."


@pytest.fixture
def own(sample: Sample, tmp_path: Path) -> Sample:
    """A copy of the sample that may be edited."""
    return copied(sample, tmp_path)


@pytest.fixture
def docs(own: Sample) -> Iterator[str]:
    """The pages with the address of a running API and the generation that it serves."""
    generation = Generations(own.folder / "generations").current().name
    with serving.api(own) as address:
        yield TEXT.replace(ADDRESS, address).replace(GENERATION, generation)


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def commands(block: str) -> Iterator[tuple[str, str]]:
    """The commands of a block, which may span lines, and the output that it shows."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        length = next(n for n in range(1, len(lines) + 1) if _whole(lines[:n]))
        yield "\n".join(lines[:length]), "\n".join(lines[length:])


def _whole(lines: list[str]) -> bool:
    return "\n".join(lines).count("'") % 2 == 0 and not lines[-1].endswith("\\")


def says(shown: str, output: str) -> bool:
    """Whether an output is the one shown, apart from spaces and what `...` stands for."""
    parts = ("".join(part.split()) for part in shown.split("..."))
    return re.fullmatch(".*?".join(map(re.escape, parts)), "".join(output.split())) is not None


def not_asked(docs: str) -> set[tuple[str, str]]:
    """The operations of the API that no request has used, by its own count."""
    address = re.findall(r"http://127.0.0.1:\d+(?=/ready)", docs)[0]
    requests.get(f"{address}/metrics", timeout=10)  # counted in the next
    told = requests.get(f"{address}/metrics", timeout=10).text.replace(":int}", "}")
    asked = re.findall(r'reelkin_http_requests_total{method="(\w+)",route="([^"]+)"', told)
    paths = requests.get(f"{address}/openapi.json", timeout=10).json()["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods} - set(asked)


def test_the_comparison_sees_a_difference() -> None:
    assert says('{"a": 1.2..., ..., "c": [...]}', '{"a":1.23,"b":0,"c":[4, 5]}\n')
    assert not says('{"a": 1.2..., ..., "c": [...]}', '{"a":1.33,"b":0,"c":[4]}')
    assert not says('{"a": 1}', '{"a":1,"b":2}')


@pytest.mark.curl
@pytest.mark.skipif(which("curl") is None, reason="there is no curl")
def test_commands_answer_what_is_shown(own: Sample, docs: str) -> None:
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "REELKIN_DATABASE_URL": own.url,
        "REELKIN_DATA_DIR": str(own.folder),
    }
    token, different = TOKEN, []
    for block in blocks(docs, "sh"):
        for command, shown in commands(block):
            asked = ["bash", "-c", command.replace(TOKEN, token)]
            output = subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True).stdout
            if not says(shown.replace(TOKEN, "..."), output):
                different.append(f"{command}\n{output[:2_000]}")
            if TOKEN in shown:
                token = json.loads(output)["token"]
    assert token != TOKEN
    assert different == [], "\n".join(different)
    assert not_asked(docs) == set()


def test_python_answers_what_is_shown(own: Sample, docs: str) -> None:
    database = connect(own.url)
    create_user(database, "ann", hash_password("correct horse"), Role.EDITOR)
    create_user(database, "bea", hash_password("correct horse"), Role.MEMBER)
    database.dispose()
    text = "\n".join(blocks(docs, "pycon"))
    examples = doctest.DocTestParser().get_doctest(text, {}, "docs", None, None)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    failed: list[str] = []
    results = runner.run(examples, out=failed.append, clear_globs=False)
    examples.globs["session"].close()
    assert results.attempted > 40
    assert failed == [], "".join(failed)
    assert not_asked(docs) == {("GET", "/ready")}
