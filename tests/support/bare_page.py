"""What the app's pages are held against: Streamlit alone, one heading, below the root as they are.

Below its root Streamlit looks for its server twice, with a tenth of a second between.
"""

import streamlit as st


def start() -> None:
    """The page at the root, which nobody opens."""


def bare() -> None:
    """The page at `/bare`."""
    st.title("Nothing else")


st.navigation([st.Page(start, default=True), st.Page(bare)], position="hidden").run()
