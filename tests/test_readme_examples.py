"""What README shows of the API is what the API says: every command and every line of Python in it is run."""

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

from api.people.accounts import hash_password
from index.generation.publish import Generations
from sql.accounts import Role, create_user
from sql.engine import connect
from tests.support import serving
from tests.support.sample import ROOT, Sample, copied

README = (ROOT / "README.md").read_text()
ADDRESS, GENERATION, TOKEN = "http://127.0.0.1:8000", "20261121T223936Z-775b", "kq3Vx..."


@pytest.fixture
def own(sample: Sample, tmp_path: Path) -> Sample:
    """A copy of the sample, to be edited."""
    return copied(sample, tmp_path)


@pytest.fixture
def readme(own: Sample) -> Iterator[str]:
    """README with the address of a running API, and the generation that it serves."""
    generation = Generations(own.folder / "generations").current().name
    with serving.api(own) as address:
        yield README.replace(ADDRESS, address).replace(GENERATION, generation)


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def commands(block: str) -> Iterator[tuple[str, str]]:
    """The commands of a block, which may go on over lines, and what it shows of their output."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        length = next(n for n in range(1, len(lines) + 1) if _whole(lines[:n]))
        yield "\n".join(lines[:length]), "\n".join(lines[length:])


def _whole(lines: list[str]) -> bool:
    return "\n".join(lines).count("'") % 2 == 0 and not lines[-1].endswith("\\")


def says(shown: str, output: str) -> bool:
    """Whether an output is the one that is shown, but for spaces and for what `...` leaves out."""
    parts = ("".join(part.split()) for part in shown.split("..."))
    return re.fullmatch(".*?".join(map(re.escape, parts)), "".join(output.split())) is not None


def not_asked(readme: str) -> set[tuple[str, str]]:
    """The operations that the API has and nobody has asked, by its own count."""
    address = re.findall(r"http://127.0.0.1:\d+(?=/ready)", readme)[0]
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
def test_commands_answer_what_is_shown(own: Sample, readme: str) -> None:
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "REELKIN_DATABASE_URL": own.url,
        "REELKIN_DATA_DIR": str(own.folder),
    }
    token, different = TOKEN, []
    for block in blocks(readme, "sh"):
        for command, shown in commands(block):
            asked = ["bash", "-c", command.replace(TOKEN, token)]
            output = subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True).stdout
            if not says(shown.replace(TOKEN, "..."), output):
                different.append(f"{command}\n{output[:2_000]}")
            if TOKEN in shown:
                token = json.loads(output)["token"]
    assert token != TOKEN
    assert different == [], "\n".join(different)
    assert not_asked(readme) == set()


def test_python_answers_what_is_shown(own: Sample, readme: str) -> None:
    database = connect(own.url)
    create_user(database, "ann", hash_password("correct horse"), Role.EDITOR)
    database.dispose()
    text = "\n".join(blocks(readme, "pycon"))
    examples = doctest.DocTestParser().get_doctest(text, {}, "README.md", None, None)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    failed: list[str] = []
    results = runner.run(examples, out=failed.append, clear_globs=False)
    examples.globs["session"].close()
    assert results.attempted > 40
    assert failed == [], "".join(failed)
    assert not_asked(readme) == {("GET", "/ready")}
