"""Sign in, up and out; the member's account."""

from __future__ import annotations

import re

import streamlit as st

from ui import catalogue
from ui.client import ApiError, RefusedError
from ui.markup.films import counts, links, note
from ui.people import session
from ui.people.models import LISTS
from ui.words import films as counted

OPEN = "open"
SIGN_UP = "sign-up"
CHANGED = "password-changed"
SHORTEST = 8
NAME = re.compile(r"[A-Za-z0-9_.@-]{1,64}")


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
        _form("Create an account", SIGN_UP, "A name", f"A password of {SHORTEST} characters or more")
    else:
        st.html(note("The administrator of this service creates accounts."))


def _form(label: str, key: str, name_label: str, password_label: str) -> None:
    new = key == SIGN_UP
    with st.form(key):
        name = st.text_input(name_label, key=f"{key}-name", autocomplete="username").strip()
        password = _password_box(password_label, f"{key}-password", new=new)
        sent = st.form_submit_button(label, type="secondary" if new else "primary")
    if not sent:
        return
    if new and (wrong := _wrong_name(name) or _wrong_password(password)):
        st.error(wrong)
        return
    if not (name and password):
        st.error("Enter your name and your password.")
        return
    people = session.people()
    try:
        (people.sign_up if new else people.sign_in)(name, password)
        session.entered(people.me().role)
    except ApiError as error:
        st.error(_sentence(error))
        return
    st.rerun()


def _password_box(label: str, key: str, *, new: bool) -> str:
    kind = "new-password" if new else "current-password"
    return st.text_input(label, key=key, type="password", autocomplete=kind)


def _wrong_name(name: str) -> str:
    return "" if NAME.fullmatch(name) else "A name has 1 to 64 letters, digits or . _ @ - and no blanks."


def _wrong_password(password: str) -> str:
    return "" if len(password) >= SHORTEST else f"The password needs {SHORTEST} characters or more."


def _sentence(error: ApiError) -> str:
    said = str(error)
    return f"{said[:1].upper()}{said[1:]}."


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
    if st.session_state.pop(CHANGED, False):
        st.success("The password is changed. You are signed out everywhere else.")
    with st.expander("Change the password"):
        _change_password(me.name)
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


def _change_password(name: str) -> None:
    with st.form("password", border=False):
        old = _password_box("The password until now", "password-old", new=False)
        new = _password_box(f"The new one, {SHORTEST} characters or more", "password-new", new=True)
        again = _password_box("The new one again", "password-again", new=True)
        sent = st.form_submit_button("Change the password")
    if not sent:
        return
    if wrong := _wrong_password(new) or ("" if new == again else "The two new passwords differ."):
        st.error(wrong)
        return
    try:
        session.people().change_password(name, old, new)
    except RefusedError as error:
        if error.code == session.UNAUTHORIZED and session.still_open():
            st.error("The password until now is wrong.")
        elif session.expired(error):
            st.rerun()
        else:
            st.error(_sentence(error))
        return
    st.session_state[CHANGED] = True
    st.rerun()  # the browser keeps the new session


page()
