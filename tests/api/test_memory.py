"""What a worker holds besides the files that all of them map together."""

from __future__ import annotations

import subprocess
import sys

from tests.sample import ROOT, Sample

SERVES = """
import sys
import api.__main__
from pathlib import Path
from index.generation import Generation
from index.publish import Generations

generation = Generation.open(Generations(Path(sys.argv[1])).current())
assert generation.content.encoder.encode_text("a lonely robot tidies up the earth").any()
print("sklearn" in sys.modules)
"""


def test_a_process_that_serves_loads_nothing_that_fits(sample: Sample) -> None:
    command = [sys.executable, "-c", SERVES, str(sample.folder / "generations")]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert told.strip() == "False"
