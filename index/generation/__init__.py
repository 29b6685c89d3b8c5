"""Generations: built, described by a manifest, published, opened, and overlaid with edits."""
