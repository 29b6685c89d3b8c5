"""Encoders of names and words: TF-IDF, reduced by SVD, by the meaning of words, or at random.

Two overviews on one theme seldom share a word, so TF-IDF and its SVD find little in common. The keywords that
people gave a fifth of the films say it. `MeaningEncoder` gives each word the mean keyword vector of its films; the
mean over a text's words then says what the film is about, for films without keywords and for free text too.

scikit-learn is imported where something is fitted and nowhere else: a process that serves encodes texts and edited
films and fits nothing, so it saves the 80 MB.

What a text means: the sum of the static embeddings of its words, taken from WordLlama.

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
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags_array

from index.arrays import Matrix
from index.encode.blocks import PROJECTED, WORDS, Block, Kind
from index.encode.tokens import Vocabulary, words_of
from index.films.series import franchise_of

LEADING = 10
"""Names of a film that count: lists of actors begin with the leading ones and end with the extras."""

THEMES = 144
"""Dimensions of the keyword vectors that words take their meaning from."""

RARE = 30
"""Films whose weight is added to each word's, so that a word of few films does not just repeat their keywords."""


SERIES = 2
"""How often the name of a title's series counts beside the title's words."""


class TermEncoder:
    """TF-IDF over names or words, reduced by truncated SVD where the vocabulary is wider than the block.

    The SVD is fitted on films weighted by the logarithm of their votes, so that its dimensions separate the films
    that people ask for. Otherwise the studios and themes of a hundred thousand unknown films would take most of
    them. People, companies and words of titles are projected at random instead (Johnson and Lindenstrauss 1984):
    casts have no themes, all that matters is whether a person is the same.
    """

    def __init__(self, block: Block, terms: pa.Array, idf: NDArray[np.float64], components: Matrix | None) -> None:
        self._block, self._vocabulary, self._idf = block, Vocabulary(terms), idf
        self._components = components
        self.width = len(terms) if components is None else len(components)

    @classmethod
    def fit(cls, block: Block, sample: pa.Table) -> Self:
        """Choose the vocabulary, weigh it, and find the dimensions."""
        from sklearn.feature_extraction.text import TfidfTransformer
        from sklearn.random_projection import GaussianRandomProjection

        tokens, films = tokens_of(block, sample)
        terms = vocabulary_of(tokens, films, block.terms, stop_words=block.kind in WORDS)
        counts = counted(tokens, films, Vocabulary(terms), len(sample))
        idf = TfidfTransformer().fit(counts).idf_
        components = None
        if len(terms) > block.width and block.kind in PROJECTED:
            projection = GaussianRandomProjection(block.width, random_state=0)
            components = projection.fit(counts).components_.astype(np.float32)
        elif len(terms) > block.width:
            components = cls._reduction(block, _weighed(counts, idf), sample)
        return cls(block, terms, idf, components)

    @classmethod
    def _reduction(cls, block: Block, weighted: csr_matrix, sample: pa.Table) -> Matrix:
        from sklearn.decomposition import TruncatedSVD

        svd = TruncatedSVD(block.width, n_iter=4, random_state=0)
        components: Matrix = svd.fit(diags_array(fame_of(sample)) @ weighted).components_.astype(np.float32)
        return components

    @classmethod
    def load(cls, block: Block, arrays: Mapping[str, NDArray[np.generic]]) -> Self:
        """An encoder from what `arrays` gave."""
        terms = unjoined(arrays["terms"])
        return cls(block, terms, arrays["idf"], arrays.get("components"))  # type: ignore[arg-type]

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Terms (UTF-8, one a line), their idf, and the components of the SVD where there is one."""
        arrays: dict[str, NDArray[np.generic]] = {"terms": joined(self._vocabulary.terms), "idf": self._idf}
        return arrays if self._components is None else arrays | {"components": self._components}

    def transform(self, batch: pa.RecordBatch) -> Matrix:
        """Unit rows of n films, shape (n, width); zero where no term is known."""
        weighted = self.weigh(batch)
        dense: Matrix = weighted.toarray() if self._components is None else weighted @ self._components.T
        return unit_rows(dense.astype(np.float32))

    def weigh(self, batch: pa.RecordBatch) -> csr_matrix:
        """The TF-IDF of n films over `terms`, unit rows, before any reduction."""
        tokens, films = tokens_of(self._block, batch)
        return _weighed(counted(tokens, films, self._vocabulary, batch.num_rows), self._idf)

    @property
    def terms(self) -> list[str]:
        """The vocabulary."""
        return self._vocabulary.terms.to_pylist()  # type: ignore[no-any-return]


class MeaningEncoder(TermEncoder):
    """TF-IDF over words, reduced to what they mean where films of the sample have keywords."""

    @classmethod
    def _reduction(cls, block: Block, weighted: csr_matrix, sample: pa.Table) -> Matrix:
        named = TermEncoder.fit(Block("keywords", Kind.TERMS, ("keywords",), 1.0, THEMES), sample)
        themes = named.transform(sample.combine_chunks().to_batches()[0])
        if named.width <= block.width or not themes.any():
            return super()._reduction(block, weighted, sample)
        return meanings(weighted, themes, fame_of(sample), block.width)


def unit_rows(rows: Matrix) -> Matrix:
    """Rows brought to length 1; zero rows stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Matrix = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return unit


def tokens_of(block: Block, films: pa.RecordBatch | pa.Table) -> tuple[pa.Array, NDArray[np.int64]]:
    """Every token of a block with the position of its film; tokens of several columns carry the column's name."""
    tokens, owners = [], []
    for column in block.columns:
        values = films.column(column)
        values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
        lists = _words(values) if block.kind in WORDS else _names(values)
        if block.kind is Kind.PEOPLE:
            lists = pc.list_slice(lists, 0, LEADING)
        flat = lists.flatten()
        if block.kind is Kind.TERMS and len(block.columns) > 1:
            flat = pc.binary_join_element_wise(column, flat, ":")
        tokens.append(flat)
        owners.append(pc.list_parent_indices(lists).to_numpy(zero_copy_only=False).astype(np.int64))
        if block.kind is Kind.TITLE:
            tokens.append(_series(values))
            owners.append(np.repeat(np.arange(len(values)), SERIES))
    return pa.concat_arrays(tokens), np.concatenate(owners)


def _series(titles: pa.Array) -> pa.Array:
    """What each title shares with those of its sequels, `SERIES` times; no word of a title is written so."""
    names = [" ".join(franchise_of(title or "").split()) for title in titles.to_pylist()]
    return pa.array([f"= {name}" if name else "" for name in names for _ in range(SERIES)], pa.string())


def _words(texts: pa.Array) -> pa.Array:
    return words_of(pc.binary_join(texts, " ") if pa.types.is_list(texts.type) else texts)


def _names(values: pa.Array) -> pa.Array:
    if pa.types.is_list(values.type):
        lowered = pc.utf8_lower(values.flatten())
        lengths = pc.fill_null(pc.list_value_length(values), 0).to_numpy(zero_copy_only=False)
    else:  # one name, or none where it is empty
        filled = pc.utf8_lower(pc.fill_null(values, ""))
        lengths = pc.not_equal(filled, "").cast(pa.int32()).to_numpy(zero_copy_only=False)
        lowered = filled.filter(pc.not_equal(filled, ""))
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), lowered)


def fame_of(films: pa.Table) -> NDArray[np.float64]:
    """The weight of each film when dimensions are fitted, shape (n,); small but not 0 for a film without votes."""
    votes = pc.fill_null(films["vote_count"], 0).to_numpy()
    fame: NDArray[np.float64] = 0.1 + np.log1p(votes)
    return fame


def vocabulary_of(tokens: pa.Array, films: NDArray[np.int64], most: int, *, stop_words: bool) -> pa.Array:
    """The commonest terms that at least two films of the sample share, in a fixed order."""
    encoded = tokens.dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    count = int(films.max(initial=0)) + 1
    pairs = np.sort(codes * count + films)  # np.unique hashes them, which takes ten times as long
    shared = np.bincount(pairs[np.diff(pairs, prepend=-1) != 0] // count, minlength=len(encoded.dictionary))
    table = pa.table({"term": encoded.dictionary, "films": pa.array(shared)})
    keep = pc.and_(pc.greater_equal(table["films"], 2), pc.greater(pc.utf8_length(table["term"]), 0))
    if stop_words:
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        keep = pc.and_(keep, pc.invert(pc.is_in(table["term"], value_set=pa.array(sorted(ENGLISH_STOP_WORDS)))))
    table = table.filter(keep).sort_by([("films", "descending"), ("term", "ascending")])
    terms = table["term"].combine_chunks()[:most]
    return terms if len(terms) else pa.array([""], pa.string())


def counted(tokens: pa.Array, films: NDArray[np.int64], terms: Vocabulary, rows: int) -> csr_matrix:
    """How often each term occurs in each film, shape (rows, terms); tokens that are no terms are left out."""
    codes = terms.codes(tokens)
    known = codes >= 0
    shape = (rows, len(terms))
    ones = np.ones(int(known.sum()), dtype=np.float32)
    return csr_matrix((ones, (films[known], codes[known])), shape=shape, dtype=np.float32)


def _weighed(counts: csr_matrix, idf: NDArray[np.float64]) -> csr_matrix:
    """Sublinear TF-IDF, unit rows: (1 + log tf) times idf (Manning et al. 2008, section 6.4)."""
    weighted = counts.copy()
    weighted.data = ((1 + np.log(counts.data)) * idf[counts.indices]).astype(np.float32)
    lengths = np.sqrt(weighted.multiply(weighted).sum(axis=1)).A1
    weighted.data /= np.repeat(lengths, np.diff(weighted.indptr)).astype(np.float32)
    return weighted


def meanings(
    words: csr_matrix, themes: NDArray[np.float32], fame: NDArray[np.float64], width: int
) -> NDArray[np.float32]:
    """Components that reduce a text's TF-IDF to the mean meaning of its words, shape (width, words).

    Args:
        words: TF-IDF of n films' texts, unit rows.
        themes: keyword vectors of the same films, unit rows or zero where a film has no keywords.
        fame: how much each film counts, shape (n,).
        width: dimensions to keep: those in which the texts vary most, each divided by the square root of its
            standard deviation, because texts that vary along a few axes only make hubs.
    """
    from sklearn.preprocessing import normalize

    told: NDArray[np.bool_] = np.abs(themes).sum(axis=1) > 0
    counted = fame * told
    centred = np.where(told[:, None], themes - themes[told].mean(axis=0), 0)
    used = (words > 0).astype(np.float64).T @ counted + RARE * fame.mean()
    vectors = (words.T @ (counted[:, None] * centred)) / used[:, None]
    texts = normalize(words @ vectors)
    spread = texts.T @ (diags_array(fame**2) @ texts)
    spreads, axes = np.linalg.eigh(spread)
    evened = axes / np.maximum(spreads, spreads[-1] * 1e-6) ** 0.25
    components: NDArray[np.float32] = (vectors @ evened[:, ::-1][:, :width]).T.astype(np.float32)
    return components


def joined(names: pa.Array) -> NDArray[np.uint8]:
    """Names as the bytes of a file, UTF-8, one a line, for names without line breaks."""
    return np.frombuffer("\n".join(names.to_pylist()).encode(), dtype=np.uint8)


def unjoined(lines: NDArray[np.generic]) -> pa.Array:
    """The names that `joined` wrote."""
    return pa.array(lines.tobytes().decode().split("\n"), pa.string())


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
        counts = counted(tokens, films, Vocabulary(terms), len(sample))
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
        return _damped(counted(tokens, films, self._vocabulary, batch.num_rows), self._idf)


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
