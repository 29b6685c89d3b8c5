"""The encoder of the content space: all blocks of a profile, from films or free text to one vector.

One encoder per kind of block: fitted on a sample of films, applied to all, saved without pickle.

Every encoder maps a batch of n films to (n, width) float32: unit rows, or zero rows where nothing is known. The
weights of the blocks are applied by `index.encode.content`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from index.arrays import Matrix, mapped
from index.encode.blocks import NUMBERS, WORDS, Block, Kind, Layout, Profile, layout_of
from index.encode.columns import CategoryEncoder, MinMaxEncoder, NumberEncoder, YearEncoder
from index.encode.forms import FormEncoder
from index.encode.texts import MeaningEncoder, StaticEncoder, TermEncoder, unit_rows
from index.films.summaries import FILM_SCHEMA
from index.films.words import most_telling


class Encoder(Protocol):
    """What `index.encode.content` asks of every kind of encoder."""

    width: int

    def transform(self, batch: pa.RecordBatch) -> Matrix:
        """The rows of n films, shape (n, width), float32."""

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """What was fitted, as plain arrays."""


_KINDS: dict[Kind, type[NumberEncoder | MinMaxEncoder | CategoryEncoder | FormEncoder | TermEncoder]] = {
    Kind.NUMBER: NumberEncoder,
    Kind.YEAR: YearEncoder,
    Kind.MINMAX: MinMaxEncoder,
    Kind.TERMS: TermEncoder,
    Kind.TEXT: TermEncoder,
    Kind.PEOPLE: TermEncoder,
    Kind.EXACT: TermEncoder,
    Kind.TITLE: TermEncoder,
    Kind.MEANING: MeaningEncoder,
    Kind.CATEGORY: CategoryEncoder,
    Kind.FORM: FormEncoder,
    Kind.STATIC: StaticEncoder,
}


def fit_encoder(block: Block, sample: pa.Table) -> Encoder:
    """Fit the encoder of a block on a sample of films with `FILM_SCHEMA`'s columns."""
    return _KINDS[block.kind].fit(block, sample)


def save_encoder(encoder: Encoder, folder: Path) -> None:
    """Write an encoder into a folder, which is made: one `.npy` for each of its arrays."""
    folder.mkdir()
    for name, array in encoder.arrays().items():
        np.save(folder / f"{name}.npy", array)


def load_encoder(block: Block, folder: Path) -> Encoder:
    """Memory-map what `save_encoder` wrote for the same block."""
    arrays = {path.stem: mapped(path) for path in folder.glob("*.npy")}
    return _KINDS[block.kind].load(block, arrays)


LONGEST_NAME = 4
"""Words of the longest genre or keyword that is looked up in free text."""

SPOKEN = ("genres", "keywords", "text", "meaning", "overview", "votes")
"""Blocks that free text can fill."""

DESCRIBED_VOTES = 20_000
"""Votes assumed of a film that somebody describes: those of a well-known one, which is what people remember."""

TEXT_FACTORS = {"text": 0.54, "meaning": 1.58, "genres": 0.5, "keywords": 1.37, "votes": 1.5}
"""How much blocks count in free text, as a part of their weights between films: a sentence names few genres and
keywords on purpose, and is mostly about a film that is well known. Chosen on the sentences of
`etl/quality/described.json`, one half checked on the other."""

GENRES_ALONE = 2.5
"""The same of genres where a text tells no story, as "korean thriller"; with a story they count as for films."""

FEW_WORDS = 4
"""A text of at most so many words, such as "time loop comedy", names genres and keywords on purpose."""

ANY_FILM = frozenset(
    "a an and any but by cinema film films for from good in movie movies of or s some something the to".split()
)
"""Words that say nothing of a film."""

GENRES_NAMED = 1.0
"""The same of genres in a text of few words, which names them beside what the film is about."""

STATED_FACTORS = {
    "language": 1.46,
    "country": 4.0,
    "year": 4.0,
    "form": 1.5,
    "votes": 1.4,
    "rating": 0.83,
    "runtime": 7.0,
    "director": 3.3,
    "cast": 20.0,
}
"""How much blocks count that a text states a fact for, such as "japanese" or "90s", as a part of their weights."""


THIN = 0.6
"""How much numbers count of a film whose language is not known. At 1 films of its year come before its sequels; at
less than half, such films are missed where they ought to be recommended."""


class ContentEncoder:
    """The fitted blocks of one profile.

    Attributes:
        profile: which blocks, and how they are put together.
        layout: where each block lies in the vector.
    """

    def __init__(self, profile: Profile, encoders: Sequence[Encoder]) -> None:
        self.profile = profile
        self.layout: Layout = layout_of(profile.blocks, (encoder.width for encoder in encoders))
        self._encoders = tuple(encoders)

    @classmethod
    def fit(cls, profile: Profile, sample: pa.Table) -> ContentEncoder:
        """Fit every block on a sample of films, a table of `FILM_SCHEMA`; empty optional ones are left out."""
        with threadpool_limits(
            limits=1, user_api="blas"
        ):  # narrow matrices: more threads wait more than they work
            blocks = tuple(block for block in profile.blocks if not block.optional or _spoken_of(block, sample))
            encoders = [fit_encoder(block, sample) for block in blocks]
            return cls(replace(profile, blocks=blocks), encoders)

    @classmethod
    def load(cls, folder: Path) -> ContentEncoder:
        """Read what `save` wrote."""
        written = json.loads((folder / "profile.json").read_text())
        blocks = (
            Block(**{**b, "kind": Kind(b["kind"]), "columns": tuple(b["columns"])}) for b in written["blocks"]
        )
        profile = Profile(**{**written, "blocks": tuple(blocks)})
        encoders = [load_encoder(block, folder / block.name) for block in profile.blocks]
        return cls(profile, encoders)

    def save(self, folder: Path) -> None:
        """Write the profile as JSON, and a folder for each block."""
        folder.mkdir(parents=True)
        (folder / "profile.json").write_text(json.dumps(asdict(self.profile), indent=1))
        for block, encoder in zip(self.profile.blocks, self._encoders, strict=True):
            save_encoder(encoder, folder / block.name)

    def encode(self, films: pa.RecordBatch) -> NDArray[np.float32]:
        """The vectors of n films, shape (n, dim): each block's row times the root of its weight.

        Numbers, such as the year, count by `THIN` for a film whose language is not known: of such a film so little
        is known that they would decide.
        """
        counts = np.where(_language_known(self.profile, films), 1, THIN).astype(np.float32)[:, None]
        parts = []
        for block, encoder in zip(self.profile.blocks, self._encoders, strict=True):
            part = np.sqrt(np.float32(block.weight)) * encoder.transform(films)
            parts.append(part * counts if block.kind in NUMBERS else part)
        vectors = np.concatenate(parts, axis=1)
        return unit_rows(vectors) if self.profile.unit_length else vectors

    @property
    def words(self) -> TermEncoder | None:
        """The encoder of the block `text`, or None in a profile without it."""
        for block, encoder in zip(self.profile.blocks, self._encoders, strict=True):
            if block.name == "text" and isinstance(encoder, TermEncoder):
                return encoder
        return None

    def encode_text(self, text: str, facts: Mapping[str, Any] | None = None) -> NDArray[np.float32]:
        """The vector of free text, shape (dim,), float32: that of a well-known film with this overview.

        Genres and keywords that stand in the text as words count as the film's own; blocks that a text says
        nothing of stay zero, and those of `TEXT_FACTORS` count by them. The result is all zero when no word of the
        text is known and no fact is given.

        Args:
            text: what is told of the film.
            facts: columns of `FILM_SCHEMA` that it has besides, such as its language; their blocks count by
                `STATED_FACTORS`.
        """
        phrases, given = _phrases(text), dict(facts or {})
        film = {"id": 0, "overview": text, "vote_count": DESCRIBED_VOTES} | given
        names = {name: [*given.get(name, ()), *phrases] for name in ("genres", "keywords")}
        told, named = (pa.RecordBatch.from_pylist([each], schema=FILM_SCHEMA) for each in (film, film | names))
        encoded, known, brief = np.zeros(self.layout.dim, np.float32), False, is_brief(text)
        for block, encoder in zip(self.profile.blocks, self._encoders, strict=True):
            columns = block.columns if block.kind is Kind.FORM else block.columns[:1]
            stated = not given.keys().isdisjoint(columns)
            if (block.name not in SPOKEN and not stated) or (block.kind in WORDS and not text):
                continue
            if isinstance(encoder, StaticEncoder):
                part = encoder.question(told)[0]
            else:
                part = encoder.transform(named if block.kind is Kind.TERMS else told)[0]
            known |= (block.name != "votes" or stated) and bool(part.any())
            factors = STATED_FACTORS if stated else TEXT_FACTORS
            factor = factors.get(block.name, 1.0)
            if block.name == "votes" and not stated and brief and isinstance(encoder, NumberEncoder):
                part = encoder.rising(part)
            if block.name == "genres" and brief:
                factor = GENRES_NAMED if text else GENRES_ALONE
            part *= np.sqrt(np.float32(block.weight)) * factor
            encoded[self.layout.slice_of(block.name)] = part
        if not known:
            return np.zeros_like(encoded)
        return unit_rows(encoded[None])[0] if self.profile.unit_length else encoded


def telling(text: str) -> list[str]:
    """The words of a text that say something of a film, in lower case."""
    return [word for word in re.findall(r"[^\W_]+", text.lower()) if word not in ANY_FILM]


def is_brief(text: str) -> bool:
    """Whether a text has at most `FEW_WORDS` words, or such telling words and no article before them."""
    words = text.lower().split()
    return len(words) <= FEW_WORDS or (words[0] not in ("a", "an", "the") and len(telling(text)) <= FEW_WORDS)


class EncodedBatch(NamedTuple):
    """What the encoders make of n films.

    Attributes:
        vectors: shape (n, dim), float32.
        words: shape (n, KEPT), uint16, the most telling words of each film's texts as
            `index.films.summaries.most_telling` gives them; None in a profile without the block `text`.
    """

    vectors: NDArray[np.float32]
    words: NDArray[np.uint16] | None


def encode_films(encoder: ContentEncoder, films: pa.RecordBatch) -> EncodedBatch:
    """The vectors and the telling words of a batch of `FILM_SCHEMA`, for a build and for edited films alike.

    Keywords are part of the vector but not of the telling words: an explanation lists shared keywords separately.
    """
    words = None if encoder.words is None else most_telling(encoder.words.weigh(_without_keywords(films)))
    return EncodedBatch(encoder.encode(films), words)


def _without_keywords(films: pa.RecordBatch) -> pa.RecordBatch:
    position = films.schema.get_field_index("keywords")
    field = films.schema.field(position)
    return films.set_column(position, field, pa.nulls(len(films), field.type))


def _language_known(profile: Profile, films: pa.RecordBatch) -> NDArray[np.bool_]:
    """Of which films the language is known, shape (n,); all in a profile that does not ask for it."""
    if not any(block.kind is Kind.CATEGORY for block in profile.blocks):
        return np.ones(len(films), np.bool_)
    codes = pc.fill_null(films.column("original_language"), "")
    known: NDArray[np.bool_] = pc.not_equal(codes, "").to_numpy(zero_copy_only=False)
    return known


def _spoken_of(block: Block, films: pa.Table) -> bool:
    return any(len(films[column].combine_chunks().flatten()) for column in block.columns)


def _phrases(text: str) -> list[str]:
    words = re.findall(r"[\w'-]+", text.lower())
    spans = ((i, j) for i in range(len(words)) for j in range(i + 1, min(i + LONGEST_NAME, len(words)) + 1))
    return list(dict.fromkeys(" ".join(words[i:j]) for i, j in spans))
