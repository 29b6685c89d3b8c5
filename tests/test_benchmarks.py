"""`make bench` knows how to call every benchmark and keeps what a figure depends on."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import ARGUMENTS, about, main, names
from tests.benchmarks.index import in_process


def test_every_benchmark_can_be_called() -> None:
    assert set(names()) <= set(ARGUMENTS)


def test_a_result_says_on_what_it_depends(tmp_path: Path) -> None:
    dump = tmp_path / "dump.csv"
    dump.write_bytes(b"id,title\n")
    result = about("titles", dump)
    assert result["dump"] == {"name": "dump.csv", "sha256": hashlib.sha256(b"id,title\n").hexdigest()}
    assert len(result["commit"].removesuffix("+changes")) == 40
    assert result["machine"]["cores"] >= 1


@pytest.mark.parametrize("arguments", [["no-such-benchmark"], ["--dump", "no-such-dump.csv"]])
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


def test_an_engine_that_is_stopped_keeps_what_it_measured(tmp_path: Path) -> None:
    assert in_process("FAISS flat", [], tmp_path, limit_s=0.01) is None
    (tmp_path / "FAISS flat.part.json").write_text(json.dumps({"build_s": 3}))
    assert in_process("FAISS flat", [], tmp_path, limit_s=0.01) == {"build_s": 3, "complete": False}


def test_an_engine_that_was_measured_is_not_measured_again(tmp_path: Path) -> None:
    (tmp_path / "FAISS flat.json").write_text(json.dumps({"build_s": 3}))
    assert in_process("FAISS flat", ["--no-such-option"], tmp_path, limit_s=60) == {"build_s": 3, "complete": True}
