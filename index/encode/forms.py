"""What kind of film a film is: a feature, a short, silent, made for television, a documentary, a concert ...

TMDB has no column for it. Genres say what is a documentary, a television film or animation; keywords, titles
and the adult flag say what is a concert, a stand-up programme, a making-of or erotica; the runtime says what is a
short, and the year what is silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from index.arrays import Matrix
from index.encode.blocks import TRAITS, Block
from index.encode.texts import unit_rows

LONGEST_SHORT = 40
"""Minutes: the Academy's rule."""

LAST_SILENT = 1929
"""Year up to which films are taken for silent."""

MAKING_OF = {"making of", "behind the scenes"}
STAND_UP = {
    "stand-up comedy",
    "stand-up comedian",
    "stand up comedy",
    "stand up comedian",
    "stand-up",
    "stand-up special",
}
CONCERT = {"concert", "live concert", "concert film", "live performance", "rock concert", "music concert"}
EROTICA = {
    "erotic movie",
    "softcore",
    "sexploitation",
    "erotica",
    "pink film",
    "erotic 70s",
    "hentai",
    "explicit sex",
}
SILENT = {"silent film", "silent movie"}
ABOUT_MUSIC = {"music", "documentary", "tv movie"}
STORIES = {"drama", "romance", "action", "animation", "thriller", "horror"}
_MAKING_OF_TITLE = r"(?i)\b(the making of|making of|behind the scenes)\b"
_CONCERT_TITLE = r"(?i)\b(live (at|in|from)|in concert|unplugged|world tour)\b"
_EROTICA_TEXT = r"(?i)\b(softcore|hardcore porn|pink film|erotic film|adult film|porn film)\b"

Flags = NDArray[np.bool_]


class FormEncoder:
    """The traits of a film as a unit row: films of the same traits are alike, those that share one somewhat.

    A silent short shares something with shorts and with silent features; a concert filmed as a documentary with
    concerts and with documentaries. Zero where neither genres nor runtime are known.
    """

    width = len(TRAITS)

    @classmethod
    def fit(cls, block: Block, sample: pa.Table) -> Self:
        """Nothing is fitted."""
        return cls()

    @classmethod
    def load(cls, block: Block, arrays: Mapping[str, NDArray[np.generic]]) -> Self:
        """Nothing is stored."""
        return cls()

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Nothing."""
        return {}

    def transform(self, batch: pa.RecordBatch) -> Matrix:
        """The traits of n films as unit rows, shape (n, width)."""
        return unit_rows(traits_of(batch).astype(np.float32))


def traits_of(films: pa.RecordBatch | pa.Table) -> Flags:
    """Which of `TRAITS` each of n films has, shape (n, len(TRAITS)); none where nothing tells."""
    genres, keywords = (_Names(films.column(column), len(films)) for column in ("genres", "keywords"))
    runtime, year = (_numbers(films, column) for column in ("runtime", "year"))
    documentary = genres.any({"documentary"})
    music = genres.any({"music"}) & ~genres.any_but(ABOUT_MUSIC)
    told = genres.known | (runtime > 0)
    has = {
        "short": (runtime > 0) & (runtime <= LONGEST_SHORT),
        "silent": ((year > 0) & (year <= LAST_SILENT)) | keywords.any(SILENT),
        "television": genres.any({"tv movie"}),
        "anime": genres.any({"animation"}) & _flags(pc.equal(films.column("original_language"), "ja")),
        "documentary": documentary,
        "making-of": keywords.any({"making of"})
        | (keywords.any(MAKING_OF) & documentary)
        | (_matching(films, "title", _MAKING_OF_TITLE) & (documentary | ~genres.known)),
        "concert": (keywords.any(CONCERT) & ~genres.any_but(ABOUT_MUSIC) & genres.known)
        | (music & (~documentary | _matching(films, "title", _CONCERT_TITLE))),
        "stand-up": keywords.any(STAND_UP) & ~genres.any(STORIES),
        "erotica": _flags(films.column("adult"))
        | keywords.any(EROTICA)
        | _matching(films, "overview", _EROTICA_TEXT),
    }
    apart = ("short", "anime", "documentary", "making-of", "concert", "stand-up", "erotica")
    has["feature"] = ~np.any([has[trait] for trait in apart], axis=0)
    found: Flags = np.stack([has[trait] & told for trait in TRAITS], axis=1)
    return found


class _Names:
    """The names of n films, in lower case, to be asked which films have one of some."""

    def __init__(self, lists: pa.Array | pa.ChunkedArray, rows: int) -> None:
        lists = lists.combine_chunks() if isinstance(lists, pa.ChunkedArray) else lists
        self._names = pc.utf8_lower(lists.flatten())
        self._films = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)
        self._rows = rows

    @property
    def known(self) -> Flags:
        return self._having(np.ones(len(self._films), np.bool_))

    def any(self, names: Iterable[str]) -> Flags:
        return self._having(self._among(names))

    def any_but(self, names: Iterable[str]) -> Flags:
        return self._having(~self._among(names))

    def _among(self, names: Iterable[str]) -> Flags:
        return _flags(pc.is_in(self._names, value_set=pa.array(sorted(names))))

    def _having(self, chosen: Flags) -> Flags:
        having = np.zeros(self._rows, np.bool_)
        having[self._films[chosen]] = True
        return having


def _numbers(films: pa.RecordBatch | pa.Table, column: str) -> NDArray[np.int64]:
    numbers: NDArray[np.int64] = pc.fill_null(films.column(column), 0).to_numpy(zero_copy_only=False)
    return numbers


def _matching(films: pa.RecordBatch | pa.Table, column: str, pattern: str) -> Flags:
    return _flags(pc.match_substring_regex(films.column(column), pattern))


def _flags(values: pa.Array | pa.ChunkedArray) -> Flags:
    flags: Flags = pc.fill_null(values, False).to_numpy(zero_copy_only=False).astype(np.bool_)
    return flags
