"""The member's lists, and histories of other services: import, correction, export."""

from __future__ import annotations

import streamlit as st

from ui import catalogue
from ui.client import ApiError
from ui.markup import films
from ui.markup.films import note
from ui.models.films import MovieSummary
from ui.people import session
from ui.people.models import LISTS, Imported, WaitingRow
from ui.people.pages import SIGN_IN
from ui.widgets import frame

SHOWN = 24
WAITING = 20
MOST_PROBLEMS = 5
LARGEST_MB = 16
TOLD = "history-told"
"""Of the session: what became of the last file."""
SERVICES = "Letterboxd (zip or csv), IMDb, Trakt, Simkl, MovieLens, or an export of this app"


def page() -> None:
    """Draw the page."""
    st.title("History", anchor=False)
    if not session.signed_in():
        frame.empty("Sign in to keep a history", SIGN_IN)
        return
    try:
        _lists()
        _import()
        _waiting()
        _export()
    except ApiError as error:
        if not session.expired(error):
            raise
        st.rerun()


def _lists() -> None:
    kind = st.radio("List", list(LISTS), format_func=LISTS.__getitem__, horizontal=True, key="history-list")
    key = f"history-after-{kind}"
    after = st.session_state.get(key, 0)
    found = session.people().listed(kind, after, SHOWN)
    st.html(films.matching(found.total))
    movies = [item.movie for item in found.items if item.movie is not None]
    shown = catalogue.with_posters(catalogue.api(), movies)
    st.html(films.choices(shown, session.buttons(shown)))
    back, on = st.columns(2)
    if after and back.button("From the start", key="history-first"):
        st.session_state[key] = 0
        st.rerun()
    if found.next is not None and on.button("Next page", key="history-next"):
        st.session_state[key] = found.next
        st.rerun()


def _import() -> None:
    st.header("Import", anchor=False)
    if told := st.session_state.get(TOLD):
        _told(told)
    file = st.file_uploader(SERVICES, type=["zip", "csv", "json"], key="history-file", max_upload_size=LARGEST_MB)
    if file is None or not st.button("Import this file", key="history-import", type="primary"):
        return
    with st.spinner(f"Finding the films of {file.name}: a second or two for 5,000 rows …", show_time=True):
        try:
            st.session_state[TOLD] = session.people().upload(file.name, file.getvalue())
        except ApiError as error:
            if session.expired(error):
                raise
            st.error(str(error))
            return
    session.forget_marks()
    st.rerun()  # the lists above have changed


def _told(told: Imported) -> None:
    waiting = told.unsure + told.ambiguous + told.not_found
    st.success(f"{told.matched:,} of {len(told.rows):,} rows are matched; {told.changed:,} entries are new.")
    if waiting:
        st.info(f"{waiting:,} rows wait for you below.")
    for row in [row for row in told.rows if row.problem][:MOST_PROBLEMS]:
        st.warning(f"{row.title}: {row.problem}")


def _waiting() -> None:
    found = session.people().waiting(WAITING)
    if not found.total:
        return
    st.header("Which film is it?", anchor=False)
    st.html(note(f"{found.total:,} films of your files are not certain. Pick one or dismiss the row."))
    for row in found.items:
        _correct(row)


def _correct(row: WaitingRow) -> None:
    with st.container(border=True, key=f"rk-waiting-{row.key}"):
        st.html(films.heading(f"{row.title} ({row.year})" if row.year else row.title or "A film without a title"))
        wanted = st.text_input("Another title", key=f"title-{row.key}", placeholder="Search for it")
        offered: list[MovieSummary] = list(row.candidates)
        if wanted.strip():
            offered = list(catalogue.search(catalogue.api(), wanted.strip(), None).films)
        names = {film.id: film.name for film in offered}
        chosen = st.selectbox(
            f"The film that “{row.title}” means",
            list(names),
            format_func=names.__getitem__,
            index=0 if names else None,
            key=f"film-{row.key}",
            placeholder="No film resembles it",
        )
        buttons = st.container(horizontal=True)
        if buttons.button("This one", key=f"pick-{row.key}", disabled=chosen is None, type="primary"):
            session.people().pick(row.key, chosen)
            st.rerun()
        if buttons.button("Dismiss", key=f"dismiss-{row.key}"):
            session.people().pick(row.key, None)
            st.rerun()


def _export() -> None:
    st.header("Take it with you", anchor=False)
    st.html(note("A zip with everything as JSON, and as csv files that Letterboxd imports."))
    if st.button("Make the file", key="history-export"):
        st.download_button("Download reelkin.zip", session.people().export(), "reelkin.zip", "application/zip")


page()
