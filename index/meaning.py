"""What words mean: each word stands where the keywords of the films are whose texts it is used in.

Two overviews of one theme seldom share a word, so TF-IDF and its SVD see little of what they have in common. The
keywords that people gave a fifth of the films say it. Each word gets the mean keyword vector of its films; the
mean of a text's words then says what the film is about, for films without keywords and for free text too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags_array

RARE = 30
"""Films whose weight is added to each word's, so that a word of few films does not just repeat their keywords."""


def meanings(
    words: csr_matrix, themes: NDArray[np.float32], fame: NDArray[np.float64], width: int
) -> NDArray[np.float32]:
    """Components that reduce a text's TF-IDF to the mean meaning of its words, shape (width, words).

    Args:
        words: TF-IDF of n films' texts, unit rows.
        themes: keyword vectors of the same films, unit rows or zero where a film has no keywords.
        fame: how much each film counts, shape (n,).
        width: dimensions to keep of the themes': those in which the texts differ most, evened out by half (each
            divided by the root of its spread), because texts that crowd along a few axes make hubs.
    """
    from sklearn.preprocessing import normalize  # here, not above: see `index.encoders`

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
