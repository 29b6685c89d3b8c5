"""Recommendations for several people: who they are, how they agree, and each person's part of every film."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic.types import StrictFloat, StrictInt

from api.models import NOT_BLANK, FilterFields, Limit, MovieId, MovieSummary, Posters, Strict, StrictMovieId
from api.people.codes import Code, TasteCodes
from api.people.recommending import Taste
from api.recommend.models import MOST_TASTE, Film, Resolved, Why
from api.recommend.service import Named, Resolver, told_resolved
from api.serving.edits import Snapshot
from api.serving.serving import Serving
from contract import Filters, Model
from index.answer.recommend import Question
from index.answer.together import Choice, Rule, choose
from index.answer.welcome import welcome
from sql.own_tables import MEMBER_NAME_MAX

MOST_MEMBERS = 20
MOST_OWN = 200
"""Films of a member's lists of a request."""

MemberName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MEMBER_NAME_MAX, pattern=r"^[^\x00-\x1f\x7f]+$"),
    NOT_BLANK,
]
Rating = Annotated[StrictFloat | StrictInt, Field(ge=0.5, le=10)]


def _few(given: Any) -> Any:
    """Refuse a long map before its entries are read."""
    if isinstance(given, dict) and len(given) > MOST_OWN:
        raise ValueError(f"has {len(given):,} films; send {MOST_OWN} at the most")
    return given


class GroupMember(Strict):
    """One of the people."""

    name: MemberName = Field(description="any name", examples=["Ann"])
    like: Annotated[list[Film], Field(max_length=MOST_OWN)] = Field(
        [], description="films that the person likes: ids, titles, or {title, year}", examples=[["Alien", 78]]
    )
    dislike: Annotated[list[Film], Field(max_length=MOST_OWN)] = Field(
        [], description="films that the person does not like", examples=[[679]]
    )
    ratings: Annotated[dict[MovieId, Rating], BeforeValidator(_few), Field(max_length=MOST_OWN)] = Field(
        {},
        description="id -> 0.5 to 10: 8 and more counts as a like, 6 says nothing, 4 and less counts as a dislike",
        examples=[{"1091": 9}],
    )
    seen: Annotated[list[StrictMovieId], Field(max_length=1_000, fail_fast=True)] = Field(
        [], description="ids of films that the person has seen", examples=[[949]]
    )
    code: Code | None = Field(
        None, description="of a member who agreed: see `POST /me/taste-code`", examples=[None]
    )


class GroupBody(Strict):
    """Body of `POST /groups/recommendations`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "members": [
                        {"name": "Ann", "like": ["Alien", 78]},
                        {"name": "Bob", "like": [194], "dislike": [679]},
                    ],
                    "rule": "least-misery",
                    "k": 5,
                }
            ]
        }
    )

    members: Annotated[list[GroupMember], Field(min_length=1, max_length=MOST_MEMBERS)] = Field(
        description="the people"
    )
    rule: Rule = Field(
        Rule.MEAN,
        description="`mean`; `least-misery`: the least part counts; `veto`: no kin of what anybody dislikes; "
        "`fair`: in turns",
        examples=["fair"],
    )
    k: Limit = Field(10, description="how many films", examples=[5])
    explain: bool = Field(False, description="explain each film to each person", examples=[True])
    filters: FilterFields = Field(
        default_factory=FilterFields, description="filters on the films to return", examples=[{"runtime_max": 120}]
    )

    @model_validator(mode="after")
    def _names_differ(self) -> GroupBody:
        if len({member.name for member in self.members}) < len(self.members):
            raise ValueError("two members have the same name; give them different ones")
        return self


class GroupFilm(BaseModel):
    """A film for the group."""

    movie: MovieSummary = Field(description="the film")
    score: float = Field(description="0 to 1, by the rule; in turns the mean", examples=[0.83])
    members: dict[str, float] = Field(
        description="each person's part: 1 is the best film for this person of those compared, 0 the least",
        examples=[{"Ann": 0.91, "Bob": 0.75}],
    )
    turn: str | None = Field(None, description="by the rule `fair`: whose turn it was", examples=["Ann"])
    why: dict[str, Why] | None = Field(
        None,
        description="with `explain`: the reasons for each person; blocks add up to the own score",
        examples=[None],
    )


class GroupAnswer(BaseModel):
    """Films for several people, best first."""

    members: dict[str, list[Resolved]] = Field(
        description="how each person's films were understood", examples=[{"Ann": []}]
    )
    rule: Rule = Field(description="how they agree", examples=["mean"])
    generation: str = Field(description="the built index that answered", examples=["20261121T223936Z-775b"])
    matching: int = Field(description="films that could have been returned", examples=[4999])
    took_ms: float = Field(description="milliseconds that it took to find the answer", examples=[12.3])
    degraded: bool = Field(
        description="true while the database is away and the index answers alone", examples=[False]
    )
    results: list[GroupFilm] = Field(description="the films; by the rule `fair` in the order of turns")


@dataclass(frozen=True)
class Person:
    """One of the people, in rows of a generation.

    Attributes:
        name: any.
        likes, dislikes: films without a rating.
        ratings: film -> 0.5 to 10.
        seen: films that are not to come back, besides those.
        named: how the films were understood that the person named.
        text: what the person is in the mood for; "" for nothing.
    """

    name: str
    likes: tuple[int, ...] = ()
    dislikes: tuple[int, ...] = ()
    ratings: Mapping[int, float] = field(default_factory=dict)
    seen: tuple[int, ...] = ()
    named: tuple[Named, ...] = ()
    text: str = ""

    @property
    def question(self) -> Question:
        """What the person would ask alone."""
        return Question(
            likes=self.likes, dislikes=self.dislikes, ratings=self.ratings, text=self.text, model=Model.HYBRID
        )


class GroupService:
    """Recommends to groups.

    Attributes:
        codes: of members whose taste may be used.
    """

    def __init__(self, serving: Serving, posters: Posters, codes: TasteCodes) -> None:
        self._serving, self._posters, self.codes = serving, posters, codes

    def answer(self, body: GroupBody) -> dict[str, Any]:
        """The fields of a `GroupAnswer`.

        Raises:
            NotFoundError: a film that is named, or a code, does not exist.
        """
        snapshot = self._serving.current()
        people = [self._person(snapshot, member) for member in body.members]
        return self.together(snapshot, people, body.rule, body.k, body.filters.filters(), explain=body.explain)

    def together(
        self,
        snapshot: Snapshot,
        people: Sequence[Person],
        rule: Rule,
        k: int,
        filters: Filters,
        *,
        explain: bool = False,
    ) -> dict[str, Any]:
        """The fields of a `GroupAnswer` for people whose films are known."""
        started, view = time.perf_counter(), snapshot.view
        hidden = tuple(
            sorted({row for one in people for row in (*one.likes, *one.dislikes, *one.ratings, *one.seen)})
        )
        asking = [person for person in people if person.question.liked or person.text]
        questions = [replace(person.question, filters=filters, exclude=hidden, k=k) for person in asking]
        disliked = sorted({row for one in people for row, value in one.question.values.items() if value == -1})
        if questions:
            choices, matching = choose(view, snapshot.recommender, questions, disliked, rule, k)
        else:
            allowed = snapshot.selection(filters).without(_records(snapshot, hidden))
            found, matching = welcome(view, allowed, k), allowed.count
            choices = [Choice(row, 0.0, ()) for row in found.rows.tolist()]
        movies = [self._posters.shown(film) for film in view.films.summaries([choice.row for choice in choices])]
        results: list[dict[str, Any]] = [
            {
                "movie": movie,
                "score": choice.score,
                "members": {person.name: part for person, part in zip(asking, choice.parts, strict=True)},
                "turn": None if choice.turn is None else asking[choice.turn].name,
            }
            for choice, movie in zip(choices, movies, strict=True)
        ]
        if explain and questions:
            for result, why in zip(results, _whys(snapshot, asking, questions, choices), strict=True):
                result["why"] = why
        return {
            "members": {
                person.name: told_resolved(view, self._posters, person.named) if person.named else []
                for person in people
            },
            "rule": rule,
            "generation": snapshot.id,
            "matching": matching,
            "took_ms": round((time.perf_counter() - started) * 1e3, 3),
            "degraded": self._serving.database_problem is not None,
            "results": results,
        }

    def _person(self, snapshot: Snapshot, member: GroupMember) -> Person:
        resolver = Resolver(snapshot.view)
        likes = [resolver.find(film) for film in member.like]
        dislikes = [resolver.find(film) for film in member.dislike]
        ratings = {resolver.find(movie_id).row: rating for movie_id, rating in member.ratings.items()}
        lent = Person("") if member.code is None else person_of(snapshot, "", self.codes.taste(member.code))
        return Person(
            member.name,
            tuple(dict.fromkeys((*(film.row for film in likes), *lent.likes))),
            tuple(dict.fromkeys((*(film.row for film in dislikes), *lent.dislikes))),
            {**lent.ratings, **ratings},
            (*rows_of(snapshot, member.seen), *lent.seen),
            (*likes, *dislikes),
        )


def person_of(snapshot: Snapshot, name: str, taste: Taste) -> Person:
    """A person with the taste of a member; of long lists the latest count."""
    likes, dislikes, seen = (rows_of(snapshot, ids) for ids in (taste.likes, taste.dislikes, sorted(taste.seen)))
    ratings = ((row, taste.ratings[i]) for i in taste.ratings for row in rows_of(snapshot, [i]))
    return Person(
        name,
        tuple(likes[:MOST_TASTE]),
        tuple(dislikes[:MOST_TASTE]),
        dict(islice(ratings, MOST_TASTE)),
        tuple(seen),
    )


def rows_of(snapshot: Snapshot, ids: Sequence[int]) -> list[int]:
    """Rows of films; those that the generation does not have are left out."""
    films = snapshot.view.films
    return [row for movie_id in ids if (row := films.row_of(movie_id)) is not None]


def _records(snapshot: Snapshot, rows: Sequence[int]) -> Any:
    return [record for row in rows for record in snapshot.view.films.group_of(row)]


def _whys(
    snapshot: Snapshot, people: Sequence[Person], questions: Sequence[Question], choices: Sequence[Choice]
) -> list[Mapping[str, Any]]:
    """For each film the reasons for each person."""
    rows = tuple(choice.row for choice in choices)
    whys: dict[int, dict[str, Any]] = {row: {} for row in rows}
    for person, question in zip(people, questions, strict=True):
        explained = replace(question, candidates=rows, k=max(len(rows), 1), explain=True)
        found = snapshot.recommender.recommend(explained).films
        shared = snapshot.recommender.shared(question.liked, [film.row for film in found])
        for film, common in zip(found, shared, strict=True):
            films = _by_id(snapshot, film.films)
            whys[film.row][person.name] = {"blocks": film.blocks, "films": films, "shared": common}
    return [whys[row] for row in rows]


def _by_id(snapshot: Snapshot, parts: Mapping[int, float] | None) -> dict[str, float] | None:
    """The parts of films by their ids, as `Why` has them."""
    if parts is None:
        return None
    films = snapshot.view.films.summaries(list(parts))
    return {str(film["id"]): part for film, part in zip(films, parts.values(), strict=True)}
