"""The API's routes for members and groups; each raises an `ApiError`, as those of `ui.client` do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

import requests

from ui.client import Client
from ui.models.films import MovieSummary, Recommendations
from ui.models.state import ForYouState
from ui.people import models

Answer = TypeVar("Answer")


class People(Client):
    """The API as one visitor sees it.

    Attributes:
        token: of the session that is open; "" while nobody is signed in.
    """

    def __init__(self, base_url: str, visitor: Callable[[], str] = str) -> None:
        super().__init__(base_url, visitor)
        self.token = ""

    def sign_up(self, name: str, password: str) -> None:
        """Make an account and open a session."""
        self._response("POST", "/users", json={"name": name, "password": password})
        self.sign_in(name, password)

    def sign_in(self, name: str, password: str) -> None:
        """Open a session."""
        response = self._response("POST", "/sessions", json={"name": name, "password": password})
        self.token = self._read("/sessions", response, models.Session).token

    def sign_out(self) -> None:
        """End the session."""
        self._response("DELETE", "/sessions")
        self.token = ""

    def me(self) -> models.Me:
        """Who is signed in."""
        return self._get("/me", models.Me)

    def change_password(self, name: str, old: str, new: str) -> None:
        """Change the password, which ends all sessions, and open one with the new one."""
        self._response("PUT", "/me/password", json={"old": old, "new": new})
        self.sign_in(name, new)

    def delete_me(self) -> None:
        """Delete the account with everything that is in it."""
        self._response("DELETE", "/me")
        self.token = ""

    def films(self, ids: Sequence[int]) -> dict[int, models.Marks]:
        """What the member's lists say of up to 100 films."""
        return self._get("/me/films", models.MarkedFilms, {"ids": [str(i) for i in ids]}).films

    def put(self, kind: str, movie_id: int, rating: float | None = None) -> None:
        """Put a film on a list."""
        body = None if rating is None else {"rating": rating}
        self._response("PUT", f"/me/{kind}/{movie_id}", json=body)

    def remove(self, kind: str, movie_id: int) -> None:
        """Take a film off a list."""
        self._response("DELETE", f"/me/{kind}/{movie_id}")

    def listed(self, kind: str, after: int, limit: int) -> models.MarkPage:
        """A page of a list."""
        return self._get(f"/me/{kind}", models.MarkPage, {"after": str(after), "limit": str(limit)})

    def recommendations(self, state: ForYouState, k: int) -> Recommendations:
        """Films for the member, with reasons."""
        asked: dict[str, str | list[str]] = {"k": str(k), "explain": "true", **state.query()}
        return self._get("/me/recommendations", Recommendations, asked)

    def upload(self, name: str, data: bytes) -> models.Imported:
        """Import a history."""
        response = self._response("POST", "/me/imports", files={"file": (name, data)})
        return self._read("/me/imports", response, models.Imported)

    def waiting(self, limit: int) -> models.WaitingPage:
        """Films of imported files that wait."""
        return self._get("/me/imports", models.WaitingPage, {"limit": str(limit)})

    def pick(self, key: str, movie_id: int | None) -> None:
        """Pick the film that is meant; None dismisses the row."""
        if movie_id is None:
            self._response("DELETE", f"/me/imports/{key}")
        else:
            self._response("PUT", f"/me/imports/{key}", json={"movie_id": movie_id})

    def export(self) -> bytes:
        """Everything that is the member's, as a zip."""
        return self._response("GET", "/me/export").content

    def insights(self) -> models.Insights:
        """What the member watches."""
        return self._get("/me/insights", models.Insights)

    def taste_code(self) -> str:
        """A new code by which others may use the member's taste."""
        return str(self._response("POST", "/me/taste-code").json()["code"])

    def starters(self, limit: int) -> tuple[MovieSummary, ...]:
        """Well-known films that differ most."""
        return self._get("/movies/starters", models.Starters, {"limit": str(limit)}).films

    def tonight(self, text: str, minutes: int | None, company: Sequence[str], seed: int) -> models.Evening:
        """A film for this evening and two more."""
        asked: dict[str, str | list[str]] = {"seed": str(seed), "explain": "true"}
        if text:
            asked["text"] = text
        if minutes:
            asked["minutes"] = str(minutes)
        if company:
            asked["company"] = list(company)
        return self._get("/movies/tonight", models.Evening, asked)

    def open_room(self, rule: str) -> str:
        """The key of a new room."""
        response = self._response("POST", "/rooms", json={"rule": rule})
        return self._read("/rooms", response, models.OpenedRoom).key

    def room(self, key: str, since: int) -> models.Room | None:
        """A room; None if it still has the version `since`."""
        response = self._response("GET", f"/rooms/{key}", params={"since": str(since)})
        if response.status_code == HTTPStatus.NO_CONTENT:
            return None
        return self._read("/rooms", response, models.Room)

    def say(self, key: str, member: str, movie_id: int, liked: bool | None) -> None:
        """Add a film to a room or, with None, take it back."""
        body = {"member": member, "movie_id": movie_id, "liked": liked}
        self._response("PUT", f"/rooms/{key}/films", json=body)

    def agree(self, key: str, rule: str) -> None:
        """Change the rule of a room."""
        self._response("PUT", f"/rooms/{key}", json={"rule": rule})

    def path(self, start: int, end: int) -> models.Path:
        """A chain of kin between two films."""
        return self._get("/movies/path", models.Path, {"from": str(start), "to": str(end)})

    def _response(
        self, method: str, path: str, also: HTTPStatus = HTTPStatus.OK, **question: Any
    ) -> requests.Response:
        held = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return super()._response(method, path, also, **question, headers=held)
