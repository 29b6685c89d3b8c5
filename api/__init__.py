"""HTTP in, JSON out: FastAPI routes over services that join the catalogue and the generation.

A route parses, a service answers: resolve titles, encode, search, hydrate. Imports `index`, `sql`, `settings`
and `etl.transform.film` (a film written over HTTP is cleaned like one of the dump); never streamlit.
"""
