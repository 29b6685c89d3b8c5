"""A generation with edits beside it answers as one that was built afresh from the edited catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contract import Filters
from index.answer.recommend import Question, Recommender
from index.answer.shelves import Shelf, Shelves
from index.answer.statistics import Group, Statistics
from index.answer.statistics import Overview as StatisticsOverview
from index.encode.blocks import COMPACT, DEFAULT, Profile
from index.encode.content import ContentEncoder
from index.films.filters import KINDS
from index.films.summaries import FILM_SCHEMA
from index.generation.manifest import Generation
from index.generation.overlay import Overlay, overlay
from index.spaces.space import CONTENT
from index.spaces.view import View
from tests.support.films import build_generation, make_films

FILMS = 240
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
Film = dict[str, Any]
FILTERS = (
    Filters(),
    Filters(adult=True),
    Filters(genres=("horror", "War"), year_min=1970),
    Filters(genres_all=("Crime", "Drama"), without_keywords=("gun",)),
    Filters(keywords=("ghost", "snow"), votes_min=3),
    Filters(languages=("fr",), countries=("Iceland", "japan"), rating_min=4.5),
    Filters(runtime_max=120, without_genres=("Comedy",)),
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    """A small generation, searched exactly."""
    root: Path = tmp_path_factory.mktemp("base")
    return build_generation(root, make_films(FILMS))


class Catalogue:
    """Films that are edited one batch after the other, and the overlay that follows."""

    def __init__(self, base: Generation) -> None:
        self.films: dict[int, Film] = {film["id"]: film for film in make_films(FILMS).to_pylist()}
        self.overlay = Overlay.over(base)

    def edit(self, films: Iterable[Film], deleted: Iterable[int] = ()) -> None:
        """Write some films, delete others."""
        written = list(films)
        gone = [movie_id for movie_id in deleted if self.films.pop(movie_id, None)]
        self.films |= {film["id"]: film for film in written}
        edited = dict.fromkeys([*gone, *(film["id"] for film in written)], NOW)
        table = pa.Table.from_pylist(written, schema=FILM_SCHEMA)
        self.overlay = self.overlay.with_edits(self.overlay.sequence + 1, edited, table)

    def merge(self, count: int) -> None:
        """Make one of the first segments."""
        segments = self.overlay.segments[:count]
        self.overlay = self.overlay.with_merged(segments, self.overlay.merged(len(segments)))

    def afresh(self, root: Path, profile: Profile = DEFAULT) -> Generation:
        """A generation of the films as they are, made by the same encoder."""
        encoder = self.overlay.generation.spaces[CONTENT].encoder
        films = pa.Table.from_pylist(sorted(self.films.values(), key=lambda film: film["id"]), schema=FILM_SCHEMA)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ContentEncoder, "fit", lambda profile, sample: encoder)
            return build_generation(root, films, profile)


def new(movie_id: int, title: str, **columns: Any) -> Film:
    """A film of which little is known but what is given."""
    known = dict.fromkeys(("rating", "vote_average", "popularity"), 5.0)
    return {
        **dict.fromkeys(FILM_SCHEMA.names), **known, "id": movie_id, "title": title, "original_title": title,
        "year": 0, "vote_count": 10, "adult": False, "original_language": "", "overview": "", "tagline": "",
        **{field.name: [] for field in FILM_SCHEMA if pa.types.is_list(field.type)}, **columns,
    }  # fmt: skip


def ids(view: View, rows: Iterable[int]) -> list[int]:
    return [film["id"] for film in view.films.summaries(list(rows))]


def kin(view: View, movie_id: int, **asked: Any) -> tuple[int, list[tuple[int, float]]]:
    """How many match, and the kin with their scores."""
    row = view.films.row_of(movie_id)
    assert row is not None
    answer = Recommender(view).recommend(Question(likes=(row,), **asked))
    movie_ids = ids(view, (film.row for film in answer.films))
    return answer.matching, [(found, film.score) for film, found in zip(answer.films, movie_ids, strict=True)]


LAST_BIT = 1e-6
"""A component near 0 may be stored one step of half precision apart: how sums are rounded depends on the batch."""


def check_same_kin(mine: tuple[int, list[tuple[int, float]]], afresh: tuple[int, list[tuple[int, float]]]) -> None:
    """The same films with the same scores; films whose scores are equal but for the last bit may change places."""
    assert mine[0] == afresh[0]
    scores, expected = ([score for _, score in found[1]] for found in (mine, afresh))
    assert scores == pytest.approx(expected, abs=LAST_BIT)
    known, other = dict(mine[1]), dict(afresh[1])
    for movie_id in known.keys() | other.keys():
        score = known.get(movie_id, scores[-1])
        assert score == pytest.approx(other.get(movie_id, expected[-1]), abs=LAST_BIT)


def found_by(view: View, title: str, **asked: Any) -> list[int]:
    return [match.movie_id for match in view.titles.search(title, **asked).matches]


def rounded(found: Group | StatisticsOverview) -> dict[str, Any]:
    """A mean depends on the order of adding up: its third digit may differ."""
    mean = found.mean_vote
    return vars(found) | {"mean_vote": None if mean is None else pytest.approx(mean, abs=0.0011)}


def check_alike(mine: View, afresh: View, films: dict[int, Film]) -> None:
    """What must be the same in both."""
    for filters in FILTERS:
        mine_chosen, chosen = mine.filters.select(filters), afresh.filters.select(filters)
        assert mine_chosen.count == chosen.count, filters
        assert sorted(ids(mine, mine_chosen.rows.tolist())) == sorted(ids(afresh, chosen.rows.tolist()))
        statistics, expected = Statistics(mine.films, mine.filters), Statistics(afresh.films, afresh.filters)
        assert rounded(statistics.overview(mine_chosen)) == rounded(expected.overview(chosen))
        for kind in KINDS:
            groups = statistics.names(kind, mine_chosen), expected.names(kind, chosen)
            assert [*map(rounded, groups[0])] == [*map(rounded, groups[1])]
        for column in ("votes", "rating"):
            tops = statistics.top(column, mine_chosen, 10), expected.top(column, chosen, 10)
            assert ids(mine, tops[0]) == ids(afresh, tops[1])
        for shelf in Shelf:
            shown = Shelves(mine.films, mine.filters).top(shelf, mine_chosen, 12)
            assert ids(mine, shown) == ids(afresh, Shelves(afresh.films, afresh.filters).top(shelf, chosen, 12))
    asked = sorted(films)[:: max(len(films) // 6, 1)] + sorted(films)[-2:]
    for movie_id in asked:
        for filters in FILTERS[:4]:
            check_same_kin(
                kin(mine, movie_id, filters=filters, exact=True),
                kin(afresh, movie_id, filters=filters, exact=True),
            )
        group, row = afresh.films.row_of(movie_id), mine.films.row_of(movie_id)
        assert group is not None
        assert row is not None
        assert sorted(ids(mine, mine.films.group_of(row))) == sorted(ids(afresh, afresh.films.group_of(group)))
        assert ids(mine, [mine.films.best_of(row)]) == ids(afresh, [afresh.films.best_of(group)])
        title = films[movie_id]["title"]
        assert found_by(mine, title, limit=1) == found_by(afresh, title, limit=1)
        assert movie_id in found_by(mine, title, limit=50)


TITLES = ("The Long Winter Night", "Snow", "The Ghost of House 3", "Wedding in Iceland 2", "七人の侍", "Orbit")
FILM = st.fixed_dictionaries(
    {
        "title": st.sampled_from(TITLES),
        "original_title": st.sampled_from(TITLES),
        "year": st.sampled_from([0, 1969, 1970, 2024]),
        "release_date": st.sampled_from([None, date(2024, 5, 1), date(1970, 1, 1)]),
        "runtime": st.sampled_from([None, 80, 120, 121]),
        "rating": st.sampled_from([4.5, 6.0, 9.5]),
        "vote_average": st.sampled_from([0.0, 6.1, 10.0]),
        "vote_count": st.sampled_from([0, 3, 300, 30_000]),
        "popularity": st.sampled_from([0.0, 7.5, 500.0]),
        "adult": st.booleans(),
        "original_language": st.sampled_from(["", "fr", "en", "is"]),
        "overview": st.sampled_from(["", "ghost house night", "space ship and a wedding in the snow"]),
        "genres": st.sampled_from([[], ["Horror"], ["Crime", "Drama"], ["War", "Snow Opera"]]),
        "keywords": st.sampled_from([[], ["ghost"], ["gun", "snow"]]),
        "production_countries": st.sampled_from([[], ["Iceland"], ["Atlantis", "Japan"]]),
    }
)
IDS = st.integers(FILMS - 30, FILMS + 12)
BATCH = st.tuples(st.dictionaries(IDS, FILM, max_size=5), st.sets(IDS, max_size=2), st.integers(0, 4))


@settings(
    phases=(Phase.reuse, Phase.generate),  # an example takes a second: shrinking it would take minutes
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(BATCH, min_size=1, max_size=6))
def test_after_any_edits_the_answers_are_those_of_a_new_build(
    base: Generation, monkeypatch: pytest.MonkeyPatch, batches: list[Any]
) -> None:
    monkeypatch.setattr(overlay, "OPEN", 3)
    catalogue = Catalogue(base)
    for written, deleted, merged in batches:
        films = [new(movie_id, **film) for movie_id, film in written.items()]
        catalogue.edit(films, deleted - written.keys())
        if merged > 1:
            catalogue.merge(merged)
    with TemporaryDirectory() as root:
        check_alike(catalogue.overlay.view, catalogue.afresh(Path(root)), catalogue.films)


def test_a_new_film_is_found_and_recommended_a_changed_one_by_what_it_is_now(base: Generation) -> None:
    catalogue = Catalogue(base)
    assert catalogue.overlay.view is base
    space, ghost = catalogue.films[1], catalogue.films[4]
    catalogue.edit([ghost | {"id": 9_001, "title": "The Long Winter Night"}])
    view = catalogue.overlay.view
    assert found_by(view, "long winter nihgt")[0] == 9_001
    assert kin(view, 4)[1][0][0] == kin(view, 4, candidates=(view.films.row_of(9_001),))[1][0][0] == 9_001
    catalogue.edit([space | {"id": 9_001, "title": "Short Summer Days"}])
    view = catalogue.overlay.view
    assert found_by(view, "shrot summer days")[0] == 9_001
    assert 9_001 not in found_by(view, "the long winter night", limit=50)
    assert kin(view, 1)[1][0][0] == 9_001
    assert 9_001 not in [movie_id for movie_id, _ in kin(view, 4, k=20)[1]]
    assert base.titles.search("short summer days").matches[0].movie_id != 9_001  # what is built stays as it is


def test_an_edit_that_changes_nothing_has_the_vector_and_words_of_the_build(base: Generation) -> None:
    catalogue = Catalogue(base)
    edited = [film for film in catalogue.films.values() if film["keywords"] and film["overview"]][:20]
    catalogue.edit(edited)
    view = catalogue.overlay.view
    assert base.words is not None
    assert view.words is not None
    for film in edited:
        built, written = base.films.row_of(film["id"]), view.films.row_of(film["id"])
        assert built is not None
        assert written is not None
        assert view.words.of_film(written) == base.words.of_film(built)
        vectors = [
            space.single(np.array([row]))
            for space, row in ((view.spaces[CONTENT], written), (base.spaces[CONTENT], built))
        ]
        np.testing.assert_allclose(*vectors, atol=2e-3)  # half precision; batches of other sizes round differently


def test_records_of_one_film_are_regrouped_with_the_edits(base: Generation, tmp_path: Path) -> None:
    catalogue = Catalogue(base)
    steps: list[list[Film]] = [
        [catalogue.films[20] | {"id": 9_001, "duplicate_of": 20}],  # a second record of a film of the generation
        [catalogue.films[20] | {"title": "Snow"}],  # whose best one is edited, so that both lie beside it
        [catalogue.films[40] | {"duplicate_of": 20}],
        [
            catalogue.films[60] | {"id": 9_002, "vote_count": 90_000},  # a better one of a film that is built
            catalogue.films[60] | {"duplicate_of": 9_002},
        ],
    ]
    for number, films in enumerate(steps):
        catalogue.edit(films)
        check_alike(catalogue.overlay.view, catalogue.afresh(tmp_path / str(number)), catalogue.films)
    view = catalogue.overlay.view
    rows = [view.films.row_of(movie_id) for movie_id in (20, 40, 60, 9_001, 9_002)]
    groups = [set(ids(view, view.films.group_of(row))) for row in rows if row is not None]
    assert groups == [{20, 40, 9_001}, {20, 40, 9_001}, {60, 9_002}, {20, 40, 9_001}, {60, 9_002}]
    assert not {40, 9_001} & {movie_id for movie_id, _ in kin(view, 20, k=100)[1]}
    regrouped = [catalogue.films[9_001] | {"duplicate_of": None}, catalogue.films[40] | {"duplicate_of": 9_001}]
    catalogue.edit(regrouped, deleted=[20])
    check_alike(catalogue.overlay.view, catalogue.afresh(tmp_path / "last"), catalogue.films)


def test_of_two_equal_films_that_with_more_votes_comes_first_wherever_it_lies(base: Generation) -> None:
    """Ties break by votes and then id, not by who was built and who was edited."""
    catalogue = Catalogue(base)
    film = catalogue.films[8]
    catalogue.edit([film | {"id": 9_002}, film | {"id": 9_001}, film | {"id": 9_003, "vote_count": 9_000}])
    _, found = kin(catalogue.overlay.view, 4, k=100, weights={"votes": 0.0})
    same = [movie_id for movie_id, _ in found if movie_id in (8, 9_001, 9_002, 9_003)]
    assert same == [9_003, 8, 9_001, 9_002]
    candidates = [catalogue.overlay.view.films.row_of(movie_id) for movie_id in (9_002, 9_001, 8)]
    _, ranked = kin(catalogue.overlay.view, 4, candidates=tuple(candidates))
    assert [movie_id for movie_id, _ in ranked] == [8, 9_001, 9_002]


def test_edits_that_come_while_segments_are_put_together_are_kept(base: Generation) -> None:
    catalogue = Catalogue(base)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlay, "OPEN", 1)
        for number in range(4):
            catalogue.edit([new(9_000 + 2 * number, f"Snow {number}"), new(9_001 + 2 * number, f"Ice {number}")])
        before = catalogue.overlay
        assert [len(segment) for segment in before.segments] == [2, 2, 2, 2]
        merged = before.merged(3)
        catalogue.edit([new(9_000, "Rain")], deleted=[9_003, 9_007])
        catalogue.overlay = catalogue.overlay.with_merged(before.segments[:3], merged)
    view = catalogue.overlay.view
    assert [len(segment) for segment in catalogue.overlay.segments] == [6, 2, 1]
    assert [view.films.row_of(movie_id) is not None for movie_id in range(9_000, 9_008)] == [
        True, True, True, False, True, True, True, False,
    ]  # fmt: skip
    assert found_by(view, "Rain", limit=1) == [9_000]
    assert "Snow 0" not in [match.text for match in view.titles.search("Snow 0", limit=50).matches]


def test_a_merge_of_what_is_no_longer_there_changes_nothing(base: Generation) -> None:
    catalogue = Catalogue(base)
    catalogue.edit([new(9_000, "Snow")])
    before = catalogue.overlay
    catalogue.edit([new(9_001, "Ice")])  # the open segment was made anew
    assert catalogue.overlay.with_merged(before.segments, before.merged(1)) is catalogue.overlay


def test_everything_may_be_deleted_again(base: Generation) -> None:
    catalogue = Catalogue(base)
    catalogue.edit([new(9_000, "Snow")])
    catalogue.edit([], deleted=[9_000, 1])
    view = catalogue.overlay.view
    assert catalogue.overlay.segments == ()
    assert (catalogue.overlay.films, len(catalogue.overlay.edited)) == (FILMS - 1, 2)
    assert view.films.row_of(1) is None
    assert 1 not in found_by(view, catalogue.films[5]["title"], limit=50)


def test_age_counts_from_the_first_edit(base: Generation) -> None:
    empty = Overlay.over(base)
    none = pa.Table.from_pylist([], schema=FILM_SCHEMA)
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    edited = empty.with_edits(7, {1: hour_ago, 2: datetime.now(UTC)}, none)
    assert (empty.age_s, edited.sequence) == (None, 7)
    assert edited.age_s in range(3_599, 3_660)


@pytest.mark.parametrize(("profile", "count"), [(DEFAULT, 3_000), (COMPACT, 600)], ids=["default", "compact"])
def test_beside_what_is_approximate(profile: Profile, count: int, films: pa.Table, tmp_path: Path) -> None:
    """IVF/PQ or coded vectors for the generation, an exact scan for the edits: as a new build would score them."""
    films = films.slice(0, count)
    catalogue = Catalogue(build_generation(tmp_path, films, profile))
    catalogue.films = {film["id"]: film for film in films.to_pylist()}
    drawn = np.random.default_rng(5).permutation(count)[: count // 8] + 1
    changed = [catalogue.films[int(i)] | {"genres": ["Horror"], "vote_count": int(i)} for i in drawn]
    catalogue.edit(changed + [catalogue.films[i] | {"id": 9_000 + i, "title": f"Twin {i}"} for i in range(1, 9)])
    deleted = set(range(count - 100, count - 50))
    catalogue.edit([], deleted)
    view = catalogue.overlay.view
    for movie_id in (10, 400, 9_003):
        _, exact = kin(view, movie_id, k=20, exact=True)
        _, found = kin(view, movie_id, k=20)
        assert len({movie_id for movie_id, _ in exact} & {movie_id for movie_id, _ in found}) >= 18
        row = view.films.row_of(movie_id)
        assert row is not None
        for film in Recommender(view).recommend(Question(likes=(row,), k=20)).films:
            assert sum(film.blocks.values()) == pytest.approx(film.score, abs=1e-6)
        assert not deleted & {movie_id for movie_id, _ in kin(view, movie_id, k=100)[1]}
    assert 9_003 in {movie_id for movie_id, _ in kin(view, 3)[1]}
