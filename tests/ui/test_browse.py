"""The browse page over a real API: pages, filters, and the address that contains them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from contract import FILTERS
from tests.support import serving
from tests.ui.conftest import FILMS, HOSTILE, HOSTILE_TITLE, KNOWN, OBSCURE, Open
from tests.ui.markup import Markup, Tag, cause, drawn, films, message, target
from ui.models.sorts import View
from ui.widgets.filters import CONTROLS


def link(markup: Markup, text: str) -> Tag:
    return next(tag for tag in markup.all("a", "rk-link") if text in tag.text)


def follow(open_page: Open, markup: Markup, text: str) -> Markup:
    page, query = target(link(markup, text))
    assert page == "browse"
    return drawn(open_page("browse", **query))


def test_pages_lead_through_the_whole_catalogue_and_back(open_page: Open) -> None:
    first = drawn(open_page("browse"))
    second = follow(open_page, first, "Next")
    third = follow(open_page, second, "Next")
    assert [len(films(page)) for page in (first, second, third)] == [24, 24, 12]
    assert len({film for page in (first, second, third) for film in films(page)}) == FILMS
    assert "Page 3 of 3" in third.all("nav", "rk-pager")[0].text
    assert not [tag for tag in third.all("a") if "Next" in tag.text]
    assert films(follow(open_page, third, "Previous")) == films(second)
    assert not [tag for tag in first.all("a") if "Previous" in tag.text]


def test_posters_have_a_text_for_people_who_do_not_see_them(open_page: Open) -> None:
    images = drawn(open_page("browse")).all("img", "rk-poster")
    assert len(images) == 24
    assert all("oster of " in image.attributes["alt"] for image in images)
    sources = {image.attributes["src"].partition(":")[0] for image in images}
    assert sources == {"https", "data"}


def test_a_title_that_is_markup_is_shown_as_text(open_page: Open) -> None:
    page = drawn(open_page("browse", sort="votes-asc"))
    assert page.all("span", "rk-title")[films(page).index(HOSTILE)].text == HOSTILE_TITLE
    assert len(page.all("img")) == 24


def test_a_changed_filter_writes_the_address_and_shows_its_films(open_page: Open) -> None:
    app = open_page("browse", sort="released")
    box(app, "Genres, any of").select("Horror").run()
    app.slider(key="browse-years").set_value((1970, 2000)).run()
    app.select_slider(key="browse-votes").set_value(1000).run()
    assert app.query_params == {
        "sort": "released",
        "genres": "Horror",
        "year_min": "1970",
        "year_max": "2000",
        "votes_min": "1000",
    }
    shown = films(drawn(app))
    assert shown == sorted((i for i in range(11, 42) if i % 4 == 0), reverse=True)
    assert app.title[0].value == f"Browse {len(shown)} films"


def test_an_address_fills_the_widgets_and_survives_other_changes(open_page: Open) -> None:
    app = open_page("browse", genres=["Crime", "Polka"], runtime_max="300", rating_min="5.5", keywords="mafia")
    assert box(app, "Genres, any of").value == ["Crime", "Polka"]
    app.selectbox(key="browse-sort").select("title-asc").run()
    assert app.query_params == {
        "genres": ["Crime", "Polka"],
        "keywords": "mafia",
        "runtime_max": "300",
        "rating_min": "5.5",
        "sort": "title-asc",
    }


def test_ranges_and_countries_write_the_address(open_page: Open) -> None:
    app = open_page("browse")
    box(app, "Countries, any of").set_value(["Iceland"]).run()
    app.slider(key="browse-runtime").set_value((100, 150)).run()
    app.slider(key="browse-rating").set_value(6.0).run()
    assert app.query_params == {
        "countries": "Iceland",
        "runtime_min": "100",
        "runtime_max": "150",
        "rating_min": "6.0",
    }
    assert films(drawn(app))


def test_a_filter_that_is_set_can_be_removed(open_page: Open) -> None:
    page = drawn(open_page("browse", genres=["Horror"], year_min="1970", votes_min="1000", sort="acclaimed"))
    active = page.all("ul", "rk-active")[0].text
    assert "Horror" in active and "from 1970" in active and "1,000 votes or more" in active
    assert target(link(page, "Horror"))[1] == {"year_min": ["1970"], "votes_min": ["1000"], "sort": ["acclaimed"]}
    assert target(link(page, "Clear all"))[1] == {"sort": ["acclaimed"]}


def test_every_filter_of_the_api_has_a_widget(open_page: Open) -> None:
    app = open_page("browse", directors="Christopher Nolan", actors="Anne Hathaway")  # there are no credits
    box(app, "Genres, all of").set_value(["Science Fiction", "Adventure"]).run()
    box(app, "Genres, none of").set_value(["Horror"]).run()
    box(app, "Keywords, none of").set_value(["mafia"]).run()
    assert box(app, "Studios, any of").options == ["Syncopy"]
    box(app, "Studios, any of").set_value(["Syncopy"]).run()
    box(app, "Directors, any of").set_value([]).run()
    box(app, "Actors, any of").set_value(["Bill Irwin"]).run()
    app.date_input(key="browse-released_min").set_value(date(2001, 5, 6)).run()
    app.date_input(key="browse-released_max").set_value(date(2001, 5, 7)).run()
    app.toggle(key="browse-adult").set_value(True).run()
    assert app.query_params == {
        "genres_all": ["Science Fiction", "Adventure"],
        "without_genres": "Horror",
        "without_keywords": "mafia",
        "companies": "Syncopy",
        "actors": "Bill Irwin",
        "released_min": "2001-05-06",
        "released_max": "2001-05-07",
        "adult": "true",
    }
    active = drawn(app).all("ul", "rk-active")[0].text
    assert "made by Syncopy" in active and "with Bill Irwin" in active
    assert "released from 6 May 2001" in active
    assert KNOWN in films(drawn(open_page("browse", companies="syncopy", released_max="2001-05-06")))


def test_genres_show_how_many_films_each_would_leave(open_page: Open) -> None:
    app = open_page("browse", year_max="1979", genres="Horror")
    page = drawn(app)
    assert {tag.text.rpartition(" ")[2] for tag in page.all("li", "rk-count")} == {"5"}
    assert "Horror" in box(app, "Genres, any of").options
    assert "5 films" in page.all("p", "rk-matching")[0].text


@pytest.mark.parametrize(
    ("sort", "text", "start"),
    [("title-asc", "M", "M"), ("released", "1980s", "1989"), ("released-asc", "1980s", "1980")],
)
def test_a_jump_leads_into_the_middle_and_back(open_page: Open, sort: str, text: str, start: str) -> None:
    page = drawn(open_page("browse", sort=sort, view="table"))
    assert target(link(page, text)) == ("browse", {"sort": [sort], "from": [start], "view": ["table"]})
    there = follow(open_page, page, text)
    marked = [tag.text for tag in there.all("a", "rk-link") if tag.attributes.get("aria-current")]
    assert text in marked or marked == ["N"]  # no film of this catalogue begins with M
    assert films(follow(open_page, there, "Previous"))
    assert target(link(there, "Next"))[1].keys() == {"sort", "cursor", "view"}


def test_a_jump_past_the_end_leads_back(open_page: Open) -> None:
    app = open_page("browse", sort="released-asc", **{"from": "2020"})
    assert message(app) == "The catalogue ends before this page"
    assert target(link(drawn(app), "To its first page")) == ("browse", {"sort": ["released-asc"]})


def test_a_table_shows_the_same_films_and_sorts_by_its_heads(open_page: Open) -> None:
    wall = films(drawn(open_page("browse", sort="votes")))
    table = drawn(open_page("browse", sort="votes", view="table"))
    assert films(table) == wall
    heads = {tag.text: tag for tag in table.all("th") if tag.attributes["scope"] == "col"}
    assert heads["Votes ↓"].attributes["aria-sort"] == "descending"
    assert target(link(table, "Votes"))[1] == {"sort": ["votes-asc"], "view": ["table"]}
    assert target(link(table, "Year"))[1] == {"sort": ["released"], "view": ["table"]}


def test_best_rated_asks_for_some_votes_which_can_be_changed(open_page: Open) -> None:
    app = open_page("browse")
    app.selectbox(key="browse-sort").select("acclaimed").run()
    assert app.query_params == {"sort": "acclaimed", "votes_min": "100"}
    assert "2,000 more people" in drawn(app).all("p", "rk-meta")[0].text
    app.selectbox(key="browse-least-votes").select(1_000).run()
    assert app.query_params == {"sort": "acclaimed", "votes_min": "1000"}
    app.selectbox(key="browse-least-votes").select(100).run()
    app.selectbox(key="browse-sort").select("runtime").run()
    assert app.query_params == {"sort": "runtime"}


def test_films_at_random_are_the_same_at_one_address_and_can_be_shuffled(open_page: Open) -> None:
    page = drawn(open_page("browse", sort="random", seed="7"))
    assert films(page) == films(drawn(open_page("browse", sort="random", seed="7")))
    assert films(follow(open_page, page, "Shuffle again")) != films(page)


def test_a_kept_address_with_an_old_order_still_works(open_page: Open) -> None:
    assert films(drawn(open_page("browse", sort="year"))) == films(drawn(open_page("browse", sort="released")))


def test_a_film_with_one_vote_shows_that_vote(open_page: Open) -> None:
    page = drawn(open_page("browse", sort="votes-asc", votes_min="1"))
    facts = page.all("a", "rk-card")[films(page).index(OBSCURE)].text
    assert "★ 6.0 from 1 vote" in facts


def test_maxima_year_boxes_and_a_kind_write_the_address(open_page: Open) -> None:
    app = open_page("browse")
    app.select_slider(key="browse-most_votes").set_value(1_000).run()
    app.select_slider(key="browse-most_rating").set_value(7.5).run()
    app.number_input(key="browse-years-from").set_value(1975).run()
    app.selectbox(key="browse-kind").select("Feature films").run()
    assert app.query_params == {
        "votes_max": "1000",
        "rating_max": "7.5",
        "year_min": "1975",
        "runtime_min": "41",
        "without_genres": ["Documentary", "TV Movie"],
    }
    app.selectbox(key="browse-kind").select("Short films").run()
    assert "without_genres" not in app.query_params and app.query_params["runtime_max"] == "40"
    active = drawn(app).all("ul", "rk-active")[0].text
    assert "1,000 votes or fewer" in active and "rated 7.5 or less" in active


def test_frequent_keywords_are_suggested(open_page: Open) -> None:
    options = box(open_page("browse"), "Keywords, any of").options
    assert {"space", "mafia"} <= set(options)


def test_filters_are_saved_by_name_and_set_again(open_page: Open) -> None:
    app = open_page("browse", genres="Horror", year_min="1970")
    app.text_input(key="browse-save").set_value("Fright").run()
    assert app.button(key="browse-forget")
    app.query_params.clear()
    app.run()
    app.selectbox(key="browse-saved").select("Fright").run()
    assert app.query_params == {"genres": "Horror", "year_min": "1970"}
    app.button(key="browse-forget").click().run()
    assert not app.session_state["kept"].filters


def test_a_chosen_view_is_in_the_address(open_page: Open) -> None:
    app = open_page("browse", sort="released")
    app.button_group(key="browse-view").set_value(View.TABLE).run()
    assert app.query_params == {"sort": "released", "view": "table"}


def test_filters_that_nothing_passes_lead_on(open_page: Open) -> None:
    app = open_page("browse", keywords="no such keyword")
    assert message(app) == "No film passes these filters"
    assert target(link(drawn(app), "Clear the filters")) == ("browse", {})


def test_a_stale_cursor_leads_to_the_first_page(open_page: Open) -> None:
    app = open_page("browse", cursor="xyz", page="7")
    assert message(app) == "This page has moved"
    assert target(link(drawn(app), "Browse the catalogue")) == ("browse", {})


def test_an_api_that_is_down_gives_the_command_that_starts_it(open_page: Open) -> None:
    app = open_page("browse", api=f"http://127.0.0.1:{serving.free_port()}")
    assert cause(app) == "The API is not running"
    assert app.code[0].value == "python -m api"
    assert app.button[0].label == "Try again"
    assert "not endorsed or certified by TMDB" in drawn(app).all("footer")[0].text


def box(app: Any, label: str) -> Any:
    return next(widget for widget in app.multiselect if widget.label == label)


def test_every_filter_belongs_to_one_control() -> None:
    names = [name for control in CONTROLS for name in control.names]
    assert names == list(FILTERS)
