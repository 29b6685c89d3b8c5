"""Films as HTML: nothing that a title holds becomes markup, and the reasons are drawn as they are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markup import Markup
from ui.html import details as facts
from ui.html import films as cards
from ui.models.films import Movie, MovieSummary, Recommendation

FILM = MovieSummary(
    id=603,
    title="The Matrix",
    original_title="The Matrix",
    year=1999,
    genres=("Action",),
    runtime=136,
    rating=8.2,
    vote_average=8.2,
    vote_count=25_000,
    poster_url="https://posters.test/w342/matrix.jpg",
)
MOVIE = Movie(
    **vars(FILM),
    release_date="1999-03-31",
    status="Released",
    budget=63_000_000,
    revenue=463_517_383,
    original_language="en",
    imdb_id="tt0133093",
    overview="A hacker wakes up.",
    tagline="Free your mind",
    keywords=("dystopia",),
    production_companies=("Village Roadshow",),
    production_countries=("Australia",),
    spoken_languages=("English",),
    director=("Christopher Nolan",),
    cast=("Matthew McConaughey",),
)
TAGS = {"a", "article", "b", "dd", "div", "dl", "dt", "h1", "h3", "img", "li", "ol", "p", "section", "span", "ul"}
ATTRIBUTES = {"alt", "aria-hidden", "aria-label", "class", "height", "href", "loading", "role", "src", "style"} | {
    "tabindex",
    "target",
    "width",
}
hostile = st.text(max_size=30) | st.sampled_from(
    [
        '"><script>alert(1)</script>',
        "' onerror='alert(1)",
        "</li><img src=x onerror=alert(1)>",
        "&lt;b&gt;",
        "<!--",
    ]
)


def everything(film: Movie) -> str:
    why = Recommendation(film, 0.7, {film.title: 0.5, "genres": 0.2}, film.genres, film.keywords)
    return (
        cards.wall([film]) + cards.suggestions([film]) + cards.kin([why], lambda film: "") + facts.hero(film, "")
    )


@given(hostile, hostile, hostile, hostile)
def test_nothing_from_the_api_becomes_markup(title: str, name: str, text: str, address: str) -> None:
    film = replace(
        MOVIE,
        title=title,
        original_title=name,
        genres=(name,),
        keywords=(text,),
        overview=text,
        tagline=text,
        status=text,
        original_language=name,
        imdb_id=address,
        poster_url=f"https://{address}",
        production_companies=(name,),
    )
    markup = Markup(everything(film))
    assert {tag.name for tag in markup.tags} <= TAGS
    assert {attribute for tag in markup.tags for attribute in tag.attributes} <= ATTRIBUTES
    assert markup.all("span", "rk-title")[0].text == title or "\x00" in title


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//evil.test/x.jpg", "", None])
def test_only_web_addresses_are_posters(address: str | None) -> None:
    image = Markup(cards.poster(replace(FILM, poster_url=address))).all("img")[0]
    assert image.attributes["src"].startswith("data:image/svg+xml;base64,")
    assert image.attributes["alt"] == "Drawn poster of The Matrix (1999)"


def test_a_poster_has_the_drawn_one_behind_it() -> None:
    image = Markup(cards.poster(FILM)).all("img")[0]
    assert image.attributes["src"] == FILM.poster_url
    assert image.attributes["alt"] == "Poster of The Matrix (1999)"
    assert image.attributes["style"].startswith("background-image:url(data:image/svg+xml;base64,")


def test_the_reasons_come_largest_first_and_add_up() -> None:
    blocks = {"year": 0.08, "keywords": 0.41, "budget": -0.02, "genres": 0.22, "text": 0.03, "votes": 0.01}
    markup = Markup(cards.why_bars(blocks))
    labels = [tag.text for tag in markup.all("dt")]
    parts = [float(tag.text.replace("−", "-")) for tag in markup.all("b")]
    assert labels == ["Keywords", "Genres", "Year", "Story", "Budget", "The rest"]
    assert sum(parts) == pytest.approx(sum(blocks.values()), abs=0.003)
    assert [tag.has("rk-against") for tag in markup.all("dd")] == [False] * 4 + [True, False]


def test_a_score_is_read_aloud() -> None:
    markup = Markup(cards.kin([Recommendation(FILM, 0.74123, {}, (), ())], lambda film: ""))
    assert markup.all("div", "rk-score")[0].attributes["aria-label"] == "Kinship 0.741 of 1"


def test_facts_that_are_not_known_are_not_shown() -> None:
    bare = replace(MOVIE, budget=None, revenue=None, imdb_id=None, runtime=None, vote_count=0, overview="")
    text = Markup(facts.hero(bare, "")).all("section")[0].text
    assert "Budget" not in text
    assert "IMDb" not in text
    assert "No votes yet" in text
    known = Markup(facts.hero(MOVIE, "")).all("section")[0].text
    for fact in (
        "$63 million",
        "$464 million",
        "2 h 16 min",
        "31 March 1999",
        "25,000 votes",
        "Australia",
        "IMDb",
    ):
        assert fact in known
