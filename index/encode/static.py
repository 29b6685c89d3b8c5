"""What a text means: the sum of the static embeddings of its words, taken from WordLlama.

WordLlama (MIT licence) keeps one vector for each of 32,000 pieces of words; a text's embedding is the mean over
its pieces. So the vector of a word is the sum over its own pieces, and a text needs no more than its words: a
hundred thousand of them take four seconds, and there is no embedding of a text to keep between builds. Nothing of
it is needed where films are served: the fitted words are part of a generation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from index.encode.blocks import Block
from index.encode.numbers import Matrix
from index.encode.texts import TermEncoder, counted, fame_of, tokens_of, unit_rows, unjoined, vocabulary_of

EVENED = 0.1
"""Power of an axis's spread that the embedding is divided by."""

TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
WEIGHTS = "weights/l2_supercat_256.safetensors"
SIZE = 256
"""Components of a word's vector."""


class StaticEncoder(TermEncoder):
    """The sum of the static embeddings of a text's words, reduced by principal axes.

    Words count by the root of how often they stand there and by the fourth root of their idf: embeddings of this
    kind are trained for a bare mean, and weights as uneven as those of TF-IDF lose a fifth of the films that a
    sentence should find. For the same reason the axes are those of the vectors as they are, and are evened out
    only a little. What all texts have in common makes hubs, so the mean is taken off films; it stays in a
    question, where it makes no difference between films.
    """

    def __init__(
        self, block: Block, terms: pa.Array, idf: NDArray[np.float64], components: Matrix, mean: Matrix
    ) -> None:
        super().__init__(block, terms, idf, components)
        self._mean = mean

    @classmethod
    def fit(cls, block: Block, sample: pa.Table) -> Self:
        """Choose the vocabulary, embed it, and find the axes in which films differ most, the better known more."""
        tokens, films = tokens_of(block, sample)
        terms = vocabulary_of(tokens, films, block.terms, stop_words=False)
        counts = counted(tokens, films, terms, len(sample))
        shared = np.bincount(counts.indices, minlength=len(terms))
        idf = np.log((1 + len(sample)) / (1 + shared)) + 1
        vectors = static_vectors(terms.to_pylist())
        damped = _damped(counts, idf)
        texts = unit_rows((damped @ vectors).astype(np.float32))
        spread = texts.T.astype(np.float64) @ (fame_of(sample)[:, None] ** 2 * texts)
        spreads, axes = np.linalg.eigh(spread)
        evened = (axes / np.maximum(spreads / max(spreads[-2], 1e-9), 1e-6) ** EVENED)[:, ::-1][:, : block.width]
        reduced = unit_rows((texts @ evened).astype(np.float32))
        told = reduced.any(axis=1)
        mean = reduced[told].mean(axis=0) if told.any() else np.zeros(reduced.shape[1])
        return cls(block, terms, idf, (vectors @ evened).T.astype(np.float32), mean.astype(np.float32))

    @classmethod
    def load(cls, block: Block, arrays: Mapping[str, NDArray[np.generic]]) -> Self:
        """An encoder from what `arrays` gave."""
        return cls(block, unjoined(arrays["terms"]), arrays["idf"], arrays["components"], arrays["mean"])  # type: ignore[arg-type]

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """As of `TermEncoder`, and the mean, shape (width,)."""
        return super().arrays() | {"mean": self._mean}

    def transform(self, batch: pa.RecordBatch) -> Matrix:
        """Unit rows of n films less their mean, shape (n, width); zero where no word is known."""
        rows = self.question(batch)
        centred: Matrix = np.where(rows.any(axis=1, keepdims=True), rows - self._mean, 0)
        return centred.astype(np.float32, copy=False)

    def question(self, batch: pa.RecordBatch) -> Matrix:
        """Unit rows, the mean in them: what texts are that films are sought for."""
        return super().transform(batch)

    def weigh(self, batch: pa.RecordBatch) -> csr_matrix:
        """How much each of `terms` counts in the texts of n films."""
        tokens, films = tokens_of(self._block, batch)
        return _damped(counted(tokens, films, self._terms, batch.num_rows), self._idf)


def static_vectors(words: Sequence[str]) -> NDArray[np.float32]:
    """The sum of the vectors of each word's pieces, shape (words, `SIZE`)."""
    from safetensors.numpy import load_file  # here, not above: a process that serves fits nothing
    from tokenizers import Tokenizer

    folder = _package()
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    (weights,) = load_file(folder / WEIGHTS).values()
    vectors = np.zeros((len(words), SIZE), np.float32)
    for row, word in enumerate(tokenizer.encode_batch_fast(list(words), add_special_tokens=False)):
        vectors[row] = weights[word.ids].sum(axis=0, dtype=np.float32)
    return vectors


def _package() -> Path:
    """Where the package is installed. It is not imported: its loader looks for the tokenizer in another place."""
    found = find_spec("wordllama")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("wordllama is not installed: run `make setup`", name="wordllama")
    return Path(found.submodule_search_locations[0])


def _damped(counts: csr_matrix, idf: NDArray[np.float64]) -> csr_matrix:
    damped = counts.copy()
    damped.data = (np.sqrt(counts.data) * idf[counts.indices] ** 0.25).astype(np.float32)
    return damped
