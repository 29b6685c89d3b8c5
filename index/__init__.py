"""Vectors in, neighbours out: blocks and encoders, ANN engines, filters, titles, generations, edits.

Works on arrays and Arrow batches, and knows neither the database nor the network. Outside, a film is its
`movie_id` (TMDB's); inside, a `row` (its position in the arrays of one generation). Imports nothing of ours;
never sqlalchemy, fastapi, streamlit, requests or settings.
"""
