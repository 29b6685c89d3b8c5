"""The service behind every route that recommends: find the films that are named, recommend, read what is shown.

From what a client calls a film, an id or a title, to its row in the generation.

Recall of the answers that clients get: every `EVERY_S`, the last question is searched exactly as well.

That happens in the background. An exact search takes 0.1 s at a million films, a third of a percent of one core.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from api.models import Posters
from api.operation.logs import Stage
from api.recommend.models import RecommendRequest, TitleYear
from api.serving.edits import Snapshot
from api.serving.serving import Serving
from api.web.problems import NoRatingsError, NotFoundError
from contract import Model
from index.answer.pieces import Piece
from index.answer.recommend import Answer, Question
from index.encode.blocks import PRESETS
from index.generation.tuning import recall_at_k
from index.spaces.space import CONTENT
from index.spaces.view import View
from index.titles import TitleAnswer

ALTERNATIVES = 5
"""Other films that are listed when a title is ambiguous."""

NEAREST = 3
"""Titles that a 404 suggests."""


@dataclass(frozen=True)
class Named:
    """A film of the request and how it was understood.

    Attributes:
        given: the id or the title that it was named by.
        rows: the film, and then others that may be meant as well.
        confidence: how sure it is, 0 to 1.
        ambiguous: whether there are others.
    """

    given: int | str
    rows: list[int]
    confidence: float = 1.0
    ambiguous: bool = False

    @property
    def row(self) -> int:
        """Of the film that it was taken for."""
        return self.rows[0]


class Resolver:
    """Finds the films that a request names, in one generation."""

    def __init__(self, view: View) -> None:
        self._view = view

    def find(self, film: int | str | TitleYear) -> Named:
        """The film meant; a misspelt title takes some milliseconds.

        Raises:
            NotFoundError: no film has this id, or none resembles this title; then the nearest are named.
            EmptyQueryError: the title has no letter, digit or symbol.
        """
        if isinstance(film, int):
            return self._by_id(film)
        title, year = (film, None) if isinstance(film, str) else (film.title, film.year)
        answer = self._view.titles.search(title, year=year, limit=ALTERNATIVES + 1, brief=True)
        if not answer.resolved:
            nearest = ", ".join(f"{match.text!r}" for match in answer.matches[:NEAREST])
            hint = f"; the nearest titles are {nearest}" if nearest else ""
            raise NotFoundError(f"no film resembles {title[:100]!r}{hint}")
        return _by_title(title, answer)

    def known(self, film: int | str | TitleYear) -> Named | None:
        """The film with this id or exactly this title, in less than half a millisecond; None: see `find`."""
        if isinstance(film, int):
            row = self._view.films.row_of(film)
            return None if row is None else Named(film, [row])
        title, year = (film, None) if isinstance(film, str) else (film.title, film.year)
        answer = self._view.titles.exact(title, ALTERNATIVES + 1) if year is None else None
        return None if answer is None else _by_title(title, answer)

    def _by_id(self, movie_id: int) -> Named:
        row = self._view.films.row_of(movie_id)
        if row is None:
            raise NotFoundError(f"there is no film with the id {movie_id}")
        return Named(movie_id, [row])


def _by_title(title: str, answer: TitleAnswer) -> Named:
    rows = [match.row for match in answer.matches[: None if answer.ambiguous else 1]]
    return Named(title, rows, round(answer.confidence, 4), answer.ambiguous)


logger = logging.getLogger("reelkin.api")

EVERY_S = 30.0
LEAST_PRIORITY = 19


class RecallSampler:
    """Compares answers that were searched approximately with exact ones, in a thread of its own."""

    def __init__(self, observe: Callable[[float], None]) -> None:
        self._observe = observe
        # A weak reference: the last question must not keep a generation that is no longer served.
        self._last: tuple[weakref.ref[Snapshot], Question, Answer] | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start sampling."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._repeat, name="sample-recall", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop sampling."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def offer(self, snapshot: Snapshot, question: Question, answer: Answer) -> None:
        """Take note of an answered question; only the last one is sampled."""
        if answer.films and not answer.exact and question.diversity == 0:
            self._last = weakref.ref(snapshot), question, answer

    def sample(self) -> None:
        """Compare the last answer offered, if there is one, with an exact search."""
        last, self._last = self._last, None
        snapshot = last[0]() if last is not None else None
        if last is None or snapshot is None:
            return
        _, question, answer = last
        exact = snapshot.recommender.recommend(dataclasses.replace(question, exact=True))
        truth = np.array([[film.score for film in exact.films]])
        found = np.full(truth.shape, -np.inf)
        found[0, : len(answer.films)] = [film.score for film in answer.films]
        self._observe(recall_at_k(found, truth))

    def _repeat(self) -> None:
        if sys.platform == "linux":  # where threads have priorities of their own: requests go first
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LEAST_PRIORITY)
        while not self._stop.wait(EVERY_S):
            try:
                self.sample()
            except Exception:  # of any kind: a thread that ends would never sample again
                logger.exception("recall could not be sampled")


SCORE_DIGITS = 9

NO_QUESTION = Question(model=Model.HYBRID)
"""Whose films are chosen without one: for a newcomer, or by several people."""


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
        question = _question(snapshot, request, [film], [], {})
        with Stage("neighbours"):
            answer = snapshot.recommender.known(question)
        return None if answer is None else self._answered(started, snapshot, [film], question, answer)

    def answer(self, request: RecommendRequest, *, resolved: bool = True) -> dict[str, Any]:
        """The answer, whatever it takes: up to 0.1 s and more at a million films.

        Args:
            request: what is asked.
            resolved: say how the films of the request were understood.

        Raises:
            NotFoundError: a film that is named does not exist.
            NoRatingsError: a collaborative model is asked for and no ratings are loaded.
            BadQueryError: an unknown block, or nothing liked and no text with a known word.
        """
        started = time.perf_counter()
        snapshot = self._serving.current()
        if request.model is Model.COLLABORATIVE and snapshot.view.ratings is None:
            raise NoRatingsError(_no_model(snapshot.view))
        resolver = Resolver(snapshot.view)
        with Stage("resolve"):
            likes = [resolver.find(film) for film in request.like]
            dislikes = [resolver.find(film) for film in request.dislike]
            rated = {resolver.find(movie_id).row: rating for movie_id, rating in request.ratings.items()}
            question = _question(snapshot, request, likes, dislikes, rated)
        with Stage("search"):
            answer = snapshot.recommender.recommend(question)
        named = [*likes, *dislikes] if resolved else []
        return self._answered(started, snapshot, named, question, answer)

    def _answered(
        self, started: float, snapshot: Snapshot, named: Sequence[Named], question: Question, answer: Answer
    ) -> dict[str, Any]:
        """The fields of a `RecommendAnswer`."""
        self._sampler.offer(snapshot, question, answer)
        with Stage("hydrate"):
            resolved, results = self._shown(snapshot, named, question, answer)
        written = self.written(started, snapshot, answer.matching, results, question)
        written["query"] |= {
            "resolved": resolved,
            "text": answer.text or None,
            "read": [_piece(piece) for piece in answer.read],
        }
        return written | {
            "exact": answer.exact,
            "reasons": list(answer.reasons),
            "full_score": None if answer.full is None else round(answer.full, SCORE_DIGITS),
        }

    def written(
        self,
        started: float,
        snapshot: Snapshot,
        matching: int,
        results: list[dict[str, Any]],
        question: Question = NO_QUESTION,
    ) -> dict[str, Any]:
        """The fields of a `RecommendAnswer` that names no film and no text.

        Args:
            started: when, by `time.perf_counter`.
            snapshot: that answered.
            matching: films that could have been returned.
            results: fields of each `Recommendation`.
            question: with the weights and the model.
        """
        names = snapshot.view.spaces[CONTENT].layout.names
        return {
            "query": {
                "resolved": [],
                "text": None,
                "read": [],
                "weights": {name: question.weights.get(name, 1.0) for name in names},
                "model": question.model.value,
            },
            "generation": snapshot.view.manifest.id,
            "exact": True,
            "matching": matching,
            "took_ms": round((time.perf_counter() - started) * 1e3, 3),
            "degraded": self._serving.database_problem is not None,
            "reasons": [],
            "full_score": None,
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
            spoke = list(answer.films[0].films or ()) if answer.films else []
            ids = [str(film["id"]) for film in snapshot.view.films.summaries(spoke)]
            shared = snapshot.recommender.shared(answer.likes, [film.row for film in answer.films])
            for film, result, common in zip(answer.films, results, shared, strict=True):
                result["why"] = {"blocks": film.blocks, "shared": common}
                if film.films is not None:
                    result["why"]["films"] = dict(zip(ids, film.films.values(), strict=True))
        return resolved, results


def _no_model(view: View) -> str:
    """Why there is no collaborative model."""
    learned = view.manifest.ratings
    if learned is None:
        return "no ratings are loaded, so there is no collaborative model; use hybrid or content"
    return f"nothing could be learned from the ratings ({learned.problem}); use hybrid or content"


def told_resolved(view: View, posters: Posters, named: Sequence[Named]) -> list[dict[str, Any]]:
    """The fields of a `Resolved` of each film."""
    films = view.films.summaries([row for film in named for row in film.rows])
    movies = iter([posters.shown(film) for film in films])
    return [_resolved(film, list(islice(movies, len(film.rows)))) for film in named]


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
    snapshot: Snapshot,
    request: RecommendRequest,
    likes: Sequence[Named],
    dislikes: Sequence[Named],
    rated: Mapping[int, float],
) -> Question:
    """The request in rows of the generation; ids that it does not have are left out."""
    films = snapshot.view.films
    question = Question(
        likes=tuple(film.row for film in likes),
        filters=request.filters,
        k=request.k,
        diversity=request.diversity,
        franchise=request.franchise,
        exact=request.exact,
        explain=request.explain,
        model=request.model,
    )
    if not request.more_than_likes:
        return question

    def known(ids: Sequence[int]) -> list[int]:
        return [row for movie_id in ids if (row := films.row_of(movie_id)) is not None]

    candidates = request.candidates
    return replace(
        question,
        dislikes=tuple(film.row for film in dislikes),
        ratings=rated,
        text=request.text,
        read=None if request.read is None else tuple(Piece(*piece) for piece in request.read),
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
