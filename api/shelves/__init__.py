"""Shelves over HTTP: films in the order of a rule."""
