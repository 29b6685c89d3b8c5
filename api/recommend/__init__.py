"""Recommendations over HTTP: resolve the films of a request, ask the recommender, write the answer."""
