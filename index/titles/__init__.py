"""Films by title, in any spelling.

    build:   titles -> folded forms, their words and neighbourhoods -> store (files)
    search:  query -> candidates from one or more indexes -> costs in edits -> ranking, confidence

`fold` makes texts comparable. `matching` collects the forms that resemble a query: equal to it or beginning with
it or a few edits away (`nearby`), sharing its words (`vocabulary`, `words`). `vocabulary` holds every rule
that has a number, `ranking` orders the films, `queries` reads what is not a title (names of releases, ids, places
in a franchise), `search` is what callers use. Nothing here knows of vectors, SQL or HTTP.
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
