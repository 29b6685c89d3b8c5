"""From a TMDB dump to clean rows in the database, and from there to a published generation.

Holds the reader (`extract`), the cleaning rules (`transform`), the two pipelines (`ingest`, `build`) and the
command line. Imports `index`, `sql` and `settings`; never fastapi or streamlit. The API uses
`etl.transform.film` alone, so that a film written over HTTP is cleaned by the rules of the dump.
"""
