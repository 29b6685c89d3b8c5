"""Answers from an open generation: recommendations, shelves, statistics."""
