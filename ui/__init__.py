"""The Streamlit app. It talks to the API over HTTP and to nothing else.

`models` holds what the API answers and what an address says, `markup` turns models into HTML, `widgets` and
`views` run in Streamlit, `client` and `catalogue` ask the API. Imports `contract` for the filters and `settings`
for the API's address; never sqlalchemy, faiss, fastapi, or our other packages.
"""
