"""What a query names in another way than by a title: a release, an id, a film by its place in a franchise.

    Inception.2010.1080p.BluRay.x264-SPARKS        -> Inception 2010
    Blade Runner 2049 (2017) Bluray BD50           -> Blade Runner 2049 (2017)
    Inception (2010) {tmdb-27205}                  -> the film with that id
    thor 3                                         -> the third film whose title begins with Thor

The library guessit reads names of releases too. It takes 3 to 17 ms a name, where a whole search takes 2, and does
not find the title of "[Rec] (2007)" or the cut of "Blade Runner Final Cut".

Of franchises only titles, votes and years are known here: a franchise is the films whose titles begin with the
same words and that have at least a tenth of the votes of the best known of them, in the order of their years.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.titles.fold import bare, canonical, fold, name_parts, numbers, squash
from index.titles.matching import forms_around
from index.titles.store import LAST_WHOLE, Kind, TitleData
from index.titles.words import Mask, forms_with

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
_LETTERBOXD = re.compile(r"letterboxd\.com/(?:[\w-]+/)?film/([\w-]+)", re.I)
_BRACKETS = " ._-([{"

MOST_FILMS = 20
"""The highest place that is looked for."""

VOTES_SHARE = 10
"""A film of a franchise has at least the votes of the best known one divided by this."""

SURE_SHARE = 8
"""The same of a film whose place is sure."""

_READ = 80  # best known films whose titles are read


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


@dataclass(frozen=True)
class Placed:
    """The film that a number means.

    Attributes:
        part: number of its index.
        form: id of one of its forms.
        sure: False where the order is doubtful: the first film may have another title, there are remakes, or the
            numbers in other titles do not agree with their places.
    """

    part: int
    form: int
    sure: bool


@dataclass(frozen=True)
class _Film:
    part: int
    form: int
    movie_id: int
    year: int
    votes: int
    words: tuple[str, ...]
    numbers: frozenset[str]


def place_sequel(words: tuple[str, ...], parts: Sequence[TitleData], masks: Sequence[Mask]) -> Placed | None:
    """The film that a query with a number at its end means, where no title of the franchise has the number.

    Args:
        words: of the query, folded.
        parts: indexes that are searched together.
        masks: of the films of each that may come back.

    Returns:
        None if the query does not end with a number from 2 to `MOST_FILMS`, if a title has the number, and if the
        franchise has fewer films.
    """
    *base, number = canonical(words) or ("",)
    if not base or not number.isdigit() or not 2 <= int(number) <= MOST_FILMS:
        return None
    films = _franchise(tuple(base), parts, masks)
    if not films:
        return None
    if any(number in film.numbers for film in films):
        return None
    named = _named_otherwise(tuple(base), number, films, parts, masks)
    if named is not None:
        return Placed(named.part, named.form, True)
    if len(films) < int(number):
        return None
    found = films[int(number) - 1]
    known = found.votes * SURE_SHARE >= max(film.votes for film in films)
    return Placed(found.part, found.form, known and _in_order(squash(base), films))


def _franchise(base: tuple[str, ...], parts: Sequence[TitleData], masks: Sequence[Mask]) -> list[_Film]:
    """The films whose titles begin with the words, in the order of their years."""
    text = squash(base)
    found: dict[int, _Film] = {}
    for part, (data, mask) in enumerate(zip(parts, masks, strict=True)):
        around = forms_around(text, data).astype(np.int64)
        ids = around[data.forms.kinds[around] <= Kind.BARE_ORIGINAL]
        ids = mask.pick(ids, ids)
        for form in np.sort(np.partition(ids, _READ)[:_READ] if len(ids) > _READ else ids).tolist():
            film = _film(part, form, text, data)
            if film.year and _end_of(text, film.words):
                found.setdefault(film.movie_id, film)
    least = max((film.votes for film in found.values()), default=0) / VOTES_SHARE
    films = sorted(
        (film for film in found.values() if film.votes >= max(least, 1)),
        key=lambda film: (film.year, film.movie_id),
    )
    names = [place for place, film in enumerate(films) if _end_of(text, film.words) == len(film.words)]
    return films[names[0] :] if names else films  # what came before the first one is another franchise


def _film(part: int, form: int, base: str, data: TitleData) -> _Film:
    row = int(data.forms.rows[form])
    of_title = data.forms.kinds[form] in (Kind.TITLE, Kind.BARE_TITLE)
    title = (data.films.titles if of_title else data.films.originals)[row].as_py()
    before, _ = name_parts(title)
    words = canonical(fold(title))
    end = _end_of(base, words)
    follows = words[end : end + 1] if end else ()
    told = (
        frozenset(follows) if follows and follows[0].isdigit() else numbers(fold(before[0] if before else title))
    )
    films = data.films
    return _Film(part, form, int(films.movie_ids[row]), int(films.years[row]), int(films.votes[row]), words, told)


def _end_of(base: str, words: tuple[str, ...]) -> int:
    """How many of the first words, an article before them included, are the text; 0 if they are not."""
    for start in (0, 1) if bare(words) else (0,):
        end, length = start, 0
        while end < len(words) and length < len(base):
            length += len(words[end])
            end += 1
        if length == len(base) and squash(words[start:end]) == base:
            return end
    return 0


def _named_otherwise(
    base: tuple[str, ...], number: str, films: list[_Film], parts: Sequence[TitleData], masks: Sequence[Mask]
) -> _Film | None:
    """A film of the franchise whose title has the number but begins otherwise: "X2", "Furious 7"."""
    least, first = max(film.votes for film in films) / VOTES_SHARE, films[0].year
    known = Counter(word for film in films for word in set(film.words[len(base) :]) if len(word) > 3)
    shared = [word for word, times in known.most_common(3) if times > 1]
    for part, (data, mask) in enumerate(zip(parts, masks, strict=True)):
        letter = base[0] if len(base[0]) == 1 else ""  # "x men 2" is "X2"
        forms = [forms_around(letter + number, data, longer=False)[: _READ if letter else 0]]
        forms += [forms_with((word, number), data) for word in shared]
        ids = np.sort(np.concatenate(forms)).astype(np.int64)
        for form in mask.pick(ids, ids)[:_READ].tolist():
            if data.forms.kinds[form] <= LAST_WHOLE:
                film = _film(part, form, squash(base), data)
                if film.votes >= least and film.year > first and number in film.numbers:
                    return film
    return None


def _in_order(base: str, films: list[_Film]) -> bool:
    """Whether the first film has the franchise's name alone, no other has, and numbers agree with places."""
    names = [_end_of(base, film.words) == len(film.words) for film in films]
    low = [{number for number in film.numbers if int(number) <= MOST_FILMS} for film in films]
    placed = all(str(place) in told for place, told in enumerate(low, start=1) if told)
    return names[0] and sum(names) == 1 and placed
