"""The service behind every route that recommends: find the films that are named, recommend, read what is shown."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from api.models import Posters
from api.operation.logs import Stage
from api.recommend.models import RecommendRequest
from api.recommend.recall_sampler import RecallSampler
from api.recommend.resolve import Named, Resolver
from api.serving.serving import Serving
from api.serving.snapshot import Snapshot
from api.web.problems import NoRatingsError
from contract import Model
from index.answer.reading import Piece
from index.answer.recommend import Answer, Question
from index.encode.blocks import PRESETS
from index.spaces.space import CONTENT

SCORE_DIGITS = 9


class RecommendService:
    """Answers `GET` and `POST /movies/recommend` in the same way, from the generation alone.

    An answer has the fields of a `RecommendAnswer` without being one: to make that object and to check a hundred
    values which are right by construction takes as long as ranking does. The tests check them.
    """

    def __init__(self, serving: Serving, posters: Posters, sampler: RecallSampler) -> None:
        self._serving, self._posters, self._sampler = serving, posters, sampler

    def known(self, request: RecommendRequest) -> dict[str, Any] | None:
        """The answer if it is found without anything that may take longer than half a millisecond, else None.

        Each step looks something up: the films by id or by their exact title, the neighbours that the build found.
        Where one of them finds nothing, or edits have to be read from the database first, the request needs
        `answer`, in a thread. Edited films are searched, so that with any of them every request does.
        """
        started = time.perf_counter()
        if len(request.like) != 1 or request.more_than_likes or request.model is Model.COLLABORATIVE:
            return None
        snapshot = self._serving.ready
        if snapshot is None or snapshot.overlay.segments:
            return None
        with Stage("resolve"):
            film = Resolver(snapshot.view).known(request.like[0])
        if film is None:
            return None
        question = _question(snapshot, request, [film], [])
        with Stage("neighbours"):
            answer = snapshot.recommender.known(question)
        return None if answer is None else self._written(started, snapshot, [film], question, answer)

    def answer(self, request: RecommendRequest) -> dict[str, Any]:
        """The answer, whatever it takes: up to 0.1 s and more at a million films.

        Raises:
            NotFoundError: a film that is named does not exist.
            NoRatingsError: a collaborative model is asked for and no ratings are loaded.
            BadQueryError: an unknown block, or nothing liked and no text with a known word.
        """
        started = time.perf_counter()
        if request.model is Model.COLLABORATIVE:
            raise NoRatingsError(
                "no ratings are loaded, so there is no collaborative model; use hybrid or content"
            )
        snapshot = self._serving.current()
        resolver = Resolver(snapshot.view)
        with Stage("resolve"):
            likes = [resolver.find(film) for film in request.like]
            dislikes = [resolver.find(film) for film in request.dislike]
            question = _question(snapshot, request, likes, dislikes)
        with Stage("search"):
            answer = snapshot.recommender.recommend(question)
        return self._written(started, snapshot, [*likes, *dislikes], question, answer)

    def _written(
        self, started: float, snapshot: Snapshot, named: Sequence[Named], question: Question, answer: Answer
    ) -> dict[str, Any]:
        """The fields of a `RecommendAnswer`."""
        self._sampler.offer(snapshot, question, answer)
        with Stage("hydrate"):
            resolved, results = self._shown(snapshot, named, question, answer)
        names = snapshot.view.spaces[CONTENT].layout.names
        weights = {name: question.weights.get(name, 1.0) for name in names}
        return {
            "query": {
                "resolved": resolved,
                "text": answer.text or None,
                "read": [_piece(piece) for piece in answer.read],
                "weights": weights,
            },
            "generation": snapshot.view.manifest.id,
            "exact": answer.exact,
            "matching": answer.matching,
            "took_ms": round((time.perf_counter() - started) * 1e3, 3),
            "degraded": self._serving.database_problem is not None,
            "results": results,
        }

    def _shown(
        self, snapshot: Snapshot, named: Sequence[Named], question: Question, answer: Answer
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The films of the question and those of the answer, all read at once."""
        rows = [row for film in named for row in film.rows] + [film.row for film in answer.films]
        movies = iter([self._posters.shown(film) for film in snapshot.view.films.summaries(rows)])
        resolved = [_resolved(film, list(islice(movies, len(film.rows)))) for film in named]
        results: list[dict[str, Any]] = [
            {"movie": movie, "score": round(film.score, SCORE_DIGITS)}
            for film, movie in zip(answer.films, movies, strict=True)
        ]
        if question.explain:
            for film, result in zip(answer.films, results, strict=True):
                shared = snapshot.recommender.shared(question.likes, film.row)
                result["why"] = {"blocks": film.blocks, "shared": shared}
        return resolved, results


def _resolved(film: Named, movies: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The fields of a `Resolved`."""
    return {
        "input": film.given,
        "movie": movies[0],
        "confidence": film.confidence,
        "ambiguous": film.ambiguous,
        "alternatives": movies[1:],
    }


def _question(
    snapshot: Snapshot, request: RecommendRequest, likes: Sequence[Named], dislikes: Sequence[Named]
) -> Question:
    """The request in rows of the generation; ids that it does not have are left out."""
    films = snapshot.view.films
    question = Question(
        likes=tuple(film.row for film in likes),
        filters=request.filters,
        k=request.k,
        diversity=request.diversity,
        exact=request.exact,
        explain=request.explain,
    )
    if not request.more_than_likes:
        return question

    def known(ids: Sequence[int]) -> list[int]:
        return [row for movie_id in ids if (row := films.row_of(movie_id)) is not None]

    candidates = request.candidates
    return replace(
        question,
        dislikes=tuple(film.row for film in dislikes),
        text=request.text,
        weights=_preset(snapshot, request) | dict(request.weights),
        exclude=tuple(known(request.exclude)),
        candidates=None if candidates is None else tuple(films.best_of(row) for row in known(candidates)),
    )


def _piece(piece: Piece) -> dict[str, str]:
    """The fields of a `Read`."""
    return {"words": piece.words, "kind": piece.kind, "value": piece.value, "as": piece.how}


def _preset(snapshot: Snapshot, request: RecommendRequest) -> dict[str, float]:
    """The factors of a preset on the blocks that the generation's profile has."""
    factors = {} if request.preset is None else PRESETS[request.preset]
    return {name: factors[name] for name in snapshot.view.spaces[CONTENT].layout.names if name in factors}
