"""A code says most of a vector: what is empty stays empty, lengths are kept, more bytes tell more."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.encode.blocks import COMPACT
from index.engines.codec import ClassifiedCodec, VectorCodec
from index.engines.compact import code_size
from tests.support.films import build_generation, make_films

WIDTHS, NUMBERS = [4, 30, 20], [True, False, False]


@pytest.fixture(scope="module")
def vectors() -> NDArray[np.float32]:
    """A number's block, a block that half of the films lack, and one whose axes vary less and less."""
    random = np.random.default_rng(4)
    angles = np.pi * np.outer(random.random(4_000), [1, 2])
    number = np.concatenate([np.cos(angles), np.sin(angles)], axis=1) / 2**0.5
    half = random.standard_normal((4_000, 30)) * (random.random((4_000, 1)) < 0.5)
    falling = random.standard_normal((4_000, 20)) * 0.8 ** np.arange(20)
    parts = [part / np.maximum(np.linalg.norm(part, axis=1, keepdims=True), 1e-9) for part in (half, falling)]
    return np.concatenate([number, *parts], axis=1).astype(np.float32)


@pytest.fixture(scope="module")
def codec(vectors: NDArray[np.float32]) -> VectorCodec:
    return VectorCodec.fit(vectors, WIDTHS, NUMBERS, size=30)


def test_the_bytes_are_used_and_no_more(codec: VectorCodec, vectors: NDArray[np.float32]) -> None:
    codes = codec.encode(vectors)
    assert codes.shape == (len(vectors), codec.size)
    assert 27 <= codec.size <= 30


def test_a_number_takes_one_byte_and_comes_back(codec: VectorCodec, vectors: NDArray[np.float32]) -> None:
    assert codec.firsts[:2].tolist() == [0, 1]
    decoded = codec.decode(codec.encode(vectors))
    np.testing.assert_allclose(decoded[:, :4], vectors[:, :4], atol=0.02)


def test_a_block_keeps_its_length_and_an_empty_one_stays_empty(
    codec: VectorCodec, vectors: NDArray[np.float32]
) -> None:
    decoded = codec.decode(codec.encode(vectors))
    for part in (slice(4, 34), slice(34, 54)):
        before, after = np.linalg.norm(vectors[:, part], axis=1), np.linalg.norm(decoded[:, part], axis=1)
        assert np.abs(after[before == 0]).max(initial=0) < 1e-6
        assert np.percentile(np.abs(after - before), 95) < 0.05


@pytest.mark.parametrize("films", [1, 2, 40])
def test_a_few_films_are_told_nearly_exactly(vectors: NDArray[np.float32], films: int) -> None:
    few = vectors[:films]
    codec = ClassifiedCodec.fit(few, WIDTHS, NUMBERS, size=30)
    np.testing.assert_allclose(codec.decode(codec.encode(few)), few, atol=0.02)


def test_more_bytes_tell_more(codec: VectorCodec, vectors: NDArray[np.float32]) -> None:
    def error(codec: VectorCodec) -> float:
        return float(((codec.decode(codec.encode(vectors)) - vectors) ** 2).sum(axis=1).mean())

    assert error(VectorCodec.fit(vectors, WIDTHS, NUMBERS, size=50)) < 0.6 * error(codec)


def test_products_are_those_of_the_decoded_vectors(codec: VectorCodec, vectors: NDArray[np.float32]) -> None:
    codes = codec.encode(vectors[:500])
    query = np.random.default_rng(2).standard_normal(54)
    np.testing.assert_allclose(codec.products(query, codes), codec.decode(codes) @ query, atol=1e-5)


def test_films_that_lack_a_block_give_its_bytes_to_the_others(
    codec: VectorCodec, vectors: NDArray[np.float32], tmp_path: Path
) -> None:
    ClassifiedCodec.fit(vectors, WIDTHS, NUMBERS, size=30).save(tmp_path / "codec.npz")
    classified = ClassifiedCodec.open(tmp_path / "codec.npz")
    lacking = vectors[~vectors[:, 4:34].any(axis=1)]
    codes = classified.encode(lacking)
    decoded = classified.decode(codes)
    assert codes.shape[1] <= 30
    assert not decoded[:, 4:34].any()
    error = ((decoded - lacking) ** 2).mean()
    assert error < 0.5 * ((codec.decode(codec.encode(lacking)) - lacking) ** 2).mean()


def test_a_classified_codecs_products_are_those_of_the_decoded_vectors(vectors: NDArray[np.float32]) -> None:
    classified = ClassifiedCodec.fit(vectors, WIDTHS, NUMBERS, size=30)
    codes = classified.encode(vectors[:500])
    query = np.random.default_rng(2).standard_normal(54)
    np.testing.assert_allclose(classified.products(query, codes), classified.decode(codes) @ query, atol=1e-5)


def test_a_compact_generation_is_small_and_finds_what_the_default_finds(tmp_path: Path) -> None:
    generation = build_generation(tmp_path / "g", make_films(3_000), COMPACT)
    space = generation.manifest.spaces["content"]
    assert min(space.recall.values()) >= 0.9
    assert max(min(point["known"], point["random"]) for point in space.curve) >= 0.985, "codes lose some already"
    codes = generation.manifest.files["content/codes/codes.npy"].size_bytes
    assert codes <= 3_000 * code_size(3_000) + 128
    assert "content/vectors.faiss" not in generation.manifest.files
