"""The Streamlit app. It talks to the API over HTTP and to nothing else.

`answers` and `client` are the API as Python, `state` the address as Python, `placeholder` and the `cards` modules
draw HTML from them, `panels` and `views` are what Streamlit runs. Imports `settings` for the API's address only;
never sqlalchemy, faiss, fastapi, or our other packages.
"""
