"""Files: compressed in three ways, cut off, damaged, missing."""

from __future__ import annotations

import gzip
import hashlib
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from etl.dump.source import Source
from etl.errors import DumpError

TEXT = b"".join(b"%d,some text of a line\n" % n for n in range(50_000))
PACK: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "zstd": zstandard.compress,
    "xz": lzma.compress,
}
packed = pytest.mark.parametrize("kind", ["gzip", "zstd", "xz"])


def contents(path: Path, size_bytes: int = 1 << 16) -> bytes:
    with Source(path) as source:
        return b"".join(source.blocks(size_bytes))


@pytest.mark.parametrize("kind", PACK)
def test_every_packing_gives_the_same_text_in_blocks(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "any.name"
    path.write_bytes(PACK[kind](TEXT))
    with Source(path) as source:
        blocks = list(source.blocks(100_000))
    assert b"".join(blocks) == TEXT
    assert all(len(block) >= 100_000 for block in blocks[:-1])
    assert source.checksum == hashlib.sha256(path.read_bytes()).hexdigest()
    assert source.position_bytes == source.size_bytes == path.stat().st_size


@packed
def test_several_streams_in_one_file_are_read_through(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "dump"
    path.write_bytes(PACK[kind](TEXT) + PACK[kind](b"and more") + b"\0" * (512 if kind != "zstd" else 0))
    assert contents(path) == TEXT + b"and more"


@packed
@pytest.mark.parametrize("kept", [0.0001, 0.5, 0.9999])
def test_a_cut_off_file_is_an_error(tmp_path: Path, kind: str, kept: float) -> None:
    path = tmp_path / "dump"
    whole = PACK[kind](TEXT)
    path.write_bytes(whole[: max(8, int(len(whole) * kept))])
    with pytest.raises(DumpError, match="is cut off"):
        contents(path)


@packed
def test_a_damaged_file_is_an_error(tmp_path: Path, kind: str) -> None:
    whole = bytearray(PACK[kind](TEXT))
    middle = len(whole) // 2
    whole[middle : middle + 400] = bytes(400)
    path = tmp_path / "dump"
    path.write_bytes(whole)
    with pytest.raises(DumpError, match=r"is (damaged|cut off)"):
        contents(path)


def test_what_cannot_be_opened_is_named(tmp_path: Path) -> None:
    for path, message in (
        (tmp_path, "is a folder"),
        (tmp_path / "none.csv", "does not exist"),
        (tmp_path / "a.csv" / "b.csv", "does not exist"),
    ):
        with pytest.raises(DumpError, match=message):
            Source(path)
    archive = tmp_path / "archive.zip"
    archive.write_bytes(b"PK\x03\x04rest")
    with pytest.raises(DumpError, match="is damaged: zip"):
        contents(archive)
