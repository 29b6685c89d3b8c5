"""The API's answers about the service itself: `/ready` and `/generations`."""

from __future__ import annotations

from ui.models.films import Answer, MovieSummary


class CurvePoint(Answer):
    """Recall and cost of one choice of an engine's parameters.

    Attributes:
        known: recall@10 of well-known films.
        random: recall@10 of random films.
        ms: median milliseconds of a query.
        bytes_per_film: in memory.
    """

    parameters: dict[str, int]
    known: float
    random: float
    ms: float
    bytes_per_film: float


class Generation(Answer):
    """A built generation; all but the first three fields are None where it is damaged.

    Attributes:
        problem: what is damaged, if anything is.
        created_at: ISO 8601.
        recall: recall@10 of `known` films, and of `random` ones.
        build_s: seconds of the whole build; `stages_s` of each of its stages.
    """

    id: str
    served: bool
    problem: str | None
    created_at: str | None
    rows: int | None
    profile: str | None
    engine: str | None
    parameters: dict[str, int] | None
    recall: dict[str, float] | None
    curve: tuple[CurvePoint, ...] | None
    build_s: float | None
    stages_s: dict[str, float] | None
    size_bytes: int | None


class Generations(Answer):
    """All generations, the newest first."""

    generations: tuple[Generation, ...]


class SomeFilms(Answer):
    """How many films, and the best known of them."""

    count: int
    films: tuple[MovieSummary, ...]


class ChangedFilm(Answer):
    """A film with different neighbours: how many of the ten were `kept`, which `went`, and which `came`."""

    movie: MovieSummary
    kept: int
    went: tuple[MovieSummary, ...]
    came: tuple[MovieSummary, ...]


class Changes(Answer):
    """What a generation changed against the one before it.

    Attributes:
        went: films that only the earlier one has.
        came: films that only the later one has.
        compared: how many films' ten neighbours were compared.
        kept: mean number of neighbours, of ten, that both have; None where nothing was compared.
        unchanged: how many of the compared films have the same ten neighbours.
        changed: the films that changed most.
    """

    went: SomeFilms
    came: SomeFilms
    compared: int
    kept: float | None
    unchanged: int
    changed: tuple[ChangedFilm, ...]


class Ready(Answer):
    """Whether requests can be answered in full: an answer, or the problem document that stands for it.

    Attributes:
        database: "ok", or what is wrong.
        generation: the one that is served, if one is.
        problem: why the published one is not served, if it is not.
        lag: films in the database less films in the index.
        edits: films edited since the build, searched in the overlay.
        edits_age_s: seconds since the first of them.
    """

    database: str
    generation: str | None
    problem: str | None
    lag: int | None
    edits: int | None = None
    edits_age_s: int | None = None
