"""What the pages ask, answered from memory for a while: Streamlit runs a page again at every touch.

Every question but `genres` raises an `ApiError` when it is not answered; failures are not remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import streamlit as st

import settings
from ui.client import ApiError, Client
from ui.models.films import GenreCount, Kin, Movie, MoviePage, MovieSummary, Recommendation, SearchAnswer
from ui.models.operations import Built, Changes
from ui.models.state import BrowseState, Filters, Taste, Tuning
from ui.models.statistics import Bin, Group, Overview, Ratings, Shelf, Top, Trends

Film = TypeVar("Film", bound=MovieSummary)

PAGE_SIZE = 24
SUGGESTIONS, MOST_SUGGESTIONS = 9, 50
KIN = 10
SHELF = 12
TREND_LINES = 8
TOP = 60

TTL_S = 60
GENERATIONS_TTL_S = 5
GENRES_TTL_S = 600
MOST_ENTRIES = 1_000


def api() -> Client:
    """The client of the API that the settings name; one for all sessions.

    Raises:
        settings.SettingsError: a setting cannot work.
    """
    return _client(settings.load().api_url)


@st.cache_resource(show_spinner=False)
def _client(api_url: str) -> Client:
    return Client(api_url)


def _address(client: Client) -> str:
    return client.base_url


_BY_ADDRESS: dict[str | type[Any], Callable[[Any], Any]] = {Client: _address}


@st.cache_data(ttl=TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Turning the page …")
def page(client: Client, state: BrowseState) -> MoviePage:
    """A page of `PAGE_SIZE` films."""
    found = client.page(state, PAGE_SIZE)
    return replace(found, items=with_posters(client, found.items))


@st.cache_data(ttl=TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Fetching the film …")
def movie(client: Client, movie_id: int) -> Movie:
    """All that is known about a film."""
    return client.movie(movie_id)


@st.cache_data(ttl=TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Reading the titles …")
def search(client: Client, title: str, year: int | None, limit: int = SUGGESTIONS) -> SearchAnswer:
    """Films by title, preferably of a year."""
    answer = client.search(title, year=year, limit=limit)
    films = with_posters(client, [match.movie for match in answer.matches])
    matches = (replace(match, movie=film) for match, film in zip(answer.matches, films, strict=True))
    return replace(answer, matches=tuple(matches))


@st.cache_data(ttl=TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Looking for kin …")
def recommend(client: Client, taste: Taste, tuning: Tuning, k: int = KIN) -> Kin:
    """The films that suit a taste best and why."""
    answer = client.recommend(taste, tuning, k)
    films = with_posters(client, [*answer.asked, *(result.movie for result in answer.results)])
    asked, kin = films[: len(answer.asked)], films[len(answer.asked) :]
    results = (replace(result, movie=film) for result, film in zip(answer.results, kin, strict=True))
    return replace(answer, asked=asked, results=tuple(results))


@st.cache_data(ttl=TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Comparing …")
def likeness(client: Client, first: int, second: int) -> Recommendation | None:
    """How alike a film is to another and why; None while the index does not know both."""
    everything = Tuning(Filters(adult=True))
    return next(iter(client.recommend(Taste(likes=(first,)), everything, 1, (second,)).results), None)


@st.cache_data(ttl=TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Filling the shelves …")
def shelves(client: Client) -> tuple[Shelf, ...]:
    """All shelves, with `SHELF` films each."""
    found = client.shelves(SHELF)
    unique = {film.id: film for shelf in found for film in shelf.films}
    films = {film.id: film for film in with_posters(client, list(unique.values()))}
    return tuple(replace(shelf, films=tuple(films[film.id] for film in shelf.films)) for shelf in found)


@st.cache_data(ttl=TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Filling the shelf …")
def genre_shelf(client: Client, genre: str) -> Shelf:
    """The shelf of a genre."""
    shelf = client.genre_shelf(genre, SHELF)
    return replace(shelf, films=with_posters(client, shelf.films))


@st.cache_data(ttl=GENRES_TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Counting …")
def overview(client: Client, filters: Filters) -> Overview:
    """The films that pass, at a glance."""
    return client.overview(filters)


@st.cache_data(ttl=GENRES_TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Counting …")
def ratings(client: Client, filters: Filters, movie_id: int | None) -> Ratings:
    """How films are rated, and one among its genre."""
    return client.ratings(filters, movie_id)


@st.cache_data(ttl=GENRES_TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Counting …")
def bins(client: Client, by: str, filters: Filters) -> tuple[Bin, ...]:
    """Films by their `votes` or `runtimes`."""
    return client.bins(by, filters)


@st.cache_data(ttl=GENRES_TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Counting …")
def groups(client: Client, by: str, filters: Filters) -> tuple[Group, ...]:
    """Films by their `years`, `genres` or `languages`."""
    return client.groups(by, filters)


@st.cache_data(ttl=GENRES_TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Counting …")
def trends(client: Client, filters: Filters) -> Trends:
    """The `TREND_LINES` largest genres over the decades."""
    return client.trends(filters, TREND_LINES)


@st.cache_data(ttl=GENRES_TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner="Counting …")
def top(client: Client, filters: Filters) -> Top:
    """The `TOP` films with the most votes, and as many with the best rating."""
    return client.top(filters, TOP)


@st.cache_data(ttl=GENERATIONS_TTL_S, hash_funcs=_BY_ADDRESS, show_spinner="Listing the generations …")
def generations(client: Client) -> tuple[Built, ...]:
    """The generations that there are, the newest first."""
    return client.generations()


@st.cache_data(
    ttl=GENRES_TTL_S,
    max_entries=MOST_ENTRIES,
    hash_funcs=_BY_ADDRESS,
    show_spinner="Comparing it with the one before …",
)
def changes(client: Client, generation_id: str) -> Changes:
    """What a generation changed against the one before it."""
    return client.changes(generation_id)


def with_posters(client: Client, films: Sequence[Film]) -> tuple[Film, ...]:
    """Films with the posters that the API finds, in one question; as they are where it fails."""
    try:
        found = client.posters([film.id for film in films]) if films else {}
    except ApiError:
        return tuple(films)
    return tuple(replace(film, poster_url=found.get(film.id) or film.poster_url) for film in films)


@st.cache_data(ttl=GENRES_TTL_S, max_entries=MOST_ENTRIES, hash_funcs=_BY_ADDRESS, show_spinner=False)
def _genres(client: Client, filters: Filters) -> tuple[GenreCount, ...]:
    return client.genres(filters)


def genres(client: Client, filters: Filters) -> tuple[GenreCount, ...]:
    """The genres of the films that pass; none while the API cannot say, since a filter can wait."""
    try:
        return _genres(client, filters)
    except ApiError:
        return ()
