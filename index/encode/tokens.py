"""The words of texts and their places in a vocabulary, as quick for one film as for a batch.

Arrow takes milliseconds to prepare what it does in microseconds for each text: 2.8 ms to compile a pattern of
Unicode classes, and 0.04 ms for each thousand terms of a vocabulary that tokens are looked up in. A film written
by hand and a question in words have a few dozen tokens, so they are split and looked up without that. The results
are the same, which property tests hold.
"""

from __future__ import annotations

import re
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

FEW_TEXTS = 64
"""Texts up to which Python splits them: some 5 microseconds for each hundred letters."""

FEW_TOKENS = 2_000
"""Tokens up to which each is looked up by its hash: about 1 microsecond for each."""

_NOT_WORD = re.compile(r"[\W_]+")


def words_of(texts: pa.Array) -> pa.ListArray:
    """The words of n texts in lower case, n lists: letters and digits of any script between anything else."""
    filled = pc.utf8_lower(pc.fill_null(texts, ""))
    if len(texts) <= FEW_TEXTS:
        split = [_NOT_WORD.sub(" ", text).split() or [""] for text in filled.to_pylist()]
        return pa.array(split, pa.list_(pa.string()))
    spaced = pc.replace_substring_regex(filled, r"[^\pL\pN]+", " ")
    return pc.utf8_split_whitespace(pc.utf8_trim_whitespace(spaced))


class Vocabulary:
    """Terms in a fixed order.

    Attributes:
        terms: shape (terms,), strings.
    """

    def __init__(self, terms: pa.Array) -> None:
        self.terms = terms

    def __len__(self) -> int:
        return len(self.terms)

    def codes(self, tokens: pa.Array) -> NDArray[np.int64]:
        """The place of each token among the terms, shape (tokens,); -1 for a token that is no term."""
        if len(tokens) > FEW_TOKENS:
            known = pc.fill_null(pc.index_in(tokens, value_set=self.terms), -1)
            places: NDArray[np.int64] = known.to_numpy(zero_copy_only=False).astype(np.int64)
            return places
        hashes, order = self._hashed
        wanted = tokens.to_pylist()
        first = np.searchsorted(hashes, np.array([hash(token) for token in wanted], np.int64))
        found = order[np.minimum(first, len(order) - 1)].astype(np.int64)
        same = [self.terms[place].as_py() == token for place, token in zip(found.tolist(), wanted, strict=True)]
        return np.where(np.array(same, np.bool_), found, -1)

    @cached_property
    def _hashed(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Python's hash of each term, ascending, and the places of the terms in that order.

        A dictionary of them would take ten times the memory. Two terms of the same hash of 64 bits do not occur.
        """
        hashes = np.array([hash(term) for term in self.terms.to_pylist()], np.int64)
        order = np.argsort(hashes)
        return hashes[order], order.astype(np.int32)
