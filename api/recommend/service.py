"""The service behind every way of asking for recommendations: resolve, ask the recommender, dress the answer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from api.models import Posters
from api.operation.logs import Stage
from api.parameters import FilterFields
from api.recommend.models import KinQuery, Model, RankingFields, RecommendBody, RecommendQuery, TitleYear
from api.recommend.recall_sampler import RecallSampler
from api.recommend.resolve import Named, Resolver
from api.serving.serving import Served, Serving
from api.web.problems import NoRatingsError
from index.answer.recommend import Answer, Question
from index.encode.blocks import PRESETS
from index.spaces.space import CONTENT

SCORE_DIGITS = 9


class RecommendService:
    """Answers `GET` and `POST /movies/recommend` alike, from the generation alone.

    An answer has the fields of a `RecommendAnswer`. It is no such object, because to make one and to check a
    hundred values that are right by construction takes as long as to rank films; the tests do that.
    """

    def __init__(self, serving: Serving, posters: Posters, sampler: RecallSampler) -> None:
        self._serving, self._posters, self._sampler = serving, posters, sampler

    @property
    def at_hand(self) -> bool:
        """Whether a plain question is answered sooner than handed to a thread: its kin are at hand, too."""
        served = self._serving.at_hand
        return served is not None and served.generation.spaces[CONTENT].has_table

    def kin(self, movie_id: int, query: KinQuery) -> dict[str, Any]:
        """The kin of one film."""
        return self._answer([movie_id], query, query)

    def query(self, query: RecommendQuery) -> dict[str, Any]:
        """The answer to a `GET`: the same as to a `POST` with these likes."""
        titles = [TitleYear(title=title, year=query.year) for title in query.title]
        return self._answer([*titles, *query.id], query, query)

    def answer(self, body: RecommendBody) -> dict[str, Any]:
        """The answer to a `POST`.

        Raises:
            NotFoundError: a film that is named does not exist.
            NoRatingsError: a collaborative model is asked for and no ratings are loaded.
            BadQueryError: an unknown block, or nothing liked and no text with a known word.
        """
        return self._answer(body.like, body, body.filters, body)

    def _answer(
        self,
        like: Sequence[int | str | TitleYear],
        ranking: RankingFields,
        filters: FilterFields,
        body: RecommendBody | None = None,
    ) -> dict[str, Any]:
        started = time.perf_counter()
        if ranking.model is Model.COLLABORATIVE:
            raise NoRatingsError(
                "no ratings are loaded, so there is no collaborative model; use hybrid or content"
            )
        served = self._serving.current()
        resolver = Resolver(served.generation, self._posters)
        with Stage("resolve"):
            likes = [resolver.find(film) for film in like]
            dislikes = [resolver.find(film) for film in body.dislike] if body else []
            question = _question(ranking, filters, [film.row for film in likes])
            if body:
                question = _with_taste(served, question, body, [film.row for film in dislikes])
        with Stage("search"):
            answer = served.recommender.recommend(question)
        self._sampler.offer(served, question, answer)
        with Stage("hydrate"):
            resolved, results = self._shown(served, [*likes, *dislikes], question, answer)
        weights = {
            name: question.weights.get(name, 1.0) for name in served.generation.spaces[CONTENT].layout.names
        }
        return {
            "query": {"resolved": resolved, "text": answer.text or None, "weights": weights},
            "generation": served.generation.manifest.id,
            "exact": answer.exact,
            "matching": answer.matching,
            "took_ms": round((time.perf_counter() - started) * 1e3, 3),
            "degraded": self._serving.database_problem is not None,
            "results": results,
        }

    def _shown(
        self, served: Served, named: Sequence[Named], question: Question, answer: Answer
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The films of the question and those of the answer, all read at once."""
        rows = [row for film in named for row in film.rows] + [film.row for film in answer.films]
        movies = iter([self._posters.shown(film) for film in served.generation.films.summaries(rows)])
        resolved = [_resolved(film, list(islice(movies, len(film.rows)))) for film in named]
        results: list[dict[str, Any]] = [
            {"movie": movie, "score": round(film.score, SCORE_DIGITS)}
            for film, movie in zip(answer.films, movies, strict=True)
        ]
        if question.explain:
            for film, result in zip(answer.films, results, strict=True):
                shared = served.recommender.shared(question.likes, film.row)
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


def _question(ranking: RankingFields, filters: FilterFields, likes: Sequence[int]) -> Question:
    return Question(
        likes=tuple(likes),
        filters=filters.filters(),
        k=ranking.k,
        diversity=ranking.diversity,
        exact=ranking.exact,
        explain=ranking.explain,
    )


def _with_taste(served: Served, question: Question, body: RecommendBody, dislikes: Sequence[int]) -> Question:
    """The question with what only a body may ask for."""
    films = served.generation.films
    rows = {name: [films.row_of(i) for i in getattr(body, name) or ()] for name in ("exclude", "candidates")}
    known = {name: tuple(row for row in found if row is not None) for name, found in rows.items()}
    candidates = tuple(films.best_of(row) for row in known["candidates"])
    return replace(
        question,
        dislikes=tuple(dislikes),
        text=body.text or "",
        weights=_preset(served, body) | body.weights,
        exclude=known["exclude"],
        candidates=None if body.candidates is None else candidates,
    )


def _preset(served: Served, body: RecommendBody) -> dict[str, float]:
    """The factors of a preset on the blocks that the generation's profile has."""
    factors = {} if body.preset is None else PRESETS[body.preset]
    return {name: factors[name] for name in served.generation.spaces[CONTENT].layout.names if name in factors}
