"""HTTP in, JSON out: FastAPI routes over services that join the catalogue and the generation.

Each room is a resource with its routes, service and models: a route parses the request, a service answers it.
`web` is what all routes share, `serving` holds the generation that answers. Imports `index`, `sql`, `settings`
and `etl.transform.film` (a film written over HTTP is cleaned like one of the dump); never streamlit.
"""
