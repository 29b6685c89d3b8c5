"""The recommender: a question about films becomes a query vector, its neighbours, and the reasons for them.

The query is the mean of the liked films' vectors (and of the text's, as one more film, where a word of it is
known), in which each block counts as much as the liked films agree in it, less `DISLIKE` times the mean of the
disliked ones; then each block is scaled by the weight asked for. It is an inner product throughout, so the share
of a block in the score is the sum of that block's products: the explanation is the score, cut in parts.
`tests/benchmarks/taste.py` holds this rule against a bare mean and others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.answer.diversity import POOL, diversified, franchise_of
from index.encode.blocks import Layout
from index.engines.base import Neighbours
from index.errors import BadQueryError
from index.films.filters import PEOPLE, Filters, Selection
from index.spaces.view import View, first

DISLIKE = 0.25
"""How much the disliked films count against the liked ones."""


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        likes, dislikes: rows of films.
        text: free text, "" for none.
        weights: block -> factor on its default weight.
        filters: what must hold of the answers.
        exclude: rows that must not come back; liked and disliked films never do.
        candidates: rank just these rows, exactly; None ranks all.
        k: how many, at least 1.
        diversity: 0 to 1, see `index.answer.diversity`.
        exact: compare with every film.
        explain: say what each block gave to the score.
    """

    likes: tuple[int, ...] = ()
    dislikes: tuple[int, ...] = ()
    text: str = ""
    weights: Mapping[str, float] = field(default_factory=dict)
    filters: Filters = field(default_factory=Filters)
    exclude: tuple[int, ...] = ()
    candidates: tuple[int, ...] | None = None
    k: int = 10
    diversity: float = 0.0
    exact: bool = False
    explain: bool = True

    @property
    def film_itself(self) -> int | None:
        """The one film whose vector is the whole question, or None."""
        alone = len(self.likes) == 1 and not (self.dislikes or self.text or self.weights)
        return self.likes[0] if alone else None


class Recommended(NamedTuple):
    """One film of the answer.

    Attributes:
        row: which film.
        score: its inner product with the query.
        blocks: block -> its part of the score; the parts add up to it. Empty where nobody asked.
    """

    row: int
    score: float
    blocks: dict[str, float]


@dataclass(frozen=True)
class Answer:
    """What came of a question.

    Attributes:
        films: best first; with `diversity` in the order chosen.
        matching: how many films could have come back.
        exact: the question was compared with all of those, whether it asked for that or not.
        text: the free text that the films were chosen by; "" where none was given, or no word of it is known.
    """

    films: tuple[Recommended, ...]
    matching: int
    exact: bool
    text: str


class Recommender:
    """Answers questions from one view of films. Holds no state of its own, so threads may share it."""

    def __init__(self, view: View) -> None:
        self._films, self._filters = view.films, view.filters
        self._space = view.content

    def recommend(self, question: Question) -> Answer:
        """Answer one question.

        Raises:
            BadQueryError: neither a liked film nor a text with a known word; or an unknown block.
        """
        described = self._described(question.text)
        selection = self._filters.select(question.filters)
        hidden = self._hidden(question)
        wanted = max(POOL, 5 * question.k) if question.diversity > 0 else question.k
        found = self._known(question, wanted + len(hidden), selection)
        # A film whose kin are known has its vector read only where the parts of the scores are asked for.
        query = self._query(question, described) if found is None or question.explain else np.empty(0)
        if question.candidates is not None:
            candidates = np.setdiff1d(np.array(question.candidates, np.int64), hidden)
            candidates = candidates[selection.mask[candidates]]
            found = self._ranked(query, candidates, wanted)
            matching = len(candidates)
        else:
            if found is None:
                found = self._space.index.search(query, wanted + len(hidden), selection, exact=question.exact)
            found = _visible(found, hidden, wanted)
            matching = selection.count - int(np.count_nonzero(selection.mask[hidden]))
        if question.diversity > 0:
            franchises = [franchise_of(title) for title in self._films.titles(found.rows)]
            found = diversified(self._space.vectors, found, question.k, question.diversity, franchises)
        films = self._explained(query, found) if question.explain else _bare(found)
        return Answer(films, matching, found.exact, "" if described is None else question.text)

    def shared(self, likes: Sequence[int], row: int) -> dict[str, list[str]]:
        """The genres, keywords, people and telling words that a film has in common with any of the liked ones."""
        people = (kind for kind in PEOPLE if self._filters.terms[kind])
        kinds = {kind: self._filters.terms[kind].of_film for kind in ("genres", "keywords", *people)}
        if self._space.words is not None:
            kinds["words"] = self._space.words.of_film
        shared = {}
        for kind, of_film in kinds.items():
            wanted = {name for like in likes for name in of_film(like)}
            shared[kind] = [name for name in of_film(row) if name in wanted]
        return shared

    def _described(self, text: str) -> NDArray[np.float64] | None:
        """The vector of free text, shape (dim,); None where none is given, or no word of it is known."""
        if not text:
            return None
        vector = self._space.encoder.encode_text(text).astype(np.float64)
        return vector if vector.any() else None

    def _query(self, question: Question, described: NDArray[np.float64] | None) -> NDArray[np.float64]:
        """The query vector of a question and of its text, shape (dim,)."""
        vectors, layout = self._space.vectors, self._space.encoder.layout
        if question.film_itself is not None:
            film: NDArray[np.float64] = vectors.double(np.array(question.likes, np.int64))[0]
            return film
        liked = list(vectors.double(np.array(question.likes, np.int64)))
        if described is not None:
            liked.append(described)
        if not liked and question.text:
            raise BadQueryError(f"no word of {question.text!r} is known; describe the film in other words")
        if not liked:
            raise BadQueryError("name at least one film that you like, or describe one in `text`")
        query = agreed(np.array(liked), layout)
        if question.dislikes:
            query -= DISLIKE * vectors.double(np.array(question.dislikes, np.int64)).mean(axis=0)
        return query * layout.scale(question.weights) if question.weights else query

    def _hidden(self, question: Question) -> NDArray[np.int64]:
        named = (*question.likes, *question.dislikes, *question.exclude)
        rows = {record for row in named for record in self._films.group_of(row)}
        return np.array(sorted(rows), dtype=np.int64)

    def _ranked(self, query: NDArray[np.float64], rows: NDArray[np.int64], k: int) -> Neighbours:
        """The best k of some rows, all of them compared."""
        scores = self._space.vectors.scores(query, rows)
        places = first(self._films, rows, scores, k)
        return Neighbours(rows[places], scores[places], exact=True)

    def _known(self, question: Question, k: int, selection: Selection) -> Neighbours | None:
        """The nearest films where the question is one film and they are known."""
        film = question.film_itself
        if film is None or question.exact or question.candidates is not None:
            return None
        return self._space.index.kin(film, k, selection)

    def _explained(self, query: NDArray[np.float64], found: Neighbours) -> tuple[Recommended, ...]:
        layout = self._space.encoder.layout
        shares = layout.shares(self._space.vectors.double(found.rows) * query)
        return tuple(
            Recommended(row, score, dict(zip(layout.names, parts, strict=True)))
            for row, score, parts in zip(found.rows.tolist(), found.scores.tolist(), shares.tolist(), strict=True)
        )


def _visible(found: Neighbours, hidden: NDArray[np.int64], k: int) -> Neighbours:
    """The best k that are not hidden."""
    unseen = set(hidden.tolist())
    places = [place for place, row in enumerate(found.rows.tolist()) if row not in unseen][:k]
    return Neighbours(found.rows[places], found.scores[places], found.exact)


def _bare(found: Neighbours) -> tuple[Recommended, ...]:
    return tuple(
        Recommended(row, score, {}) for row, score in zip(found.rows.tolist(), found.scores.tolist(), strict=True)
    )


def agreed(liked: NDArray[np.float64], layout: Layout) -> NDArray[np.float64]:
    """The mean of some vectors, shape (m, dim), with each block scaled by how far they agree in it.

    Agreement is the length of the block's mean over the mean of its lengths: 1 where all point the same way (and
    for a single film), near 0 where they point everywhere. Four films of one genre and four decades are about the
    genre and not about a decade.
    """
    if len(liked) == 1:
        return np.array(liked[0])
    mean = liked.mean(axis=0)
    together = np.sqrt(np.add.reduceat(mean**2, layout.offsets))
    apart = np.sqrt(np.add.reduceat(liked**2, layout.offsets, axis=1)).mean(axis=0)
    agreement = np.divide(together, apart, out=np.zeros_like(together), where=apart > 0)
    scaled: NDArray[np.float64] = mean * np.repeat(agreement, layout.widths)
    return scaled
