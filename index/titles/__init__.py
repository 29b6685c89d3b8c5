from index.titles.build import build_titles
from index.titles.errors import EmptyQueryError, TitleFormatError, TitleIndexError
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
