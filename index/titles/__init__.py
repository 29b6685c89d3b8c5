"""Films by title, whatever the spelling.

    build:   titles -> folded forms and words -> neighbourhoods, lists of films by word -> files
    search:  query -> forms near it, begun by it, sharing its words -> cost in edits -> rank, confidence

`fold` makes titles comparable, `neighbours` finds strings a few edits away, `vocabulary` and `by_words` find
titles by their words, `matching` weighs what was found, `ranking` orders it. `exact` does all of that for a
title that is spelt as it should be.
"""

from index.errors import EmptyQueryError, TitleFormatError, TitleIndexError
from index.titles.build import build_titles
from index.titles.search import TitleAnswer, TitleIndex, TitleMatch

__all__ = [
    "EmptyQueryError",
    "TitleAnswer",
    "TitleFormatError",
    "TitleIndex",
    "TitleIndexError",
    "TitleMatch",
    "build_titles",
]
