"""Folded text: what titles are ordered and compared by, and terms looked up by, on both databases alike."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

import pyarrow as pa
import pyarrow.compute as pc

from sql.tables import SORT_TITLE_MAX

_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_NOT_SIMPLE = r"[^\x20-\x7e]|  |^ | $"


def fold(text: str) -> str:
    """Without case, accents, control characters and needless blanks.

    >>> fold("  Amélie   Poulain "), fold("STRASSE") == fold("Straße")
    ('amelie poulain', True)
    """
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
    return _BLANKS.sub(" ", bare).strip(" ")


def sort_title(title: str) -> str:
    """The key of title order: the folded title, or the first 120 characters of it."""
    return fold(title)[:SORT_TITLE_MAX].rstrip(" ")


def sort_titles(titles: pa.StringArray) -> pa.StringArray:
    """`sort_title` of each. Plain ASCII, most of the catalogue, never becomes a Python string."""
    slow = pc.match_substring_regex(titles, _NOT_SIMPLE)
    quick = pc.ascii_rtrim(pc.utf8_slice_codeunits(pc.ascii_lower(titles), 0, SORT_TITLE_MAX), " ")
    folded = pa.array([sort_title(t) for t in titles.filter(slow).to_pylist()], pa.string())
    return pc.replace_with_mask(quick, slow, folded)


class Kind(StrEnum):
    """What a term is; names of different kinds never meet."""

    GENRE = "genre"
    KEYWORD = "keyword"
    COUNTRY = "country"


COLUMNS = {Kind.GENRE: "genres", Kind.KEYWORD: "keywords", Kind.COUNTRY: "production_countries"}
