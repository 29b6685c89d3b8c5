"""Build the title index: forms of every title, their neighbourhoods, and the words they are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from index.titles import nearby
from index.titles.fold import (
    bare,
    canonical,
    fold,
    initials,
    leading_initials,
    name_parts,
    only_a_number,
    plain_words,
    romanised,
    search_words,
    sound,
    squash,
    weight,
)
from index.titles.known import known_titles
from index.titles.nearby import SOUNDED, SPELT, HashLists, Lists, text_hashes
from index.titles.store import LAST_WHOLE, Films, Forms, Kind, TitleData
from index.titles.vocabulary import Vocabulary, weights

INITIALS_VOTES = 500
"""Votes from which a film is found by the initials of its title."""

SHORTEST_SUBTITLE = 5
"""Letters of the shortest subtitle, and of the shortest title in Latin letters, that a film is found by."""

OTHERS_VOTES = 50
"""Votes from which a film is found by misspelt and reordered alternative titles, too, not by exact ones alone."""

_OF_TITLE = (Kind.PLAIN_TITLE, Kind.MAIN_TITLE, Kind.SUB_TITLE)
_OF_ORIGINAL = (Kind.PLAIN_ORIGINAL, Kind.MAIN_ORIGINAL, Kind.SUB_ORIGINAL)


def build_titles(
    path: Path,
    *,
    movie_ids: NDArray[np.int64],
    titles: Sequence[str],
    original_titles: Sequence[str],
    years: NDArray[np.int16],
    votes: NDArray[np.int32],
    languages: Sequence[str] | None = None,
    imdb_numbers: NDArray[np.int32] | None = None,
    others: Others | None = None,
) -> None:
    """Write the title index of n films into a folder, created if missing; for the arguments, see `title_data`."""
    title_data(
        movie_ids=movie_ids,
        titles=titles,
        original_titles=original_titles,
        years=years,
        votes=votes,
        languages=languages,
        imdb_numbers=imdb_numbers,
        others=others,
    ).save(path)


@dataclass(frozen=True)
class Others:
    """Alternative titles of films.

    Attributes:
        starts: (n + 1,) those of row i are `titles[starts[i]:starts[i + 1]]`.
        titles: Arrow strings.
    """

    starts: NDArray[np.int64]
    titles: pa.StringArray

    @classmethod
    def of(cls, rows: NDArray[np.int64], titles: pa.StringArray, films: int) -> Others:
        """The titles of n films, each with the row of its film; they stay in their order."""
        order = np.argsort(rows, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=films))])
        return cls(starts, titles.take(pa.array(order)))

    def of_row(self, row: int) -> list[str]:
        """The titles of a film."""
        start, end = self.starts[row : row + 2].tolist()
        return self.titles.slice(start, end - start).to_pylist() if end > start else []


def title_data(
    *,
    movie_ids: NDArray[np.int64],
    titles: Sequence[str],
    original_titles: Sequence[str],
    years: NDArray[np.int16],
    votes: NDArray[np.int32],
    languages: Sequence[str] | None = None,
    imdb_numbers: NDArray[np.int32] | None = None,
    others: Others | None = None,
    beside: TitleData | None = None,
) -> TitleData:
    """The title index of n films, in memory.

    Args:
        movie_ids: (n,) TMDB's ids, by row.
        titles: n titles; one without a visible character cannot be found.
        original_titles: n original titles, empty or equal to the title where there is no other one.
        years: (n,) years of release, 0 for unknown.
        votes: (n,) numbers of votes.
        languages: n codes of the original language, "ja" for Japanese; None where they are not known.
        imdb_numbers: (n,) see `store.Films`; None where no film has one.
        others: alternative titles beside those of `known_titles.json`; None where there are none.
        beside: a larger index that will be searched together with this one.

    Raises:
        ValueError: the arguments differ in length.
    """
    lengths = {len(movie_ids), len(titles), len(original_titles), len(years), len(votes)}
    if len(lengths) > 1:
        raise ValueError(f"one entry per film was expected in every argument, got lengths {sorted(lengths)}")
    originals = ["" if o == t else o for t, o in zip(titles, original_titles, strict=True)]
    films = Films(
        movie_ids=np.asarray(movie_ids, dtype=np.int64),
        imdb_numbers=np.full(len(movie_ids), -1, np.int32) if imdb_numbers is None else imdb_numbers,
        years=np.asarray(years, dtype=np.int16),
        votes=np.asarray(votes, dtype=np.int32),
        titles=_strings(titles),
        originals=_strings(originals),
    )
    collected = _Collected()
    for row in np.argsort(-films.votes.astype(np.int64), kind="stable").tolist():
        further = known_titles(int(movie_ids[row]), titles[row])
        if others is not None:
            further = [*further, *others.of_row(row)]
        japanese = languages is not None and languages[row] == "ja"
        collected.add(row, (titles[row], originals[row]), int(films.votes[row]), further, japanese=japanese)
    vocabulary, containing, masses = _vocabulary(collected, beside)
    texts = _strings(collected.texts)
    rows = np.array(collected.rows, dtype=np.int32)
    forms = Forms(
        texts=texts,
        rows=rows,
        kinds=np.array(collected.kinds, dtype=np.int8),
        fames=np.log10(1.0 + films.votes[rows]).astype(np.float32),
        masses=masses,
        alphabetical=_alphabetical(texts),
        near=nearby.build(collected.texts, collected.near),
        containing=containing,
    )
    return TitleData(films, forms, vocabulary, beside)


def imdb_numbers(ids: pa.Array | pa.ChunkedArray) -> NDArray[np.int32]:
    """The numbers in n of IMDb's ids, shape (n,): 816692 of "tt0816692", -1 for what is none.

    >>> imdb_numbers(pa.array(["tt0816692", None, "nm0634240"])).tolist()
    [816692, -1, -1]
    """
    valid = pc.fill_null(pc.match_substring_regex(ids, "^tt[0-9]{1,9}$"), False)
    numbers = pc.cast(pc.if_else(valid, pc.utf8_slice_codeunits(ids, 2), "-1"), pa.int32())
    return np.asarray(numbers.to_numpy())


@dataclass
class _Collected:
    """Forms in the order of their ids, and the words of whole titles."""

    texts: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)  # of words, in the order they were found
    spellings: dict[str, str] = field(default_factory=dict)  # a word as written -> the word it is listed under
    members: list[int] = field(default_factory=list)  # ids of words, form after form
    holders: list[int] = field(default_factory=list)  # the form of each of `members`
    near: list[int] = field(default_factory=list)  # the forms that are found by their neighbourhood

    def add(self, row: int, titles: tuple[str, str], votes: int, others: Sequence[str], *, japanese: bool) -> None:
        """Add the forms of one film, each spelling once."""
        seen: set[str] = set()
        known = votes >= OTHERS_VOTES
        for kind, words in chain(_forms_of(*titles, votes, japanese), _forms_of_others(others, known)):
            squashed = squash(words)
            if not squashed or squashed in seen:
                continue
            seen.add(squashed)
            if kind <= LAST_WHOLE or (kind == Kind.OTHER and known):
                self._add_words(words)
            if kind != Kind.OTHER or known:
                self.near.append(len(self.texts))
            self.texts.append(squashed)
            self.rows.append(row)
            self.kinds.append(kind)

    def _add_words(self, words: tuple[str, ...]) -> None:
        form = len(self.texts)
        for written, kept in zip(words, plain_words(words), strict=True):
            if written != kept:
                self.spellings[written] = kept
        for word in set(search_words(words)):
            self.members.append(self.ids.setdefault(word, len(self.ids)))
            self.holders.append(form)


def _forms_of(title: str, original: str, votes: int, japanese: bool) -> Iterator[tuple[Kind, tuple[str, ...]]]:
    """Whole titles first, so that a form which two kinds share is of the better kind."""
    words, other = fold(title), fold(original)
    yield Kind.TITLE, words
    yield Kind.ORIGINAL, other
    yield Kind.BARE_TITLE, bare(words)
    yield Kind.BARE_ORIGINAL, bare(other)
    named = [words, bare(words)]
    for text, folded, kinds in ((title, words, _OF_TITLE), (original, other, _OF_ORIGINAL)):
        rewritten, main, subtitle = kinds
        before, after = ([fold(part) for part in parts] for parts in name_parts(text))
        for part in (folded, bare(folded), *before, *map(bare, before)):
            plain = canonical(part)
            if plain[-1:] != part[-1:] or (part not in before and plain != part):
                yield rewritten, plain
        for part in before:
            yield main, part
            yield main, bare(part)
        for part in after:
            if weight(part) >= SHORTEST_SUBTITLE and not only_a_number(part):
                yield subtitle, part
                yield subtitle, bare(part)
        latin = fold(romanised(text, japanese=japanese))
        if weight(latin) >= SHORTEST_SUBTITLE:  # a syllable would be taken for many a short title
            yield rewritten, latin
        named += [*before, *map(bare, before), *after, *map(bare, after)]
    if votes >= INITIALS_VOTES:
        for part in named:
            yield Kind.INITIALS, (initials(part),)
        yield Kind.INITIALS, (leading_initials(title),)


def _forms_of_others(titles: Sequence[str], known: bool) -> Iterator[tuple[Kind, tuple[str, ...]]]:
    """Alternative titles as they are; of a well-known film also with numbers as digits and in Latin letters."""
    for title in titles:
        words = fold(title)
        yield Kind.OTHER, words
        if known:
            yield Kind.OTHER, canonical(words)
            latin = fold(romanised(title))
            if weight(latin) >= SHORTEST_SUBTITLE:
                yield Kind.OTHER, latin


def _vocabulary(collected: _Collected, beside: TitleData | None) -> tuple[Vocabulary, Lists, NDArray[np.float32]]:
    """The vocabulary, the forms under each word, and the weight of each form's words together."""
    written = list(collected.ids) + [word for word in collected.spellings if word not in collected.ids]
    hashes = text_hashes(written, SPELT)
    order = np.argsort(hashes)
    words = [written[i] for i in order]
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    members = place[np.array(collected.members, dtype=np.int64)]
    holders = np.array(collected.holders, dtype=np.int32)
    containing = Lists.build(members, holders, len(words))

    known = dict(zip(words, range(len(words)), strict=True))
    concepts = np.arange(len(words), dtype=np.int32)
    for spelling, kept in collected.spellings.items():
        if spelling not in collected.ids:
            concepts[known[spelling]] = known[kept]
    counts = np.diff(containing.offsets.astype(np.int64)).astype(np.int32)[concepts]
    masses, known_texts = np.zeros(len(collected.texts)), len(collected.texts)
    if beside is not None:
        counts += beside.find(words)[1]
        known_texts += beside.texts
    np.add.at(masses, holders, weights(counts, known_texts)[members])
    texts = _strings(words)
    sounds = _sounds(words)
    heard = np.flatnonzero(sounds)
    vocabulary = Vocabulary(
        words=texts,
        hashes=hashes[order],
        alphabetical=_alphabetical(texts),
        concepts=concepts,
        counts=counts,
        near=nearby.build(words),
        sounding=HashLists.build(sounds[heard], heard.astype(np.int32)),
        sounds=sounds,
    )
    return vocabulary, containing, masses.astype(np.float32)


def _sounds(words: Sequence[str]) -> NDArray[np.uint64]:
    spoken = [(i, s) for i, s in enumerate(map(sound, words)) if s]
    hashes = np.zeros(len(words), dtype=np.uint64)
    if spoken:
        hashes[[i for i, _ in spoken]] = text_hashes([s for _, s in spoken], SOUNDED)
    return hashes


def _strings(texts: Sequence[str]) -> pa.StringArray:
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError:  # half of a surrogate pair, which UTF-8 cannot hold
        return pa.array([text.encode("utf-8", "ignore").decode() for text in texts], pa.string())


def _alphabetical(texts: pa.StringArray) -> NDArray[np.int32]:
    return np.asarray(pc.sort_indices(texts), dtype=np.int32)
