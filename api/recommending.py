"""The service behind every way of asking for recommendations: resolve, ask the recommender, dress the answer."""

from __future__ import annotations

import time
from collections.abc import Iterable

from api.answers import Posters, RecommendAnswer, Recommendation, Understood, Why
from api.parameters import KinQuery, Model, RankingFields, RecommendBody, RecommendQuery, TitleYear
from api.problems import NoRatingsError
from api.resolving import Named, Resolver
from api.sampling import RecallSampler
from api.serving import Served, Serving
from api.tracing import Stage
from index.recommend import Answer, Question

SCORE_DIGITS = 9


class RecommendService:
    """Answers `GET` and `POST /movies/recommend` alike, from the generation alone."""

    def __init__(self, serving: Serving, posters: Posters, sampler: RecallSampler) -> None:
        self._serving, self._posters, self._sampler = serving, posters, sampler

    def kin(self, movie_id: int, query: KinQuery) -> RecommendAnswer:
        """The kin of one film."""
        return self.answer(_body(query, [movie_id]))

    def query(self, query: RecommendQuery) -> RecommendAnswer:
        """The answer to a `GET`: the same as to a `POST` with these likes."""
        titles = [TitleYear(title=title, year=query.year) for title in query.title]
        return self.answer(_body(query, [*titles, *query.id]))

    def answer(self, body: RecommendBody) -> RecommendAnswer:
        """The answer to a question.

        Raises:
            NotFoundError: a film that is named does not exist.
            NoRatingsError: a collaborative model is asked for and no ratings are loaded.
            BadQueryError: an unknown block, or nothing liked and no text with a known word.
        """
        started = time.perf_counter()
        if body.model is Model.COLLABORATIVE:
            raise NoRatingsError(
                "no ratings are loaded, so there is no collaborative model; use hybrid or content"
            )
        served = self._serving.current()
        resolver = Resolver(served.generation, self._posters)
        with Stage("resolve"):
            likes = [resolver.find(film) for film in body.like]
            dislikes = [resolver.find(film) for film in body.dislike]
            question = _question(served, body, likes, dislikes)
        with Stage("search"):
            answer = served.recommender.recommend(question)
        self._sampler.offer(served, question, answer)
        with Stage("hydrate"):
            results = self._results(served, resolver, question, answer, body.explain)
        return RecommendAnswer(
            query=Understood(
                resolved=[named.resolved for named in (*likes, *dislikes)],
                text=answer.text or None,
                weights={
                    name: body.weights.get(name, 1.0) for name in served.generation.content.encoder.layout.names
                },
            ),
            generation=served.generation.manifest.id,
            exact=answer.exact,
            matching=answer.matching,
            degraded=self._serving.database_problem is not None,
            results=results,
            took_ms=round((time.perf_counter() - started) * 1e3, 3),
        )

    def _results(
        self, served: Served, resolver: Resolver, question: Question, answer: Answer, explain: bool
    ) -> list[Recommendation]:
        movies = resolver.summaries([film.row for film in answer.films])
        results = []
        for film, movie in zip(answer.films, movies, strict=True):
            result = Recommendation(movie=movie, score=round(film.score, SCORE_DIGITS))
            if explain:
                result.why = Why(blocks=film.blocks, shared=served.recommender.shared(question.likes, film.row))
            results.append(result)
        return results


def _body(asked: RankingFields | KinQuery | RecommendQuery, like: list[int | str | TitleYear]) -> RecommendBody:
    """A `GET` as the body that asks the same; it was validated already."""
    ranking = {name: getattr(asked, name) for name in RankingFields.model_fields}
    return RecommendBody.model_construct(like=like, filters=asked, **ranking)


def _question(served: Served, body: RecommendBody, likes: Iterable[Named], dislikes: Iterable[Named]) -> Question:
    films = served.generation.films
    rows = {name: [films.row_of(i) for i in getattr(body, name) or ()] for name in ("exclude", "candidates")}
    known = {name: tuple(row for row in found if row is not None) for name, found in rows.items()}
    known["candidates"] = tuple(films.best_of(row) for row in known["candidates"])
    return Question(
        likes=tuple(named.row for named in likes),
        dislikes=tuple(named.row for named in dislikes),
        text=body.text or "",
        weights=body.weights,
        filters=body.filters.filters(),
        exclude=known["exclude"],
        candidates=None if body.candidates is None else known["candidates"],
        k=body.k,
        diversity=body.diversity,
        exact=body.exact,
        explain=body.explain,
    )
