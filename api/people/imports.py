"""History in and out: files of other services, films of them that wait to be picked, and the export."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, File, Path, Response, Security, UploadFile
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import Engine

from api.models import Limit, MovieSummary, NoQuery, Posters, Strict, StrictMovieId, as_json
from api.people.accounts import UNAUTHORIZED
from api.people.export import exported
from api.serving.serving import Serving
from api.web.cache import query_string
from api.web.openapi import NOT_FOUND, PROBLEMS, TOO_LARGE, problem_response
from api.web.problems import BadHistoryError, NotFoundError, UnauthorizedError
from etl.transform.history.archive import MOST_BYTES, HistoryError
from etl.transform.history.formats import KNOWN
from etl.transform.history.importing import INVALID, Report, import_history, pick
from index.spaces.view import View
from sql import histories
from sql.accounts import User
from sql.histories import ImportRow, Status

Counted = Annotated[int, Field(ge=0)]
ROW_STATUS = "matched, unsure, ambiguous, not_found, dismissed (by you, before) or invalid"


class ImportedRow(BaseModel):
    """What became of one row of a file."""

    file: str = Field(description="the file within the upload", examples=["ratings.csv"])
    line: int = Field(description="the row in it; headings are 1", examples=[2])
    title: str = Field(description="as the file has it", examples=["Alien"])
    year: int | None = Field(description="as the file has it", examples=[1979])
    status: str = Field(description=ROW_STATUS, examples=["matched"])
    problem: str | None = Field(description="why an invalid row cannot be used", examples=[None])
    key: str | None = Field(
        description="of a film that waits: see `PUT /me/imports/{key}`",
        examples=["5d41402abc4b2a76b9719d911017c592"],
    )
    movie: MovieSummary | None = Field(description="the film, if it was matched")
    candidates: list[MovieSummary] = Field(
        description="else films that may be meant, the likeliest first", examples=[[]]
    )


class Imported(BaseModel):
    """What became of a file."""

    matched: Counted = Field(description="rows whose film is certain; they are stored", examples=[812])
    unsure: Counted = Field(description="rows that one film resembles; they wait", examples=[9])
    ambiguous: Counted = Field(description="rows of a title that several films have; they wait", examples=[4])
    not_found: Counted = Field(description="rows that no film resembles; they wait", examples=[3])
    dismissed: Counted = Field(description="rows of films that you dismissed before", examples=[0])
    invalid: Counted = Field(description="rows that cannot be used", examples=[0])
    changed: Counted = Field(
        description="marks, diary entries and waiting rows that are new or changed; 0 for the same file again",
        examples=[1634],
    )
    rows: list[ImportedRow] = Field(description="each row that is about a film, in the order of the file")


class WaitingRow(BaseModel):
    """A film of an imported file that you have to pick."""

    key: str = Field(description="names it", examples=["5d41402abc4b2a76b9719d911017c592"])
    title: str = Field(description="as the file has it", examples=["The Thing"])
    year: int | None = Field(description="as the file has it", examples=[1981])
    status: Status = Field(description="unsure, ambiguous or not_found", examples=["unsure"])
    candidates: list[MovieSummary] = Field(description="films that may be meant, the likeliest first")


class WaitingPage(BaseModel):
    """Films of imported files that wait for you."""

    items: list[WaitingRow] = Field(description="the films of the page, in order of key")
    next: str | None = Field(description="send back as `after`; null at the end", examples=[None])
    total: int = Field(description="how many wait", examples=[16])


class WaitingQuery(Strict):
    """Parameters of `GET /me/imports`."""

    limit: Limit = Field(50, description="films on a page", examples=[20])
    after: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{0,32}$")] = Field(
        "", description="`next` of the page before", examples=[""]
    )


class Picked(Strict):
    """Body of `PUT /me/imports/{key}`."""

    movie_id: StrictMovieId = Field(
        description="the film that is meant, a candidate or any other", examples=[1091]
    )


class ImportService:
    """Takes histories in and gives them out."""

    def __init__(self, database: Engine, serving: Serving, posters: Posters) -> None:
        self._database, self._serving, self._posters = database, serving, posters

    def take(self, user: User, name: str, data: bytes) -> dict[str, Any]:
        """The fields of an `Imported`.

        Raises:
            BadHistoryError: the file is no history that can be read.
            UnauthorizedError: the user was deleted meanwhile.
        """
        view = self._serving.current().view
        try:
            report = import_history(self._database, view, user, name, data)
        except HistoryError as error:
            raise BadHistoryError(str(error)) from error
        except LookupError as error:
            raise UnauthorizedError(str(error)) from error
        return self._told(view, report)

    def _told(self, view: View, report: Report) -> dict[str, Any]:
        ids = {
            i for _, match in report.rows if match for i in (match.movie_id, *match.candidates) if i is not None
        }
        films = self._films(view, sorted(ids))
        rows = [
            {
                "file": entry.file,
                "line": entry.line,
                "title": entry.film.title,
                "year": entry.film.year,
                "status": INVALID if match is None else match.status,
                "problem": entry.problem or None,
                "key": match.key if match is not None and match.status in histories.WAITING else None,
                "movie": None if match is None else films.get(match.movie_id or 0),
                "candidates": [films[i] for i in match.candidates if i in films] if match is not None else [],
            }
            for entry, match in report.rows
        ]
        counts = report.counts
        told = {name: counts[name] for name in Imported.model_fields if name not in ("changed", "rows")}
        return {**told, "changed": report.changed, "rows": rows}

    def waiting(self, user: User, query: WaitingQuery) -> WaitingPage:
        """A page of the rows that wait."""
        found = histories.waiting(self._database, user, query.limit + 1, query.after)
        shown, view = found[: query.limit], self._serving.current().view
        films = self._films(view, sorted({i for row in shown for i in row.candidates}))
        items = [
            WaitingRow(
                key=row.key,
                title=row.title,
                year=row.year,
                status=row.status,
                candidates=[MovieSummary.model_validate(films[i]) for i in row.candidates if i in films],
            )
            for row in shown
        ]
        more = shown[-1].key if len(found) > query.limit else None
        return WaitingPage(items=items, next=more, total=histories.count_waiting(self._database, user))

    def pick(self, user: User, key: str, movie_id: int | None) -> None:
        """Take a film for a row that waits; None dismisses it.

        Raises:
            NotFoundError: there is no such row, or no such film.
            UnauthorizedError: the user was deleted meanwhile.
        """
        row = self._row(user, key)
        if movie_id is not None and movie_id not in histories.known_ids(self._database, [movie_id], ())[0]:
            raise NotFoundError(f"there is no film with the id {movie_id}")
        try:
            pick(self._database, user, row, movie_id)
        except LookupError as error:
            raise UnauthorizedError(str(error)) from error

    def export(self, user: User) -> bytes:
        """Everything that is the user's, as a zip."""
        return exported(self._database, user)

    def _row(self, user: User, key: str) -> ImportRow:
        row = histories.find_row(self._database, user, key)
        if row is None:
            raise NotFoundError(f"no film of an import waits by the key {key!r}")
        return row

    def _films(self, view: View, ids: list[int]) -> dict[int, dict[str, Any]]:
        rows = [row for movie_id in ids if (row := view.films.row_of(movie_id)) is not None]
        return {film["id"]: self._posters.shown(film) for film in view.films.summaries(rows)}


BAD_HISTORY = problem_response(
    HTTPStatus.BAD_REQUEST,
    "bad_history",
    "The file is no history that can be read",
    f"holiday.jpg is no history that can be read; send {KNOWN}",
)
KeyPath = Annotated[
    str,
    Path(
        pattern=r"^[0-9a-f]{32}$",
        description="of a row that waits",
        examples=["5d41402abc4b2a76b9719d911017c592"],
    ),
]
ZIP: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A zip: `reelkin.json` and csv files that Letterboxd imports",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}, "example": "PK..."}},
    }
}


def router(service: ImportService, member: Any) -> APIRouter:
    """The routes of imports and the export.

    Args:
        service: what they call.
        member: the user of the token, for `Security`.
    """
    routes = APIRouter(tags=["people"], responses=PROBLEMS | UNAUTHORIZED)
    signed_in: Any = Security(member)

    @routes.post("/me/imports", responses=BAD_HISTORY | TOO_LARGE, response_model=Imported)
    def take(
        file: Annotated[
            UploadFile, File(description=f"{KNOWN}; up to {MOST_BYTES // 2**20} MiB", examples=["letterboxd.zip"])
        ],
        _: NoQuery,
        user: User = signed_in,
    ) -> Response:
        """Import your history.

        A file of Letterboxd, IMDb, Trakt, Simkl, MovieLens or of `GET /me/export`. What is certain is stored;
        other films wait in `GET /me/imports`. What you have said here stays, unless the file says otherwise and
        later. The same file again changes nothing.
        """
        return as_json(service.take(user, file.filename or "", file.file.read(MOST_BYTES + 1)))

    @routes.get("/me/imports")
    def waiting(query: Annotated[WaitingQuery, query_string(WaitingQuery)], user: User = signed_in) -> WaitingPage:
        """List the films that wait.

        Those of imported files that were not certain, by pages.
        """
        return service.waiting(user, query)

    @routes.put("/me/imports/{key}", status_code=HTTPStatus.NO_CONTENT, responses=NOT_FOUND | TOO_LARGE)
    def picked(key: KeyPath, body: Picked, _: NoQuery, user: User = signed_in) -> None:
        """Pick a film that waits.

        What the file says is stored for it, now and when the file comes again.
        """
        service.pick(user, key, body.movie_id)

    @routes.delete("/me/imports/{key}", status_code=HTTPStatus.NO_CONTENT, responses=NOT_FOUND)
    def dismissed(key: KeyPath, _: NoQuery, user: User = signed_in) -> None:
        """Dismiss a film that waits.

        It is left out when the file comes again, too.
        """
        service.pick(user, key, None)

    @routes.get("/me/export", responses=ZIP, response_class=Response)
    def export(_: NoQuery, user: User = signed_in) -> Response:
        """Take everything with you.

        A zip with all of it as JSON, which `POST /me/imports` reads, and as csv files that Letterboxd imports.
        """
        named = {"content-disposition": 'attachment; filename="reelkin.zip"'}
        return Response(service.export(user), media_type="application/zip", headers=named)

    return routes
