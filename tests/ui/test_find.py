"""The find page over a real API: typos, suggestions, and what is shown when there is nothing."""

from __future__ import annotations

import pytest

from tests.ui.conftest import KNOWN, OBSCURE, Open
from tests.ui.markup import cause, drawn, films, headings, message, target


def test_the_home_page_shows_shelves_each_with_its_rule(open_page: Open) -> None:
    app = open_page("find")
    assert app.text_input(key="q").value == ""
    page = drawn(app)
    *titles, last = [title.text for title in page.all("h2")]
    assert last == "A shelf for every genre"
    assert titles[:-1] == ["Popular", "Trending", "Acclaimed", "Hidden gems", "New"]
    assert titles[-1].startswith("Best of ")
    assert all(rule.text for rule in page.all("code"))
    assert len(page.all("code")) == len(titles)
    assert KNOWN in films(page)[:2]


def test_the_shelf_of_a_genre_links_to_related_genres(open_page: Open) -> None:
    page = drawn(open_page("find", genre="Science Fiction"))
    assert page.all("h2")[0].text == "Best of Science Fiction"
    assert KNOWN in films(page)[:3]
    related = page.all("section", "rk-shelf")[0].text
    assert "Adventure" in related
    ways = [target(link)[1]["genre"] for link in page.all("a") if "genre=" in link.attributes["href"]]
    assert ["Adventure"] in ways


def test_a_typo_finds_the_film_and_its_alternatives(open_page: Open) -> None:
    app = open_page("find", q="interstelar")
    assert app.text_input(key="q").value == "interstelar"
    assert message(app) == "Did you mean"
    assert films(drawn(app))[:2] == [KNOWN, OBSCURE]


def test_suggestions_have_poster_and_year(open_page: Open) -> None:
    page = drawn(open_page("find", q="interstellar"))
    row = page.all("a", "rk-row")[0]
    assert "2001" in row.text
    assert page.all("img", "rk-poster")[0].attributes["alt"] == "Poster of Interstellar (2001)"


def test_a_clear_title_has_one_best_match(open_page: Open) -> None:
    app = open_page("find", q="The Family Of Boss 2")
    assert app.header[0].value == "Best match"
    assert films(drawn(app))[0] == 2


def test_a_year_in_brackets_is_not_part_of_the_title(open_page: Open) -> None:
    assert films(drawn(open_page("find", q="Interstellar (2001)")))[0] == KNOWN


@pytest.mark.parametrize(
    "address",
    [
        "tt0816692",
        "imdb.com/title/tt0816692",
        "https://www.themoviedb.org/movie/157336-interstellar",
        "Interstelar (2001) {tmdb-157336}",
    ],
)
def test_an_id_or_an_address_finds_its_film_alone(open_page: Open, address: str) -> None:
    app = open_page("find", q=address)
    assert app.header[0].value == "Best match"
    assert films(drawn(app)) == [KNOWN]


def test_the_address_of_a_film_at_letterboxd_finds_it(open_page: Open) -> None:
    assert films(drawn(open_page("find", q="https://letterboxd.com/film/interstellar/")))[0] == KNOWN


def test_more_films_of_a_title_are_a_link_away(open_page: Open) -> None:
    few = drawn(open_page("find", q="The Mafia"))
    more = next(link for link in few.all("a", "rk-link") if link.text == "Show more")
    assert target(more)[1] == {"q": ["The Mafia"], "more": ["true"]}
    many = films(drawn(open_page("find", q="The Mafia", more="true")))
    assert len(films(few)) == 9 < len(many)
    assert many[:9] == films(few)


def test_a_title_that_no_film_resembles_links_to_the_catalogue(open_page: Open) -> None:
    app = open_page("find", q="qqqq zzzz xxxx")
    assert "No film has a title like “qqqq zzzz xxxx”" in headings(app)
    assert any(link.attributes["href"] == "browse" for link in drawn(app).all("a", "rk-link"))


def test_a_title_of_blanks_shows_the_shelves(open_page: Open) -> None:
    assert films(drawn(open_page("find", q="   ")))


def test_an_empty_catalogue_gives_the_command_that_loads_one(open_page: Open, empty_api_url: str) -> None:
    app = open_page("find", api=empty_api_url)
    assert cause(app) == "The index is not built yet"
    assert "python -m etl ingest" in app.code[0].value


def test_an_index_that_is_not_built_gives_the_command_that_builds_it(open_page: Open, empty_api_url: str) -> None:
    app = open_page("find", api=empty_api_url, q="alien")
    assert cause(app) == "The index is not built yet"
    assert "python -m etl build" in app.code[0].value


def test_an_invalid_setting_gives_a_message(open_page: Open) -> None:
    assert "REELKIN_API_URL" in open_page("find", api="localhost").error[0].value
