"""What a query names in another way than by a title: a release, an id, a title among other words.

    Inception.2010.1080p.BluRay.x264-SPARKS        -> Inception 2010
    Blade Runner 2049 (2017) Bluray BD50           -> Blade Runner 2049 (2017)
    Inception (2010) {tmdb-27205}                  -> the film with that id

The library guessit reads names of releases too. It takes 3 to 17 ms a name, where a whole search takes 2, and does
not find the title of "[Rec] (2007)" or the cut of "Blade Runner Final Cut".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from index.titles.fold import canonical, squash, weight
from index.titles.matching import forms_around
from index.titles.store import LAST_WHOLE, Kind, TitleData
from index.titles.words import Mask

_TAGS = (
    r"\d{3,4}[pi]|uhd|hdr10\+?|10bit|8bit|blu-?ray|b[dr]rip|bd(?:25|50|66|100)|web-?(?:dl|rip)|hdtv|hd-?rip"
    r"|dvd(?:rip|scr|5|9)|remux|[xh][ .]?26[45]|hevc|xvid|divx|dts(?:-?hd)?|e?ac3|ddp?5[ .]1|truehd|mkv|mp4|avi"
    r"|(?:the )?(?:director'?s|final|assembly|theatrical|extended|ultimate|special|international|unrated|redux)"
    r"[ ._-](?:cut|edition|version)|imdb(?:id)?[=-]tt\d+|tt\d{7,8}"
)
_TAGS_AFTER_YEAR = (  # elsewhere they are words of titles: "Charlotte's Web", "Uncut Gems"
    r"web|4k|hdr|dvd|ts|cam|avc|aac|atmos|proper|repack|unrated|uncut|extended|remastered|imax"
)
_BEFORE, _AFTER = r"(?<=[\s._\-(\[{])", r"(?=$|[\s._\-)\]}])"
_ANY_YEAR = r"(?:18[7-9]\d|19\d\d|20[0-4]\d)"
_YEAR = re.compile(_BEFORE + _ANY_YEAR + _AFTER)
_TAG = re.compile(f"{_BEFORE}(?:{_TAGS}){_AFTER}", re.I)
_YEAR_AND_TAG = re.compile(rf"{_BEFORE}{_ANY_YEAR}(?=[)\]]?[\s._\-(\[]+(?:{_TAGS_AFTER_YEAR}){_AFTER})", re.I)
_TMDB = re.compile(r"(?:\btmdb(?:id)?[=-]|themoviedb\.org/movie/)(\d{1,9})", re.I)
_IMDB = re.compile(r"(?<![a-z0-9])tt(\d{6,10})(?![a-z0-9])", re.I)
_LETTERBOXD = re.compile(r"letterboxd\.com/(?:[\w-]+/)?film/([\w-]+)", re.I)
_BRACKETS = " ._-([{"

_MOST_WORDS, _TELLING, _KNOWN_VOTES = 12, 8, 1_000  # words of a query, letters and votes of a title within it


def release_title(query: str) -> str | None:
    """The title, and the year if there is one, in the name of a release; None if the query is no such name.

    Everything from the first tag on is cut off, and anything between the last year and that tag.

    >>> release_title("The.Dark.Knight.2008.FRENCH.720p"), release_title("[Rec] (2007) [imdb=tt1038988]")
    ('The.Dark.Knight.2008', '[Rec] (2007')
    >>> release_title("blade runner final cut"), release_title("Uncut Gems 2019 WEB")
    ('blade runner', 'Uncut Gems 2019')
    >>> release_title("charlottes web"), release_title("https://letterboxd.com/film/the-dark-knight/")
    (None, 'the dark knight')
    """
    if slug := _LETTERBOXD.search(query):
        return slug[1].replace("-", " ")
    tag = _TAG.search(query)
    if tag is None:
        year = _YEAR_AND_TAG.search(query)
        return query[: year.end()] if year else None
    title = query[: tag.start()].rstrip(_BRACKETS)
    years = list(_YEAR.finditer(title))
    return (title[: years[-1].end()] if years else title) or None


def tmdb_id(query: str) -> int | None:
    """TMDB's id if the query names it: "{tmdb-27205}", "themoviedb.org/movie/27205-inception".

    >>> tmdb_id("Inception (2010) {tmdb-27205}"), tmdb_id("inception")
    (27205, None)
    """
    found = _TMDB.search(query)
    return int(found[1]) if found else None


def imdb_number(query: str) -> int | None:
    """The number of IMDb's id if the query names one: "tt0816692", "https://www.imdb.com/title/tt0816692/".

    >>> imdb_number("[Rec] (2007) [imdb=tt1038988]"), imdb_number("Tttt 1038988")
    (1038988, None)
    """
    found = _IMDB.search(query)
    return int(found[1]) if found else None


def title_within(
    words: tuple[str, ...], parts: Sequence[TitleData], masks: Sequence[Mask]
) -> tuple[int, int] | None:
    """The well-known film whose title stands behind the name of a franchise, or before it.

    "star wars return of the jedi" is the film "Return of the Jedi".

    Args:
        words: of the query, folded, without a year.
        parts: indexes that are searched together.
        masks: of the films of each that may come back.

    Returns:
        its index and one of its forms, the longest title that is found; None if there is none.
    """
    if not 3 <= len(words) <= _MOST_WORDS:
        return None
    sizes = range(len(words) - 1, 1, -1)
    splits = [(words[-size:], words[:-size]) for size in sizes] + [(words[:size], words[size:]) for size in sizes]
    for title, rest in sorted(splits, key=lambda split: -weight(split[0])):
        if weight(title) < _TELLING:
            return None
        found = _named_exactly(squash(title), parts, masks, LAST_WHOLE)
        name = tuple(word for word in canonical(rest) if not word.isdigit() and word != "episode")
        if found and name and _named_exactly(squash(name), parts, masks, Kind.MAIN_ORIGINAL):
            return found
    return None


def _named_exactly(
    text: str, parts: Sequence[TitleData], masks: Sequence[Mask], last: Kind
) -> tuple[int, int] | None:
    """The first well-known film with this form, of a kind up to `last`."""
    for part, (data, mask) in enumerate(zip(parts, masks, strict=True)):
        ids = np.sort(forms_around(text, data, longer=False)).astype(np.int64)
        for form in mask.pick(ids, ids)[:4].tolist():
            votes = int(data.films.votes[data.forms.rows[form]])
            if votes >= _KNOWN_VOTES and data.forms.kinds[form] <= last:
                return part, form
    return None
