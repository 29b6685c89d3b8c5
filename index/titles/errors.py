"""What can go wrong with titles: one base, two leaves."""

from __future__ import annotations


class TitleIndexError(Exception):
    """Base of every error this package raises on purpose."""


class EmptyQueryError(TitleIndexError, ValueError):
    """The query holds no visible character, so there is nothing to look for."""


class TitleFormatError(TitleIndexError):
    """The folder holds no title index that this version can read."""
