"""Data as typed values, without Streamlit: what the API answers, and what an address says.

`films` and `operations` are the API's answers as pydantic models, and the numbers of `/metrics`. `query` and
`state` turn an address into what a page shows, and back.
"""
