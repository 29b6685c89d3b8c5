"""One chunk of synthetic films, column by column, each drawn from the same hidden cause.

A film is first given its votes, whether it is thin, and its subject (language, topics, genres, keywords,
hero); every column then says something about that subject, or nothing.

What is wrong with the text of a real dump: line breaks, markup, control characters, doubled separators.

The columns of synthetic films that are no words: votes, money, minutes, dates, paths of images.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl.synthetic import shares
from etl.synthetic.sample import GENRES
from etl.synthetic.shares import STATED, Mask
from etl.synthetic.text import Strings, Subjects, Writer, blank, join
from etl.synthetic.world import Ints, Pool, World
from etl.transform.film import COLUMNS

# (column, share of its rows, what is replaced where it first occurs, by what). Line breaks, double spaces and
# zero-width spaces are as frequent in overviews as in the real file; the others were seen, and are made
# frequent enough here for a dump of 100,000 rows to show them.
_DIRT = (
    ("overview", 0.04, ". ", ".  "),
    ("overview", 0.002, ". ", ".\n"),
    ("overview", 0.002, ". ", ".\r\n\r\n"),
    ("overview", 0.001, " ", " \u200b"),
    ("overview", 0.001, " the ", " <i>the</i> "),
    ("overview", 0.0005, ", ", "<br />"),
    ("overview", 0.001, " and ", " &amp; "),
    ("overview", 0.0005, " ", " \x1f"),
    ("overview", 0.0005, " ", "_"),
    ("tagline", 0.0005, " ", " <b>"),
    ("tagline", 0.0005, " ", "\x92 "),
    ("title", 0.0003, " ", "_"),
    ("title", 0.0003, " ", "  "),
    ("title", 0.0002, " ", "\t"),
    ("title", 0.0002, " ", " \u200b"),
    ("original_title", 0.0003, " ", " \x0b"),
    ("genres", 0.0005, ", ", ", , "),
    ("keywords", 0.001, ", ", ",, "),
    ("keywords", 0.0005, " ", "_"),
    ("production_companies", 0.001, ", ", ",, "),
)


def soil(rng: np.random.Generator, columns: dict[str, Strings]) -> None:
    """Spoil a small, fixed share of the values of some columns, in place in the mapping."""
    for name, share, found, put in _DIRT:
        hit = np.flatnonzero(rng.random(len(columns[name])) < share)
        mask = np.zeros(len(columns[name]), dtype=bool)
        mask[hit] = True
        spoilt = pc.replace_substring(columns[name].take(pa.array(hit)), found, put, max_replacements=1)
        columns[name] = pc.replace_with_mask(columns[name], pa.array(mask), spoilt)


_UNRELEASED = ("In Production", "Post Production", "Planned", "Rumored", "Canceled")
_BASE62 = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", dtype=np.uint8)


@dataclass(frozen=True)
class Films:
    """What the columns of a chunk depend on. `base` is the row that a sequel follows, else the film's own."""

    subjects: Subjects
    votes: Ints
    known: Mask
    thin: Mask
    dated: Mask
    adult: Mask
    base: Ints

    def __len__(self) -> int:
        return len(self.votes)

    def state(self, rng: np.random.Generator, column: str) -> Mask:
        """Which films state a column."""
        return STATED[column].draw(rng, self.thin, self.known)


def numbers(rng: np.random.Generator, films: Films) -> dict[str, Strings]:
    """Votes, popularity, runtime and money; a dump writes 0 for unknown."""
    n, votes = len(films), films.votes
    rating = np.where(films.known, shares.RATING_KNOWN.draw(rng, n), shares.RATING.draw(rng, n))
    steps = np.where(votes >= 3, 1000, 2)  # one or two voters leave a round number
    rating = np.where(votes > 0, np.floor(rating * steps) / steps, 0.0)
    popularity = 0.6 + 0.7 * np.sqrt(votes) * shares.POPULARITY.draw(rng, n)
    popularity += np.where(rng.random(n) < 0.4, rng.random(n), 0)
    minutes = np.where(films.known, shares.MINUTES_KNOWN.draw(rng, n), shares.MINUTES.draw(rng, n))
    tiers = np.searchsorted([10, 100, 1000], votes, side="right")
    budget = np.where(rng.random(n) < np.array([0.04, 0.14, 0.36, 0.88])[tiers], shares.MONEY.draw(rng, n), 0)
    revenue = np.where(rng.random(n) < np.array([0.01, 0.11, 0.43, 0.9])[tiers], shares.MONEY.draw(rng, n), 0)
    columns = {
        "vote_count": votes,
        "vote_average": rating,
        "popularity": np.floor(popularity * 1000) / 1000,
        "runtime": np.where(films.state(rng, "runtime"), minutes, 0).astype(np.int64),
        "budget": budget.astype(np.int64),
        "revenue": (revenue * (1 + 2 * rng.random(n))).astype(np.int64),
    }
    return {name: pa.array(values).cast(pa.string()) for name, values in columns.items()}


def dates(rng: np.random.Generator, films: Films) -> dict[str, Strings]:
    """Release date, status and the adult flag. A film that is not out has a date ahead, or none."""
    n = len(films)
    share = np.where(films.dated, shares.UNRELEASED_UNVOTED, shares.UNRELEASED_UNDATED)
    unreleased = (films.votes == 0) & (rng.random(n) < share)
    year = shares.YEARS.draw(rng, n).astype(np.int64)
    year = np.where(films.base != np.arange(n), year[films.base] + rng.integers(1, 6, size=n), year)
    year = np.where(unreleased, rng.integers(2026, 2029, size=n), np.minimum(year, 2026))
    first = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    day = np.where(rng.random(n) < shares.NEW_YEARS_DAY, 0, rng.integers(365, size=n))
    date = pa.array((first + day).astype(np.int32)).cast(pa.date32()).cast(pa.string())
    date = pc.if_else(pa.array(rng.random(n) < shares.YEAR_ONLY), pc.utf8_slice_codeunits(date, 0, 4), date)
    statuses = pa.array(_UNRELEASED, pa.string()).take(pa.array(rng.integers(len(_UNRELEASED), size=n)))
    return {
        "release_date": blank(date, films.dated),
        "status": pc.if_else(pa.array(unreleased), statuses, "Released"),
        "adult": pc.if_else(pa.array(films.adult), "True", "False"),
    }


def paths(rng: np.random.Generator, size: int) -> Strings:
    """Paths of images as TMDB writes them: a slash, 27 letters and digits, `.jpg`."""
    text = np.empty((size, 32), dtype=np.uint8)
    text[:, 0] = ord("/")
    text[:, 1:28] = _BASE62[rng.integers(62, size=(size, 27), dtype=np.uint8)]
    text[:, 28:] = np.frombuffer(b".jpg", dtype=np.uint8)
    offsets = np.arange(0, 32 * (size + 1), 32, dtype=np.int32)
    return pa.StringArray.from_buffers(size, pa.py_buffer(offsets), pa.py_buffer(text))


def squeezed(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Numbers in [0, 1) whose density falls in a straight line from 2 at 0 to nothing at 1."""
    return 1 - np.sqrt(1 - rng.random(size))


_KEYWORDS_DRAWN = 14
_COMPANIES_DRAWN = 4
_REPEATED_TITLES = 1350  # with REPEATED_TITLE, the first of them stands about 90 times in a million rows
_ID_STEP = 2_654_435_761  # odd, so that multiples of it meet every number below a power of two once


class FilmMaker:
    """Makes the chunks of one dump of `rows` films."""

    def __init__(self, world: World, rows: int) -> None:
        self._world = world
        self._writer = Writer(world)
        self._id_range = 1 << (rows + rows // 2).bit_length()
        single = [name for name in world.keywords.to_pylist() if name.isalpha() and len(name) > 3]
        topical = (name.capitalize() for name in single if name not in world.words.not_topical)
        repeated = dict.fromkeys([*world.words.repeated_titles, *topical])
        self._repeated = pa.array(list(repeated)[:_REPEATED_TITLES], pa.string())

    def make(self, rng: np.random.Generator, votes: Ints, first_row: int) -> list[Strings]:
        """The films of one chunk.

        Args:
            rng: the chunk's own source of random numbers.
            votes: how many votes each has, int64 of shape (n,).
            first_row: the place of the first in the dump.

        Returns:
            Arrow string arrays of length n, in the order of `COLUMNS`, without nulls.
        """
        films = self._draw(rng, votes)
        columns = {
            **self._identity(rng, films, first_row),
            **self._titles(rng, films),
            **self._text(rng, films),
            **self._lists(rng, films),
            **numbers(rng, films),
            **dates(rng, films),
        }
        soil(rng, columns)
        rows = np.arange(len(films))
        twice = np.where(rng.random(len(films)) < shares.SAME_ID, np.maximum(rows - 1, 0), rows)
        return [columns[name].take(pa.array(twice)) for name in COLUMNS]

    def _draw(self, rng: np.random.Generator, votes: Ints) -> Films:
        n = len(votes)
        known = votes >= shares.KNOWN_VOTES
        dated = (votes > 0) | (rng.random(n) >= shares.UNDATED_UNVOTED)
        rows = np.arange(n)
        sequel = rng.random(n) < shares.SEQUELS
        base = np.where(sequel, np.maximum(rows - rng.integers(1, 300, size=n), 0), rows)
        while (base[base] != base).any():  # a sequel of a sequel follows the first film
            base = base[base]
        thin_share = np.where(dated, shares.THIN_UNKNOWN, shares.THIN_UNDATED)
        return Films(
            subjects=self._subjects(rng, base),
            votes=votes,
            known=known,
            thin=~known & (rng.random(n) < thin_share),
            dated=dated,
            adult=~known & (rng.random(n) < shares.ADULT),
            base=base,
        )

    def _subjects(self, rng: np.random.Generator, base: Ints) -> Subjects:
        """A language, a model film of the sample made in it, two of its topics, and keywords of those."""
        world, n = self._world, len(base)
        weights = np.cumsum([language.weight for language in world.words.languages])
        language = np.searchsorted(weights, rng.integers(weights[-1], size=n), side="right")[base]
        model = world.language_films.draw(rng, language)[base]
        topics = np.empty((n, 2), dtype=np.int64)
        topics[:, 0] = world.film_topics.draw(rng, model)[base]
        # The second topic comes from the model or from another film of the first: a theme of the same kind.
        other = np.where(rng.random(n) < 0.5, model, world.topic_films.draw(rng, topics[:, 0]))
        topics[:, 1] = world.film_topics.draw(rng, other)[base]
        source = topics[np.arange(n)[:, None], (rng.random((n, _KEYWORDS_DRAWN)) < 0.35).astype(np.int64)]
        keywords = world.topic_keywords.draw(rng, source)
        keywords[:, :3] = keywords[base, :3]
        for column in range(1, _KEYWORDS_DRAWN):
            again = (keywords[:, :column] == keywords[:, column : column + 1]).any(axis=1)
            keywords[again, column] = -1
        genres = world.film_genres[model]
        count = shares.GENRES_COUNT.draw(rng, n).astype(np.int64)
        genres = np.where(np.arange(genres.shape[1]) < count[:, None], genres, -1)
        return Subjects(topics, keywords, genres, self._writer.names(rng, n)[base], language)

    def _identity(self, rng: np.random.Generator, films: Films, first_row: int) -> dict[str, Strings]:
        """Ids and paths; a few imdb ids are shared."""
        n = len(films)
        ids = 1 + (first_row + np.arange(n)) * _ID_STEP % self._id_range
        imdb = 100_000 + ids * 5
        shared = 77_000_000 + (120 * squeezed(rng, n)).astype(np.int64)
        imdb = np.where(rng.random(n) < shares.SHARED_IMDB, shared, imdb)
        digits = pc.utf8_lpad(pa.array(imdb).cast(pa.string()), 7, "0")
        site = pc.binary_join_element_wise("https://film-", pa.array(ids).cast(pa.string()), ".example/", "")
        return {
            "id": pa.array(ids).cast(pa.string()),
            "imdb_id": blank(pc.binary_join_element_wise("tt", digits, ""), films.state(rng, "imdb_id")),
            "homepage": blank(site, films.state(rng, "homepage")),
            "poster_path": blank(paths(rng, n), films.state(rng, "poster_path")),
            "backdrop_path": blank(paths(rng, n), films.state(rng, "backdrop_path")),
        }

    def _titles(self, rng: np.random.Generator, films: Films) -> dict[str, Strings]:
        """The title, and the original one in the film's language; the latter often stands for both."""
        n, languages = len(films), self._world.words.languages
        ones = np.ones(n, dtype=np.int64)
        title = self._writer.write(rng, self._writer.titles, films.subjects, ones, capital=True)
        often = self._repeated.take(pa.array((len(self._repeated) * squeezed(rng, n)).astype(np.int64)))
        title = pc.if_else(pa.array(rng.random(n) < shares.REPEATED_TITLE), often, title)
        native = self._writer.native_titles(rng, films.subjects)
        foreign = np.array([one.code not in {"en", "xx"} for one in languages])[films.subjects.language]
        translated = rng.random(n) < np.where(films.known, 0.85, 0.5)
        original = pc.if_else(pa.array(foreign), native, title)
        title = pc.if_else(pa.array(foreign & ~translated), native, title)
        suffix = self._suffixes(rng, films)
        base = pa.array(films.base)
        return {
            "title": pc.binary_join_element_wise(title.take(base), suffix, ""),
            "original_title": pc.binary_join_element_wise(original.take(base), suffix, ""),
        }

    def _suffixes(self, rng: np.random.Generator, films: Films) -> Strings:
        """What follows the title of a sequel, and the number of a volume of an adult series."""
        n = len(films)
        endings = pa.array(self._world.words.sequel_suffixes, pa.string())
        ending = blank(endings.take(pa.array(rng.integers(len(endings), size=n))), films.base != np.arange(n))
        volume = pc.binary_join_element_wise(" Vol. ", pa.array(rng.integers(1, 60, size=n)).cast(pa.string()), "")
        volume = blank(volume, films.adult & (rng.random(n) < 0.4))
        return pc.binary_join_element_wise(ending, volume, "")

    def _text(self, rng: np.random.Generator, films: Films) -> dict[str, Strings]:
        """Overview and tagline. Thin films have a short overview if any; one in a thousand is boilerplate."""
        n, writer = len(films), self._writer
        stated = films.state(rng, "overview")
        brief = films.thin & (rng.random(n) < 0.7)
        drawn = np.where(films.thin, shares.SENTENCES_THIN.draw(rng, n), shares.SENTENCES.draw(rng, n))
        sentences = drawn.astype(np.int64)
        long = writer.write(rng, writer.overviews, films.subjects, np.where(stated & ~brief, sentences, 0))
        short = writer.write(rng, writer.shorts, films.subjects, np.where(stated & brief, 1, 0))
        overview = pc.if_else(pa.array(brief), short, long)
        boilerplate = pa.array(self._world.words.boilerplate, pa.string())
        plain = boilerplate.take(pa.array((len(boilerplate) * squeezed(rng, n)).astype(np.int64)))
        overview = pc.if_else(pa.array(stated & (rng.random(n) < 0.001)), plain, overview)
        taglines = films.state(rng, "tagline").astype(np.int64)
        tagline = writer.write(rng, writer.taglines, films.subjects, taglines)
        return {"overview": overview, "tagline": _capitalised(tagline)}

    def _lists(self, rng: np.random.Generator, films: Films) -> dict[str, Strings]:
        """The columns whose values are lists, with names separated by a comma and a space."""
        world, subjects, n = self._world, films.subjects, len(films)
        spread = np.where(films.known, shares.KEYWORDS_KNOWN.draw(rng, n), shares.KEYWORDS.draw(rng, n)).astype(
            np.int64
        )
        counts = np.where(films.state(rng, "keywords"), spread, 0)
        lists = {
            "keywords": _joined(world.keywords, subjects.keywords, counts),
            "genres": _joined(
                pa.array(GENRES, pa.string()),
                subjects.genres,
                np.where(films.state(rng, "genres"), subjects.genres.shape[1], 0),
            ),
            "production_companies": self._companies(rng, films),
        }
        return {**lists, **self._places(rng, films)}

    def _companies(self, rng: np.random.Generator, films: Films) -> Strings:
        """Companies of the sample's films for well-known films; for the others mostly invented ones."""
        world, n = self._world, len(films)
        shape = (n, _COMPANIES_DRAWN)
        topic = np.repeat(films.subjects.topics[:, :1], _COMPANIES_DRAWN, axis=1)
        small = world.invented_companies[rng.integers(len(world.invented_companies), size=shape)]
        is_small = rng.random(shape) < np.where(films.known, 0.3, 0.85)[:, None]
        companies = np.where(is_small, small, world.topic_companies.draw(rng, topic))
        counts = shares.COMPANIES_COUNT.draw(rng, n) + films.known * rng.random(n) * 2
        stated = films.state(rng, "production_companies")
        return _joined(world.companies, companies, np.where(stated, counts.astype(np.int64), 0))

    def _places(self, rng: np.random.Generator, films: Films) -> dict[str, Strings]:
        """Language, countries and spoken languages that agree; one film in nine is made with a second one."""
        languages, n = self._world.words.languages, len(films)
        names = sorted({name for language in languages for name in language.countries})
        homes = Pool.of([names.index(name) for name in language.countries] for language in languages)
        codes = pa.array([language.code for language in languages], pa.string())
        spoken = pa.array([language.spoken for language in languages], pa.string())
        own = films.subjects.language
        partner = np.where(rng.random(n) < 0.11, rng.integers(len(languages), size=n), own)
        both = np.stack([own, partner], axis=1)
        countries = homes.draw(rng, both)
        countries[(partner == own) | (countries[:, 0] == countries[:, 1]), 1] = -1
        both[partner == own, 1] = -1
        two = np.full(n, 2, dtype=np.int64)
        stated = films.state(rng, "production_countries"), films.state(rng, "spoken_languages")
        return {
            "original_language": codes.take(pa.array(own)),
            "production_countries": _joined(pa.array(names, pa.string()), countries, two * stated[0]),
            "spoken_languages": _joined(spoken, both, two * stated[1]),
        }


def _joined(names: Strings, numbers: Ints, counts: Ints) -> Strings:
    """For each row the names of its first numbers, `counts` at most, without those below 0."""
    keep = (np.arange(numbers.shape[1]) < counts[:, None]) & (numbers >= 0)
    return join(names, numbers[keep], np.nonzero(keep)[0], len(numbers), ", ")


def _capitalised(strings: Strings) -> Strings:
    """The strings with their first letter, and no other, made a capital."""
    first = pc.utf8_upper(pc.utf8_slice_codeunits(strings, 0, 1))
    return pc.binary_join_element_wise(first, pc.utf8_slice_codeunits(strings, 1), "")
