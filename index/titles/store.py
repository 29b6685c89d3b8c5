"""A title index and its files: arrays as .npy, strings as Arrow, all memory-mapped when opened."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from index.arrays import mapped
from index.errors import TitleFormatError
from index.titles.nearby import GUIDE_STEP, HashLists, Lists, texts_of
from index.titles.vocabulary import Vocabulary

FORMAT = 2
_MANIFEST = "titles.json"


class Kind(IntEnum):
    """What a form was made of.

    A whole title; a title without its article; the part before a subtitle; a title with its number as digits or
    in Latin letters; a subtitle; each of the title and of the original title. An alternative title; the initials
    of a well-known title.
    """

    TITLE = 0
    ORIGINAL = 1
    BARE_TITLE = 2
    BARE_ORIGINAL = 3
    MAIN_TITLE = 4
    MAIN_ORIGINAL = 5
    PLAIN_TITLE = 6
    PLAIN_ORIGINAL = 7
    SUB_TITLE = 8
    SUB_ORIGINAL = 9
    OTHER = 10
    INITIALS = 11


LAST_WHOLE = Kind.ORIGINAL
"""Kinds up to this one are whole titles."""

SUBTITLES = (Kind.SUB_TITLE, Kind.SUB_ORIGINAL)
"""Kinds that are subtitles alone."""

OF_TITLE = (
    Kind.TITLE,
    Kind.BARE_TITLE,
    Kind.MAIN_TITLE,
    Kind.PLAIN_TITLE,
    Kind.SUB_TITLE,
    Kind.INITIALS,
)
"""Kinds that are made of the title; the others are made of the original title."""


@dataclass(frozen=True)
class Films:
    """What is known of n films, by row. An original title equal to the title is the empty string.

    `imdb_numbers` are those of IMDb's ids, 816692 of "tt0816692", -1 where there is none.
    """

    movie_ids: NDArray[np.int64]
    imdb_numbers: NDArray[np.int32]
    years: NDArray[np.int16]
    votes: NDArray[np.int32]
    titles: pa.StringArray
    originals: pa.StringArray


@dataclass(frozen=True)
class Forms:
    """The ways to write each film's titles, without spaces; forms of films with more votes first.

    Attributes:
        texts: (forms,) Arrow strings.
        rows: (forms,) row of the film of each.
        kinds: (forms,) a `Kind` each.
        fames: (forms,) log10(1 + votes) of the film.
        masses: (forms,) sum of the weights of its words; 0 for a form that is not found by its words.
        alphabetical: (forms,) ids in alphabetical order.
        near: the forms by their neighbourhood, see `nearby`; of alternative titles those of well-known films.
        containing: for each word, by the id of its concept, the whole titles that contain it, and of alternative
            titles those of well-known films.
    """

    texts: pa.StringArray
    rows: NDArray[np.int32]
    kinds: NDArray[np.int8]
    fames: NDArray[np.float32]
    masses: NDArray[np.float32]
    alphabetical: NDArray[np.int32]
    near: HashLists
    containing: Lists


@dataclass(frozen=True)
class TitleData:
    """One title index.

    Attributes:
        films, forms, vocabulary: of the films of this index.
        beside: a larger index that is searched together with this one and counts for the weights of words; None
            for an index that is searched alone.
    """

    films: Films
    forms: Forms
    vocabulary: Vocabulary
    beside: TitleData | None = None

    @property
    def texts(self) -> int:
        """How many forms the weights of words are measured by."""
        return len(self.forms.rows) + (0 if self.beside is None else self.beside.texts)

    @cached_property
    def guide(self) -> list[bytes]:
        """Every `GUIDE_STEP`th form in alphabetical order, for `tables.prefix_range`."""
        return [text.encode() for text in texts_of(self.forms.texts, self.forms.alphabetical[::GUIDE_STEP])]

    def find(self, words: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Ids of n words, shape (n,), -1 for an unknown one, and how many texts contain each, shape (n,)."""
        found = self.vocabulary.find(words)
        if not len(self.vocabulary.counts):
            counts = np.zeros(len(found), np.int32)
        else:
            counts = np.where(found >= 0, self.vocabulary.counts[found], np.int32(0))
        if self.beside is not None:  # the counts of this index already include those texts
            counts = np.where(found >= 0, counts, self.beside.find(words)[1])
        return found, counts

    def save(self, path: Path) -> None:
        """Write the files into the folder, which is made if it is missing."""
        path.mkdir(parents=True, exist_ok=True)
        for part in ("films", "forms", "vocabulary"):
            for name, value in vars(getattr(self, part)).items():
                _save(path / f"{part}.{name}", value)
        counts = {"films": len(self.films.movie_ids), "forms": len(self.forms.rows)}
        (path / _MANIFEST).write_text(json.dumps({"format": FORMAT, **counts}) + "\n")

    @classmethod
    def open(cls, path: Path) -> TitleData:
        """Map the files of the folder into memory.

        Raises:
            TitleFormatError: a file is missing or of another format.
        """
        try:
            written = json.loads((path / _MANIFEST).read_text())["format"]
            if written != FORMAT:
                raise TitleFormatError(
                    f"{path} holds a title index of format {written}, not {FORMAT}: build it again"
                )
            return cls(_films(path), _forms(path), _vocabulary(path))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TitleFormatError(
                f"{path} holds no title index ({error}); write one with build_titles"
            ) from error


def _films(path: Path) -> Films:
    return Films(
        movie_ids=_array(path, "films.movie_ids"),
        imdb_numbers=_array(path, "films.imdb_numbers"),
        years=_array(path, "films.years"),
        votes=_array(path, "films.votes"),
        titles=_strings(path, "films.titles"),
        originals=_strings(path, "films.originals"),
    )


def _forms(path: Path) -> Forms:
    return Forms(
        texts=_strings(path, "forms.texts"),
        rows=_array(path, "forms.rows"),
        kinds=_array(path, "forms.kinds"),
        fames=_array(path, "forms.fames"),
        masses=_array(path, "forms.masses"),
        alphabetical=_array(path, "forms.alphabetical"),
        near=HashLists(_lists(path, "forms.near")),
        containing=_lists(path, "forms.containing"),
    )


def _vocabulary(path: Path) -> Vocabulary:
    return Vocabulary(
        words=_strings(path, "vocabulary.words"),
        hashes=_array(path, "vocabulary.hashes"),
        alphabetical=_array(path, "vocabulary.alphabetical"),
        concepts=_array(path, "vocabulary.concepts"),
        counts=_array(path, "vocabulary.counts"),
        near=HashLists(_lists(path, "vocabulary.near")),
        sounding=HashLists(_lists(path, "vocabulary.sounding")),
        sounds=_array(path, "vocabulary.sounds"),
    )


def _save(path: Path, value: object) -> None:
    if isinstance(value, HashLists):
        value = value.lists
    if isinstance(value, Lists):
        _save(path.with_name(path.name + ".offsets"), value.offsets)
        _save(path.with_name(path.name + ".values"), value.values)
    elif isinstance(value, np.ndarray):
        np.save(path.with_name(path.name + ".npy"), value, allow_pickle=False)
    else:
        table = pa.table({"text": value})
        with pa.OSFile(str(path) + ".arrow", "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)


def _array(path: Path, name: str) -> NDArray[Any]:
    return mapped(path / f"{name}.npy")


def _lists(path: Path, name: str) -> Lists:
    return Lists(_array(path, f"{name}.offsets"), _array(path, f"{name}.values"))


def _strings(path: Path, name: str) -> pa.StringArray:
    with pa.memory_map(str(path / f"{name}.arrow")) as source:
        column = pa.ipc.open_file(source).read_all()["text"]
    return column.chunk(0) if column.num_chunks else pa.array([], pa.string())
