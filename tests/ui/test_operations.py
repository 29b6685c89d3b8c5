"""The operator's page over a real API: status, requests, generations, and what they changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from index.generation.manifest import Manifest
from index.generation.publish import Generations
from sql.accounts import Role, create_user, delete_user
from sql.engine import connect
from tests.support import serving
from tests.support.films import LATER_ADDS, build_two_generations
from tests.support.sample import Sample
from tests.ui.conftest import Open
from tests.ui.markup import cause, colour_alone, drawn, figures, message
from ui import catalogue, charts
from ui.client import Client

CHARTS_OF_REQUESTS, CHARTS_OF_A_BUILD = 2, 2


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two generations; the earlier one has a curve of two settings."""
    root: Path = tmp_path_factory.mktemp("built") / "generations"
    build_two_generations(root)
    folder = root / Generations(root).ids()[0]
    manifest = Manifest.read(folder)
    space = manifest.spaces["content"]
    space.curve[:] = [
        {"nlist": 64, "nprobe": n, "known": 0.9 + n / 100, "random": 0.8, "ms": n / 10, "bytes_per_film": 726.4}
        for n in (4, 8)
    ]
    space.parameters.update({"nlist": 64, "nprobe": 8})
    manifest.write(folder)
    return root


@pytest.fixture(scope="module")
def two_api_url(root: Path) -> Iterator[str]:
    """An API over them, with an empty database."""
    with serving.api(Sample(f"sqlite:///{root.parent}/reelkin.db", root.parent)) as url:
        yield url


def test_visitors_are_told_that_films_are_away_and_see_no_status(
    open_page: Open, two_api_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "on_this_machine", lambda: False)
    assert message(open_page("operations", api=two_api_url)) == "This page is for administrators"
    app = open_page("browse", api=f"http://127.0.0.1:{serving.free_port()}")
    assert message(app) == "Films are away for a moment"
    assert not app.code and not app.expander
    assert not any("127.0.0.1" in tag.text for tag in drawn(app).tags)


def test_an_administrator_takes_the_status_from_the_machine(open_page: Open, root: Path, two_api_url: str) -> None:
    database = connect(f"sqlite:///{root.parent}/reelkin.db")
    create_user(database, "ann", "no password", Role.ADMIN)
    st.cache_data.clear()
    try:
        assert message(open_page("operations", api=two_api_url)) == "This page is for administrators"
    finally:
        delete_user(database, "ann")
        st.cache_data.clear()


def test_the_served_generation_is_shown_with_what_it_changed(
    open_page: Open, two_api_url: str, root: Path
) -> None:
    earlier, later = Generations(root).ids()
    page = drawn(app := open_page("operations", api=two_api_url))
    status = figures(page)
    assert (status["Serving"], status["Database"], status["Indexed, not in the database"]) == (
        later,
        "reachable",
        "302",
    )
    rows = [row.text for row in page.all("tr") if "UTC" in row.text]
    assert [earlier in row for row in rows] == [False, True]
    assert "served" in rows[0] and "served" not in rows[1] and "302" in rows[0] and "nprobe 8" in rows[1]
    assert status["Films that came"] == str(len(LATER_ADDS))
    changes = page.all("section", "rk-changes")[0].text
    assert "Changed most" in changes and "of 10" in changes
    assert app.selectbox(key="generation").value == later
    assert len(app.get("vega_lite_chart")) == CHARTS_OF_REQUESTS + CHARTS_OF_A_BUILD - 1  # it has no curve


def test_another_generation_can_be_chosen(open_page: Open, two_api_url: str, root: Path) -> None:
    app = open_page("operations", api=two_api_url, generation=Generations(root).ids()[0])
    assert len(app.get("vega_lite_chart")) == CHARTS_OF_REQUESTS + CHARTS_OF_A_BUILD
    assert not colour_alone(app)
    assert any("the oldest generation that is kept" in text.value for text in app.markdown)
    assert not drawn(app).all("section", "rk-changes")


def test_the_curve_has_a_dot_for_each_setting_and_frames_the_one_in_use(two_api_url: str) -> None:
    (dots,) = charts.curve(Client(two_api_url).generations()[1]).to_dict()["datasets"].values()
    assert {(dot["setting"], dot["chosen"], dot["bytes"]) for dot in dots} == {
        ("nlist 64, nprobe 4", False, 726.4),
        ("nlist 64, nprobe 8", True, 726.4),
    }


def test_requests_are_counted_between_two_samples(open_page: Open, api_url: str) -> None:
    app = open_page("operations")
    assert figures(drawn(app))["Requests a second"] == "–"
    open_page("browse", genres="Horror", year_min="1977")
    requests = figures(drawn(app.run()))
    assert float(requests["Requests a second"]) > 0
    assert requests["p50"].endswith("s") and requests["Faults (5xx)"] == "0"
    assert "/movies" in [code.text for code in drawn(app).all("code")]


def test_a_damaged_generation_shows_what_is_wrong(open_page: Open, tmp_path: Path) -> None:
    root = tmp_path / "generations"
    build_two_generations(root)
    (root / Generations(root).ids()[0] / "manifest.json").write_text("{")
    with serving.api(Sample(f"sqlite:///{tmp_path}/reelkin.db", tmp_path)) as url:
        app = open_page("operations", api=url)
        page = drawn(app)
        assert "manifest.json" in page.all("td", "rk-error")[0].text
        assert message(app) == "It cannot be compared"
        assert not page.all("section", "rk-changes")


def test_an_index_that_is_not_built_gives_a_message(open_page: Open, empty_api_url: str) -> None:
    app = open_page("operations", api=empty_api_url)
    assert figures(drawn(app))["Serving"] == "nothing"
    assert message(app) == "No generation is built yet"
    assert app.code[0].value == "python -m etl build"


def test_an_api_that_is_down_gives_a_message(open_page: Open) -> None:
    app = open_page("operations", api=f"http://127.0.0.1:{serving.free_port()}")
    assert cause(app) == "The API is not running"
    assert not app.exception
