"""Models as HTML: nothing that a title contains becomes markup, and reasons and facts are shown as they are."""

from __future__ import annotations

from collections.abc import Iterable

import htpy as h
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract import Filters
from tests.ui.markup import Markup
from ui.markup import browse, details, films, operations
from ui.models.films import Movie, MoviePage, MovieSummary, Recommendation, RelatedGenre, Shared, Shelf, Why
from ui.models.kept import Kept
from ui.models.operations import ChangedFilm, Changes, Generation, Ready, Route, SomeFilms
from ui.models.sorts import Sort
from ui.models.state import BrowseState, MixState, Preferences
from ui.people.markup import member_buttons
from ui.people.models import Marks

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
    **FILM.model_dump(),
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
    imdb_rating=8.7,
    imdb_votes=2_000_000,
)
TAGS = set(
    "a article aside b button code dd details div dl dt h1 h2 h3 img input li nav ol p section span".split()
)
TAGS |= set("summary table tbody td th thead tr ul".split())
ATTRIBUTES = set(
    "alt class colspan height href loading max min rel role scope src step style tabindex target title type value "
    "width".split()
)
ATTRIBUTES |= set(
    "aria-current aria-hidden aria-label aria-pressed aria-sort aria-valuetext data-film data-query data-stay "
    "data-verb data-way".split()
)
HOSTILE = (
    '"><script>alert(1)</script>',
    "' onerror='alert(1)",
    "</li><img src=x onerror=alert(1)>",
    "</style></details></table><svg/onload=alert(1)>",
    "&lt;b&gt;",
    "<!--",
    "**bold** [link](javascript:alert(1)) ![image](https://evil.test/x.png) `code`",
    "{{ 7 * 7 }} {% raw %}",
)
hostile = st.text(max_size=30) | st.sampled_from(HOSTILE)


def parsed(element: h.Renderable) -> Markup:
    return Markup("".join(element.iter_chunks()))


def reasons(film: MovieSummary) -> Recommendation:
    shared = Shared(genres=film.genres, keywords=film.genres * 8)
    return Recommendation(movie=film, score=0.7, why=Why(blocks={film.title: 0.5, "genres": 0.2}, shared=shared))


def everything(film: Movie) -> Iterable[h.Renderable]:
    """What every module of `ui.markup` makes of a film."""
    text = film.title
    shelf = Shelf(
        name=text,
        title=text,
        rule=text,
        formula=text,
        films=(film,),
        genre=text,
        related=(RelatedGenre(name=text, lift=2.0),),
    )
    page = MoviePage(items=(film,), next=text, previous=text, total=100)
    preferences = Preferences(likes=(film.id,), text=text)
    yield from (films.heading(text), films.note(text), films.links({text: text}), films.figures({text: text}))
    yield from (
        films.wall([film]),
        films.suggestions([film], film.title),
        films.choices([film], lambda one: one.title),
    )
    yield films.neighbours(
        [reasons(film)], lambda one: films.mark_buttons(one, Kept({text: preferences}, text), one.title)
    )
    yield from (details.hero(film, details.compare_link(text, 1, 2)), details.comparison(film, film))
    yield details.similarity(reasons(film))
    for sort in Sort:
        state = BrowseState(Filters(genres=(text,)), sort)
        yield from (
            browse.table([film], state),
            browse.jumps(state, [film]),
            browse.pager(state, page, 24) or h.fragment[""],
        )
    yield browse.active_filters(
        Filters(keywords=(text,)), [(text, Filters(keywords=(text,)))], lambda rest: BrowseState(rest).href()
    )
    own = member_buttons(film, Marks(rating=7.5, lists=("ratings", "watched")))
    yield from (
        browse.shelf(shelf, lambda one: own),
        browse.genre_links([text]),
        films.wall([film], lambda one: own),
    )
    yield films.mix_tray(Kept({text: preferences}, text))
    yield films.mix_contents(MixState(preferences), [film], [film])
    yield films.mix_links(MixState(preferences), film)
    yield from service(text, film)


def service(text: str, film: MovieSummary) -> Iterable[h.Renderable]:
    some = SomeFilms(count=9, films=(film,))
    changed = ChangedFilm(movie=film, kept=1, went=(film,), came=(film, film))
    yield operations.state(Ready(database=text, generation=text, problem=text, lag=1, edits=2, edits_age_s=3))
    yield operations.routes({text: Route(1, 0, {0.1: 1})})
    yield operations.changes(Changes(went=some, came=some, compared=1, kept=0.5, unchanged=0, changed=(changed,)))
    for problem in (text, None):
        built = dict.fromkeys(Generation.model_fields) | {"id": text, "served": True, "problem": problem}
        yield operations.generations([Generation.model_validate(built | {"profile": text, "engine": text})])


@settings(deadline=None)  # a busy machine takes longer for the same page
@given(hostile, hostile, hostile, hostile)
def test_nothing_from_the_api_becomes_markup(title: str, name: str, text: str, address: str) -> None:
    film = MOVIE.model_copy(
        update={
            "title": title,
            "original_title": name,
            "genres": (name,),
            "keywords": (text,),
            "overview": text,
            "tagline": text,
            "status": text,
            "original_language": name,
            "imdb_id": address,
            "poster_url": f"https://{address}",
            "production_companies": (name,),
        }
    )
    for element in everything(film):
        markup = parsed(element)
        assert {tag.name for tag in markup.tags} <= TAGS
        assert {attribute for tag in markup.tags for attribute in tag.attributes} <= ATTRIBUTES
        for titled in markup.all("span", "rk-title"):
            assert titled.text in {title, film.name} or "\x00" in title


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_is_shown_unchanged(title: str) -> None:
    film = MOVIE.model_copy(update={"title": title, "original_title": title})
    for element, tag in (
        (films.card(film), "span"),
        (films.neighbours([reasons(film)], lambda one: None), "h3"),
        (details.hero(film, None), "h1"),
        (details.comparison(film, film), "th"),
        (browse.table([film], BrowseState()), "tbody"),
        (films.heading(title), "h2"),
    ):
        assert title in parsed(element).all(tag)[0].text + parsed(element).all(tag)[-1].text


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//evil.test/x.jpg", "", None])
def test_only_web_addresses_are_posters(address: str | None) -> None:
    image = parsed(films.poster(FILM.model_copy(update={"poster_url": address}))).all("img")[0]
    assert image.attributes["src"].startswith("data:image/svg+xml;base64,")
    assert image.attributes["alt"] == "Drawn poster of The Matrix (1999)"


def test_a_poster_has_the_drawn_one_behind_it() -> None:
    image = parsed(films.poster(FILM)).all("img")[0]
    assert image.attributes["src"] == FILM.poster_url
    assert image.attributes["alt"] == "Poster of The Matrix (1999)"
    assert image.attributes["style"].startswith("background-image:url(data:image/svg+xml;base64,")


def test_a_card_is_the_markup_that_the_style_sheet_expects() -> None:
    film = FILM.model_copy(update={"title": "Tom & Jerry", "poster_url": "https://posters.test/a.jpg?b&c"})
    before, _, after = str(films.card(film)).partition(' style="background-image:url(')
    assert before == (
        '<a class="rk-link rk-card" href="film?id=603">'
        '<img class="rk-poster" src="https://posters.test/a.jpg?b&amp;c" alt="Poster of Tom &amp; Jerry (1999)" '
        'loading="lazy" width="342" height="513"'
    )
    assert after.partition('">')[2] == (
        '<span class="rk-title">Tom &amp; Jerry</span><span class="rk-meta">1999 · ★ 8.2</span></a>'
    )


def test_the_reasons_come_largest_first_and_add_up() -> None:
    blocks = {"year": 0.08, "keywords": 0.41, "budget": -0.02, "genres": 0.22, "text": 0.03, "votes": 0.01}
    markup = parsed(films.why_bars(blocks))
    labels = [tag.text for tag in markup.all("dt")]
    contributions = [float(tag.text.replace("−", "-")) for tag in markup.all("b")]
    assert labels == ["Keywords", "Genres", "Year", "Story", "Budget", "Everything else"]
    assert sum(contributions) == pytest.approx(sum(blocks.values()), abs=0.003)
    assert [tag.has("rk-negative") for tag in markup.all("dd")] == [False] * 4 + [True, False]


def test_a_score_is_read_aloud() -> None:
    markup = parsed(films.score(0.74123))
    assert markup.all("div", "rk-score")[0].attributes["aria-label"] == "Similarity 0.741 of 1"


def test_facts_that_are_not_known_are_not_shown() -> None:
    unknown = dict.fromkeys(("budget", "revenue", "imdb_id", "imdb_rating", "runtime"), None)
    unknown |= {"vote_count": 0, "overview": ""}
    text = parsed(details.hero(MOVIE.model_copy(update=unknown), None)).all("section")[0].text
    assert "Budget" not in text
    assert "IMDb" not in text
    assert "No votes yet" in text
    known = parsed(details.hero(MOVIE, None)).all("section")[0].text
    for fact in (
        "$63 million",
        "$464 million",
        "2 h 16 min",
        "31 March 1999",
        "25,000 votes",
        "IMDb 8.7 from 2,000,000 votes",
        "Australia",
        "IMDb",
    ):
        assert fact in known


def test_a_film_that_is_not_released_shows_its_status() -> None:
    planned = MOVIE.model_copy(update={"status": "Planned"})
    assert "Planned" in parsed(details.hero(planned, None)).all("p", "rk-line")[0].text
    assert "Released" not in parsed(details.hero(MOVIE, None)).all("p", "rk-line")[0].text
