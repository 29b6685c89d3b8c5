"""Ids of IMDb's and paths of images that are written as addresses or numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_IMDB_ADDRESS = re.compile(r".*\bimdb\.com/(?:\w\w/)?title/(tt[0-9]{1,12})\b.*", re.ASCII)
_IMDB_NUMBER = re.compile(r"([1-9][0-9]{3,8}|0[0-9]{6})(?:\.0)?", re.ASCII)
_IMAGE_ADDRESS = re.compile(r"https?://(?:image\.tmdb|www\.themoviedb|media\.themoviedb)\.org/t/p/\w+(/.+)")


def imdb_id(text: str) -> str:
    """IMDb's id; a text that is none is returned unchanged.

    >>> imdb_id("https://www.imdb.com/title/tt1375666/?ref_=x"), imdb_id("133093.0"), imdb_id("nm1")
    ('tt1375666', 'tt0133093', 'nm1')
    """
    if match := _IMDB_ADDRESS.fullmatch(text):
        return match[1]
    number = _IMDB_NUMBER.fullmatch(text.strip())
    return f"tt{number[1]:0>7}" if number else text


def image(text: str) -> str:
    """The path of an image at TMDB; a text that is no address of one is returned unchanged.

    >>> image("https://image.tmdb.org/t/p/w500/kqjL17y.jpg"), image("/kqjL17y.jpg")
    ('/kqjL17y.jpg', '/kqjL17y.jpg')
    """
    match = _IMAGE_ADDRESS.fullmatch(text.strip())
    return match[1] if match else text


REWRITERS: dict[str, tuple[Callable[[str], str], str]] = {
    "imdb_id": (imdb_id, "addresses or numbers of IMDb's ids"),
    "poster_path": (image, "addresses of images"),
    "backdrop_path": (image, "addresses of images"),
}
"""Of each column the function, and what it reads, in words."""


def are_written(rewrite: Callable[[str], str], values: Iterable[str]) -> bool:
    """Whether some of the values are written in this way."""
    return any(rewrite(text) != text for text in values)
