"""Poster addresses over HTTP, from OMDB or TMDB."""
