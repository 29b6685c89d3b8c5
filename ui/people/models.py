"""What the API answers to members and groups."""

from __future__ import annotations

from pydantic import BaseModel, Field

from ui.models.films import MovieSummary, Recommendation, Why

LISTS = {
    "ratings": "Ratings",
    "watched": "Watched",
    "watchlist": "Watchlist",
    "not-interested": "Not interested",
    "likes": "Likes",
}
"""The lists of a member, and what they are called."""

RULES = {
    "mean": "On average: the best mean",
    "least-misery": "Nobody suffers: the best for who likes it least",
    "veto": "With a veto: nothing like what anybody dislikes",
    "fair": "In turns: who got least so far chooses next",
}
"""How a group agrees, and what that means."""


class Session(BaseModel):
    """An open session."""

    token: str
    role: str


class Me(BaseModel):
    """The member of the token."""

    name: str
    role: str
    films: dict[str, int]


class Marks(BaseModel):
    """What a member's lists say of a film."""

    rating: float | None = None
    lists: tuple[str, ...] = ()


class MarkedFilms(BaseModel):
    """What a member's lists say of some films."""

    films: dict[int, Marks]


class Marked(BaseModel):
    """A film on a list."""

    id: int
    rating: float | None
    movie: MovieSummary | None


class MarkPage(BaseModel):
    """A page of a list."""

    items: tuple[Marked, ...]
    next: int | None
    total: int


class ImportedRow(BaseModel):
    """What became of a row of a file."""

    title: str
    year: int | None
    status: str
    problem: str | None


class Imported(BaseModel):
    """What became of a file."""

    matched: int
    unsure: int
    ambiguous: int
    not_found: int
    dismissed: int
    invalid: int
    changed: int
    rows: tuple[ImportedRow, ...]


class WaitingRow(BaseModel):
    """A film of a file that the member has to pick."""

    key: str
    title: str
    year: int | None
    candidates: tuple[MovieSummary, ...]


class WaitingPage(BaseModel):
    """Films that wait."""

    items: tuple[WaitingRow, ...]
    next: str | None
    total: int


class Starters(BaseModel):
    """Films for a newcomer to choose from."""

    films: tuple[MovieSummary, ...]


class Evening(BaseModel):
    """Films for an evening."""

    results: tuple[Recommendation, ...]
    seed: int


class NameShare(BaseModel):
    """One name among a member's films."""

    name: str
    films: int
    rating: float | None
    crowd: float | None


class Period(BaseModel):
    """A year of watching."""

    year: int
    films: int
    rating: float | None


class RatedApart(BaseModel):
    """A film that the member rates otherwise than most people."""

    movie: MovieSummary
    rating: float
    apart: float


class Compared(BaseModel):
    """The member's ratings and everybody's."""

    films: int
    rating: float | None
    crowd: float | None
    correlation: float | None
    higher: tuple[RatedApart, ...]
    lower: tuple[RatedApart, ...]


class Insights(BaseModel):
    """What a member watches."""

    seen: int
    rated: int
    genres: tuple[NameShare, ...]
    decades: tuple[NameShare, ...]
    languages: tuple[NameShare, ...]
    countries: tuple[NameShare, ...]
    directors: tuple[NameShare, ...]
    actors: tuple[NameShare, ...]
    ratings: dict[str, int]
    over_time: tuple[Period, ...]
    compared: Compared
    given_up: tuple[MovieSummary, ...]
    blind_spots: tuple[MovieSummary, ...]


class GroupFilm(BaseModel):
    """A film for a group."""

    movie: MovieSummary
    score: float
    members: dict[str, float]
    turn: str | None = None


class GroupFilms(BaseModel):
    """Films for a group."""

    results: tuple[GroupFilm, ...]


class RoomMember(BaseModel):
    """A member of a room."""

    name: str
    like: tuple[MovieSummary, ...]
    dislike: tuple[MovieSummary, ...]


class Room(BaseModel):
    """A room."""

    rule: str
    version: int
    members: tuple[RoomMember, ...]
    films: GroupFilms


class OpenedRoom(BaseModel):
    """A new room."""

    key: str


class Step(BaseModel):
    """A film of a path."""

    movie: MovieSummary
    score: float | None
    why: Why | None


class Path(BaseModel):
    """A chain of films."""

    steps: tuple[Step, ...]
    width: float = Field(ge=-1)
