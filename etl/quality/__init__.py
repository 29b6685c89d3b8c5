"""Measuring a generation: gates before it is published, evaluation, learned weights, differences."""
