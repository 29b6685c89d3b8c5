"""The API's answers, cached for a short time: Streamlit runs a page again at every interaction.

Every function but `genres` raises an `ApiError` where the API does not answer; failures are not cached.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

import settings
from contract import Filters
from ui.client import ApiError, Client, NotFoundError
from ui.models.films import (
    About,
    Bin,
    Film,
    GenreCount,
    Group,
    More,
    Movie,
    MoviePage,
    MovieSummary,
    Overview,
    Ratings,
    Recommendation,
    Recommendations,
    SearchAnswer,
    Shelf,
    Trends,
)
from ui.models.operations import Accounts, Changes, Generation
from ui.models.sorts import Sort
from ui.models.state import BrowseState, Preferences, Tuning

PAGE_SIZE = 24
SUGGESTIONS, MOST_SUGGESTIONS = 9, 50
NEIGHBOURS = 10
SHELF, MOST_SHELF = 12, 50
TREND_LINES = 8
SUGGESTED = 1_000
SAMPLE, SAMPLE_PAGE, SAMPLE_SEED = 300, 100, 1

ROLE_KEY, ADMIN = "role", "admin"
"""Of the session: the role of who has signed in."""
LOCAL = "127.0.0.1"
"""Streamlit gives no address for a visitor on the same machine."""

TTL_S = 60
GENERATIONS_TTL_S = 5
STATISTICS_TTL_S = 600
MOST_ENTRIES = 1_000


def api() -> Client:
    """The client of the API that the settings name; one for all sessions.

    Raises:
        settings.SettingsError: a setting cannot work.
    """
    return _client(settings.load().api_url)


@st.cache_resource(show_spinner=False)
def _client(api_url: str) -> Client:
    return Client(api_url, visitor)


def visitor() -> str:
    """The address of who looks at this page; "" if it is not known, or is of this machine itself."""
    trusted = settings.TrustedProxies(settings.load().trusted_proxies)
    address = st.context.ip_address  # of Streamlit's AppTest it is not a text
    peer = address if isinstance(address, str) else ""
    forwarded = st.context.headers.get("X-Forwarded-For", "")
    client = trusted.client(peer or LOCAL, forwarded)
    return client if peer or client != LOCAL else ""


def on_this_machine() -> bool:
    """Whether the app is opened on the machine that it runs on, and not through a proxy there."""
    address = st.context.ip_address
    return not (isinstance(address, str) and address) and "X-Forwarded-For" not in st.context.headers


def operates(client: Client) -> bool:
    """Whether the visitor may see the operator's page: an administrator; without one, anybody on this machine."""
    if st.session_state.get(ROLE_KEY) == ADMIN:
        return True
    if not on_this_machine():
        return False
    try:
        return not accounts(client).admin
    except ApiError:  # while it is away, nobody can sign in, and those on its machine start it
        return True


def _address(client: Client) -> str:
    return client.base_url


_BY_ADDRESS: dict[str | type[Any], Callable[[Any], Any]] = {Client: _address}


@st.cache_data(ttl=TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Loading the page …")
def page(client: Client, state: BrowseState) -> MoviePage:
    """A page of `PAGE_SIZE` films."""
    found = client.page(state, PAGE_SIZE)
    return found.model_copy(update={"items": with_posters(client, found.items)})


@st.cache_data(ttl=TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Loading the film …")
def movie(client: Client, movie_id: int) -> Movie:
    """A film with all its facts."""
    return client.movie(movie_id)


@st.cache_data(ttl=TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Searching titles …")
def search(client: Client, title: str, year: int | None, limit: int = SUGGESTIONS) -> SearchAnswer:
    """Films by title, preferably of a year."""
    answer = client.search(title, year=year, limit=limit)
    shown = {name: _illustrated(client, getattr(answer, name)) for name in ("matches", "nearest")}
    return answer.model_copy(update=shown)


@st.cache_data(ttl=TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Finding similar films …")
def recommend(
    client: Client, preferences: Preferences, tuning: Tuning, k: int = NEIGHBOURS, exclude: tuple[int, ...] = ()
) -> Recommendations:
    """The best films for some preferences without those to exclude, and why."""
    answer = client.recommend(preferences, tuning, k, exclude=exclude)
    films = _illustrated(client, (*answer.query.resolved, *answer.results))  # the posters of both in one request
    asked, results = films[: len(answer.query.resolved)], films[len(answer.query.resolved) :]
    query = answer.query.model_copy(update={"resolved": asked})
    return answer.model_copy(update={"query": query, "results": results})


@st.cache_data(ttl=TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner=False)
def missing(client: Client, movie_ids: tuple[int, ...]) -> tuple[int, ...]:
    """Those of some films that the index does not know."""

    def known(movie_id: int) -> bool:
        try:
            client.recommend(Preferences(likes=(movie_id,)), Tuning(), 1)
        except NotFoundError:
            return False
        return True

    return tuple(movie_id for movie_id in movie_ids if not known(movie_id))


@st.cache_data(ttl=TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Comparing …")
def similarity(client: Client, first: int, second: int) -> Recommendation | None:
    """How similar a film is to another and why; None while the index does not know both."""
    unfiltered = Tuning(Filters(adult=True))
    return next(iter(client.recommend(Preferences(likes=(first,)), unfiltered, 1, (second,)).results), None)


@st.cache_data(ttl=TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Loading the shelves …")
def shelves(client: Client) -> tuple[Shelf, ...]:
    """All shelves, with `SHELF` films each; a film stands on the first of its shelves."""
    found = client.shelves(MOST_SHELF)
    placed: dict[int, MovieSummary] = {}
    chosen = []
    for shelf in found:
        chosen.append([film for film in shelf.films if film.id not in placed][:SHELF])
        placed |= {film.id: film for film in chosen[-1]}
    films = {film.id: film for film in with_posters(client, list(placed.values()))}
    return tuple(
        shelf.model_copy(update={"films": tuple(films[film.id] for film in some)})
        for shelf, some in zip(found, chosen, strict=True)
    )


@st.cache_data(ttl=TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Loading the shelf …")
def genre_shelf(client: Client, genre: str) -> Shelf:
    """The shelf of a genre."""
    shelf = client.genre_shelf(genre, SHELF)
    return shelf.model_copy(update={"films": with_posters(client, shelf.films)})


@st.cache_data(ttl=STATISTICS_TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Counting …")
def overview(client: Client, filters: Filters) -> Overview:
    """The films that pass the filters, in figures."""
    return client.overview(filters)


@st.cache_data(ttl=STATISTICS_TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Counting …")
def ratings(client: Client, filters: Filters, movie_id: int | None) -> Ratings:
    """Films by rating, and where one stands among its genre."""
    return client.ratings(filters, movie_id)


@st.cache_data(ttl=STATISTICS_TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Counting …")
def bins(client: Client, by: str, filters: Filters) -> tuple[Bin, ...]:
    """Films by their `votes` or `runtimes`."""
    return client.bins(by, filters)


@st.cache_data(ttl=STATISTICS_TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Counting …")
def groups(client: Client, by: str, filters: Filters) -> tuple[Group, ...]:
    """Films by their `years`, `genres` or `languages`."""
    return client.groups(by, filters)


@st.cache_data(ttl=STATISTICS_TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner=False)
def _frequent(client: Client, kind: str) -> tuple[str, ...]:
    return tuple(group.name for group in client.frequent(kind, SUGGESTED))


def frequent(client: Client, kind: str) -> tuple[str, ...]:
    """The names of a kind that the most films have, to be suggested; none if the API does not answer."""
    try:
        return _frequent(client, kind)
    except ApiError:
        return ()


@st.cache_data(ttl=STATISTICS_TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner=False)
def _more(client: Client, movie_id: int) -> More:
    return client.more(movie_id)


def more(client: Client, movie_id: int) -> More | None:
    """What TMDB knows of a film besides; None if the API does not answer, since pages work without."""
    try:
        return _more(client, movie_id)
    except ApiError:
        return None


@st.cache_data(ttl=STATISTICS_TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Counting …")
def trends(client: Client, filters: Filters) -> Trends:
    """The `TREND_LINES` largest genres over the decades."""
    return client.trends(filters, TREND_LINES)


@st.cache_data(ttl=STATISTICS_TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Counting …")
def best(client: Client, filters: Filters) -> tuple[MovieSummary, ...]:
    """The `SHELF` best rated films."""
    return with_posters(client, client.page(BrowseState(filters, Sort.BEST), SHELF).items)


@st.cache_data(ttl=STATISTICS_TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Counting …")
def sample(client: Client, filters: Filters) -> tuple[MovieSummary, ...]:
    """Up to `SAMPLE` films with votes, drawn at random from those that pass the filters, the same each time."""
    state = BrowseState(replace(filters, votes_min=filters.votes_min or 1), Sort.RANDOM, seed=SAMPLE_SEED)
    films: list[MovieSummary] = []
    while len(films) < SAMPLE:
        page = client.page(state, SAMPLE_PAGE)
        films += page.items
        if page.next is None:
            break
        state = replace(state, cursor=page.next)
    return tuple(films)


@st.cache_data(ttl=TTL_S, hash_funcs=_BY_ADDRESS, show_spinner=False)
def accounts(client: Client) -> Accounts:
    """Who may have an account, and whether there is an administrator."""
    return client.accounts()


@st.cache_data(ttl=GENERATIONS_TTL_S, hash_funcs=_BY_ADDRESS, show_spinner="Listing the generations …")
def generations(client: Client) -> tuple[Generation, ...]:
    """All generations, the newest first."""
    return client.generations()


@st.cache_data(
    ttl=STATISTICS_TTL_S,
    max_entries=MOST_ENTRIES,
    hash_funcs=_BY_ADDRESS,
    show_spinner="Comparing it with the one before …",
)
def changes(client: Client, generation_id: str) -> Changes:
    """What a generation changed against the one before it."""
    return client.changes(generation_id)


def with_posters(client: Client, films: Sequence[Film]) -> tuple[Film, ...]:
    """Films with the posters that the API finds, in one request; unchanged if that fails."""
    try:
        found = client.posters([film.id for film in films]) if films else {}
    except ApiError:
        return tuple(films)
    urls = {movie_id: poster.url for movie_id, poster in found.items() if poster.url}
    return tuple(
        film.model_copy(update={"poster_url": urls[film.id]}) if film.id in urls else film for film in films
    )


def _illustrated(client: Client, answers: Sequence[About]) -> tuple[About, ...]:
    """Answers about one film each, with the posters of those films."""
    films = with_posters(client, [answer.movie for answer in answers])
    return tuple(answer.model_copy(update={"movie": film}) for answer, film in zip(answers, films, strict=True))


@st.cache_data(ttl=STATISTICS_TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner=False)
def _genres(client: Client, filters: Filters) -> tuple[GenreCount, ...]:
    return client.genres(filters)


def genres(client: Client, filters: Filters) -> tuple[GenreCount, ...]:
    """The genres of the films that pass the filters; none if the API does not answer, since pages work without."""
    try:
        return _genres(client, filters)
    except ApiError:
        return ()
