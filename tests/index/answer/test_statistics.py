"""Statistics against loops over the same films."""

from __future__ import annotations

from collections import Counter
from statistics import fmean, median
from typing import Any

import numpy as np
import pytest

from contract import Filters
from index.answer.statistics import Bin, Statistics
from index.films.filters import Allowed, FilterTable
from index.films.summaries import FilmStore
from tests.support.films import make_films

TABLE = make_films(400)
FILMS: list[dict[str, Any]] = TABLE.to_pylist()
STORE = FilmStore.build(TABLE)
FILTERS = FilterTable.build(TABLE, STORE.listed)
STATISTICS = Statistics(STORE, FILTERS)


@pytest.fixture(params=[Filters(), Filters(genres=("Horror",)), Filters(adult=True, year_min=1990)])
def chosen(request: pytest.FixtureRequest) -> Allowed:
    """The films to look at."""
    return FILTERS.select(request.param)


def films(chosen: Allowed) -> list[dict[str, Any]]:
    """The same films, one by one."""
    return [film for film, passed in zip(FILMS, chosen.mask, strict=True) if passed]


def counted(bins: list[Bin], values: list[float]) -> None:
    """Whether bins count what they say; the last one has its end, too."""
    for each in bins:
        high = float("inf") if each is bins[-1] or each.high is None else each.high
        assert each.films == sum(each.low <= value < high for value in values), each


def test_the_overview(chosen: Allowed) -> None:
    found, of = STATISTICS.overview(chosen), films(chosen)
    voted = [film for film in of if film["vote_count"]]
    assert (found.films, found.voted) == (len(of), len(voted))
    assert found.votes == sum(film["vote_count"] for film in of)
    assert found.mean_vote == pytest.approx(fmean(film["vote_average"] for film in voted), abs=1e-3)
    years = [film["year"] for film in of]
    assert (found.first_year, found.last_year) == (min(years), max(years))
    assert found.median_runtime == int(median(film["runtime"] for film in of if film["runtime"]))
    assert found.genres == len({genre for film in of for genre in film["genres"] or ()})
    assert found.languages == 2


def test_the_distributions(chosen: Allowed) -> None:
    of = films(chosen)
    voted = [film for film in of if film["vote_count"]]
    counted(STATISTICS.mean_votes(chosen), [film["vote_average"] for film in voted])
    counted(STATISTICS.ratings(chosen), [film["rating"] for film in voted])
    counted(STATISTICS.votes(chosen), [film["vote_count"] for film in of])
    counted(STATISTICS.runtimes(chosen), [film["runtime"] for film in of if film["runtime"]])


def test_a_film_among_others(chosen: Allowed) -> None:
    others = [film["rating"] for film in films(chosen) if film["vote_count"]]
    expected = fmean(rating < FILMS[7]["rating"] for rating in others)
    assert STATISTICS.rated_below(chosen, 7) == pytest.approx(expected)


def test_groups(chosen: Allowed) -> None:
    of = films(chosen)
    years = STATISTICS.years(chosen)
    assert {int(group.name): group.films for group in years} == Counter(film["year"] for film in of)
    assert [group.name for group in years] == sorted(group.name for group in years)
    genres = STATISTICS.names("genres", chosen)
    counts = Counter(genre for film in of for genre in film["genres"] or ())
    assert {group.name: group.films for group in genres} == counts
    assert [group.films for group in genres] == sorted(counts.values(), reverse=True)
    for group in genres:
        carriers = [film for film in of if group.name in (film["genres"] or ())]
        assert group.votes == sum(film["vote_count"] for film in carriers)
        means = [film["vote_average"] for film in carriers if film["vote_count"]]
        assert (group.voted, group.mean_vote) == (len(means), pytest.approx(fmean(means), abs=1e-3))


@pytest.mark.parametrize("years", [1, 10])
def test_trends(chosen: Allowed, years: int) -> None:
    of = films(chosen)
    periods, trends = STATISTICS.trends("genres", chosen, years, 3)
    assert len(trends) <= 3
    assert [period % years for period in periods] == [0] * len(periods)
    for trend in trends:
        for period, count, share in zip(periods, trend.films, trend.share, strict=True):
            dated = [film for film in of if period <= film["year"] < period + years]
            assert count == sum(trend.name in (film["genres"] or ()) for film in dated)
            assert share == pytest.approx(count / max(len(dated), 1), abs=1e-5)


def test_the_top(chosen: Allowed) -> None:
    ranked = sorted(films(chosen), key=lambda film: (-film["rating"], -film["vote_count"], film["id"]))
    assert [FILMS[row]["id"] for row in STATISTICS.top("rating", chosen, 9)] == [film["id"] for film in ranked[:9]]


def test_nothing_chosen_is_nothing_and_no_failure() -> None:
    nothing = Allowed(np.zeros(len(FILMS), np.bool_))
    overview = STATISTICS.overview(nothing)
    assert (overview.films, overview.mean_vote, overview.first_year, overview.median_runtime) == (
        0,
        None,
        None,
        None,
    )
    assert sum(each.films for each in STATISTICS.ratings(nothing) + STATISTICS.votes(nothing)) == 0
    assert (
        STATISTICS.years(nothing)
        == STATISTICS.names("genres", nothing)
        == STATISTICS.top("votes", nothing, 3)
        == []
    )
    assert STATISTICS.trends("genres", nothing, 10, 5) == ([], [])
    assert STATISTICS.rated_below(nothing, 0) is None
