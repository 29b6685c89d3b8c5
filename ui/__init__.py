"""The Streamlit app. It talks to the API over HTTP and to nothing else.

Imports `settings` for the API's address only; never sqlalchemy, faiss, fastapi, or our other packages.
"""
