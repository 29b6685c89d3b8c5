"""One module a page, each a function `page()` that Streamlit runs from top to bottom.

Not called `pages`: Streamlit uses a folder of that name beside its entry point for its older kind of navigation.
"""
