"""The entry point: `python -m streamlit run ui/app.py` from the project's root.

Frames every page: navigation, style, one place where the API's errors are shown, the footer.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from settings import SettingsError
from ui.client import ApiError
from ui.widgets import links, taste
from ui.widgets import notices as problems

HERE = Path(__file__).parent
ATTRIBUTION = "This product uses the TMDB API but is not endorsed or certified by TMDB."


def run() -> None:
    """Draw the page that the address names."""
    st.set_page_config(page_title="Reelkin", page_icon=HERE / "icon.svg", layout="wide")
    page = st.navigation(
        [
            st.Page(HERE / "views/find.py", title="Find", icon=":material/search:", default=True),
            st.Page(HERE / "views/browse.py", title="Browse", icon=":material/grid_view:", url_path=links.BROWSE),
            st.Page(HERE / "views/mix.py", title="Mix", icon=":material/blender:", url_path=links.MIX),
            st.Page(HERE / "views/compare.py", title="Compare", icon=":material/compare:", url_path=links.COMPARE),
            st.Page(
                HERE / "views/analytics.py",
                title="Analytics",
                icon=":material/bar_chart:",
                url_path=links.ANALYTICS,
            ),
            st.Page(
                HERE / "views/operations.py",
                title="Operator",
                icon=":material/monitor_heart:",
                url_path=links.OPERATOR,
            ),
            st.Page(HERE / "views/film.py", title="Film", url_path=links.FILM, visibility="hidden"),
        ],
        position="top",
    )
    st.logo(HERE / "logo.svg", size="large")
    st.html(HERE / "style.css")
    links.follow(taste.rate)  # before the films: a click that comes at once must not be lost
    try:
        page.run()
    except ApiError as error:
        problems.show(error)
    except SettingsError as error:
        st.error(str(error))
    if page.url_path != links.MIX and taste.current():
        st.html(taste.tray())
    st.html(f'<footer class="rk-foot">{ATTRIBUTION}</footer>')


run()
