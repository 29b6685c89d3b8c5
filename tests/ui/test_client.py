"""The API's client: typed answers, and a different error for every kind of failure."""

from __future__ import annotations

import json

import pytest

from contract import Filters
from tests.support import serving
from tests.ui.conftest import BARE, KNOWN
from ui.client import (
    ApiDownError,
    ApiError,
    Client,
    FaultError,
    NotFoundError,
    NotReadyError,
    RefusedError,
)
from ui.models.sorts import Sort
from ui.models.state import BrowseState, Preferences, Tuning

PROBLEM = {"type": "about:blank", "title": "No", "detail": "what went wrong", "code": "some_code"}


def test_filters_mean_the_same_here_and_there(api_url: str) -> None:
    filters = Filters(
        genres=("science fiction",), countries=("Iceland",), year_min=1965, year_max=2000, votes_min=1000
    )
    page = Client(api_url).page(BrowseState(filters, Sort.OLDEST), 24)
    assert page.total == len(page.items) > 1
    assert [film.year for film in page.items] == sorted(film.year or 0 for film in page.items)
    assert all("Science Fiction" in film.genres and film.vote_count >= 1000 for film in page.items)


def test_a_film_may_have_few_facts(api_url: str) -> None:
    film = Client(api_url).movie(BARE)
    assert (film.genres, film.runtime, film.budget, film.poster_url) == ((), None, None, None)


def test_reasons_add_up_to_the_score(api_url: str) -> None:
    answer = Client(api_url).recommend(Preferences((KNOWN,)), Tuning(), 10)
    assert [film.id for film in answer.asked] == [KNOWN]
    assert set(answer.query.weights.values()) == {1.0}
    assert len(answer.results) == 10
    for result in answer.results:
        assert sum(result.why.blocks.values()) == pytest.approx(result.score, abs=1e-4)


def test_an_unknown_film_is_not_found(api_url: str) -> None:
    with pytest.raises(NotFoundError, match="999"):
        Client(api_url).movie(999)


def test_a_cursor_of_another_page_is_refused(api_url: str) -> None:
    client = Client(api_url)
    cursor = client.page(BrowseState(sort=Sort.BEST), 24).next
    with pytest.raises(RefusedError) as caught:
        client.page(BrowseState(sort=Sort.NEWEST, cursor=cursor), 24)
    assert caught.value.code == "bad_cursor"


def test_an_api_without_a_generation_is_not_ready(empty_api_url: str) -> None:
    with pytest.raises(NotReadyError) as caught:
        Client(empty_api_url).search("alien", year=None, limit=9)
    assert caught.value.code == "no_generation"


def test_an_api_that_does_not_answer_is_named_by_its_address() -> None:
    url = f"http://127.0.0.1:{serving.free_port()}"
    with pytest.raises(ApiDownError, match=url):
        Client(url).genres(Filters())


@pytest.mark.parametrize(
    ("status", "expected"),
    [(503, NotReadyError), (404, NotFoundError), (422, RefusedError), (409, RefusedError), (500, FaultError)],
)
def test_a_problem_document_says_what_went_wrong(status: int, expected: type[ApiError]) -> None:
    body = json.dumps(PROBLEM | {"status": status}).encode()
    with serving.answering(body, "application/problem+json", status) as url, pytest.raises(expected) as caught:
        Client(url).genres(Filters())
    assert type(caught.value) is expected
    assert (str(caught.value), caught.value.code) == ("what went wrong", "some_code")


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"[]", b'{"detail": null}', b""])
@pytest.mark.parametrize(("status", "expected"), [(200, FaultError), (502, FaultError), (403, RefusedError)])
def test_something_else_at_the_address_is_no_crash(body: bytes, status: int, expected: type[ApiError]) -> None:
    with serving.answering(body, "text/html", status) as url, pytest.raises(expected):
        Client(url).genres(Filters())


def test_the_visitors_address_is_passed_on() -> None:
    sent: list[str | None] = []

    class Handler(serving.Quiet):
        def do_GET(self) -> None:
            sent.append(self.headers["X-Forwarded-For"])
            self.send(200, b'{"genres": []}')

    visitors = iter(["203.0.113.7", "", "2001:db8::7"])
    with serving.listening(Handler) as address:
        client = Client(address, lambda: next(visitors))
        for _ in range(3):
            client.genres(Filters())
    assert sent == ["203.0.113.7", None, "2001:db8::7"]
