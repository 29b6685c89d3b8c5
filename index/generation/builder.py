"""Films in, a generation folder out: fit, encode, index, measure."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from index.encode.blocks import Profile
from index.encode.content import ContentEncoder, EncodedBatch, encode_films
from index.engines.base import Location, Spread, engine_class
from index.engines.compact import CompactVectors
from index.engines.exact import ExactIndex
from index.engines.registry import EngineSetting
from index.engines.vectors import StoredVectors
from index.errors import EngineUnavailableError, GateError
from index.films.filters import FilterTable
from index.films.summaries import FILM_SCHEMA, FilmStore
from index.films.words import FilmWords
from index.generation.completing import worth_it
from index.generation.learning import Learner
from index.generation.manifest import (
    CODES,
    ENCODERS,
    FILTERS,
    TITLES,
    VECTORS,
    Generation,
    Manifest,
    RatingsRecord,
    SpaceRecord,
    describe_files,
)
from index.generation.publish import drop_unfinished
from index.generation.reuse import FINGERPRINTS, Before, fingerprints
from index.generation.space_builder import SpaceBuilder
from index.generation.tuning import TARGET_RECALL, target_of_codes
from index.ratings.measures import Rated
from index.ratings.model import RATINGS
from index.spaces.space import CONTENT
from index.titles import build_titles
from index.titles.build import Others, imdb_numbers

logger = logging.getLogger("reelkin.index")

FIT_SAMPLE = 150_000
"""Films that the encoders are fitted on, half of them the best known; all of a smaller catalogue."""

CHUNK = 20_000
SPOOL = "spool.arrow"

Progress = Callable[[str, int, int | None], None]
"""Called with a stage, how much of it is done and, if known, how much there is."""


@dataclass
class GenerationBuilder:
    """Builds one generation into an empty folder.

    Attributes:
        folder: where; it is created.
        profile: how vectors are made.
        catalogue_version: what the films were read from, for the manifest.
        progress: told of every step.
        engine: of `index.engines.base`; None for the one that `setting` names.
        target_recall: search parameters are chosen for this recall@10 against exact search of the same vectors;
            of a compact profile for `target_of_codes` of it.
        edit_sequence: of the last edit before the films were read, for the manifest.
        setting: which engine is configured, and its address.
        spread: has parts of the work done by other processes.
        before: a generation of which what still holds is kept; None to make all anew.
        table_later: leave the nearest films of many films for `index.generation.completing`.
        timings_s: stage -> seconds, filled by `build`.
    """

    folder: Path
    profile: Profile
    catalogue_version: str
    progress: Progress = lambda stage, done, total: None
    engine: str | None = None
    target_recall: float = TARGET_RECALL
    edit_sequence: int = 0
    setting: EngineSetting = field(default_factory=EngineSetting)
    spread: Spread | None = None
    before: Generation | None = None
    table_later: bool = False
    timings_s: dict[str, float] = field(default_factory=dict)

    def build(
        self,
        batches: Iterable[pa.RecordBatch],
        titles: Iterable[pa.RecordBatch] = (),
        ratings: Rated | None = None,
    ) -> Manifest:
        """Write a generation of all films in some batches of `FILM_SCHEMA`, each film once.

        `titles` are alternative titles: columns `movie_id` (int32) and `title`. `ratings` are those of many
        people. Unknown films are left out of both.

        The films are spooled to disk first and memory-mapped from there, so memory holds the vectors (two bytes
        a dimension) and a chunk of films, however long their texts.

        Raises:
            GateError: there is no film at all.
            EngineMissingError: the engine is unknown or its package is not installed.
            EngineUnavailableError: the engine's server does not answer.
        """
        engine = self.setting.default if self.engine is None else self.engine
        engine_class(engine).reach(self.setting.address)  # before the long work
        self.folder.mkdir(parents=True)
        with self._stage("read films"):
            films = self._spool(batches)
        if len(films) == 0:
            raise GateError("the catalogue is empty: load a dump first with `python -m etl ingest DUMP`")
        with self._stage("list films"):
            self._write_films(films)
            others = self._others(films, titles)
        with self._stage("compare films"):
            before = self._compared(films)
        location = Location(self.folder / CONTENT, self.setting.address)
        try:
            of_content = ExactIndex.name if self.profile.exact else engine
            spaces = {CONTENT: self._build_content(films, others, location, of_content, before)}
            learned = None
            if ratings is not None and len(ratings.users):
                learned, space = self._learn(ratings)
                spaces |= {} if space is None else {RATINGS: space}
        except BaseException:
            with suppress(EngineUnavailableError):  # then the next build drops it
                drop_unfinished(self.folder, self.setting, engine)
            raise
        (self.folder / SPOOL).unlink()
        with self._stage("checksums"):
            files = describe_files(self.folder)
        manifest = Manifest(
            id=self.folder.name,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            catalogue_version=self.catalogue_version,
            rows=len(films),
            profile=self.profile.name,
            spaces=spaces,
            timings_s=self.timings_s,
            edit_sequence=self.edit_sequence,
            ratings=learned,
            reused=None if before is None else before.record,
            files=files,
        )
        manifest.write(self.folder)
        return manifest

    def _spool(self, batches: Iterable[pa.RecordBatch]) -> pa.Table:
        path, done = self.folder / SPOOL, 0
        with pa.ipc.new_file(str(path), FILM_SCHEMA) as writer:
            for batch in batches:
                writer.write_batch(batch)
                done += batch.num_rows
                self.progress("read films", done, None)
        films = _spooled(path)
        keys = [("vote_count", "descending"), ("id", "ascending")]
        self._order: NDArray[np.int64] = pc.sort_indices(films, sort_keys=keys).to_numpy()
        return films

    def _write_films(self, films: pa.Table) -> None:
        without_texts = films.drop_columns(["overview", "tagline"]).take(self._order)
        store = FilmStore.build(without_texts)
        store.save(self.folder)
        FilterTable.build(without_texts, store.listed).save(self.folder / FILTERS)
        self._votes = without_texts["vote_count"].to_numpy().astype(np.int32)

    def _compared(self, films: pa.Table) -> Before | None:
        """What can be kept of the generation before; why nothing can is told."""
        if self.profile.compact or self.profile.exact:
            return None
        prints = fingerprints(films, self.profile)[self._order]
        np.save(self.folder / FINGERPRINTS, prints)
        if self.before is None:
            return None
        found = Before.of(self.before, films, self._order, prints, self.profile)
        if isinstance(found, Before):
            return found
        logger.info("all is made anew: %s", found)
        return None

    def _others(self, films: pa.Table, titles: Iterable[pa.RecordBatch]) -> Others | None:
        ids = films["id"].to_numpy()[self._order]
        sorting = np.argsort(ids)
        rows: list[NDArray[np.int64]] = []
        texts: list[pa.Array] = []
        for batch in titles:
            movie_ids = batch["movie_id"].to_numpy()
            at = sorting[np.minimum(np.searchsorted(ids, movie_ids, sorter=sorting), len(ids) - 1)]
            there = ids[at] == movie_ids
            rows.append(at[there])
            texts.append(batch["title"].filter(pa.array(there)))
        return Others.of(np.concatenate(rows), pa.concat_arrays(texts), len(ids)) if rows else None

    def _write_titles(self, films: pa.Table, others: Others | None) -> None:
        named = films.select(["id", "imdb_id", "title", "original_title", "original_language", "year"]).take(
            self._order
        )
        build_titles(
            self.folder / TITLES,
            movie_ids=named["id"].to_numpy().astype(np.int64),
            titles=named["title"].to_pylist(),
            original_titles=named["original_title"].to_pylist(),
            years=named["year"].to_numpy().astype(np.int16),
            votes=self._votes,
            languages=named["original_language"].to_pylist(),
            imdb_numbers=imdb_numbers(named["imdb_id"]),
            others=others,
        )

    def _build_content(
        self, films: pa.Table, titles: Others | None, location: Location, engine: str, before: Before | None
    ) -> SpaceRecord:
        folder, compact = location.folder, self.profile.compact
        with ThreadPoolExecutor(1, "titles") as aside:
            # Titles take one core: beside FAISS, which trains and searches, or, where the index is kept and FAISS
            # has little to do, from the beginning.
            indexed = None if before is None else aside.submit(self._write_titles, films, titles)
            with self._stage("fit encoders"):
                encoder = self._fitted(films) if before is None else before.encoder
                encoder.save(folder / ENCODERS)
            with self._stage("encode films"):
                words: list[NDArray[np.uint16]] = []
                blocks = self._encoded(encoder, films, words, before)
                vectors = StoredVectors.from_blocks(blocks, encoder.layout.dim)
                if encoder.words is not None:
                    FilmWords(encoder.words.terms, np.concatenate(words)).save(self.folder)
            with self._stage("store vectors"):
                kept = CompactVectors.fit(vectors, encoder.profile, encoder.layout) if compact else vectors
                kept.save(folder / (CODES if compact else VECTORS))
                self._content, self._layout = kept, encoder.layout
            indexed = indexed or aside.submit(self._write_titles, films, titles)
            builder = SpaceBuilder(
                location=location,
                engine=engine,
                target_recall=target_of_codes(self.target_recall) if compact else self.target_recall,
                with_table=not (compact or self.profile.exact or self._is_late(engine, len(kept), before)),
                stage=self._stage,
                progress=self.progress,
                spread=self.spread,
            )
            record = builder.build(
                kept,
                self._votes,
                encoder=encoder,
                judge=vectors,
                before=None if before is None else before.content,
                ids=films["id"].to_numpy()[self._order].astype(np.int64),
            )
            with self._stage("index titles"):
                indexed.result()
        return record

    def _is_late(self, engine: str, films: int, before: Before | None) -> bool:
        """Whether the table is left for later: it is made anew, and that takes long."""
        kept = before is not None and before.content.space.table is not None
        return self.table_later and not kept and worth_it(films, engine)

    def _fitted(self, films: pa.Table) -> ContentEncoder:
        famous, others = np.split(self._order, [FIT_SAMPLE // 2])
        drawn = others[np.random.default_rng(0).permutation(len(others))[: FIT_SAMPLE // 2]]
        return ContentEncoder.fit(self.profile, films.take(np.sort(np.concatenate([famous, drawn]))))

    def _learn(self, ratings: Rated) -> tuple[RatingsRecord, SpaceRecord | None]:
        """Learn; the vectors are few and of any length, at which engines find too little, so all are compared."""
        builder = SpaceBuilder(
            location=Location(self.folder / RATINGS),
            engine=ExactIndex.name,
            target_recall=self.target_recall,
            with_table=False,
            stage=self._stage,
            progress=self.progress,
        )
        films = FilmStore.open(self.folder)
        return Learner(films, self._content, self._layout, self._votes, builder).learn(ratings)

    def _encoded(
        self,
        encoder: ContentEncoder,
        films: pa.Table,
        words: list[NDArray[np.uint16]],
        before: Before | None,
    ) -> Iterator[NDArray[np.float32]]:
        """The vectors of all films, a chunk at a time; their words are added to `words` on the way."""
        parts = [self._order[start : start + CHUNK] for start in range(0, len(films), CHUNK)]
        if before is not None:
            encoded: Iterator[EncodedBatch] = self._kept_or_encoded(encoder, films, before)
        elif self.spread is None:
            encoded = (_encode(encoder, films, rows) for rows in parts)
        else:
            folder = self.folder.absolute()
            encoded = self.spread(_encode_part, [(folder, rows) for rows in parts])
        done = 0
        for batch in encoded:
            if batch.words is not None:
                words.append(batch.words)
            yield batch.vectors
            self.progress("encode films", done := done + len(batch.vectors), len(films))

    def _kept_or_encoded(self, encoder: ContentEncoder, films: pa.Table, before: Before) -> Iterator[EncodedBatch]:
        """The vectors and words of the generation before, and new ones where films have changed."""
        for start in range(0, len(films), CHUNK):
            kept = before.kept(slice(start, start + CHUNK))
            if kept.missing.any():
                rows = self._order[start : start + CHUNK][kept.missing]
                encoded = _encode(encoder, films, rows)
                assert encoded.words is not None, "there are words where there were any before"
                kept.vectors[kept.missing], kept.words[kept.missing] = encoded.vectors, encoded.words
            yield EncodedBatch(kept.vectors, kept.words)

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        self.progress(name, 0, None)
        started = time.perf_counter()
        yield
        elapsed_s = time.perf_counter() - started
        self.timings_s[name] = round(self.timings_s.get(name, 0.0) + elapsed_s, 2)


def _spooled(path: Path) -> pa.Table:
    """The films of a spool, memory-mapped."""
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def _encode(encoder: ContentEncoder, films: pa.Table, rows: NDArray[np.int64]) -> EncodedBatch:
    (batch,) = films.take(rows).combine_chunks().to_batches()
    return encode_films(encoder, batch)


@lru_cache(1)
def _encoder(folder: Path) -> ContentEncoder:
    return ContentEncoder.load(folder / CONTENT / ENCODERS)


def _encode_part(part: tuple[Path, NDArray[np.int64]]) -> EncodedBatch:
    """Encode rows of the films of a folder that is being built."""
    folder, rows = part
    return _encode(_encoder(folder), _spooled(folder / SPOOL), rows)
