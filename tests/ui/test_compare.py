"""The compare page over a real API: the facts of two films, and the parts of their similarity."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support import serving
from tests.support.sample import Sample
from tests.ui.conftest import BARE, HOSTILE, HOSTILE_TITLE, KNOWN, OBSCURE, Open
from tests.ui.markup import Markup, Tag, cause, drawn, target


def compares(page: Markup) -> list[Tag]:
    return page.all("a", "rk-compare")


def test_two_films_are_shown_side_by_side(open_page: Open) -> None:
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


def test_every_block_has_its_part_of_the_similarity(open_page: Open) -> None:
    page = drawn(open_page("compare", id=[str(KNOWN), str(OBSCURE)]))
    similarity = page.all("section", "rk-similarity")[0].text
    parts = [float(tag.text.replace("−", "-")) for tag in page.all("b")]
    assert parts[0] == pytest.approx(sum(parts[1:]), abs=0.006)
    assert len(parts) > 6 and "Everything else" not in similarity
    assert "Science Fiction" in similarity and "planet" in similarity


def test_the_second_film_is_found_by_its_title(open_page: Open) -> None:
    app = open_page("compare", id=str(KNOWN))
    app.text_input(key="compare-search").set_value("interstelar").run()
    found = [target(tag)[1]["id"] for tag in compares(drawn(app))]
    assert [str(KNOWN), str(OBSCURE)] in found
    assert [str(KNOWN)] * 2 not in found
    app.text_input(key="compare-search").set_value("qqqqqqqq").run()
    assert "No film has a title like" in drawn(app).all("p", "rk-meta")[0].text


def test_a_film_and_its_neighbours_link_here(open_page: Open) -> None:
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


def test_one_film_offers_its_neighbours_until_a_title_is_typed(open_page: Open) -> None:
    offered = [target(tag)[1]["id"] for tag in compares(drawn(open_page("compare", id=str(KNOWN))))]
    assert len(offered) == 6
    assert all(pair[0] == str(KNOWN) != pair[1] for pair in offered)


def test_a_film_with_few_facts_and_one_whose_title_is_markup(open_page: Open) -> None:
    page = drawn(open_page("compare", id=[str(BARE), str(HOSTILE)]))
    assert HOSTILE_TITLE in page.all("th")[1].text
    assert "Mean vote–" in "".join(tag.text for tag in page.all("tr"))


def test_a_film_that_is_gone_is_named_and_the_other_stays(open_page: Open) -> None:
    app = open_page("compare", id=["999", str(KNOWN)])
    page = drawn(app)
    removes = next(tag for tag in page.all("a", "rk-link") if tag.text == "Film 999: remove")
    assert target(removes) == ("compare", {"id": [str(KNOWN)]})
    assert "Interstellar" in page.all("ul", "rk-choices")[0].text
    assert app.text_input(key="compare-search").label == "The second film"


def test_an_api_that_is_down_gives_a_message(open_page: Open) -> None:
    app = open_page("compare", api=f"http://127.0.0.1:{serving.free_port()}", id=[str(KNOWN), str(OBSCURE)])
    assert cause(app) == "The API is not running"
    drawn(app)


def test_facts_are_shown_without_an_index(open_page: Open, catalogue: Sample, tmp_path: Path) -> None:
    shutil.copy(catalogue.folder / "reelkin.db", tmp_path)
    with serving.api(Sample(f"sqlite:///{tmp_path}/reelkin.db", tmp_path)) as url:
        app = open_page("compare", api=url, id=[str(KNOWN), str(OBSCURE)])
        assert drawn(app).all("table", "rk-comparison")
        assert cause(app) == "The index is not built yet"
