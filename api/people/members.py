"""A person's own place: the account, and the films that the person rated, watched, wants to see or does not.

Every route of `/me` is about the user of the token alone. `api.web.cache` keeps no answer to a request with a
token, and tells others not to.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Security
from pydantic import BaseModel, BeforeValidator, Field, StringConstraints
from pydantic.types import StrictFloat, StrictInt
from sqlalchemy import Engine

from api.models import Limit, MovieId, MovieIdPath, MovieIds, MovieSummary, NoQuery, Posters, Strict, StrictMovieId
from api.people.accounts import UNAUTHORIZED, AccountService, Credentials, LoginGate, requires
from api.people.known import KnownSessions
from api.people.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD, hash_password
from api.web.cache import query_string
from api.web.middleware import client_of
from api.web.openapi import NOT_FOUND, PROBLEMS, TOO_LARGE, problem_response
from api.web.problems import BadFilmError, ForbiddenError, NotFoundError, UnauthorizedError
from settings import SignUp
from sql import accounts as stored
from sql import marks, movies
from sql.accounts import Role, User
from sql.marks import Mark, MarkKind
from sql.tables import USER_NAME_MAX

MOST_MARKS = 1_000
"""Films of one batch."""

NAMED = 20
"""Unknown ids that a refusal names."""

Password = Annotated[str, StringConstraints(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)]
Rating = Annotated[StrictFloat | StrictInt, Field(ge=0.5, le=10, multiple_of=0.5)]


class NewUser(Strict):
    """Body of `POST /users`."""

    name: Annotated[str, StringConstraints(pattern=rf"^[A-Za-z0-9_.@-]{{1,{USER_NAME_MAX}}}$")] = Field(
        description="letters, digits and . _ @ -", examples=["bea"]
    )
    password: Password = Field(description="8 characters or more", examples=["correct horse"])


class Account(BaseModel):
    """A user."""

    name: str = Field(description="the name", examples=["bea"])
    role: Role = Field(description="what the user may do", examples=["member"])


class Me(Account):
    """The user of the token."""

    films: dict[MarkKind, int] = Field(
        description="films on each list",
        examples=[{"ratings": 12, "watched": 15, "watchlist": 3, "not-interested": 1, "likes": 2}],
    )


class PasswordChange(Strict):
    """Body of `PUT /me/password`."""

    old: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PASSWORD)] = Field(
        description="the password until now", examples=["correct horse"]
    )
    new: Password = Field(description="8 characters or more", examples=["correct horse battery"])


def _few(given: Any) -> Any:
    """Refuse a long map before its entries are read."""
    if isinstance(given, dict) and len(given) > MOST_MARKS:
        raise ValueError(f"has {len(given):,} films; send {MOST_MARKS:,} at the most")
    return given


class MarkBody(Strict):
    """Body of `PUT /me/{list}/{movie_id}`."""

    rating: Rating | None = Field(None, description="0.5 to 10 in halves; for `ratings` only", examples=[8.5])


class Marks(Strict):
    """Body of `POST /me/{list}`: many films at once."""

    add: Annotated[list[StrictMovieId], Field(max_length=MOST_MARKS, fail_fast=True)] = Field(
        [], description="ids of films to put on the list; of any but `ratings`", examples=[[]]
    )
    ratings: Annotated[dict[MovieId, Rating], BeforeValidator(_few), Field(max_length=MOST_MARKS)] = Field(
        {}, description="id -> rating, for `ratings` only", examples=[{"348": 9, "679": 7.5}]
    )
    remove: Annotated[list[StrictMovieId], Field(max_length=MOST_MARKS, fail_fast=True)] = Field(
        [], description="ids of films to take off the list", examples=[[62]]
    )


class MarkQuery(Strict):
    """Parameters of `GET /me/{list}`."""

    limit: Limit = Field(50, description="films on a page", examples=[20])
    after: Annotated[int, Field(ge=0)] = Field(
        0, description="`next` of the page before; the list is in order of id", examples=[0]
    )


class Marked(BaseModel):
    """A film on a list."""

    id: int = Field(description="TMDB's id", examples=[348])
    rating: float | None = Field(description="0.5 to 10; null on the other lists", examples=[8.5])
    at: datetime = Field(description="when it was put there", examples=["2026-11-25T19:00:00Z"])
    movie: MovieSummary | None = Field(description="the film; null if the catalogue has it no longer")


class MarkPage(BaseModel):
    """A page of a list."""

    items: list[Marked] = Field(description="the films of the page, in order of id")
    next: int | None = Field(description="send back as `after`; null at the end", examples=[None])
    total: int = Field(description="films on the list", examples=[12])


class FilmsQuery(Strict):
    """Parameters of `GET /me/films`."""

    ids: MovieIds = Field(description="TMDB ids of films", examples=[[348, 679]])


class FilmMarks(BaseModel):
    """What your lists say of a film."""

    rating: float | None = Field(description="0.5 to 10", examples=[8.5])
    lists: list[MarkKind] = Field(description="the lists that it is on", examples=[["ratings", "watched"]])


class MarkedFilms(BaseModel):
    """What your lists say of some films."""

    films: dict[int, FilmMarks] = Field(
        description="by id; films on no list are left out",
        examples=[{"348": {"rating": 8.5, "lists": ["ratings", "watched"]}}],
    )


class Changed(BaseModel):
    """What a batch did."""

    added: int = Field(description="films put on the list, new or again", examples=[2])
    removed: int = Field(description="films taken off it", examples=[1])


class MemberService:
    """What a user does with the user's own."""

    def __init__(self, database: Engine, posters: Posters, known: KnownSessions) -> None:
        self._database, self._posters, self._known = database, posters, known

    def sign_up(self, body: NewUser) -> Account:
        """Add a member.

        Raises:
            TakenError: the name is another user's.
        """
        stored.create_user(self._database, body.name, hash_password(body.password), Role.MEMBER)
        return Account(name=body.name, role=Role.MEMBER)

    def me(self, user: User) -> Me:
        """The user, and how many films each list has."""
        return Me(name=user.name, role=user.role, films=marks.counts(self._database, user))

    def change_password(self, user: User, new: str) -> None:
        """Give a user another password, and end all sessions."""
        stored.set_password(self._database, user, hash_password(new))
        self._known.changed()

    def leave(self, user: User) -> None:
        """Delete a user and everything that is the user's."""
        stored.delete_user(self._database, user.name)
        self._known.changed()

    def put(self, user: User, kind: MarkKind, films: dict[int, float | None]) -> None:
        """Put films on a list.

        Raises:
            NotFoundError: some are unknown; then none is put.
            UnauthorizedError: the user was deleted meanwhile.
        """
        try:
            unknown = sorted(marks.put(self._database, user, kind, films))
        except LookupError as error:
            raise UnauthorizedError(str(error)) from error
        if unknown:
            more = f" and {len(unknown) - NAMED} more" if len(unknown) > NAMED else ""
            raise NotFoundError(f"there is no film with the id {', '.join(map(str, unknown[:NAMED]))}{more}")

    def change(self, user: User, kind: MarkKind, body: Marks) -> Changed:
        """Put many films on a list, and take many off."""
        if body.add and kind is MarkKind.RATINGS:
            raise BadFilmError({"add": "send `ratings`, which has a rating for each film"})
        if body.ratings and kind is not MarkKind.RATINGS:
            raise BadFilmError({"ratings": f"{kind} has no ratings; send `add`"})
        films: dict[int, float | None] = {**dict.fromkeys(body.add), **body.ratings}
        if films:
            self.put(user, kind, films)
        removed = marks.remove(self._database, user, kind, body.remove) if body.remove else 0
        return Changed(added=len(films), removed=removed)

    def find(self, user: User, kind: MarkKind, movie_id: int) -> Marked:
        """A film on a list.

        Raises:
            NotFoundError: it is not on it.
        """
        found = marks.find(self._database, user, kind, movie_id)
        if found is None:
            raise NotFoundError(f"the film {movie_id} is not in your {kind}")
        return self._shown([found])[0]

    def films(self, user: User, query: FilmsQuery) -> MarkedFilms:
        """What the lists say of some films."""
        found: dict[int, FilmMarks] = {}
        for kind, mark in marks.of_films(self._database, user, query.ids):
            film = found.setdefault(mark.movie_id, FilmMarks(rating=None, lists=[]))
            film.lists.append(kind)
            film.rating = mark.rating if kind is MarkKind.RATINGS else film.rating
        return MarkedFilms(films=found)

    def remove(self, user: User, kind: MarkKind, movie_id: int) -> None:
        """Take a film off a list, if it is on it."""
        marks.remove(self._database, user, kind, [movie_id])

    def page(self, user: User, kind: MarkKind, query: MarkQuery) -> MarkPage:
        """A page of a list."""
        found = marks.page(self._database, user, kind, query.limit + 1, query.after)
        items = self._shown(found[: query.limit])
        more = items[-1].id if len(found) > query.limit else None
        return MarkPage(items=items, next=more, total=marks.counts(self._database, user)[kind])

    def _shown(self, found: list[Mark]) -> list[Marked]:
        films = movies.summaries(self._database, [mark.movie_id for mark in found])
        return [
            Marked(
                id=mark.movie_id,
                rating=mark.rating,
                at=mark.marked_at.replace(tzinfo=UTC),
                movie=self._posters.summary(vars(films[mark.movie_id])) if mark.movie_id in films else None,
            )
            for mark in found
        ]


SIGN_UP_PROBLEMS = problem_response(
    HTTPStatus.FORBIDDEN,
    "forbidden",
    "`REELKIN_SIGN_UP` does not allow it",
    "nobody can sign up here; ask for an account",
) | problem_response(
    HTTPStatus.CONFLICT,
    "taken",
    "The name is another user's",
    "there is a user 'bea' already; choose another name",
)

KindPath = Annotated[
    MarkKind,
    Path(alias="list", description="ratings, watched, watchlist, not-interested or likes", examples=["ratings"]),
]


def router(members: MemberService, accounts: AccountService, gate: LoginGate, sign_up: SignUp) -> APIRouter:
    """The routes of a person's own place."""
    routes = APIRouter(tags=["people"], responses=PROBLEMS | UNAUTHORIZED)
    user_of_token = requires(accounts, Role.MEMBER)
    member: Any = Security(user_of_token)

    @routes.post("/users", status_code=HTTPStatus.CREATED, responses=SIGN_UP_PROBLEMS | TOO_LARGE)
    async def add_user(body: NewUser, request: Request, credentials: Credentials, _: NoQuery) -> Account:
        """Sign up.

        A new member. By `REELKIN_SIGN_UP`: nobody can (`off`), anybody can (`open`), or those whom an admin adds,
        with the admin's token (`invited`).
        """
        if sign_up is SignUp.OFF:
            raise ForbiddenError("nobody can sign up here; ask for an account")
        if sign_up is SignUp.INVITED:
            await gate.run(partial(_check_admin, credentials.credentials if credentials else ""))
        return await gate.run(partial(members.sign_up, body), new_from=client_of(request.scope))

    def _check_admin(token: str) -> None:
        if not token or not user_of_token(token).role.covers(Role.ADMIN):
            raise ForbiddenError("only who is invited can sign up here: an admin adds new users")

    _add_own(routes, members, member, gate, accounts)
    _add_lists(routes, members, member)
    return routes


def _add_own(
    routes: APIRouter, members: MemberService, member: Any, gate: LoginGate, accounts: AccountService
) -> None:
    @routes.get("/me")
    def me(_: NoQuery, user: User = member) -> Me:
        """Show your account.

        The user of the token, and how many films each list has.
        """
        return members.me(user)

    @routes.put("/me/password", status_code=HTTPStatus.NO_CONTENT, responses=TOO_LARGE)
    async def change_password(body: PasswordChange, request: Request, _: NoQuery, user: User = member) -> None:
        """Change your password.

        All sessions end, this one too. A wrong old password counts as a failed login.
        """
        name = user.name
        await gate.check(name, client_of(request.scope), partial(accounts.check_password, name, body.old))
        await gate.run(partial(members.change_password, user, body.new))

    @routes.delete("/me", status_code=HTTPStatus.NO_CONTENT)
    def leave(_: NoQuery, user: User = member) -> None:
        """Delete your account.

        With everything that is yours: sessions, ratings and all other lists. It cannot be undone.
        """
        members.leave(user)


def _add_lists(routes: APIRouter, members: MemberService, member: Any) -> None:
    @routes.get("/me/films")
    def films(query: Annotated[FilmsQuery, query_string(FilmsQuery)], user: User = member) -> MarkedFilms:
        """Look up films on your lists.

        Up to 100 of them at once.
        """
        return members.films(user, query)

    @routes.get("/me/{list}")
    def page(
        kind: KindPath, query: Annotated[MarkQuery, query_string(MarkQuery)], user: User = member
    ) -> MarkPage:
        """List your films.

        Those on one of your lists, by pages in order of id.
        """
        return members.page(user, kind, query)

    @routes.post("/me/{list}", responses=NOT_FOUND | TOO_LARGE)
    def change(kind: KindPath, body: Marks, _: NoQuery, user: User = member) -> Changed:
        """Change many of your films.

        Up to 1,000 films are put on a list and up to 1,000 taken off. If one is unknown, none is changed.
        """
        return members.change(user, kind, body)

    @routes.get("/me/{list}/{movie_id}", responses=NOT_FOUND)
    def find(kind: KindPath, movie_id: MovieIdPath, _: NoQuery, user: User = member) -> Marked:
        """Show one of your films.

        With its rating; 404 if it is not on the list.
        """
        return members.find(user, kind, movie_id)

    @routes.put("/me/{list}/{movie_id}", responses=NOT_FOUND | TOO_LARGE)
    def put(
        kind: KindPath, movie_id: MovieIdPath, _: NoQuery, body: MarkBody | None = None, user: User = member
    ) -> Marked:
        """Rate or mark a film.

        `ratings` takes `{"rating": 8.5}`, 0.5 to 10 in halves; the other lists take no body. Again is no error.
        """
        rating = None if body is None else body.rating
        if (rating is None) is (kind is MarkKind.RATINGS):
            wanted = "send a rating from 0.5 to 10" if rating is None else f"{kind} has no ratings; send no body"
            raise BadFilmError({"rating": wanted})
        members.put(user, kind, {movie_id: rating})
        return members.find(user, kind, movie_id)

    @routes.delete("/me/{list}/{movie_id}", status_code=HTTPStatus.NO_CONTENT)
    def remove(kind: KindPath, movie_id: MovieIdPath, _: NoQuery, user: User = member) -> None:
        """Take a film off a list.

        It is no error if it is not on it.
        """
        members.remove(user, kind, movie_id)
