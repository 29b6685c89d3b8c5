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

from index.titles.fold import bare, canonical, fold, name_parts, numbers, squash, weight
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
_IMDB = re.compile(r"(?<![a-z0-9])tt(\d{6,10})(?![a-z0-9])", re.I)
_LETTERBOXD = re.compile(r"letterboxd\.com/(?:[\w-]+/)?film/([\w-]+)", re.I)
_BRACKETS = " ._-([{"

_LEADING_NUMBER = re.compile(r"[0-9]+")

MOST_FILMS = 20
"""The highest place that is looked for."""

VOTES_SHARE = 10
"""A film of a franchise has at least the votes of the best known one divided by this."""

SURE_SHARE = 8
"""The same of a film whose place is sure."""

_MOST_OTHERS = 5_000  # alternative titles that begin with a name; more begin with letters that are no name
_MOST_WORDS, _TELLING, _KNOWN_VOTES = 12, 8, 1_000  # words of a query, letters and votes of a title within it
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


def imdb_number(query: str) -> int | None:
    """The number of IMDb's id if the query names one: "tt0816692", "https://www.imdb.com/title/tt0816692/".

    >>> imdb_number("[Rec] (2007) [imdb=tt1038988]"), imdb_number("Tttt 1038988")
    (1038988, None)
    """
    found = _IMDB.search(query)
    return int(found[1]) if found else None


@dataclass(frozen=True)
class Placed:
    """The film that a number means.

    Attributes:
        part: number of its index.
        form: id of one of its forms.
        sure: False where the order is doubtful: the first film may have another title, there are remakes, or the
            numbers in other titles do not agree with their places.
        otherwise: another film that may be meant then, its index and one of its forms: the one before, if the
            first film has another title, or the one that has this place in the order of release.
    """

    part: int
    form: int
    sure: bool
    otherwise: tuple[int, int] | None = None


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
    place = int(number) - 1
    there = films[place] if place < len(films) else None
    otherwise = None if there is None else (there.part, there.form)
    episode = _episode(squash(base), number, films, parts, masks)
    if episode is not None:
        same = there is not None and there.movie_id == episode.movie_id
        return Placed(episode.part, episode.form, same, None if same else otherwise)
    named = _named_otherwise(tuple(base), number, films, parts, masks)
    if named is not None:
        return Placed(named.part, named.form, True)
    if there is None:
        return None
    known = there.votes * SURE_SHARE >= max(film.votes for film in films)
    text = squash(base)
    first = _end_of(text, films[0].words) == len(films[0].words)
    before = None if first else (films[place - 1].part, films[place - 1].form)
    return Placed(there.part, there.form, known and _in_order(text, films), before)


def _episode(
    base: str, number: str, films: list[_Film], parts: Sequence[TitleData], masks: Sequence[Mask]
) -> _Film | None:
    """The film whose alternative title has the number behind the words: "Star Wars: Episode V - ..."."""
    least = max(film.votes for film in films) / VOTES_SHARE
    for part, (data, mask) in enumerate(zip(parts, masks, strict=True)):
        around = forms_around(base + number, data).astype(np.int64)
        ids = around[data.forms.kinds[around] == Kind.OTHER]
        for form in np.sort(mask.pick(ids, ids))[:_READ].tolist():
            follows = data.forms.texts[form].as_py()[len(base) + len(number) :]
            film = _film(part, form, base, data)
            if film.votes >= least and not follows[:1].isdigit():
                return film
    return None


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


def _franchise(base: tuple[str, ...], parts: Sequence[TitleData], masks: Sequence[Mask]) -> list[_Film]:
    """The films whose titles begin with the words, in the order of their years."""
    text = squash(base)
    found: dict[int, _Film] = {}
    for part, (data, mask) in enumerate(zip(parts, masks, strict=True)):
        around = forms_around(text, data).astype(np.int64)
        ids = around[data.forms.kinds[around] <= Kind.BARE_ORIGINAL]
        others = around[data.forms.kinds[around] == Kind.OTHER]
        if len(others) <= _MOST_OTHERS:  # their words are not stored: only the lists tell whether one has all
            ids = np.concatenate([ids, np.intersect1d(others, forms_with(base, data))])
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
    if data.forms.kinds[form] == Kind.OTHER:
        rest = data.forms.texts[form].as_py()[len(base) :]
        number = _LEADING_NUMBER.match(rest)
        named = frozenset(number.group().split() if number else ())
        return _known_film(part, form, data, (base, rest) if rest else (base,), named)
    of_title = data.forms.kinds[form] in (Kind.TITLE, Kind.BARE_TITLE)
    title = (data.films.titles if of_title else data.films.originals)[row].as_py()
    before, _ = name_parts(title)
    words = canonical(fold(title))
    end = _end_of(base, words)
    follows = words[end : end + 1] if end else ()
    told = (
        frozenset(follows) if follows and follows[0].isdigit() else numbers(fold(before[0] if before else title))
    )
    return _known_film(part, form, data, words, told)


def _known_film(part: int, form: int, data: TitleData, words: tuple[str, ...], told: frozenset[str]) -> _Film:
    row, films = int(data.forms.rows[form]), data.films
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
