"""The entry point: `python -m streamlit run ui/app.py` from the project's root.

Streamlit imports this module once and serves `app`, and runs it as a script whenever a page has to be drawn.
"""

from __future__ import annotations

from pathlib import Path

if __name__ == "__main__":
    from ui.pages import run

    run()
else:
    import streamlit as st
    from starlette.middleware import Middleware

    from ui.first_load import FirstLoad

    app = st.App(Path(__file__), middleware=[Middleware(FirstLoad)])
