"""A second opinion on explicit films that the dump does not flag as adult: by title, text and keywords.

It is cautious: only words for what pornography shows count, not words for films about it, and only where hardly
anybody has voted. One such word in a title flags a film, elsewhere it takes two different ones.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sql.tables import MOVIE_SCHEMA

WELL_KNOWN = 20
"""Votes from which on the dump's own flag counts: people have looked at it."""
PATTERN = (
    r"(?i)\bcream-?pies?\b|\bcum ?shots?\b|\bcum(?:s|ming)? inside\b|\bgang[- ]?bang(?:s|ed)?\b"
    r"|\bblow-?jobs?\b|\bbukkake\b|\bhand-?jobs?\b|\bdeep-?throat(?:s|ing)\b|\bbig (?:tits|cocks?|dicks?)\b"
    "|中出し|潮吹き|手コキ|肉便器|パイパン|種付け|フェラチオ|ごっくん"
)
"""For `re` and RE2 alike."""
_WORDS = re.compile(PATTERN)
_TITLES, _TEXTS = ("title", "original_title"), ("overview", "tagline", "keywords")


def flagged(films: pa.RecordBatch) -> tuple[pa.RecordBatch, int]:
    """The films with explicit ones flagged as adult, and how many were not before.

    Args:
        films: of `MOVIE_SCHEMA`.
    """
    unflagged = pc.and_(pc.invert(films["adult"]), pc.less(films["vote_count"], WELL_KNOWN))
    matching = [pc.match_substring_regex(films[name], PATTERN) for name in (*_TITLES, *_TEXTS)]
    some = pc.and_(unflagged, matching[0])
    for match in matching[1:]:
        some = pc.or_(some, pc.and_(unflagged, match))
    rows = np.flatnonzero(some.to_numpy(zero_copy_only=False))
    suspects = films.take(pa.array(rows)).to_pylist()
    found = rows[[is_explicit(film) for film in suspects]] if len(rows) else rows
    if not len(found):
        return films, 0
    adult = np.array(films["adult"].to_numpy(zero_copy_only=False))
    adult[found] = True
    at = films.schema.get_field_index("adult")
    return films.set_column(at, MOVIE_SCHEMA.field("adult"), pa.array(adult)), len(found)


def is_explicit(film: dict[str, object]) -> bool:
    """Whether the words of a film, its columns in stored form, are those of pornography.

    >>> is_explicit({"title": "Garden work", "overview": "A creampie for tea.", "keywords": "|garden|"})
    False
    """
    if _words(film, _TITLES):
        return True
    return len(_words(film, _TEXTS)) > 1


def _words(film: dict[str, object], columns: tuple[str, ...]) -> set[str]:
    texts = " \n ".join(str(film.get(name) or "") for name in columns)
    return {found.group().casefold().rstrip("s") for found in _WORDS.finditer(texts)}
