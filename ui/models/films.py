"""The API's answers about films and about a whole catalogue: `/movies`, `/shelves`, `/genres`, `/stats/*`."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """Base of every model of an answer: immutable, and fields that this app does not use are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class MovieSummary(Answer):
    """A film in a list.

    Attributes:
        runtime: minutes.
        rating: Bayesian average of the votes, 0 to 10.
    """

    id: int
    title: str
    original_title: str
    year: int | None
    genres: tuple[str, ...]
    runtime: int | None
    rating: float
    vote_average: float
    vote_count: int
    poster_url: str | None

    @property
    def name(self) -> str:
        """Title and year."""
        return f"{self.title} ({self.year})" if self.year else self.title


Film = TypeVar("Film", bound=MovieSummary)


class Movie(MovieSummary):
    """A film with all its facts.

    Attributes:
        release_date: ISO 8601.
        budget: US dollars.
        revenue: US dollars.
        original_language: a code in lower case, or "".
        imdb_rating: IMDb's, 0 to 10; None where it is unknown.
        imdb_votes: how many have voted at IMDb.
    """

    release_date: str | None
    status: str
    budget: int | None
    revenue: int | None
    original_language: str
    imdb_id: str | None
    overview: str
    tagline: str
    keywords: tuple[str, ...]
    production_companies: tuple[str, ...]
    production_countries: tuple[str, ...]
    spoken_languages: tuple[str, ...]
    director: tuple[str, ...]
    cast: tuple[str, ...]
    imdb_rating: float | None = None
    imdb_votes: int | None = None


class Offers(Answer):
    """Where a film can be watched in a country: names of services by how, and TMDB's page about it."""

    link: str | None
    flatrate: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    ads: tuple[str, ...] = ()
    rent: tuple[str, ...] = ()
    buy: tuple[str, ...] = ()


class Credit(Answer):
    """A person, and the person's character or job."""

    name: str
    role: str


class More(Answer):
    """What TMDB knows of a film besides; `watch` by the codes of countries."""

    watch: dict[str, Offers]
    trailer: str | None
    cast: tuple[Credit, ...]
    crew: tuple[Credit, ...]

    def __bool__(self) -> bool:
        return bool(self.watch or self.trailer or self.cast or self.crew)


class MoviePage(Answer):
    """A page of the catalogue; `next` and `previous` are cursors, `total` counts the films that match."""

    items: tuple[MovieSummary, ...]
    next: str | None
    previous: str | None
    total: int


class Poster(Answer):
    """The address of a film's poster; None where there is none."""

    url: str | None


class About(Answer):
    """What is said about one film: a match of a search, or a film that a request named."""

    movie: MovieSummary


class SearchAnswer(Answer):
    """Films by title, best first; if none resembles the title, the `nearest`."""

    ambiguous: bool
    matches: tuple[About, ...]
    nearest: tuple[About, ...]

    @property
    def films(self) -> tuple[MovieSummary, ...]:
        """The films of the matches."""
        return tuple(match.movie for match in self.matches)

    @property
    def nearest_films(self) -> tuple[MovieSummary, ...]:
        """The films that come nearest, if nothing matches."""
        return tuple(match.movie for match in self.nearest)


class Shared(Answer):
    """What a recommended film has in common with the films asked about."""

    genres: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


class Why(Answer):
    """The reasons for a recommendation.

    Attributes:
        blocks: each block's contribution to the score; may be negative; they add up to the score.
    """

    blocks: dict[str, float]
    shared: Shared


class Recommendation(About):
    """A film, how similar it is (`score`, higher is more similar), and why."""

    score: float
    why: Why


class Piece(Answer):
    """One thing that a text was read to ask for.

    Attributes:
        words: of the text.
        kind: what it is: `language`, `without genre`, `like` ...
        value: as films have it; of `like` and `unlike` the film's id.
        how: `filter` or `weight`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    words: str
    kind: str
    value: str
    how: str = Field(alias="as")

    @property
    def key(self) -> str:
        """What tells it from the other pieces of a text."""
        return f"{self.kind}:{self.value}"


class Understood(Answer):
    """How the API understood the request.

    Attributes:
        resolved: the liked films, then the disliked ones.
        text: None where none was given, or no word of it is known.
        read: what the text was read to ask for besides its story.
        weights: the factor of every block.
    """

    resolved: tuple[About, ...]
    text: str | None
    read: tuple[Piece, ...]
    weights: dict[str, float]


WELCOME = "welcome"
"""What the service gives as the reason of films for a newcomer."""


class Recommendations(Answer):
    """Recommended films, best first.

    Attributes:
        matching: how many films pass the filters.
        took_ms: milliseconds that the API measured.
        degraded: the database cannot be reached and the index answered alone.
        reasons: why the answer is less than was asked for, in words.
        full_score: of a film that is alike in every part; None if the service does not say.
    """

    query: Understood
    results: tuple[Recommendation, ...]
    reasons: tuple[str, ...] = ()
    matching: int
    took_ms: float
    degraded: bool
    full_score: float | None = None

    @property
    def asked(self) -> tuple[MovieSummary, ...]:
        """The films asked about: the liked ones, then the disliked ones."""
        return tuple(resolved.movie for resolved in self.query.resolved)

    @property
    def welcome(self) -> bool:
        """Whether these are films for a newcomer, of whose taste nothing is known; weights have no effect then."""
        return any(WELCOME in result.why.blocks for result in self.results)


class RelatedGenre(Answer):
    """A genre, and how many times as often as by chance it occurs together with another one."""

    name: str
    lift: float


class Shelf(Answer):
    """Films in the order of a rule.

    Attributes:
        rule: in words.
        formula: what the films are ordered by.
        genre: which one, for the shelf of a genre; None for the others.
        related: genres that often occur together with that one.
    """

    name: str
    title: str
    rule: str
    formula: str
    films: tuple[MovieSummary, ...]
    genre: str | None
    related: tuple[RelatedGenre, ...]


class Shelves(Answer):
    """All shelves, in the order to show them."""

    shelves: tuple[Shelf, ...]


class GenreCount(Answer):
    """A genre and how many films have it."""

    name: str
    films: int


class Genres(Answer):
    """All genres, those with the most films first."""

    genres: tuple[GenreCount, ...]


class Overview(Answer):
    """A catalogue in figures; None where nothing is known.

    Attributes:
        voted: films with votes.
        median_runtime: minutes.
    """

    films: int
    voted: int
    votes: int
    mean_vote: float | None
    first_year: int | None
    last_year: int | None
    median_runtime: int | None
    genres: int
    languages: int
    countries: int


class Bin(Answer):
    """Films from `low` up to but not including `high`; without `high`, all from `low` on."""

    low: float
    high: float | None
    films: int


class Bins(Answer):
    """Films by votes or runtime."""

    bins: tuple[Bin, ...]


class Standing(Answer):
    """A film among those of its genre (None: among all).

    Attributes:
        better_than: share of them with a lower rating; None where the film has no votes.
        mean_votes: those films by their mean vote.
        ratings: those films by their Bayesian rating.
    """

    movie: MovieSummary
    genre: str | None
    better_than: float | None
    mean_votes: tuple[Bin, ...]
    ratings: tuple[Bin, ...]


class Ratings(Answer):
    """Films with votes by their mean vote and by their Bayesian rating, and where the film asked about stands."""

    mean_votes: tuple[Bin, ...]
    ratings: tuple[Bin, ...]
    film: Standing | None


class Group(Answer):
    """Films with the same year, genre or language; `votes` is their sum."""

    name: str
    films: int
    votes: int


class Groups(Answer):
    """Films by year, genre or language."""

    groups: tuple[Group, ...]


class TrendLine(Answer):
    """The share of each period's films that a genre has."""

    name: str
    share: tuple[float, ...]


class Trends(Answer):
    """The largest genres over time; a period is named by its first year."""

    periods: tuple[int, ...]
    trends: tuple[TrendLine, ...]
