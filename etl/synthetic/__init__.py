"""Synthetic dumps of any size, and the bundled sample."""
