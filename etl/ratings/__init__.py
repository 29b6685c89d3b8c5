"""Ratings by many people, from files into the database."""
