"""The recommender: a question about films becomes a query vector, its neighbours, and the reasons for them.

The query is the mean of the liked films' vectors (and of the text's, as one more film, if a word of it is known),
in which each block counts as much as the liked films agree in it, less `DISLIKE` times the mean of the disliked
ones. Then each block is scaled by the weight asked for. It is an inner product throughout, so the share of a
block in the score is the sum of that block's products: the explanation is the score, cut into parts.
`tests/benchmarks/taste.py` compares this rule with a plain mean and others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from contract import Filters, Franchise, Model
from index.answer.agreement import agreed
from index.answer.asking import asked
from index.answer.described import described_by, stated_by
from index.answer.diversity import POOL, apart, diversified
from index.answer.pieces import Piece, Reading
from index.answer.rankings import Blended, ByContent, Ranking, Recommended
from index.answer.tastes import DISLIKE, values_of, weighed
from index.answer.unknown import nothing_known, reason
from index.errors import BadQueryError
from index.films.filters import PEOPLE, Allowed
from index.films.series import franchise_of
from index.spaces.neighbours import Neighbours
from index.spaces.space import CONTENT
from index.spaces.view import Space, View

MANY = 100
"""Films that may not come back from which on they are left out of the search, and not of what it finds."""


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        likes, dislikes: rows of films.
        ratings: rows of films and their ratings, 0.5 to 10.
        text: free text, "" for none.
        read: how the text is to be read, as an answer said it; None to read it afresh.
        weights: block -> factor on its default weight.
        filters: what must hold of the answers.
        exclude: rows that must not come back; liked and disliked films never do.
        candidates: rank just these rows, exactly; None ranks all.
        k: how many, at least 1.
        diversity: 0 to 1, see `index.answer.diversity`.
        franchise: whether several films of one franchise may come back.
        exact: compare with every film.
        explain: say what each block gave to the score.
        model: what recommends; without ratings in the view, hybrid is content.
        space: the vector space that is searched.
    """

    likes: tuple[int, ...] = ()
    dislikes: tuple[int, ...] = ()
    ratings: Mapping[int, float] = field(default_factory=dict)
    text: str = ""
    read: tuple[Piece, ...] | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    filters: Filters = field(default_factory=Filters)
    exclude: tuple[int, ...] = ()
    candidates: tuple[int, ...] | None = None
    k: int = 10
    diversity: float = 0.0
    franchise: Franchise = Franchise.ALL
    exact: bool = False
    explain: bool = True
    model: Model = Model.CONTENT
    space: str = CONTENT

    @property
    def film_itself(self) -> int | None:
        """The one film whose vector is the whole question, or None."""
        more = self.dislikes or self.ratings or self.text or self.weights or self.model is Model.COLLABORATIVE
        return self.likes[0] if len(self.likes) == 1 and not more else None

    @property
    def values(self) -> dict[int, float]:
        """Rows of films -> how much each is liked, -1 to 1."""
        return values_of(self.likes, self.dislikes, self.ratings)

    @property
    def liked(self) -> tuple[int, ...]:
        """Rows of the films that are liked."""
        return tuple(row for row, value in self.values.items() if value > 0)


@dataclass(frozen=True)
class Answer:
    """The answer to a question.

    Attributes:
        films: best first; with `diversity` in the order chosen.
        matching: how many films could have come back.
        exact: the question was compared with all of those, whether it asked for that or not.
        read: what the text was read to ask for besides its story.
        text: the free text that the films were chosen by; "" if none was given, or no word of it is known.
        likes: rows of the films that were liked.
        reasons: why the answer is less than was asked for, in words; empty as a rule.
        full: the score of a film that is like the query in every block, with `explain`: no film has more.
    """

    films: tuple[Recommended, ...]
    matching: int
    exact: bool
    text: str
    read: tuple[Piece, ...] = ()
    likes: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ()
    full: float | None = None


class Recommender:
    """Answers questions from one view of films. Holds no state of its own, so threads may share it."""

    def __init__(self, view: View) -> None:
        self._view, self._films, self._filters = view, view.films, view.filters

    def recommend(self, question: Question) -> Answer:
        """Answer one question.

        Raises:
            BadQueryError: neither a liked film of the space nor a text with a known word; or an unknown block or
                space.
            EngineUnavailableError: the engine's server does not answer.
        """
        choice = max(POOL, 5 * question.k) if question.diversity > 0 else question.k
        ranked = self._ranked if question.franchise is Franchise.ALL else self._apart
        answer, ranking = ranked(question, choice)
        films = answer.films
        if films and question.diversity > 0:
            films = self._diversified(question, answer)
        if films and question.explain:
            return replace(answer, films=ranking().explained(films), full=ranking().full)
        return replace(answer, films=films)

    def _ranked(self, question: Question, wanted: int) -> tuple[Answer, Callable[[], Ranking]]:
        """The best films of any franchise, not yet explained, and what explains them."""
        space = self._space(question.space)
        reading = asked(self._view, question.text, question.read)
        question = self._with_films(question, reading)
        described = described_by(self._view, space, reading, alone=not question.liked)
        allowed = space.held(self._filters.select(reading.filters(question.filters)))
        hidden = self._hidden(question)
        if len(hidden) > MANY:  # else as many more have to be found
            allowed, hidden = allowed.without(hidden), hidden[:0]
        counted, reasons = self._counted(question, described is not None)
        # If the table has the answer, vectors are read only to explain the scores.
        ranking = cache(partial(self._ranking, space, counted, described))
        if reasons and not counted.liked and described is None:
            pieces = tuple(reading.pieces)
            return Answer((), _matching(allowed, hidden), True, "", pieces, question.liked, reasons), ranking
        found = _known(space, counted, wanted + len(hidden), allowed)
        if question.candidates is not None:
            candidates = np.setdiff1d(np.array(question.candidates, np.int64), hidden)
            candidates = candidates[allowed.mask[candidates]]
            found = ranking().ranked(candidates, wanted)
            matching = len(candidates)
        else:
            if found is None:
                found = ranking().search(wanted + len(hidden), allowed, exact=question.exact)
            found = _visible(found, hidden, wanted)
            matching = _matching(allowed, hidden)
        text = "" if described is None and not reading.changes else question.text
        pieces = tuple(reading.pieces)
        return Answer(_bare(found), matching, found.exact, text, pieces, question.liked, reasons), ranking

    def _diversified(self, question: Question, answer: Answer) -> tuple[Recommended, ...]:
        """The films of an answer that are chosen for their variety, as many as are asked for."""
        space = self._space(question.space)
        rows = np.array([film.row for film in answer.films], np.int64)
        found = Neighbours(rows, np.array([film.score for film in answer.films]), answer.exact)
        franchises = [franchise_of(title) for title in self._films.titles(rows)]
        return _bare(diversified(space, found, question.k, question.diversity, franchises))

    def _apart(self, question: Question, wanted: int) -> tuple[Answer, Callable[[], Ranking]]:
        """The best films with one of each franchise, or with none of those of the liked films.

        There may be fewer than wanted, if as many as are asked for are found in a pool of five times as many.
        """
        pool = max(POOL, 5 * wanted)
        while True:
            answer, ranking = self._ranked(question, pool)
            liked = answer.likes if question.franchise is Franchise.NONE else ()
            named, titles = (
                self._films.titles(np.array(rows, np.int64))
                for rows in (liked, [film.row for film in answer.films])
            )
            places = apart(titles, named, wanted)
            if len(places) >= question.k or len(titles) < pool:
                return replace(answer, films=tuple(answer.films[place] for place in places)), ranking
            pool *= 4

    def known(self, question: Question) -> Answer | None:
        """The answer about one film if the build found it: no search, no mask and no vector is needed.

        It takes some 15 microseconds, whatever is asked. None: ask `recommend`, which gives the same answer.
        """
        itself = question.film_itself is not None and not (question.explain or question.exclude)
        plain = question.diversity == 0 and question.franchise is Franchise.ALL
        passing = self._filters.kept(question.filters) if itself and plain else None
        if passing is None:
            return None
        space = self._space(question.space)
        allowed, hidden = space.held(passing), self._hidden(question)
        matching = _matching(allowed, hidden)
        _, reasons = self._counted(question, described=False)
        if reasons:
            return Answer((), matching, True, "", likes=question.liked, reasons=reasons)
        found = _known(space, question, question.k + len(hidden), allowed)
        if found is None:
            return None
        films = _bare(_visible(found, hidden, question.k))
        return Answer(films, matching, found.exact, "", likes=question.liked)

    def shared(self, likes: Sequence[int], rows: Sequence[int]) -> list[dict[str, list[str]]]:
        """What each film has in common with any of the liked ones: genres, languages, decades, people, words."""
        terms = self._filters.terms
        people = {kind: terms[kind].of_film for kind in PEOPLE if terms[kind]}
        kinds: dict[str, Callable[[int], list[str]]] = {
            "genres": terms["genres"].of_film,
            "keywords": terms["keywords"].of_film,
            "languages": terms["original_language"].of_film,
            "countries": terms["countries"].of_film,
            "periods": self._decade,
            **people,
        }
        if self._view.words is not None:
            kinds["words"] = self._view.words.of_film
        shared: list[dict[str, list[str]]] = [{} for _ in rows]
        for kind, of_film in kinds.items():
            wanted = {name for like in likes for name in of_film(like)}
            for row, found in zip(rows, shared, strict=True):
                found[kind] = [name for name in of_film(row) if name in wanted]
        return shared

    def _space(self, name: str) -> Space:
        if name not in self._view.spaces:
            raise BadQueryError(f"there is no space {name!r}; the spaces are {', '.join(self._view.spaces)}")
        return self._view.spaces[name]

    def _ranking(self, space: Space, question: Question, described: NDArray[np.float64] | None) -> Ranking:
        """What films are ranked by.

        For one film, likeness in content is what is asked for, and the hybrid is content. Many likes are regressed
        on content. A text counts for content: its share is then halfway between that for the likes and 1.
        """
        values, model = question.values, self._view.ratings
        likes = sum(value > 0 for value in values.values())
        if question.model is Model.COLLABORATIVE:
            if model is None:
                raise BadQueryError("no model of ratings is in this generation; use hybrid or content")
            if not likes:
                raise BadQueryError("ratings say nothing of a text: name a film that you like, or use hybrid")
        elif question.model is Model.CONTENT or model is None or likes < 2:
            return ByContent(space, _query(space, question, described), described is not None)
        rows = np.array(list(values), np.int64)
        taste = model.taste(rows, weighed(values), space)
        if taste.many and described is None:
            query = taste.folded(space.double(rows)) * space.layout.scale(question.weights)
        else:
            query = _query(space, question, described)
        share = taste.content_share if described is None else (1 + taste.content_share) / 2
        by_ratings = question.model is Model.COLLABORATIVE
        return Blended(self._films, space, taste, tuple(values), query, 0.0 if by_ratings else share)

    def _with_films(self, question: Question, reading: Reading) -> Question:
        """The question with the films that its text compares with."""
        if not reading.pieces:
            return question
        likes, dislikes = (
            [self._films.row_of(film) for film in reading.films(kind)] for kind in ("like", "unlike")
        )
        return replace(
            question,
            likes=tuple(dict.fromkeys((*question.likes, *(row for row in likes if row is not None)))),
            dislikes=tuple(dict.fromkeys((*question.dislikes, *(row for row in dislikes if row is not None)))),
        )

    def _counted(self, question: Question, described: bool) -> tuple[Question, tuple[str, ...]]:
        """The question without liked films of which nothing is known, and what to say of them.

        Candidates are ranked even for such a film: they are few, and the client chose them. Ratings may say more.
        """
        by_ratings = question.model is Model.COLLABORATIVE
        if question.space != CONTENT or question.candidates is not None or by_ratings:
            return question, ()
        known = tuple(row for row in question.likes if not nothing_known(self._view, row))
        if len(known) == len(question.likes):
            return question, ()
        unknown = set(question.likes) - set(known)
        alone = not (set(question.liked) - unknown or described)
        return replace(question, likes=known), tuple(reason(self._view, row, alone) for row in sorted(unknown))

    def _decade(self, row: int) -> list[str]:
        """The decade of a film as a list of one name, or of none where its year is not known."""
        year = int(self._filters.column("year")[row])
        return [f"{year // 10 * 10}s"] if year else []

    def _hidden(self, question: Question) -> NDArray[np.int64]:
        named = (*question.likes, *question.dislikes, *question.ratings, *question.exclude)
        rows = {record for row in named for record in self._films.group_of(row)}
        return np.array(sorted(rows), dtype=np.int64)


def _known(space: Space, question: Question, k: int, allowed: Allowed) -> Neighbours | None:
    """The nearest films if the question is one film and the space's table has them."""
    film = question.film_itself
    if film is None or question.exact or question.candidates is not None:
        return None
    return space.known(film, k, allowed)


def _query(space: Space, question: Question, described: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """The query vector of a question and of its text, shape (dim,)."""
    values = question.values
    rows, much = np.array(list(values), np.int64), np.array(list(values.values()))
    held = space.holds(rows)
    rows, much = rows[held], much[held]
    liked, disliked = much > 0, much < 0
    if liked.any() and question.film_itself is not None:
        film: NDArray[np.float64] = space.double(rows)[0]
        return film
    vectors, counts = list(space.double(rows[liked])), much[liked].tolist()
    if described is not None:
        for part in stated_by(space, described):  # "like Oldboy, but french"
            for vector in vectors:
                vector[part] = 0
        vectors.append(described)
        counts.append(1.0)
    if not vectors and question.text:
        raise BadQueryError(f"no word of {question.text!r} is known; describe the film in other words")
    if not vectors and any(value > 0 for value in values.values()):
        raise BadQueryError(f"none of the liked films is in the space {question.space!r}")
    if not vectors:
        raise BadQueryError(
            "name at least one film that you like (in `like`, or with a rating above 6), or describe one in `text`"
        )
    query = agreed(np.array(vectors), space.layout, np.array(counts))
    if disliked.any():
        query -= DISLIKE * np.average(space.double(rows[disliked]), axis=0, weights=-much[disliked])
    return query * space.layout.scale(question.weights) if question.weights else query


def _matching(allowed: Allowed, hidden: NDArray[np.int64]) -> int:
    """How many films may come back."""
    return allowed.count - int(np.count_nonzero(allowed.mask[hidden]))


def _visible(found: Neighbours, hidden: NDArray[np.int64], k: int) -> Neighbours:
    """The best k that are not hidden."""
    unseen = set(hidden.tolist())
    places = [place for place, row in enumerate(found.rows.tolist()) if row not in unseen][:k]
    return Neighbours(found.rows[places], found.scores[places], found.exact)


def _bare(found: Neighbours) -> tuple[Recommended, ...]:
    return tuple(
        Recommended(row, score, {}) for row, score in zip(found.rows.tolist(), found.scores.tolist(), strict=True)
    )
