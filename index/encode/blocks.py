"""The named blocks of the hybrid vector: what each is made from, its width and its weight.

A film's vector is the concatenation of its blocks. Each block is a unit vector times the square root of its
weight, or zero where nothing is known, so the inner product of two films is the weighted sum of the blocks'
cosines: a score whose parts add up, and which a query can re-weight by scaling its own blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.errors import BadQueryError


class Kind(StrEnum):
    """How a block is encoded."""

    NUMBER = "number"  # one numeric column
    YEAR = "year"  # one column of years, scaled by the logarithm of their age
    TERMS = "terms"  # TF-IDF of lists of names
    TEXT = "text"  # TF-IDF of words
    EXACT = "exact"  # TF-IDF of lists of names that have no themes: all that matters is whether one is the same
    PEOPLE = "people"  # the same of people, the first few of each film
    TITLE = "title"  # the same of the words of a title
    MEANING = "meaning"  # TF-IDF of words (and keywords), reduced to what the words mean
    MINMAX = "minmax"  # one numeric column scaled to 0..1
    CATEGORY = "category"  # one name a film: the same name or another one
    FORM = "form"  # the same of a film's form: feature, short, documentary ...
    STATIC = "static"  # sum of static embeddings of words


WORDS = (Kind.TEXT, Kind.TITLE, Kind.MEANING, Kind.STATIC)
"""Kinds that are made from running text."""

PROJECTED = (Kind.EXACT, Kind.PEOPLE, Kind.TITLE)
"""Kinds that are reduced by a random projection."""

NUMBERS = (Kind.NUMBER, Kind.YEAR)
"""Kinds that are harmonics of one number."""


@dataclass(frozen=True)
class Block:
    """One block of a profile.

    Attributes:
        name: as in `weights` and `why.blocks`.
        kind: which encoder makes it.
        columns: the columns of `FILM_SCHEMA` it is made from.
        weight: its part of the score of two films that agree in everything. Those of the default profile add up to
            1 without the optional ones.
        width: dimensions; for the kinds of names and words the most that TF-IDF is reduced to.
        log: take log1p of the number first, because its tail is long.
        terms: for those, the size of the vocabulary, the commonest terms; the default leaves out names that
            hardly two films share.
        optional: leave the block out if no film of the sample has a value; most dumps have no credits.
        bandwidth: for NUMBER and YEAR, how far apart (as a part of the column's range) two films are when the
            product of their blocks is about 0.6 of that of equal ones.
    """

    name: str
    kind: Kind
    columns: tuple[str, ...]
    weight: float
    width: int
    log: bool = False
    bandwidth: float = 0.25
    terms: int = 40_000
    optional: bool = False


def _number(name: str, weight: float, column: str, *, log: bool, bandwidth: float, width: int = 4) -> Block:
    return Block(name, Kind.NUMBER, (column,), weight, width, log, bandwidth)


_TEXTS = ("title", "tagline", "overview")
TRAITS = (
    *("feature", "short", "silent", "television", "anime"),
    *("documentary", "making-of", "concert", "stand-up", "erotica"),
)
"""What a film may be by its form, see `index.encode.forms`."""

FORM_COLUMNS = ("genres", "keywords", "original_language", "runtime", "title", "overview", "year", "adult")

_OF_A_LANGUAGE = ("spoken_languages", "production_countries", "production_companies")
"""Columns that tell a film's language where it is not known."""

DEFAULT_BLOCKS = (
    Block("genres", Kind.TERMS, ("genres",), 0.058, 32),
    Block("keywords", Kind.TERMS, ("keywords",), 0.012, 10),
    Block("text", Kind.MEANING, (*_TEXTS, "keywords"), 0.121, 36),
    Block("meaning", Kind.STATIC, (*_TEXTS, "genres", "keywords"), 0.146, 76, terms=100_000),
    Block("title", Kind.TITLE, ("title",), 0.063, 24),
    Block("language", Kind.CATEGORY, ("original_language", *_OF_A_LANGUAGE), 0.168, 30),
    Block("country", Kind.TERMS, ("production_countries",), 0.024, 12),
    Block("companies", Kind.EXACT, ("production_companies",), 0.055, 22),
    Block("form", Kind.FORM, FORM_COLUMNS, 0.080, len(TRAITS)),
    Block("year", Kind.YEAR, ("year",), 0.106, 10, bandwidth=0.08),
    _number("rating", 0.070, "rating", log=False, bandwidth=0.15),
    _number("runtime", 0.010, "runtime", log=False, bandwidth=0.15),
    _number("votes", 0.071, "vote_count", log=True, bandwidth=0.15),
    _number("popularity", 0.010, "popularity", log=True, bandwidth=0.2, width=2),
    _number("budget", 0.003, "budget", log=True, bandwidth=0.15, width=2),
    _number("revenue", 0.003, "revenue", log=True, bandwidth=0.15, width=2),
    Block("director", Kind.PEOPLE, ("directors",), 0.107, 28, optional=True),
    Block("cast", Kind.PEOPLE, ("actors",), 0.044, 22, optional=True),
)
"""The weights were chosen by coordinate ascent on the ten nearest films, with many judges: films of the whole
world with those that people name beside them, the golden list, franchises and co-rating (MovieLens latest-small).
The films of each judge are split by hash; weights were learned on either half, compared on the other, averaged.
`python -m etl evaluate --learn` repeats it. Texts count somewhat more than in the optimum of lists, because scores
of pairs need them.

With the 20 genres that there are the widths add up to 268, and to 318 with credits: rows are padded to a multiple
of 16, and a film is to take less than 900 bytes with everything."""


FAME = ("votes", "popularity", "budget", "revenue")
"""Blocks of how well known a film is; all others are of what it is."""

PRESETS: Mapping[str, Mapping[str, float]] = {
    "likeness": dict.fromkeys(FAME, 0.0) | {"text": 2.0, "meaning": 2.0},
}
"""Name -> factors on the weights of blocks. `likeness` leaves out how well known films are, and counts stories
double: so weighed, scores tell pairs that people call alike from others best."""


@dataclass(frozen=True)
class Profile:
    """A way of making vectors.

    Attributes:
        name: as on the command line and in the manifest.
        blocks: laid end to end.
        unit_length: divide each film's vector by its length, so that scores are cosines. Without it, a film of
            which little is known has a short vector and low scores; with it, such films score high with one
            another.
        exact: search without an ANN index.
        compact: keep vectors as codes of few bytes, see `index.engines.compact`.
    """

    name: str
    blocks: tuple[Block, ...]
    unit_length: bool = False
    exact: bool = False
    compact: bool = False


DEFAULT = Profile("default", DEFAULT_BLOCKS)
COMPACT = replace(DEFAULT, name="compact", compact=True)

_CLASSIC_WEIGHT = 3.709**2
_CLASSIC_NUMBERS = ("vote_average", "vote_count", "revenue", "runtime", "budget", "popularity", "year")
_CLASSIC_TEXTS = (
    *("genres", "keywords", "production_companies", "production_countries", "spoken_languages"),
    *("overview", "tagline"),
)
CLASSIC = Profile(
    "classic",
    (
        *(Block(name, Kind.MINMAX, (name,), _CLASSIC_WEIGHT, 1) for name in _CLASSIC_NUMBERS),
        *(Block(name, Kind.TEXT, (name,), 1.0, 50, terms=50) for name in _CLASSIC_TEXTS),
    ),
    unit_length=True,
    exact=True,
)
"""The vector that the classic public pipeline makes: 7 MinMax columns times 3.709 and seven TF-IDF columns of 50
words, brought to unit length and searched exactly. The baseline, not a recommendation."""

PROFILES = {profile.name: profile for profile in (DEFAULT, COMPACT, CLASSIC)}


@dataclass(frozen=True)
class Layout:
    """Where each block lies in the vector, with its weight."""

    names: tuple[str, ...]
    widths: tuple[int, ...]
    weights: tuple[float, ...]

    @property
    def dim(self) -> int:
        """Dimensions of the whole vector."""
        return sum(self.widths)

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """Where each block starts, shape (blocks,)."""
        return np.concatenate(([0], np.cumsum(self.widths)[:-1])).astype(np.int64)

    def slice_of(self, name: str) -> slice:
        """The columns of one block."""
        position = self.names.index(name)
        start = int(self.offsets[position])
        return slice(start, start + self.widths[position])

    def weight_of(self, name: str) -> float:
        """The weight of one block."""
        return self.weights[self.names.index(name)]

    def scale(self, factors: Mapping[str, float]) -> NDArray[np.float64]:
        """What to multiply a query by so that each named block counts `factor` times its default weight.

        Returns:
            Shape (dim,), float64. Blocks that are not named keep the factor 1.

        Raises:
            BadQueryError: a name is no block, or a factor is negative or not finite.
        """
        for name, factor in factors.items():
            if name not in self.names:
                raise BadQueryError(f"there is no block {name!r}; the blocks are {', '.join(self.names)}")
            if not (np.isfinite(factor) and factor >= 0):
                raise BadQueryError(f"the weight of {name!r} is {factor}; it must be 0 or more")
        return np.repeat([float(factors.get(name, 1.0)) for name in self.names], self.widths)

    def highest(self, query: NDArray[np.float64]) -> float:
        """The highest product that a query, shape (dim,), can have with a vector whose blocks have their weights.

        A block of a film is as long as the square root of its weight. By Cauchy and Schwarz's inequality, its
        product with a block of the query is at most the product of both lengths.
        """
        lengths = np.sqrt(np.add.reduceat(query**2, self.offsets))
        return float(lengths @ np.sqrt(self.weights))

    def shares(self, products: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum element-wise products, shape (n, dim), into block contributions, shape (n, blocks)."""
        return np.add.reduceat(products, self.offsets, axis=1)


def layout_of(blocks: Sequence[Block], widths: Iterable[int]) -> Layout:
    """The layout of a profile's blocks at the widths that fitting gave them."""
    return Layout(tuple(block.name for block in blocks), tuple(widths), tuple(block.weight for block in blocks))
