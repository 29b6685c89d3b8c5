"""HTML as htpy elements: pure functions from models to markup, without Streamlit and without requests.

htpy escapes every text and attribute, so no module here escapes anything itself. Titles are untrusted: TMDB lets
anybody write them.
"""
