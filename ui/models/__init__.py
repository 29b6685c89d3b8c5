"""Data as typed values, without Streamlit: what the API answers, and what an address says.

`films`, `statistics` and `operations` are the API's answers as pydantic models, `metrics` reads Prometheus's text.
`query`, `filters` and `state` turn an address into what a page shows, and back.
"""
