"""The compare page over a real API: two films' facts beside each other, and the parts of their likeness."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support import serving
from tests.support.sample import Sample
from tests.ui.conftest import BARE, HOSTILE, HOSTILE_TITLE, KNOWN, OBSCURE, Open
from tests.ui.markup import Markup, Tag, drawn, said, target


def compares(page: Markup) -> list[Tag]:
    return page.all("a", "rk-compare")


def test_two_films_stand_side_by_side(open_page: Open) -> None:
    page = drawn(open_page("compare", id=[str(KNOWN), str(OBSCURE)]))
    heads = [tag.text for tag in page.all("th") if tag.attributes["scope"] == "col"]
    assert [head.removesuffix("Change") for head in heads] == ["Interstellar (2001)", "Interstelar (2001)"]
    rows = {tag.text for tag in page.all("tr")}
    assert "Votes32,0001" in rows
    assert "Budget$165 million–" in rows
    assert [target(tag) for tag in compares(page)] == [
        ("compare", {"id": [str(OBSCURE)]}),
        ("compare", {"id": [str(KNOWN)]}),
    ]


def test_every_block_has_its_part_of_the_likeness(open_page: Open) -> None:
    page = drawn(open_page("compare", id=[str(KNOWN), str(OBSCURE)]))
    likeness = page.all("section", "rk-likeness")[0].text
    parts = [float(tag.text.replace("−", "-")) for tag in page.all("b")]
    assert parts[0] == pytest.approx(sum(parts[1:]), abs=0.006)
    assert len(parts) > 6 and "The rest" not in likeness
    assert "Science Fiction" in likeness and "planet" in likeness


def test_the_second_film_is_found_by_its_title(open_page: Open) -> None:
    app = open_page("compare", id=str(KNOWN))
    app.text_input(key="compare-search").set_value("interstelar").run()
    found = [target(tag)[1]["id"] for tag in compares(drawn(app))]
    assert [str(KNOWN), str(OBSCURE)] in found
    assert [str(KNOWN)] * 2 not in found
    app.text_input(key="compare-search").set_value("qqqqqqqq").run()
    assert "No film is called anything like" in drawn(app).all("p", "rk-meta")[0].text


def test_a_film_and_its_kin_lead_here(open_page: Open) -> None:
    ways = [target(tag) for tag in compares(drawn(open_page("film", id=str(KNOWN))))]
    assert ways[0] == ("compare", {"id": [str(KNOWN)]})
    assert len(ways) == 11
    assert all(way[1]["id"][0] == str(KNOWN) and len(way[1]["id"]) == 2 for way in ways[1:])


def test_nothing_chosen_asks_for_a_film_and_offers_the_best_known(open_page: Open) -> None:
    for address in ({}, {"id": "abc"}):
        app = open_page("compare", **address)
        assert app.text_input(key="compare-search").label == "The first film"
        page = drawn(app)
        assert not page.all("table")
        assert next(target(tag)[1]["id"] for tag in compares(page)) == [str(KNOWN)]


def test_one_film_offers_its_kin_until_another_is_named(open_page: Open) -> None:
    offered = [target(tag)[1]["id"] for tag in compares(drawn(open_page("compare", id=str(KNOWN))))]
    assert len(offered) == 6
    assert all(pair[0] == str(KNOWN) != pair[1] for pair in offered)


def test_a_film_of_which_little_is_known_and_one_that_is_markup(open_page: Open) -> None:
    page = drawn(open_page("compare", id=[str(BARE), str(HOSTILE)]))
    assert HOSTILE_TITLE in page.all("th")[1].text
    assert "Rating–" in "".join(tag.text for tag in page.all("tr"))


def test_an_unknown_film_is_said(open_page: Open) -> None:
    assert said(open_page("compare", id=[str(KNOWN), "999"])) == "There is no such film"


def test_the_api_away_is_said(open_page: Open) -> None:
    app = open_page("compare", api=f"http://127.0.0.1:{serving.free_port()}", id=[str(KNOWN), str(OBSCURE)])
    assert said(app) == "The API is not running"
    drawn(app)


def test_facts_stay_while_the_index_is_away(open_page: Open, catalogue: Sample, tmp_path: Path) -> None:
    shutil.copy(catalogue.folder / "reelkin.db", tmp_path)
    with serving.api(Sample(f"sqlite:///{tmp_path}/reelkin.db", tmp_path)) as url:
        app = open_page("compare", api=url, id=[str(KNOWN), str(OBSCURE)])
        assert drawn(app).all("table", "rk-versus")
        assert said(app) == "The index is not built yet"
