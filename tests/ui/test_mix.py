"""The mix page over a real API: likes, dislikes and text in the address, one list from all of them."""

from __future__ import annotations

from tests.support import serving
from tests.ui.conftest import HOSTILE, HOSTILE_TITLE, KNOWN, Open
from tests.ui.markup import Markup, Tag, cause, drawn, message, target
from ui.models.kept import Kept
from ui.models.state import Preferences


def labelled(markup: Markup, label: str) -> Tag:
    return next(tag for tag in markup.all("a", "rk-link") if tag.attributes.get("aria-label") == label)


def test_an_empty_mix_offers_examples(open_page: Open) -> None:
    app = open_page("mix")
    assert message(app) == "Your mix is empty. Try one of these"
    assert {target(way)[0] for way in drawn(app).all("a", "rk-link")} == {"mix"}


def test_likes_dislikes_and_text_give_one_list(open_page: Open) -> None:
    page = drawn(open_page("mix", like=[str(KNOWN), "1"], dislike="2", text="space planet"))
    mix = page.all("section", "rk-mix")[0].text
    assert mix.index("More like") < mix.index("Interstellar") < mix.index("Less like") < mix.index("Copy")
    assert len(page.all("article", "rk-relative")) == 20
    assert target(labelled(page, "Remove Interstellar"))[1] == {
        "like": ["1"],
        "dislike": ["2"],
        "text": ["space planet"],
    }


def test_text_alone_is_a_mix(open_page: Open) -> None:
    app = open_page("mix")
    app.text_input(key="mix-text").set_value("mafia family").run()
    assert app.query_params == {"text": "mafia family"}
    assert "Mafia" in drawn(app).all("h3")[0].text


def test_what_a_text_was_read_as_can_be_taken_off(open_page: Open) -> None:
    app = open_page("mix", text="french horror, no comedy")
    page = drawn(app)
    section = page.all("section", "rk-read")[0].text
    assert all(label in section for label in ("Language: French", "Genre: Horror", "Without genre: Comedy"))
    assert target(labelled(page, "Take off: Genre: Horror"))[1]["unread"] == ["genre:Horror"]
    app = open_page("mix", text="french horror, no comedy", unread=["genre:Horror", "without genre:Comedy"])
    rest = drawn(app)
    assert "Horror" not in rest.all("section", "rk-read")[0].text
    assert "Language: French" in rest.all("section", "rk-read")[0].text
    again = next(tag for tag in rest.all("a", "rk-link") if tag.text == "Read all of it again")
    assert target(again)[1] == {"text": ["french horror, no comedy"]}
    app.text_input(key="mix-text").set_value("mafia family").run()
    assert app.query_params == {"text": "mafia family"}


def test_text_without_a_known_word_gives_a_message(open_page: Open) -> None:
    app = open_page("mix", text="Qqqq ZZZZ")
    assert "No word of 'Qqqq ZZZZ' is known" in message(app)
    beside = open_page("mix", like=str(KNOWN), text="qqqq zzzz")
    page = drawn(beside)
    assert "No word of “qqqq zzzz” is known, so only the films count." in [tag.text for tag in page.all("p")]
    assert len(page.all("article", "rk-relative")) == 20


def test_a_film_is_added_by_its_misspelt_title(open_page: Open) -> None:
    app = open_page("mix", like="1")
    app.text_input(key="mix-search").set_value("interstelar").run()
    page = drawn(app)
    assert target(labelled(page, "More like this: Interstellar"))[1] == {"like": ["1", str(KNOWN)]}
    assert target(labelled(page, "Less like this: Interstellar"))[1] == {"like": ["1"], "dislike": [str(KNOWN)]}
    app.query_params["like"] = ["1", str(KNOWN)]
    assert app.run().text_input(key="mix-search").value == ""


def test_films_marked_on_other_pages_are_the_mix(open_page: Open) -> None:
    app = open_page("mix")
    app.session_state["kept"] = Kept({"": Preferences(likes=(HOSTILE,))})
    page = drawn(app.run())
    assert HOSTILE_TITLE in page.all("section", "rk-mix")[0].text
    copied = page.all("a", "rk-copy")[0]
    assert target(copied) == ("mix", {"like": [str(HOSTILE)]})


def test_starting_again_forgets_the_preferences(open_page: Open) -> None:
    app = open_page("mix", like=str(KNOWN))
    assert app.session_state["kept"].preferences == Preferences(likes=(KNOWN,))
    app.query_params.clear()
    app.query_params["like"] = ""
    assert app.run().session_state["kept"].preferences == Preferences()


def test_tuning_and_filters_apply_to_a_mix(open_page: Open) -> None:
    app = open_page("mix", like=str(KNOWN))
    app.slider(key="mix-weight-genres").set_value(0.5).run()
    app.select_slider(key="mix-votes").set_value(5000).run()
    assert app.query_params == {"like": str(KNOWN), "weights": "genres:0.5", "votes_min": "5000"}
    assert len(drawn(app).all("article", "rk-relative")) == 1
    app.select_slider(key="mix-votes").set_value(10_000).run()
    assert message(app) == "No film passes these filters"


def test_dislikes_alone_are_not_enough_and_stay_in_the_mix(open_page: Open) -> None:
    app = open_page("mix", dislike=["1", str(KNOWN)])
    assert message(app) == "A mix needs a film that you like, or a few words"
    page = drawn(app)
    assert "Less like" in page.all("section", "rk-mix")[0].text
    assert target(labelled(page, "Remove Interstellar"))[1]["dislike"] == ["1"]


def test_films_that_are_gone_are_named_and_can_be_removed(open_page: Open) -> None:
    page = drawn(open_page("mix", like=["999", str(KNOWN)], dislike="998"))
    assert len(page.all("article", "rk-relative")) == 20
    unknown = page.all("div", "rk-unknown")[0].text
    assert "Film 999" in unknown and "Film 998" in unknown
    removes = next(tag for tag in page.all("a", "rk-link") if tag.text == "Film 999: remove")
    assert target(removes)[1] == {"like": [str(KNOWN)], "dislike": ["998"]}
    assert message(open_page("mix", like="999")) == "A mix needs a film that you like, or a few words"
    assert "Film 999" in drawn(open_page("mix", dislike=["999", "1"])).all("div", "rk-unknown")[0].text


def test_an_api_that_is_down_gives_a_message(open_page: Open) -> None:
    app = open_page("mix", api=f"http://127.0.0.1:{serving.free_port()}", like="1")
    assert cause(app) == "The API is not running"
    drawn(app)
