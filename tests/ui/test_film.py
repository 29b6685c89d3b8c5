"""The film page over a real API: facts, ten neighbours with reasons, and filters for them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.etl.tmdb_server import KEY, MORE, details, tmdb_server
from tests.support import serving
from tests.support.sample import Sample
from tests.ui.conftest import BARE, HOSTILE, HOSTILE_TITLE, KNOWN, Open
from tests.ui.markup import Markup, cause, drawn, message, target
from ui.client import Client
from ui.models.kept import Kept
from ui.models.state import Preferences, Tuning


def neighbours(markup: Markup) -> list[int]:
    links = [tag for tag in markup.all("a", "rk-link") if tag.attributes.get("tabindex") == "-1"]
    return [int(target(tag)[1]["id"][0]) for tag in links]


def test_a_film_has_its_facts_and_links(open_page: Open) -> None:
    page = drawn(open_page("film", id=str(KNOWN)))
    text = page.all("section", "rk-hero")[0].text
    for fact in ("Interstellar", "(2001)", "2 h 49 min", "32,000 votes", "English", "$165 million", "Syncopy"):
        assert fact in text
    outside = [tag.attributes["href"] for tag in page.all("a") if tag.attributes.get("target") == "_blank"]
    assert outside == ["https://www.imdb.com/title/tt0816692/", f"https://www.themoviedb.org/movie/{KNOWN}"]


def test_ten_neighbours_come_with_score_and_reasons(open_page: Open) -> None:
    page = drawn(open_page("film", id=str(KNOWN)))
    assert len(neighbours(page)) == len(page.all("div", "rk-score")) == len(page.all("dl", "rk-why")) == 10
    assert KNOWN not in neighbours(page)
    assert "Science Fiction" in page.all("article")[0].text
    scores = [float(tag.text) for tag in page.all("div", "rk-score")]
    assert scores == sorted(scores, reverse=True)


def test_filters_of_the_neighbours_are_in_the_address(open_page: Open) -> None:
    app = open_page("film", id=str(KNOWN))
    app.multiselect[0].select("Romance").run()
    app.slider(key="film-years").set_value((1980, 2031)).run()
    app.slider(key="film-diversity").set_value(0.5).run()
    assert app.query_params == {
        "id": str(KNOWN),
        "genres": "Romance",
        "year_min": "1980",
        "diversity": "0.5",
    }
    shown = neighbours(drawn(app))
    assert shown and all(i % 4 == 3 and i > 20 for i in shown)


def test_filters_of_the_address_apply_and_stay(open_page: Open) -> None:
    app = open_page("film", id=str(KNOWN), countries="Iceland")
    assert all((i - 1) % 6 == 0 for i in neighbours(drawn(app)))
    app.select_slider(key="film-votes").set_value(10).run()
    assert app.query_params == {"id": str(KNOWN), "countries": "Iceland", "votes_min": "10"}


def test_weights_of_the_blocks_are_in_the_address_and_change_the_list(open_page: Open) -> None:
    app = open_page("film", id=str(KNOWN))
    before = drawn(app).all("ol", "rk-neighbours")[0].text
    app.slider(key="film-weight-genres").set_value(0.0).run()
    app.slider(key="film-weight-year").set_value(2.5).run()
    assert app.query_params == {"id": str(KNOWN), "weights": ["genres:0", "year:2.5"]}
    after = drawn(app).all("ol", "rk-neighbours")[0].text
    assert after != before and "Genres+" not in after
    app.button(key="film-reset").click().run()
    assert app.query_params == {"id": str(KNOWN)}
    assert drawn(app).all("ol", "rk-neighbours")[0].text == before


def test_sliders_that_all_report_0_at_once_change_nothing(open_page: Open) -> None:
    """As Streamlit's page did once after a reload, while the sliders were out of sight."""
    app = open_page("film", id=str(KNOWN))
    app.slider(key="film-weight-genres").set_value(2.0).run()
    for slider in app.slider:
        if slider.key and slider.key.startswith("film-weight-"):
            slider.set_value(0.0)
    app.run()
    assert app.slider(key="film-weight-genres").value == 2.0
    assert app.slider(key="film-weight-keywords").value == 1.0


def test_weights_that_are_all_0_give_a_sentence_and_a_way_back(open_page: Open, api_url: str) -> None:
    blocks = Client(api_url).recommend(Preferences(likes=(KNOWN,)), Tuning(), 1).query.weights
    app = open_page("film", id=str(KNOWN), weights=[f"{block}:0" for block in blocks])
    assert message(app).startswith("Every weight is 0")
    app.button(key="film-reset").click().run()
    assert "A film that is alike in every part would get" in "".join(
        tag.text for tag in drawn(app).all("p", "rk-meta")
    )


def test_filters_that_are_set_can_be_removed_on_a_film_s_page(open_page: Open) -> None:
    page = drawn(open_page("film", id=str(KNOWN), genres="Adventure", diversity="0.5"))
    remove = next(tag for tag in page.all("a", "rk-link") if tag.text == "Adventure ✕")
    assert target(remove) == ("film", {"id": [str(KNOWN)], "diversity": ["0.5"]})


def test_where_to_watch_a_trailer_and_people_come_from_tmdb_and_are_not_missed(
    open_page: Open, catalogue: Sample
) -> None:
    with tmdb_server() as tmdb:
        tmdb.films[KNOWN] = details(KNOWN, **MORE)
        with serving.api(catalogue, REELKIN_TMDB_URL=tmdb.url, REELKIN_TMDB_API_KEY=KEY) as url:
            page = drawn(open_page("film", api=url, id=str(KNOWN)))
    offers = page.all("section", "rk-offers")[0].text
    assert "Apple TV" in offers and "JustWatch" in offers
    assert any("youtube.com" in tag.attributes["href"] for tag in page.all("a"))
    assert any(tag.text == "Sigourney Weaver" for tag in page.all("dd"))
    assert not drawn(open_page("film", id=str(KNOWN))).all("section", "rk-offers")


def test_an_unknown_block_gives_a_message(open_page: Open) -> None:
    app = open_page("film", id=str(KNOWN), weights="sound:2")
    assert message(app) == "This address cannot be used"


def test_every_film_can_be_marked_for_the_mix(open_page: Open) -> None:
    app = open_page("film", id=str(KNOWN))
    marks = drawn(app).all("button", "rk-mark")
    assert len(marks) == 33
    assert marks[0].attributes["aria-label"] == "More like this: Interstellar"
    app.session_state["kept"] = Kept({"": Preferences(likes=(KNOWN,), dislikes=(1, 2))})
    page = drawn(app.run())
    assert page.all("button", "rk-like")[0].attributes["aria-pressed"] == "true"
    assert "1 liked, 2 disliked" in page.all("aside", "rk-tray")[0].text
    way = next(tag for tag in page.all("a", "rk-link") if "See its films" in tag.text)
    assert target(way) == ("mix", {"like": [str(KNOWN)], "dislike": ["1", "2"]})


def test_filters_without_a_result_can_be_cleared(open_page: Open) -> None:
    app = open_page("film", id=str(KNOWN), keywords="no such keyword")
    assert message(app) == "No film passes these filters"
    clear = next(tag for tag in drawn(app).all("a") if tag.text == "Clear the filters")
    assert target(clear) == ("film", {"id": [str(KNOWN)]})


def test_a_film_with_few_facts_has_a_page(open_page: Open) -> None:
    page = drawn(open_page("film", id=str(BARE)))
    assert "No votes yet" in page.all("section")[0].text
    assert page.all("img")[0].attributes["alt"] == "Drawn poster of Nobody Knows This (2001)"


def test_a_film_of_which_nothing_is_known_says_so(open_page: Open) -> None:
    app = open_page("film", id=str(BARE))
    assert "Nothing is known of 'Nobody Knows This' (2001)" in message(app)
    assert not drawn(app).all("article", "rk-relative")


def test_a_title_that_is_markup_is_shown_as_text(open_page: Open) -> None:
    page = drawn(open_page("film", id=str(HOSTILE)))
    assert page.all("h1")[0].text == f"{HOSTILE_TITLE} (2001)"
    assert page.all("p", "rk-tagline")[0].text == HOSTILE_TITLE


def test_an_unknown_film_gives_a_message(open_page: Open) -> None:
    app = open_page("film", id="999")
    assert message(app) == "There is no such film"
    assert "999" in drawn(app).all("p", "rk-meta")[0].text


def test_an_address_without_a_film_links_to_the_search(open_page: Open) -> None:
    for address in ({}, {"id": "abc"}, {"id": "0"}):
        app = open_page("film", **address)
        assert message(app) == "No film is chosen"
        assert "./" in [tag.attributes["href"] for tag in drawn(app).all("a")]


def test_a_film_is_shown_without_a_database(open_page: Open, catalogue: Sample, tmp_path: Path) -> None:
    shutil.copytree(catalogue.folder, tmp_path, dirs_exist_ok=True, symlinks=True)
    with serving.api(Sample(f"sqlite:///{tmp_path}/reelkin.db", tmp_path)) as url:
        for file in tmp_path.glob("reelkin.db*"):
            file.unlink()
        (tmp_path / "reelkin.db").mkdir()
        app = open_page("film", api=url, id=str(KNOWN))
        page = drawn(app)
        assert "32,000 votes" in page.all("section", "rk-hero")[0].text
        assert len(neighbours(page)) == 10


def test_a_film_is_shown_without_an_index(open_page: Open, catalogue: Sample, tmp_path: Path) -> None:
    shutil.copy(catalogue.folder / "reelkin.db", tmp_path)
    with serving.api(Sample(f"sqlite:///{tmp_path}/reelkin.db", tmp_path)) as url:
        app = open_page("film", api=url, id=str(KNOWN))
        assert "32,000 votes" in drawn(app).all("section", "rk-hero")[0].text
        assert cause(app) == "The index is not built yet"


def test_an_answer_in_another_form_gives_a_message(open_page: Open) -> None:
    with serving.answering(json.dumps({"id": 1}).encode(), "application/json") as url:
        app = open_page("film", api=url, id="1")
    assert cause(app) == "The API failed"
    drawn(app)


def test_genres_and_keywords_link_to_their_films(open_page: Open) -> None:
    hrefs = {tag.text: target(tag) for tag in drawn(open_page("film", id=str(KNOWN))).all("a", "rk-link")}
    assert hrefs["Science Fiction"] == ("browse", {"genres": ["Science Fiction"]})
    assert hrefs["planet"] == ("browse", {"keywords": ["planet"]})
