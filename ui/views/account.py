"""Sign in, up and out; the member's account."""

from __future__ import annotations

import streamlit as st

from ui import catalogue
from ui.client import ApiError
from ui.markup.films import counts, links, note
from ui.people import session
from ui.people.models import LISTS
from ui.words import films as counted

OPEN = "open"
SHORTEST = 8


def page() -> None:
    """Draw the page."""
    st.title("Your account", anchor=False)
    if session.signed_in():
        _member()
    else:
        _visitor()


def _visitor() -> None:
    _form("Sign in", "sign-in", "Name", "Password")
    if catalogue.accounts(catalogue.api()).sign_up == OPEN:
        st.header("New here?", anchor=False)
        _form("Create an account", "sign-up", "A name", f"A password of {SHORTEST} characters or more")
    else:
        st.html(note("The administrator of this service creates accounts."))


def _form(label: str, key: str, name_label: str, password_label: str) -> None:
    with st.form(key):
        name = st.text_input(name_label, key=f"{key}-name", autocomplete="username")
        password = st.text_input(password_label, key=f"{key}-password", type="password")
        sent = st.form_submit_button(label, type="primary" if key == "sign-in" else "secondary")
    if not sent:
        return
    people = session.people()
    try:
        (people.sign_in if key == "sign-in" else people.sign_up)(name.strip(), password)
        session.entered(people.me().role)
    except ApiError as error:
        st.error(str(error))
        return
    st.rerun()


def _member() -> None:
    people = session.people()
    me = people.me()
    st.html(note(f"Signed in as {me.name}."))
    st.html(counts({LISTS[kind]: films for kind, films in me.films.items()}))
    st.html(links({"For you": "for-you", "History": "history", "Insights": "insights"}))
    if st.button("Sign out", key="sign-out", type="primary"):
        try:
            people.sign_out()
        except ApiError:  # the token goes anyway
            people.token = ""
        session.entered("")
        st.rerun()
    with st.expander("Share your taste"):
        st.html(note("Who has the code can pick films that suit you too, and sees none of your lists."))
        if st.button("Make a code", key="taste-code"):
            st.code(people.taste_code(), language=None)
    with st.expander("Delete the account"):
        total = counted(sum(me.films.values()))
        st.html(note(f"Everything goes with it, {total} on your lists too. It cannot be undone."))
        sure = st.checkbox("Yes, delete everything", key="delete-sure")
        if st.button("Delete the account", key="delete", disabled=not sure):
            people.delete_me()
            session.entered("")
            st.rerun()


page()
